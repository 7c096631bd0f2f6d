// Questions that more than one page asks, for TanStack Query. What only one page asks lies with that page.
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { viewerZone } from '../design/zone.ts';
import { ApiError, getJson, type Params, setCsrf } from './client.ts';
import { exchangeUrl } from './early.ts';
import type { AuthSession, Exchange, Fields, Health, Providers, SavedQueries, SearchResult, Status } from './types.ts';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What was refused will be refused again; what did not answer may.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      refetchOnWindowFocus: false,
    },
  },
});

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['auth', 'session'],
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<AuthSession | null> => {
    try {
      const session = await getJson<AuthSession>('/auth/session', {}, signal);
      setCsrf(session.csrf);
      return session;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      setCsrf(undefined);
      return null;
    }
  },
});

export const providersQuery = queryOptions({
  queryKey: ['auth', 'providers'],
  queryFn: ({ signal }) => getJson<Providers>('/auth/providers', {}, signal),
});

export const statusQuery = queryOptions({
  queryKey: ['status'],
  refetchInterval: 10_000,
  queryFn: ({ signal }) => getJson<Status>('/api/v1/status', {}, signal),
});

/** Whether calls can be served. It needs no role, so that everybody sees the dot. */
export const readyQuery = queryOptions({
  queryKey: ['ready'],
  refetchInterval: 15_000,
  retry: false,
  queryFn: async ({ signal }): Promise<Health> => {
    const response = await fetch('/readyz', { signal });
    return (await response.json()) as Health;
  },
});

/** The fields of the query language. They change with the gateway's version alone. */
export const fieldsQuery = queryOptions({
  queryKey: ['search', 'fields'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => getJson<Fields>('/api/v1/search/fields', {}, signal),
});

export const savedQueriesQuery = queryOptions({
  queryKey: ['queries'],
  queryFn: ({ signal }) => getJson<SavedQueries>('/api/v1/queries', {}, signal),
});

export type Order = 'newest' | 'oldest' | 'slowest' | 'largest' | 'riskiest';

/** One page of a search: times in the query are the viewer's. */
export const search = (
  q: string,
  params: { order?: Order; limit?: number; cursor?: string | undefined; skip?: number | undefined } = {},
  signal?: AbortSignal,
): Promise<SearchResult> =>
  getJson<SearchResult>('/api/v1/search', { q, tz: viewerZone(), ...params } satisfies Params, signal);

export const searchQuery = (q: string, params: { order?: Order; limit?: number } = {}) =>
  queryOptions({ queryKey: ['search', 'page', q, params], queryFn: ({ signal }) => search(q, params, signal) });

/** A search page by page. */
export const searchPages = (q: string, params: { order?: Order; limit?: number } = {}) =>
  infiniteQueryOptions({
    queryKey: ['search', 'pages', q, params],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => search(q, { ...params, cursor: pageParam }, signal),
    getNextPageParam: (last: SearchResult) => last.next,
  });

export const exchangeQuery = (id: string) =>
  queryOptions({
    queryKey: ['exchange', id],
    queryFn: ({ signal }) => getJson<Exchange>(exchangeUrl(id), {}, signal),
  });
