// What changed today: who, what, and what is different, the ones that deserve attention first.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import type { Changes } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { count } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import { Panel } from '../../design/panel.tsx';
import { ActionTag, IdentityChip, ResourceName } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { Time } from '../../design/time.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './overview.module.css';

const MOST = 8;

/** How long today has lasted, at least an hour: at midnight, yesterday evening is what is wanted. */
export const todaysWindow = (now = new Date()): string =>
  `${Math.max(60, now.getHours() * 60 + now.getMinutes() + 1)}m`;

const changesQuery = queryOptions({
  queryKey: ['overview', 'changes'],
  refetchInterval: 60_000,
  queryFn: ({ signal }) =>
    getJson<Changes>('/api/v1/changes', { window: todaysWindow(), limit: 100, tz: viewerZone() }, signal),
});

export function ChangesPanel(): ReactElement {
  const { data, error, refetch } = useQuery(changesQuery);
  return (
    <Panel
      title="Changed today"
      note={data && (data.truncated ? `${count(data.items.length)} and more` : count(data.items.length))}
      actions={
        <Link to="/search" search={{ q: 'action:(create OR update OR delete) since:today' }}>
          All changes
        </Link>
      }
      flush
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : !data ? (
        <Loading rows={6} what="Looking for changes" />
      ) : data.items.length === 0 ? (
        <EmptyState small title="Nothing has been changed today">
          What agents create, change or delete in Datadog appears here, with what is different.
        </EmptyState>
      ) : (
        <ol className={styles.list}>
          {data.items.slice(0, MOST).map((item) => (
            <li key={`${item.exchange} ${item.resource.kind}/${item.resource.id}`} className={styles.change}>
              <Link
                to="/exchange/$id"
                params={{ id: item.exchange }}
                className={styles.cover}
                aria-label={`The exchange that did it: ${item.operation}`}
              />
              <span className={styles.when}>
                <Time time={item.time} show="clock" />
              </span>
              <ActionTag action={item.action} />
              <span className={styles.what}>
                <Link
                  to="/resource/$kind/$id"
                  params={{ kind: item.resource.kind, id: item.resource.id }}
                  className={styles.above}
                >
                  <ResourceName resource={item.resource} titleFirst />
                </Link>
                <Difference changes={item.changes ?? []} />
              </span>
              <span className={styles.reasons}>
                {item.tags.map((tag) => (
                  <Badge key={tag} tone={tag === 'cost' ? 'amber' : 'red'}>
                    {tag}
                  </Badge>
                ))}
              </span>
              <span className={styles.who}>{item.identity && <IdentityChip identity={item.identity} />}</span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** The first differences in one line: `options.thresholds.critical 100 → 1000`. */
function Difference({ changes }: { changes: NonNullable<Changes['items'][number]['changes']> }): ReactElement | null {
  const [first, ...rest] = changes.filter(({ type }) => type === 'changed');
  if (first?.type !== 'changed') return null;
  return (
    <span className={styles.difference}>
      <span className="quiet">
        <SafeText text={first.path.join('.')} most={80} />
      </span>{' '}
      <del>{shown(first.before)}</del> → <ins>{shown(first.after)}</ins>
      {rest.length > 0 && <span className="quiet"> +{rest.length}</span>}
    </span>
  );
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return visible(text.length > 48 ? `${text.slice(0, 47)}…` : text);
}
