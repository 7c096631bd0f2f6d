// One session: a timeline to play, what it touched, its replay, its impact and how to revert it.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function SessionPage(): ReactElement {
  return (
    <Page title="Session">
      <Loading />
    </Page>
  );
}
