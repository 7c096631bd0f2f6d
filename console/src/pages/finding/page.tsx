// One finding: the rate beside what is usual, the evidence, and what was decided.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function FindingPage(): ReactElement {
  return (
    <Page title="Finding">
      <Loading />
    </Page>
  );
}
