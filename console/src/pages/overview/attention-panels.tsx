// What needs a look: open findings, refusals of today, and what was asked for.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import { searchQuery } from '../../api/queries.ts';
import type { Facets, FindingCounts, FindingsResult } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { count, shortCount } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { IdentityChip, OperationName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './overview.module.css';

const EVERY = 60_000;

const findingsQuery = queryOptions({
  queryKey: ['overview', 'findings'],
  refetchInterval: EVERY / 2,
  queryFn: async ({ signal }) => {
    const [list, counts] = await Promise.all([
      getJson<FindingsResult>('/api/v1/findings', { state: 'open', limit: 5 }, signal),
      getJson<FindingCounts>('/api/v1/findings/counts', {}, signal),
    ]);
    return { items: list.items, open: counts.states.open ?? 0 };
  },
});

export function FindingsPanel(): ReactElement {
  const { data, error, refetch } = useQuery(findingsQuery);
  return (
    <Panel
      title="Open findings"
      note={data && count(data.open)}
      actions={<Link to="/findings">All findings</Link>}
      flush
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={3} what="Looking for findings" />
      ) : data.items.length === 0 ? (
        <EmptyState small title="Nothing is open">
          The detectors watch rates, changes and what is read. What they notice appears here.
        </EmptyState>
      ) : (
        <ul className={styles.list}>
          {data.items.map((finding) => (
            <li key={finding.id} className={styles.item}>
              <Link to="/findings/$id" params={{ id: finding.id }} className={styles.block}>
                <Severity level={finding.severity} quiet />
                <span className={styles.title}>
                  <SafeText text={finding.title} most={200} />
                </span>
                <span className="quiet">
                  <Time time={finding.noticed} show="ago" />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const REFUSALS = 'verdict:deny since:today';

export function RefusalsPanel(): ReactElement {
  const { data, error, refetch } = useQuery({ ...searchQuery(REFUSALS, { limit: 5 }), refetchInterval: EVERY });
  return (
    <Panel
      title="Refused today"
      note={data && (data.next === undefined ? count(data.items.length) : `${count(data.items.length)} and more`)}
      actions={
        <Link to="/search" search={{ q: REFUSALS }}>
          All refusals
        </Link>
      }
      flush
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={3} what="Looking for refusals" />
      ) : data.items.length === 0 ? (
        <EmptyState small title="Nothing was refused">
          Calls that policy denies appear here, with the rule that said so.
        </EmptyState>
      ) : (
        <ul className={styles.list}>
          {data.items.map((row) => (
            <li key={row.id} className={styles.item}>
              <Link to="/exchange/$id" params={{ id: row.id }} className={styles.block}>
                <span className={styles.when}>
                  <Time time={row.time} show="clock" />
                </span>
                <span className={styles.title}>
                  {row.operation && <OperationName operation={row.operation} />}
                  <span className="quiet">
                    by <SafeText text={row.verdict?.rule ?? ''} most={60} />
                  </span>
                </span>
                {row.identity && <IdentityChip identity={row.identity} />}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

const askedQuery = queryOptions({
  queryKey: ['overview', 'asked'],
  refetchInterval: EVERY,
  queryFn: ({ signal }) =>
    getJson<Facets>(
      '/api/v1/search/facets',
      { q: 'metric:* since:today', field: 'metric', limit: 8, tz: viewerZone() },
      signal,
    ),
});

export function AskedPanel(): ReactElement {
  const { data, error, refetch } = useQuery(askedQuery);
  const values = data?.facets[0]?.values ?? [];
  const most = Math.max(1, ...values.map((value) => value.count));
  return (
    <Panel
      title="Metrics asked for today"
      actions={
        <Link to="/search" search={{ q: 'metric:* since:today' }}>
          Who asked what
        </Link>
      }
      flush
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={3} what="Counting" />
      ) : values.length === 0 ? (
        <EmptyState small title="No metric was asked for today" />
      ) : (
        <ul className={styles.list}>
          {values.map(({ value, count: times }) => (
            <li key={value} className={styles.item}>
              <Link to="/search" search={{ q: `metric:${quoteValue(value)} since:today` }} className={styles.block}>
                <span className={styles.title}>
                  <span className="mono truncate">
                    <SafeText text={value} most={120} />
                  </span>
                </span>
                <span className={styles.meter} aria-hidden="true">
                  <span style={{ width: `${(times / most) * 100}%` }} />
                </span>
                <span className="num">{shortCount(times)}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
