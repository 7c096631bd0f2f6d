// Search: one line of terms over the whole record, with facets, a histogram and a table to work through.
import type { ReactElement } from 'react';
import { Page } from '../../design/panel.tsx';
import { Loading } from '../../design/states.tsx';

export function SearchPage(): ReactElement {
  return (
    <Page title="Search">
      <Loading />
    </Page>
  );
}
