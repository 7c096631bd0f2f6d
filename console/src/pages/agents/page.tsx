// Agents and people: identities, their tokens and sessions.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function AgentsPage(): ReactElement {
  return (
    <Page title="Agents and people">
      <Loading />
    </Page>
  );
}
