// One exchange: who, what, the verdict, the bodies, the change, the proof.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function ExchangePage(): ReactElement {
  return (
    <Page title="Exchange">
      <Loading />
    </Page>
  );
}
