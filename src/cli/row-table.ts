// Rows and sessions of the record as tables for people.

import type { Row, SessionRow } from '../index/search-index.ts';
import { touchedName, whoOf } from './names.ts';
import { type Column, tableLines } from './table.ts';

/** A search's table: time, who, groups, operation, resource, status, verdict, session, short id. */
export function rowLines(rows: readonly Row[], options: { header?: boolean } = {}): string[] {
  const lines = tableLines(
    rows,
    rows.some((row) => row.kind !== 'exchange') ? [...EXCHANGE_COLUMNS, WHAT] : EXCHANGE_COLUMNS,
  );
  return options.header === false ? lines.slice(1) : lines;
}

export function sessionLines(rows: readonly SessionRow[]): string[] {
  return tableLines(rows, SESSION_COLUMNS);
}

const EXCHANGE_COLUMNS: readonly Column<Row>[] = [
  { title: 'TIME', value: (row) => shortTime(row.time), min: 14, max: 14, always: true },
  { title: 'WHO', value: (row) => whoOf(row.identity), min: 10, max: 28, always: true },
  { title: 'GROUPS', value: (row) => (row.identity?.groups ?? []).join(','), min: 6, max: 24 },
  { title: 'OPERATION', value: (row) => row.operation ?? row.kind, min: 14, max: 44, always: true },
  { title: 'RESOURCE', value: (row) => touchedName(row.resources), min: 12, max: 44 },
  {
    title: 'STATUS',
    value: statusOf,
    min: 6,
    max: 15,
    always: true,
    paint: (row, colour) =>
      failed(row) ? colour.red : row.outcome === 'unknown' || row.outcome === 'pending' ? colour.yellow : colour.green,
  },
  {
    title: 'VERDICT',
    value: (row) =>
      row.verdict ? (row.verdict.decision === 'allow' ? 'allow' : `${row.verdict.decision} ${row.verdict.rule}`) : '',
    min: 7,
    max: 28,
    paint: (row, colour) =>
      row.verdict?.decision === 'deny' ? colour.red : row.verdict?.decision === 'hold' ? colour.yellow : (text) => text,
  },
  { title: 'SESSION', value: (row) => shortSession(row.session ?? ''), min: 8, max: 20 },
  { title: 'ID', value: (row) => shortId(row.id), min: 18, max: 18, always: true, paint: (_row, colour) => colour.dim },
];
const WHAT: Column<Row> = { title: 'WHAT', value: (row) => row.what ?? '', min: 10, max: 60 };

const SESSION_COLUMNS: readonly Column<SessionRow>[] = [
  { title: 'FIRST', value: (row) => shortTime(row.first), min: 14, max: 14, always: true },
  { title: 'LAST', value: (row) => shortTime(row.last), min: 14, max: 14 },
  { title: 'WHO', value: (row) => whoOf(row.identity), min: 10, max: 32, always: true },
  { title: 'CALLS', value: (row) => String(row.calls), min: 5, max: 9, always: true },
  { title: 'CHANGES', value: (row) => String(row.mutations), min: 7, max: 9 },
  {
    title: 'REFUSED',
    value: (row) => String(row.refusals),
    min: 7,
    max: 9,
    paint: (row, colour) => (row.refusals > 0 ? colour.red : (text) => text),
  },
  {
    title: 'ERRORS',
    value: (row) => String(row.errors),
    min: 6,
    max: 9,
    paint: (row, colour) => (row.errors > 0 ? colour.red : (text) => text),
  },
  // Whole, since it is what `dogwatch session` wants.
  { title: 'SESSION', value: (row) => row.id, min: 36, max: 150, always: true },
];

/** `11-22 13:21:30`, local time. */
export function shortTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Enough of a UUIDv7 to be the only one: its millisecond and 12 bits more. `dogwatch show` takes it. */
export const shortId = (id: string): string => id.slice(0, 18);

const shortSession = (session: string): string =>
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(session) ? session.slice(0, 18) : session.replace(/~[^~]*$/, '');

const failed = (row: Row): boolean =>
  row.outcome === 'refused' || row.outcome === 'upstream-failed' || (row.status ?? 0) >= 400;

function statusOf(row: Row): string {
  if (row.kind !== 'exchange') return '';
  if (row.outcome === 'complete') return String(row.status ?? '');
  if (row.outcome === 'refused') return `${row.status ?? ''} refused`.trim();
  return row.outcome ?? '';
}
