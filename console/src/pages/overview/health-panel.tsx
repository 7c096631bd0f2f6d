// Whether the record is sound: the journal and its checkpoints, the index, the issuers, the connections.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { getText } from '../../api/client.ts';
import { statusQuery } from '../../api/queries.ts';
import type { Status as GatewayStatus } from '../../api/types.ts';
import { Status, type Tone } from '../../design/badge.tsx';
import { count, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import styles from './overview.module.css';

/** Entries under the latest signed checkpoint (C2SP tlog-checkpoint: its second line). */
const checkpointQuery = queryOptions({
  queryKey: ['overview', 'checkpoint'],
  refetchInterval: 10_000,
  queryFn: async ({ signal }) => Number((await getText('/tlog/checkpoint', {}, signal)).split('\n')[1]),
});

export function HealthPanel(): ReactElement {
  const { data, error, refetch } = useQuery(statusQuery);
  const checkpoint = useQuery(checkpointQuery);
  return (
    <Panel title="Health" actions={<Link to="/journal">Journal</Link>} flush>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={5} what="Asking the gateway" />
      ) : (
        <ul className={styles.list}>
          <Line
            to="/journal"
            name="Journal"
            tone={checkpoint.isError ? 'red' : 'green'}
            says={`${plural(data.journal.size, 'entry', 'entries')}, durable`}
          >
            {checkpoint.isError
              ? 'no checkpoint can be read'
              : checkpoint.data === undefined
                ? ''
                : `checkpoint over ${count(checkpoint.data)}`}
          </Line>
          <Witnesses status={data} />
          <Index status={data} />
          {data.issuers.map((issuer) => {
            const {
              name = '',
              state = '',
              problem,
              fetchedAt,
            } = issuer as { name?: string; state?: string; problem?: string; fetchedAt?: number };
            const good = state === 'ready';
            return (
              <Line
                key={name}
                to="/agents"
                name="Issuer"
                tone={good ? 'green' : state === 'idle' || state === 'unused' ? 'grey' : 'red'}
                says={<SafeText text={name} />}
              >
                {problem !== undefined ? (
                  <SafeText text={problem} most={160} />
                ) : good && fetchedAt !== undefined ? (
                  <>
                    keys fetched <Time time={fetchedAt} show="ago" />
                  </>
                ) : (
                  state
                )}
              </Line>
            );
          })}
          {data.connections.map(({ name, site, readOnly }) => (
            <Line key={name} to="/connections" name="Connection" tone="green" says={<SafeText text={name} />}>
              <SafeText text={site} />
              {readOnly && ', read only'}
            </Line>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Witnesses({ status: { witnessing } }: { status: GatewayStatus }): ReactElement | null {
  const all = [...witnessing.witnesses, ...witnessing.copies];
  if (all.length === 0) {
    return (
      <Line to="/journal" name="Witnesses" tone="grey" says="none configured">
        only this gateway vouches for the log
      </Line>
    );
  }
  const conflicts = all.filter(({ conflict }) => conflict);
  const failing = all.filter(({ problem }) => problem !== undefined);
  const tone: Tone = conflicts.length > 0 ? 'red' : failing.length > 0 ? 'amber' : 'green';
  return (
    <Line to="/journal" name="Witnesses" tone={tone} says={`${all.length - failing.length} of ${all.length} agree`}>
      {conflicts.length > 0
        ? 'one contradicts this log'
        : witnessing.witnessed === undefined
          ? ''
          : `witnessed through ${count(witnessing.witnessed.size)}`}
    </Line>
  );
}

function Index({ status: { index } }: { status: GatewayStatus }): ReactElement {
  const behind = Math.max(0, index.journalSize - index.indexedThrough);
  const tone: Tone = index.failure !== undefined ? 'red' : behind > 1000 ? 'amber' : 'green';
  return (
    <Line
      to="/journal"
      name="Index"
      tone={tone}
      says={behind <= 50 ? 'up to date' : `${plural(behind, 'entry', 'entries')} behind`}
    >
      {index.failure !== undefined ? (
        <SafeText text={index.failure} most={160} />
      ) : (
        `through ${count(index.indexedThrough)}`
      )}
    </Line>
  );
}

function Line({
  to,
  name,
  tone,
  says,
  children,
}: {
  to: '/journal' | '/agents' | '/connections';
  name: string;
  tone: Tone;
  says: ReactNode;
  children: ReactNode;
}): ReactElement {
  return (
    <li className={styles.item}>
      <Link to={to} className={styles.health}>
        <span className="quiet">{name}</span>
        <span className={styles.says}>
          <Status tone={tone}>{says}</Status>
          <span className={styles.detail}>{children}</span>
        </span>
      </Link>
    </li>
  );
}
