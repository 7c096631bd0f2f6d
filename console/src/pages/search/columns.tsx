// The columns that a result can show. Which ones it does is in the URL.
import type { ReactElement, ReactNode } from 'react';
import type { Row } from '../../api/types.ts';
import { Severity } from '../../design/badge.tsx';
import { bytes, duration } from '../../design/format.ts';
import { visible } from '../../design/hostile.ts';
import {
  ActionTag,
  ClaimedChip,
  HttpStatus,
  IdentityChip,
  OperationName,
  OutcomeStatus,
  VerdictBadge,
} from '../../design/record.tsx';
import { SafeText } from '../../design/safe-text.tsx';
import { Time } from '../../design/time.tsx';

export interface RowColumn {
  readonly id: string;
  readonly title: string;
  /** CSS grid track. */
  readonly track: string;
  readonly end?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

export const COLUMNS: readonly RowColumn[] = [
  {
    id: 'time',
    title: 'Time',
    track: '188px',
    cell: (row) => (
      <span className="mono">
        <Time time={row.time} ms />
      </span>
    ),
  },
  {
    id: 'who',
    title: 'Who',
    track: 'minmax(120px, 1fr)',
    cell: (row) => row.identity && <IdentityChip identity={row.identity} />,
  },
  { id: 'action', title: 'Does', track: '84px', cell: (row) => row.action && <ActionTag action={row.action} /> },
  {
    id: 'operation',
    title: 'Operation',
    track: 'minmax(150px, 1.3fr)',
    cell: (row) => (row.operation ? <OperationName operation={row.operation} /> : <Happened row={row} />),
  },
  { id: 'on', title: 'On', track: 'minmax(160px, 1.8fr)', cell: (row) => <On row={row} /> },
  { id: 'result', title: 'Result', track: '108px', cell: (row) => <Result row={row} /> },
  {
    id: 'latency',
    title: 'Latency',
    track: '84px',
    end: true,
    cell: (row) => row.latency !== undefined && duration(row.latency),
  },
  {
    id: 'client',
    title: 'Claims to be',
    track: 'minmax(120px, 1fr)',
    cell: (row) => <ClaimedChip client={row.client} />,
  },
  {
    id: 'verdict',
    title: 'Verdict',
    track: 'minmax(120px, 1fr)',
    cell: (row) => row.verdict && <VerdictBadge verdict={row.verdict} withRule />,
  },
  {
    id: 'outcome',
    title: 'Outcome',
    track: '132px',
    cell: (row) => row.outcome && <OutcomeStatus outcome={row.outcome} />,
  },
  { id: 'risk', title: 'Risk', track: '96px', cell: (row) => row.risk && <Severity level={row.risk} /> },
  { id: 'tags', title: 'Tags', track: 'minmax(100px, 1fr)', cell: (row) => row.tags.join(', ') },
  {
    id: 'session',
    title: 'Session',
    track: 'minmax(110px, 1fr)',
    cell: (row) =>
      row.session && (
        <span className="mono">
          <SafeText text={row.session} most={80} />
        </span>
      ),
  },
  {
    id: 'connection',
    title: 'Connection',
    track: '116px',
    cell: (row) => row.connection && <SafeText text={row.connection} />,
  },
  { id: 'method', title: 'Method', track: '76px', cell: (row) => <span className="mono">{row.method}</span> },
  {
    id: 'path',
    title: 'Path',
    track: 'minmax(180px, 2fr)',
    cell: (row) =>
      row.path && (
        <span className="mono">
          <SafeText text={row.path} most={300} />
        </span>
      ),
  },
  {
    id: 'groups',
    title: 'Groups',
    track: 'minmax(100px, 1fr)',
    cell: (row) => row.identity && <SafeText text={row.identity.groups.join(', ')} most={200} />,
  },
  {
    id: 'source',
    title: 'From',
    track: '140px',
    cell: (row) =>
      row.source && (
        <span className="mono">
          <SafeText text={row.source} />
        </span>
      ),
  },
  {
    id: 'size',
    title: 'Size',
    track: '88px',
    end: true,
    cell: (row) => row.requestBytes !== undefined && bytes((row.requestBytes ?? 0) + (row.responseBytes ?? 0)),
  },
  { id: 'id', title: 'Exchange', track: '124px', cell: (row) => <span className="mono">{row.id.slice(0, 13)}</span> },
];

export const USUAL = ['time', 'who', 'action', 'operation', 'on', 'result', 'latency'] as const;

/** The columns of a URL's `columns`; the usual ones when it names none that there are. */
export function columnsOf(text: string | undefined): readonly RowColumn[] {
  const named = (text ?? '').split(',').flatMap((id) => COLUMNS.find((column) => column.id === id) ?? []);
  return named.length > 0 ? named : USUAL.flatMap((id) => COLUMNS.find((column) => column.id === id) ?? []);
}

/** What it was about: a resource, else what was asked for, else the path. */
export function On({ row }: { row: Row }): ReactElement {
  const [resource] = row.resources;
  const asked = [...(row.asked.metrics ?? []), ...(row.asked.queries ?? [])];
  if (resource) {
    const more = row.resources.length - 1;
    return (
      <span className="truncate">
        {resource.title !== undefined && <SafeText text={resource.title} most={120} />}{' '}
        <span className="mono quiet">
          <SafeText text={`${resource.kind}/${resource.id}`} most={120} />
        </span>
        {more > 0 && <span className="quiet"> +{more}</span>}
      </span>
    );
  }
  if (asked.length > 0) {
    return (
      <span className="mono truncate" data-tip={visible(asked.slice(0, 12).join('\n'))}>
        <SafeText text={asked.join(', ')} most={160} />
      </span>
    );
  }
  return (
    <span className="mono quiet truncate">
      <SafeText text={row.path ?? ''} most={200} />
    </span>
  );
}

/** Entries that are no exchanges say what happened in words. */
export const Happened = ({ row }: { row: Row }): ReactElement => (
  <span className="truncate">
    <SafeText text={row.what ?? row.kind} most={300} />
  </span>
);

/** One word for how it went: a refusal before a status, a status before an outcome. */
export function Result({ row }: { row: Row }): ReactElement | null {
  if (row.verdict?.decision === 'deny') return <VerdictBadge verdict={row.verdict} />;
  if (row.status !== undefined) return <HttpStatus status={row.status} />;
  return row.outcome ? <OutcomeStatus outcome={row.outcome} /> : null;
}
