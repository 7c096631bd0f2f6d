// Every page has one route here and one folder under pages/; each is loaded when it is first wanted.
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queryClient, sessionQuery } from './api/queries.ts';
import { NotFound, PageFailed, PagePending } from './shell/page-states.tsx';
import type { SearchParams } from './shell/search-params.ts';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { return?: string } =>
    typeof search.return === 'string' && /^\/(?![/\\])/.test(search.return) ? { return: search.return } : {},
  component: lazyRouteComponent(() => import('./sign-in/page.tsx'), 'SignInPage'),
});

/** Everything behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (session === null)
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { return: location.href } });
  },
  component: Shell,
});

const text = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/page.tsx'), 'OverviewPage'),
});
const search = createRoute({
  getParentRoute: () => inside,
  path: '/search',
  validateSearch: (given: Record<string, unknown>): SearchParams => {
    const [q, columns, open, order] = [text(given.q), text(given.columns), text(given.open), text(given.order)];
    return {
      ...(q && { q }),
      ...(columns && { columns }),
      ...(open && { open }),
      ...((order === 'oldest' || order === 'slowest' || order === 'largest' || order === 'riskiest') && { order }),
      ...(given.live === true && { live: true }),
    };
  },
  component: lazyRouteComponent(() => import('./pages/search/page.tsx'), 'SearchPage'),
});
/** Views inside a page (a tab, a cursor, two versions) are its own search parameters: `useSearch({ from: '/inside/exchange/$id' })`. */
const views = (given: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      const told = text(value);
      return told === undefined ? [] : [[name, told] as const];
    }),
  );
const exchange = createRoute({
  getParentRoute: () => inside,
  path: '/exchange/$id',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/exchange/page.tsx'), 'ExchangePage'),
});
const sessions = createRoute({
  getParentRoute: () => inside,
  path: '/sessions',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/sessions/page.tsx'), 'SessionsPage'),
});
const session = createRoute({
  getParentRoute: () => inside,
  path: '/session/$id',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/session/page.tsx'), 'SessionPage'),
});
const resource = createRoute({
  getParentRoute: () => inside,
  path: '/resource/$kind/$id',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/resource/page.tsx'), 'ResourcePage'),
});
const findings = createRoute({
  getParentRoute: () => inside,
  path: '/findings',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/findings/page.tsx'), 'FindingsPage'),
});
const finding = createRoute({
  getParentRoute: () => inside,
  path: '/findings/$id',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/finding/page.tsx'), 'FindingPage'),
});
const agents = createRoute({
  getParentRoute: () => inside,
  path: '/agents',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/agents/page.tsx'), 'AgentsPage'),
});
/** `$id` is `issuer#subject`, as in revocations. */
const agent = createRoute({
  getParentRoute: () => inside,
  path: '/agents/$id',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/agent/page.tsx'), 'AgentPage'),
});
const connections = createRoute({
  getParentRoute: () => inside,
  path: '/connections',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/connections/page.tsx'), 'ConnectionsPage'),
});
const journal = createRoute({
  getParentRoute: () => inside,
  path: '/journal',
  validateSearch: views,
  component: lazyRouteComponent(() => import('./pages/journal/page.tsx'), 'JournalPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    inside.addChildren([
      overview,
      search,
      exchange,
      sessions,
      session,
      resource,
      findings,
      finding,
      agents,
      agent,
      connections,
      journal,
    ]),
  ]),
  defaultPreload: 'intent',
  // What has loaded is shown, however short what stood in its place was.
  defaultPendingMinMs: 0,
  scrollRestoration: true,
  defaultPendingComponent: PagePending,
  defaultErrorComponent: PageFailed,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
