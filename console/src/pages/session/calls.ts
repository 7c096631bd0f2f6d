// The calls of a session, all pages of them; and what each did, for lanes and marks.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { getJson } from '../../api/client.ts';
import type { Row, SessionResult } from '../../api/types.ts';

/** Calls that are looked at; of a longer session the first ones. */
export const MOST_CALLS = 10_000;
const PAGE = 500;

export function useCalls(session: string) {
  const pages = useInfiniteQuery({
    queryKey: ['session', session],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      getJson<SessionResult>(
        `/api/v1/sessions/${encodeURIComponent(session)}`,
        { limit: PAGE, cursor: pageParam },
        signal,
      ),
    getNextPageParam: (last: SessionResult, all) => (all.length * PAGE >= MOST_CALLS ? undefined : last.next),
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, error } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !error) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, error]);
  const calls = useMemo(() => pages.data?.pages.flatMap(({ exchanges }) => exchanges) ?? [], [pages.data]);
  return { ...pages, session: pages.data?.pages[0]?.session, calls };
}

export const LANES = ['read', 'create', 'update', 'delete', 'execute', 'refused'] as const;
export type Lane = (typeof LANES)[number];

/** Refusals have a lane of their own, whatever was asked for. */
export const laneOf = (row: Row): Lane => (row.outcome === 'refused' ? 'refused' : (row.action ?? 'execute'));

export const changesSomething = (row: Row): boolean =>
  row.action !== undefined && row.action !== 'read' && row.outcome !== 'refused';
export const failed = (row: Row): boolean => (row.status ?? 0) >= 400 || row.outcome === 'upstream-failed';
