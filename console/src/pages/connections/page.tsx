// Connections: the Datadog organisations behind the gateway, who may use them, and what is left of their rate limits. Never a secret.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson, postJson } from '../../api/client.ts';
import { statusQuery } from '../../api/queries.ts';
import { useMay } from '../../api/session.ts';
import type { Facets, Status as StatusOf } from '../../api/types.ts';
import { Badge, Status } from '../../design/badge.tsx';
import { Button } from '../../design/button.tsx';
import { count, duration, plural } from '../../design/format.ts';
import { Facts, Page, Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { toast, toastError } from '../../design/toast.tsx';
import styles from './connections.module.css';

type Connection = StatusOf['connections'][number];

export function ConnectionsPage(): ReactElement {
  const { data, error, refetch } = useQuery(statusQuery);
  const calls = useQuery({
    queryKey: ['connections', 'calls'],
    queryFn: ({ signal }) =>
      getJson<Facets>('/api/v1/search/facets', { q: 'since:24h', field: 'connection', limit: 100 }, signal),
    refetchInterval: 60_000,
  });
  const callsOf = new Map(
    calls.data?.facets.find(({ field }) => field === 'connection')?.values.map(({ value, count: n }) => [value, n]),
  );
  return (
    <Page
      title="Connections"
      lead="The Datadog organisations that agents reach. Their credentials are sealed in the gateway: nobody sees them, here or elsewhere."
      actions={<Reload />}
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Panel>
          <Loading what="Connections load" />
        </Panel>
      ) : data.connections.length === 0 ? (
        <Panel>
          <EmptyState icon="connections" title="There is no connection yet">
            Add one beside the gateway: <code>dogwatch connection add production --site datadoghq.com</code>
          </EmptyState>
        </Panel>
      ) : (
        <div className={styles.cards}>
          {data.connections.map((connection) => (
            <OneConnection key={connection.name} connection={connection} calls={callsOf.get(connection.name)} />
          ))}
        </div>
      )}
      {data && data.issuers.length > 0 && <Issuers issuers={data.issuers} />}
    </Page>
  );
}

function Reload(): ReactElement | null {
  const may = useMay('operator');
  const client = useQueryClient();
  const reload = useMutation({
    mutationFn: () => postJson<{ changes: string[] }>('/api/v1/connections/reload'),
    onSuccess: ({ changes }) => {
      toast(changes.length === 0 ? 'Nothing is different' : changes.join('; '));
      void client.invalidateQueries({ queryKey: ['status'] });
    },
    onError: toastError('Not read anew'),
  });
  if (!may) return null;
  return (
    <Button icon="refresh" busy={reload.isPending} onClick={() => reload.mutate()}>
      Read anew
    </Button>
  );
}

const CREDENTIALS = { keys: 'API and application key', token: 'access token', missing: 'missing' } as const;

function OneConnection({ connection, calls }: { connection: Connection; calls: number | undefined }): ReactElement {
  const { name, site, groups, credential, readOnly, sandbox, images, limits } = connection;
  const ready = credential !== 'missing' && groups.length > 0;
  return (
    <Panel
      title={<SafeText text={name} />}
      note={<SafeText text={site} />}
      actions={
        <span className="row wrap">
          {connection.default && <Badge tip="Used when a call names no connection">default</Badge>}
          {readOnly && <Badge tone="blue">read-only</Badge>}
          {sandbox && <Badge tone="violet">sandbox</Badge>}
          <Status tone={ready ? 'green' : 'amber'}>
            {ready ? 'ready' : credential === 'missing' ? 'no credential' : 'nobody may use it'}
          </Status>
        </span>
      }
    >
      <div className="stack">
        <Facts
          items={[
            [
              'May use it',
              groups.length === 0 ? (
                <span key="nobody" className="quiet">
                  nobody: no group is named
                </span>
              ) : (
                <span key="groups" className="row wrap">
                  {groups.map((group) => (
                    <Badge key={group}>
                      <SafeText text={group} />
                    </Badge>
                  ))}
                </span>
              ),
            ],
            ['Credential', <span key="credential">{CREDENTIALS[credential]}</span>],
            ['Before and after', <span key="images">{images ? 'read for what is changed' : 'not read'}</span>],
            [
              'Last 24 hours',
              <Link key="calls" to="/search" search={{ q: `connection:${name} since:24h` }}>
                {plural(calls ?? 0, 'call')}
              </Link>,
            ],
          ]}
        />
        <h3 className={styles.head}>Rate limits</h3>
        {limits.length === 0 ? (
          <p className="quiet">Datadog has not told of any yet; it does with answers to what Dogwatch reads itself.</p>
        ) : (
          <ul className={styles.limits}>
            {limits.map((limit) => (
              <Limit key={limit.name} limit={limit} />
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

function Limit({
  limit: { name, limit, remaining, period, own, share },
}: {
  limit: Connection['limits'][number];
}): ReactElement {
  const part = limit === 0 ? 0 : Math.max(0, Math.min(1, remaining / limit));
  return (
    <li>
      <div className="spread">
        <span className="mono truncate">
          <SafeText text={name} />
        </span>
        <span className="quiet">
          {count(remaining)} of {count(limit)} left in {duration(period)}
        </span>
      </div>
      <meter
        className={styles.meter}
        min={0}
        max={1}
        low={0.2}
        high={0.5}
        optimum={1}
        value={part}
        aria-label={`${name}: ${count(remaining)} of ${count(limit)} left`}
      />
      <p className="quiet">
        Dogwatch’s own reads: {count(own)} of {count(share)} that it may make.
      </p>
    </li>
  );
}

const STATES = {
  ready: ['green', 'ready'],
  idle: ['grey', 'not asked yet'],
  stale: ['amber', 'does not answer; its last keys serve'],
  unavailable: ['red', 'does not answer'],
} as const;

function Issuers({ issuers }: { issuers: StatusOf['issuers'] }): ReactElement {
  return (
    <div className={styles.issuers}>
      <Panel title="Issuers" note="whose tokens are believed">
        <ul className={styles.limits}>
          {issuers.map(({ name, issuer, state, keys, fetchedAt, lastError }) => (
            <li key={issuer}>
              <div className="spread">
                <span className="row">
                  <strong>
                    <SafeText text={name} />
                  </strong>
                  <span className="quiet truncate">
                    <SafeText text={issuer} />
                  </span>
                </span>
                <Status tone={STATES[state][0]}>{STATES[state][1]}</Status>
              </div>
              <p className="quiet">
                {fetchedAt !== undefined && (
                  <>
                    {plural(keys, 'key')}, fetched <Time time={fetchedAt} show="ago" />
                  </>
                )}{' '}
                <SafeText text={lastError ?? ''} most={300} />
              </p>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
