// One resource: its versions, who made them, and how they differ.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function ResourcePage(): ReactElement {
  return (
    <Page title="Resource">
      <Loading />
    </Page>
  );
}
