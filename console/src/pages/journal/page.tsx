// Journal: checkpoints, witnesses, verification, retention and holds.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function JournalPage(): ReactElement {
  return (
    <Page title="Journal">
      <Loading />
    </Page>
  );
}
