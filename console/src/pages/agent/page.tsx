// One identity: what it usually does, its tokens and sessions, and its end.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function AgentPage(): ReactElement {
  return (
    <Page title="Identity">
      <Loading />
    </Page>
  );
}
