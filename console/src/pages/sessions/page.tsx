// Sessions: runs of agents, latest first.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function SessionsPage(): ReactElement {
  return (
    <Page title="Sessions">
      <Loading />
    </Page>
  );
}
