// Findings: what the detectors noticed.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function FindingsPage(): ReactElement {
  return (
    <Page title="Findings">
      <Loading />
    </Page>
  );
}
