// The latest sessions of an identity.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { getJson } from '../../api/client.ts';
import type { SessionRow, SessionsResult } from '../../api/types.ts';
import { Badge } from '../../design/badge.tsx';
import { count, duration } from '../../design/format.ts';
import { Panel } from '../../design/panel.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { EmptyState, ErrorState, Loading } from '../../design/states.tsx';
import { type Column, Table } from '../../design/table.tsx';
import { Time } from '../../design/time.tsx';
import { viewerZone } from '../../design/zone.ts';
import styles from './agent.module.css';

const COLUMNS: Column<SessionRow>[] = [
  {
    title: 'Session',
    cell: ({ id }) => (
      <Link to="/session/$id" params={{ id }} className={`mono truncate ${styles.session}`}>
        <SafeText text={id} most={60} />
      </Link>
    ),
  },
  { title: 'Last call', cell: ({ last }) => <Time time={last} show="ago" />, width: 116 },
  { title: 'Lasted', cell: ({ first, last }) => duration(last - first), end: true, optional: true, width: 110 },
  { title: 'Calls', cell: ({ calls }) => count(calls), end: true, width: 80 },
  { title: 'Changes', cell: ({ mutations }) => <Tally value={mutations} tone="amber" />, end: true, width: 84 },
  {
    title: 'Refused',
    cell: ({ refusals }) => <Tally value={refusals} tone="red" />,
    end: true,
    optional: true,
    width: 84,
  },
];

function Tally({ value, tone }: { value: number; tone: 'amber' | 'red' }): ReactElement {
  return value === 0 ? <span className="quiet">0</span> : <Badge tone={tone}>{count(value)}</Badge>;
}

export function SessionsPanel({ q }: { q: string }): ReactElement {
  const { data, error, refetch } = useQuery({
    queryKey: ['agent', 'sessions', q],
    queryFn: ({ signal }) => getJson<SessionsResult>('/api/v1/sessions', { q, tz: viewerZone(), limit: 8 }, signal),
  });
  return (
    <Panel
      title="Latest sessions"
      flush
      actions={
        <Link to="/sessions" search={{ q }}>
          All its sessions
        </Link>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} small />
      ) : data === undefined ? (
        <Loading rows={3} what="Its sessions load" />
      ) : (
        <Table
          caption="Its latest sessions"
          columns={COLUMNS}
          items={data.items}
          keyOf={({ id }) => id}
          empty={
            <EmptyState small title="It has no session">
              A session begins with the first call of an agent.
            </EmptyState>
          }
        />
      )}
    </Panel>
  );
}
