// Sessions: each run of each agent, latest first, narrowed by the query language.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { getJson } from '../../api/client.ts';
import type { SessionRow, SessionsResult } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count, duration } from '../../design/format.ts';
import { Page, Panel } from '../../design/panel.tsx';
import { IdentityChip } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './sessions.module.css';

const COLUMNS: Column<SessionRow>[] = [
  {
    title: 'Session',
    cell: ({ id }) => (
      <Link to="/session/$id" params={{ id }} className="mono">
        <SafeText text={id} most={60} />
      </Link>
    ),
  },
  {
    title: 'Who',
    cell: ({ identity }) => (identity ? <IdentityChip identity={identity} /> : <span className="quiet">nobody</span>),
  },
  { title: 'Last call', cell: ({ last }) => <Time time={last} show="ago" />, width: 120 },
  { title: 'Lasted', cell: ({ first, last }) => duration(last - first), end: true, optional: true, width: 110 },
  { title: 'Calls', cell: ({ calls }) => count(calls), end: true, width: 80 },
  { title: 'Changes', cell: ({ mutations }) => <Tally value={mutations} tone="amber" />, end: true, width: 90 },
  {
    title: 'Refused',
    cell: ({ refusals }) => <Tally value={refusals} tone="red" />,
    end: true,
    optional: true,
    width: 90,
  },
  { title: 'Errors', cell: ({ errors }) => <Tally value={errors} tone="red" />, end: true, optional: true, width: 80 },
];

function Tally({ value, tone }: { value: number; tone: 'amber' | 'red' }): ReactElement {
  return value === 0 ? <span className="quiet">0</span> : <Badge tone={tone}>{count(value)}</Badge>;
}

export function SessionsPage(): ReactElement {
  const { q = '' } = useSearch({ from: '/inside/sessions' });
  const navigate = useNavigate({ from: '/sessions' });
  const [text, setText] = useState(q);
  const pages = useInfiniteQuery({
    queryKey: ['sessions', q],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      getJson<SessionsResult>('/api/v1/sessions', { q, tz: viewerZone(), cursor: pageParam, limit: 50 }, signal),
    getNextPageParam: (last: SessionsResult) => last.next,
  });
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Sessions" lead="Each run of each agent, latest first.">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ search: text.trim() === '' ? {} : { q: text.trim() } });
        }}
      >
        <input
          type="search"
          className={styles.query}
          aria-label="Narrow by a query"
          placeholder="who:claude* action:delete since:24h"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit">Narrow</Button>
      </form>
      <Panel flush>
        {pages.error ? (
          <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
        ) : pages.data === undefined ? (
          <Loading what="Sessions load" />
        ) : (
          <Table
            caption="Sessions"
            columns={COLUMNS}
            items={items}
            keyOf={({ id }) => id}
            empty={
              <EmptyState icon="sessions" title={q === '' ? 'No agent has called yet' : 'No session has such a call'}>
                {q === ''
                  ? 'A session begins with the first call of an agent, and ends when it is idle.'
                  : 'The query is the one of the search; a session is shown when one of its calls matches.'}
              </EmptyState>
            }
          />
        )}
      </Panel>
      {pages.hasNextPage && (
        <p className={styles.more}>
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Earlier ones
          </Button>
        </p>
      )}
    </Page>
  );
}
