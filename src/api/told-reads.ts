// What a read looked at: metrics, searches, filters, groups, and over which range of time.
import { type AskedFor, askedFor } from '../datadog/asked-for.ts';
import type { Row, RowIdentity } from '../index/search-index.ts';
import { type EntryReader, readExchange } from './read-exchange.ts';
import { plain } from './resource-changes.ts';

export interface ReadItem {
  readonly exchange: string;
  readonly time: number;
  readonly identity?: RowIdentity;
  readonly client: Row['client'];
  readonly session?: string;
  readonly connection?: string;
  readonly operation: string;
  readonly outcome: string;
  readonly status?: number;
  readonly asked: AskedFor;
  /** Milliseconds since the epoch, as far as what was written tells. */
  readonly range?: { readonly from?: number; readonly to?: number };
}

/** Undefined when it was erased. */
export async function readItem(reader: EntryReader, row: Row): Promise<ReadItem | undefined> {
  try {
    const found = await readExchange(reader, row);
    const { summary } = found;
    const asked = askedFor(row.operation ?? '', summary.request.target, await plain(found, 'request'));
    const [from, to] = [asked.from, asked.to].map((text) =>
      text === undefined ? undefined : momentOf(text, row.time),
    );
    return {
      exchange: row.id,
      time: row.time,
      ...(row.identity && { identity: row.identity }),
      client: row.client,
      ...(row.session !== undefined && { session: row.session }),
      ...(row.connection !== undefined && { connection: row.connection }),
      operation: row.operation ?? '',
      outcome: row.outcome ?? 'pending',
      ...(row.status !== undefined && { status: row.status }),
      asked,
      ...((from !== undefined || to !== undefined) && {
        range: { ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
      }),
    };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'erased') return undefined;
    throw error;
  }
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1e3,
  m: 60e3,
  h: 3600e3,
  d: 86400e3,
  w: 7 * 86400e3,
  mo: 30 * 86400e3,
};

/** A time as calls write it: seconds or milliseconds since the epoch, `now-15m`, ISO 8601. */
export function momentOf(text: string, now: number): number | undefined {
  if (/^\d{1,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^\d{12,14}$/.test(text)) return Number(text);
  if (text === 'now') return now;
  const [, sign, digits, unit] = /^now([+-])(\d{1,6})(s|mo|m|h|d|w)$/.exec(text) ?? [];
  if (unit !== undefined) return now + (sign === '-' ? -1 : 1) * Number(digits) * UNITS[unit]!;
  const parsed = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}
