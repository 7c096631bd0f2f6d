// Whether the record is sound: the journal and its checkpoints, the index, the issuers, the connections.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { getJson } from '../../api/client.ts';
import { statusQuery } from '../../api/queries.ts';
import type { Status as GatewayStatus, JournalState, Verification } from '../../api/types.ts';
import { Status, type Tone } from '../../design/badge.tsx';
import { count, plural } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import styles from './overview.module.css';

// The keys are those of the journal's page: what one has asked, the other knows.
const journalQuery = queryOptions({
  queryKey: ['journal'],
  refetchInterval: 10_000,
  queryFn: ({ signal }) => getJson<JournalState>('/api/v1/journal', {}, signal),
});
const verificationQuery = queryOptions({
  queryKey: ['journal', 'verification'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) => getJson<Verification>('/api/v1/journal/verification', {}, signal),
});

export function HealthPanel(): ReactElement {
  const { data, error, refetch } = useQuery(statusQuery);
  return (
    <Panel title="Health" actions={<Link to="/journal">Journal</Link>} flush>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={5} what="Asking the gateway" />
      ) : (
        <ul className={styles.list}>
          <Journal size={data.journal.size} />
          <Verified />
          <Witnesses status={data} />
          <Index status={data} />
          {data.issuers.map(({ name, state, lastError, fetchedAt }) => (
            <Line
              key={`issuer ${name}`}
              to="/connections"
              name="Issuer"
              tone={ISSUER_TONES[state]}
              says={<SafeText text={name} />}
            >
              {lastError !== undefined ? (
                <SafeText text={lastError} most={160} />
              ) : fetchedAt !== undefined ? (
                <>
                  keys fetched <Time time={fetchedAt} show="ago" />
                </>
              ) : (
                'not asked for yet'
              )}
            </Line>
          ))}
          {data.connections.map((connection) => (
            <Connection key={`connection ${connection.name}`} connection={connection} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const ISSUER_TONES: Readonly<Record<GatewayStatus['issuers'][number]['state'], Tone>> = {
  idle: 'grey',
  ready: 'green',
  stale: 'amber',
  unavailable: 'red',
};

function Connection({
  connection: { name, site, readOnly, credential, limits },
}: {
  connection: GatewayStatus['connections'][number];
}): ReactElement {
  const now = Date.now();
  const spent = limits.find(({ remaining, until }) => remaining === 0 && until > now);
  const tone: Tone = credential === 'missing' ? 'red' : spent ? 'amber' : 'green';
  return (
    <Line to="/connections" name="Connection" tone={tone} says={<SafeText text={name} />}>
      {credential === 'missing' ? (
        'has no credential'
      ) : spent ? (
        <>
          the rate limit <SafeText text={spent.name} most={60} /> is spent
        </>
      ) : (
        <>
          <SafeText text={site} />
          {readOnly && ', read only'}
        </>
      )}
    </Line>
  );
}

function Journal({ size }: { size: number }): ReactElement {
  const { data, isError } = useQuery(journalQuery);
  const good = data?.state === 'ok';
  return (
    <Line
      to="/journal"
      name="Journal"
      tone={isError || (data && !good) ? 'red' : data ? 'green' : 'grey'}
      says={
        data && !good ? (
          <SafeText text={data.state} most={160} />
        ) : (
          `${plural(data?.size ?? size, 'entry', 'entries')}, durable`
        )
      }
    >
      {isError ? (
        'its state is not told'
      ) : data?.checkpoint ? (
        <>
          checkpoint over {count(data.checkpoint.size)}, signed <Time time={data.checkpoint.time} show="ago" />
        </>
      ) : (
        data && 'no checkpoint yet'
      )}
    </Line>
  );
}

/** When all of it was last gone through, from the first entry to the newest checkpoint. */
function Verified(): ReactElement {
  const { data } = useQuery(verificationQuery);
  const { running, last, recorded } = data ?? {};
  if (running) {
    return (
      <Line to="/journal" name="Verified" tone="blue" says="under way">
        {count(running.entries)} of {count(running.of)}
      </Line>
    );
  }
  if (last) {
    const good = last.report?.ok === true;
    return (
      <Line to="/journal" name="Verified" tone={good ? 'green' : 'red'} says={good ? 'sound' : 'not sound'}>
        <Time time={last.time} show="ago" /> by <SafeText text={last.by} most={60} />
      </Line>
    );
  }
  return (
    <Line
      to="/journal"
      name="Verified"
      tone="grey"
      says={recorded ? <SafeText text={recorded.what} most={80} /> : data ? 'never' : ''}
    >
      {recorded ? <Time time={recorded.time} show="ago" /> : data && 'the journal’s page verifies it'}
    </Line>
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
  to: '/journal' | '/connections';
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
