// Rows as CSV (RFC 4180), for spreadsheets: what was recorded must not act as a formula there.
import type { Row } from '../index/search-index.ts';

const time = (ms: number): string => new Date(ms).toISOString();

/** The columns, in order. Lists are joined by a semicolon and a blank. */
const COLUMNS: readonly (readonly [name: string, value: (row: Row) => string | number | undefined])[] = [
  ['time', (row) => time(row.time)],
  ['id', (row) => row.id],
  ['kind', (row) => row.kind],
  ['who', (row) => row.identity?.name],
  ['subject', (row) => row.identity?.subject],
  ['issuer', (row) => row.identity?.issuer],
  ['email', (row) => row.identity?.email],
  ['identity', (row) => row.identity?.kind],
  ['groups', (row) => row.identity?.groups.join('; ')],
  ['on_behalf_of', (row) => row.identity?.onBehalfOf.map(({ subject }) => subject).join('; ')],
  ['session', (row) => row.session],
  ['claimed_agent', (row) => row.client.agent],
  ['claimed_user_agent', (row) => row.client.userAgent],
  ['source', (row) => row.source],
  ['connection', (row) => row.connection],
  ['host', (row) => row.host],
  ['method', (row) => row.method],
  ['path', (row) => row.path],
  ['operation', (row) => row.operation],
  ['action', (row) => row.action],
  ['risk', (row) => row.risk],
  ['tags', (row) => row.tags.join('; ')],
  ['resources', (row) => row.resources.map(({ kind, id }) => `${kind}/${id}`).join('; ')],
  ['titles', (row) => row.resources.flatMap(({ title }) => title ?? []).join('; ')],
  ['metrics', (row) => row.asked.metrics?.join('; ')],
  ['queries', (row) => row.asked.queries?.join('; ')],
  ['verdict', (row) => row.verdict?.decision],
  ['rule', (row) => row.verdict?.rule],
  ['outcome', (row) => row.outcome],
  ['error', (row) => row.error],
  ['status', (row) => row.status],
  ['request_bytes', (row) => row.requestBytes],
  ['response_bytes', (row) => row.responseBytes],
  ['latency_ms', (row) => row.latency],
  ['what', (row) => row.what],
  ['leaf', (row) => row.leaf],
];

/** The first line. */
export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}\r\n`;

/** The line of a row. */
export const csvLine = (row: Row): string => `${COLUMNS.map(([, value]) => csvField(value(row))).join(',')}\r\n`;

/**
 * A field. Text that a spreadsheet would take as a formula (it begins with `=`, `+`, `-`, `@`, a tab or a line end, full-width forms of the
 * signs included, also after blanks) gets an apostrophe in front, as the OWASP advice on CSV injection has it. Numbers are numbers.
 */
export function csvField(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u.test(value) ? `'${value}` : value;
  return /[",\r\n;'\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
