// Connections: the Datadog organisations, who may use them, and how they do.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function ConnectionsPage(): ReactElement {
  return (
    <Page title="Connections">
      <Loading />
    </Page>
  );
}
