// What the router shows in place of a page: while it loads, when it broke, when there is none.
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { buttonClass } from '../design/button.tsx';
import { Page } from '../design/panel.tsx';
import { EmptyState, ErrorState, Loading } from '../design/states.tsx';

export const PagePending = (): ReactElement => <Loading rows={8} what="The page is loading" />;

export function PageFailed({ error, reset }: ErrorComponentProps): ReactElement {
  return (
    <Page title="Not shown">
      <ErrorState error={error} onRetry={reset} />
    </Page>
  );
}

export function NotFound(): ReactElement {
  return (
    <Page title="No such page">
      <EmptyState
        title="There is no page here"
        actions={
          <Link to="/" className={buttonClass()}>
            Go to the overview
          </Link>
        }
      >
        The address may be mistyped, or from another version of Dogwatch.
      </EmptyState>
    </Page>
  );
}
