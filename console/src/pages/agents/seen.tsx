// Identities that were seen in a span of time, latest first, narrowed by kind and by name.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import type { SeenIdentity } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { count } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { quoteValue } from '../../design/query-text.ts';
import { IdentityChip } from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Segments } from '../../design/tabs.tsx';
import { Time } from '../../design/time.tsx';
import { identitiesQuery, keyOf, revocationsQuery, type SpanId } from '../../people/questions.ts';
import { barredBy } from '../../people/revocations.tsx';
import { containmentsQuery, LevelBadge } from '../../response/containment.tsx';
import styles from './agents.module.css';

const KINDS = [
  { id: 'all', label: 'All' },
  { id: 'agent', label: 'AI agents' },
  { id: 'workload', label: 'Workloads' },
  { id: 'person', label: 'People' },
] as const;
type KindId = (typeof KINDS)[number]['id'];
/** Whoever only worked with the record has no kind there: those are people. */
const kindOf = ({ identity }: SeenIdentity): Exclude<KindId, 'all'> => identity.kind ?? 'person';
const WORDS = { agent: 'AI agent', workload: 'workload', person: 'person' } as const;
/** Groups shown of each. */
const GROUPS = 3;

export function Seen({
  span,
  kind: wanted,
  onKind,
}: {
  span: SpanId;
  kind: string | undefined;
  onKind: (kind: string | undefined) => void;
}): ReactElement {
  const { data, error, refetch } = useQuery({ ...identitiesQuery(span), placeholderData: keepPreviousData });
  const containments = useQuery(containmentsQuery);
  const revocations = useQuery(revocationsQuery);
  const [text, setText] = useState('');
  const kind = KINDS.find(({ id }) => id === wanted)?.id ?? 'all';
  const looked = text.trim().toLowerCase();
  const items = (data?.items ?? []).filter(
    (each) =>
      (kind === 'all' || kindOf(each) === kind) &&
      (looked === '' ||
        [
          each.identity.name,
          each.identity.subject,
          each.identity.issuer,
          each.identity.email ?? '',
          ...each.identity.groups,
        ].some((value) => value.toLowerCase().includes(looked))),
  );
  const columns: Column<SeenIdentity>[] = [
    {
      title: 'Who',
      cell: ({ identity }) => (
        <div className={styles.who}>
          <Link to="/agents/$id" params={{ id: keyOf(identity) }}>
            <IdentityChip identity={identity} />
          </Link>
          <Bounds
            barred={barredBy(revocations.data ?? [], identity.issuer, identity.subject) !== undefined}
            levels={(containments.data?.items ?? []).filter((each) => each.identity === keyOf(identity))}
          />
        </div>
      ),
    },
    { title: 'Kind', cell: (each) => WORDS[kindOf(each)], width: 96, optional: true },
    { title: 'Groups', cell: ({ identity }) => <Groups groups={identity.groups} />, optional: true },
    { title: 'Last seen', cell: ({ last }) => <Time time={last} show="ago" />, width: 110 },
    { title: 'First seen', cell: ({ first }) => <Time time={first} show="ago" />, width: 110, optional: true },
    { title: 'Sessions', cell: ({ sessions }) => <Tally value={sessions} />, end: true, width: 84, optional: true },
    {
      title: 'Calls',
      cell: ({ calls, identity }) => <Tally value={calls} q={queryOf(identity, span)} />,
      end: true,
      width: 84,
    },
    {
      title: 'Changes',
      cell: ({ changes, identity }) => (
        <Tally value={changes} tone="amber" q={`${queryOf(identity, span)} -action:read -outcome:refused`} />
      ),
      end: true,
      width: 84,
    },
    {
      title: 'Refused',
      cell: ({ refusals, identity }) => (
        <Tally value={refusals} tone="red" q={`${queryOf(identity, span)} outcome:refused`} />
      ),
      end: true,
      width: 84,
      optional: true,
    },
  ];
  return (
    <>
      <div className={styles.bar}>
        <input
          type="search"
          className={styles.find}
          aria-label="Find by name, subject, issuer or group"
          placeholder="Name, subject, issuer or group"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Segments<KindId>
          label="Kind"
          options={KINDS}
          value={kind}
          onChange={(next) => onKind(next === 'all' ? undefined : next)}
        />
      </div>
      <Panel flush>
        {error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <Loading what="Identities load" />
        ) : (
          <Table
            caption="Agents and people"
            columns={columns}
            items={items}
            keyOf={({ identity }) => keyOf(identity)}
            empty={
              data.items.length === 0 ? (
                <EmptyState icon="agents" title="Nobody was seen in this time">
                  Whoever calls through Dogwatch, or works with this console, stands here.
                </EmptyState>
              ) : (
                <EmptyState icon="agents" title="Nobody here fits">
                  Look over a longer time, or for another name or kind.
                </EmptyState>
              )
            }
          />
        )}
      </Panel>
      {data?.more && (
        <p className={styles.more}>
          These are the {count(data.items.length)} seen last. Find others by the search: who:name*.
        </p>
      )}
    </>
  );
}

/** Finds an identity's calls in the span. */
const queryOf = ({ issuer, subject }: SeenIdentity['identity'], span: SpanId): string =>
  `subject:${quoteValue(subject)} issuer:${quoteValue(issuer)} since:${span}`;

function Tally({ value, tone, q }: { value: number; tone?: 'amber' | 'red'; q?: string }): ReactElement {
  if (value === 0) return <span className="quiet">0</span>;
  const shown = tone ? <Badge tone={tone}>{count(value)}</Badge> : count(value);
  return q === undefined ? (
    <span>{shown}</span>
  ) : (
    <Link to="/search" search={{ q }} className={styles.tally}>
      {shown}
    </Link>
  );
}

function Groups({ groups }: { groups: readonly string[] }): ReactElement {
  const rest = groups.slice(GROUPS);
  return (
    <span className="row wrap">
      {groups.slice(0, GROUPS).map((group) => (
        <Badge key={group}>
          <SafeText text={group} most={40} />
        </Badge>
      ))}
      {rest.length > 0 && <span className="quiet">+{rest.length}</span>}
    </span>
  );
}

function Bounds({
  barred,
  levels,
}: {
  barred: boolean;
  levels: readonly { readonly id: string; readonly level: Parameters<typeof LevelBadge>[0]['level'] }[];
}): ReactElement {
  return (
    <>
      {barred && (
        <Badge tone="red" tip="None of its requests gets in">
          revoked
        </Badge>
      )}
      {levels.map(({ id, level }) => (
        <LevelBadge key={id} level={level} />
      ))}
    </>
  );
}
