// Starts the console.
import './design/tokens.css';
import './design/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { whenSignedOut } from './api/client.ts';
import { queryClient, sessionQuery } from './api/queries.ts';
import { router } from './router.tsx';

// The session ended while a page was open: back here after signing in again.
whenSignedOut(() => {
  if (router.state.location.pathname === '/sign-in') return;
  queryClient.setQueryData(sessionQuery.queryKey, null);
  void router.navigate({ to: '/sign-in', search: { return: router.state.location.href } });
});

// Asked for at once, beside the code of the page and not after it.
void queryClient.prefetchQuery(sessionQuery);
if (location.pathname === '/search') void import('./pages/search/page.tsx');

const element = document.getElementById('root');
if (element) {
  createRoot(element).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
