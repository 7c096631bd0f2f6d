// The overview: what happens now, what changed today, what needs a look, and whether the record is sound.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function OverviewPage(): ReactElement {
  return (
    <Page title="Overview">
      <Loading />
    </Page>
  );
}
