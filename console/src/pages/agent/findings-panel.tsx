// Findings about an identity that somebody still has to answer.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import type { FindingsResult } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { count } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import styles from './agent.module.css';

const SHOWN = 8;

export function FindingsPanel({ identity }: { identity: string }): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['agent', 'findings', identity],
    refetchInterval: 60_000,
    queryFn: ({ signal }) =>
      getJson<FindingsResult>('/api/v1/findings', { identity, state: 'open,acknowledged', limit: SHOWN }, signal),
  });
  return (
    <Panel
      title="Findings about it"
      note={
        data && data.items.length > 0
          ? `${count(data.items.length)}${data.next === undefined ? '' : ' and more'}`
          : undefined
      }
      flush
      actions={
        <Link to="/findings" search={{ tab: 'all', identity }}>
          All
        </Link>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={2} what="Looking for findings" />
      ) : data.items.length === 0 ? (
        <EmptyState small title="Nothing is open">
          The detectors noticed nothing about it that somebody has to answer.
        </EmptyState>
      ) : (
        <ul className={styles.items}>
          {data.items.map(({ id, severity, title, noticed }) => (
            <li key={id}>
              <Link to="/findings/$id" params={{ id }} className={styles.finding}>
                <Severity level={severity} quiet />
                <span>
                  <SafeText text={title} most={200} />
                  <span className="quiet">
                    {' '}
                    <Time time={noticed} show="ago" />
                  </span>
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
