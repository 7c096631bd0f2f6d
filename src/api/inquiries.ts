// The questions that people ask after an incident, each answered by one call. What is asked becomes an entry before it is answered.
import { DogwatchError } from '../exchange/error.ts';
import { parseQuery, type Query } from '../index/query.ts';
import type { Row, SearchIndex, SessionRow } from '../index/search-index.ts';
import type { Audit, Caller } from './audit.ts';
import { type ChangeItem, readChange } from './change-items.ts';
import { sessionLike, sessionOf } from './find-session.ts';
import { type History, type HistorySource, historyOf, resourceNamed } from './history.ts';
import { impactOf, type ResourceImpact, type RevertPlan, revertPlanOf } from './impact.ts';
import { rowOf } from './records.ts';
import { accountOf, type SessionAccount } from './session-account.ts';
import { settled } from './settled.ts';
import { type ReadItem, readItem } from './told-reads.ts';

export interface HistoryRequest {
  /** `monitor/123`, a title, or a link. */
  readonly resource: string;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
export interface ChangesRequest {
  readonly kind?: string | undefined;
  /** Further terms of the query language. */
  readonly query?: string | undefined;
  /** A time of the query language; now when absent. */
  readonly before?: string | undefined;
  /** `2h`; a day when absent. */
  readonly window?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly limit?: number | undefined;
}
export interface ReadsRequest {
  readonly query: string;
  readonly timeZone?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}
export interface Changes {
  /** Riskiest first. */
  readonly items: readonly ChangeItem[];
  /** There were more calls in that time than are looked at. */
  readonly truncated: boolean;
  readonly from: number;
  readonly to: number;
  readonly indexedThrough: number;
}
export interface Reads {
  readonly items: readonly ReadItem[];
  readonly next?: string;
  readonly indexedThrough: number;
}
export interface Impact {
  readonly session: SessionRow;
  readonly items: readonly ResourceImpact[];
}
export interface Revert extends RevertPlan {
  /** Exchange or session. */
  readonly of: string;
}

/** Each method appends an audit entry before it answers. */
export interface Inquiries {
  history(caller: Caller, request: HistoryRequest): Promise<History>;
  changes(caller: Caller, request: ChangesRequest): Promise<Changes>;
  reads(caller: Caller, request: ReadsRequest): Promise<Reads>;
  account(caller: Caller, session: string): Promise<SessionAccount>;
  impact(caller: Caller, session: string): Promise<Impact>;
  revert(caller: Caller, id: string): Promise<Revert>;
}

/** The same without the caller: what a command asks. */
export type InquirySource = {
  [Name in keyof Inquiries]: Inquiries[Name] extends (caller: Caller, request: infer R) => infer A
    ? (request: R) => A
    : never;
};

export interface InquiriesOptions extends HistorySource {
  readonly audit: Audit;
  /** Durable leaves of the journal. */
  readonly size: () => number;
}

/** Calls that are looked at for one answer. */
const MOST = 1000;
const HISTORY = 50;
const CHANGES = 200;
const READS = 50;
const DAY = 24 * 3_600_000;

export function createInquiries({ index, reader, audit, size }: InquiriesOptions): Inquiries {
  const source: HistorySource = { index, reader };

  async function named(id: string): Promise<SessionRow> {
    await settled(index, size());
    return sessionOf(index, id);
  }

  /** Up to 1,000 rows, oldest first. */
  async function rowsOf(
    query: Query,
    details = false,
    order: 'oldest' | 'newest' | 'riskiest' = 'oldest',
  ): Promise<{ rows: Row[]; more: boolean; through: number }> {
    const rows: Row[] = [];
    let cursor: string | undefined;
    let through = 0;
    do {
      const page = await index.search(query, { order, limit: 500, details, ...(cursor !== undefined && { cursor }) });
      rows.push(...page.items);
      cursor = page.next;
      through = page.indexedThrough;
    } while (cursor !== undefined && rows.length < MOST);
    return { rows: rows.slice(0, MOST), more: cursor !== undefined, through };
  }

  return {
    async history(caller, { resource: name, limit = HISTORY, cursor }) {
      await settled(index, size());
      await audit(caller, 'audit.search', 'asked for the history of a resource', { resource: name });
      return historyOf(source, await resourceNamed(source, name), { limit, cursor });
    },

    async changes(caller, { kind, query = '', before, window = '24h', timeZone, limit = CHANGES }) {
      const zone = timeZone === undefined ? {} : { timeZone };
      const to = before === undefined ? Date.now() : timeOf(`until:"${before.replace(/["\\]/g, '\\$&')}"`, zone);
      const length = lengthOf(window);
      const from = to - length;
      const terms = [
        '-action:read',
        `time:[${new Date(from).toISOString()} TO ${new Date(to).toISOString()}]`,
        ...(kind === undefined ? [] : [`resource:"${kind.replace(/["\\]/g, '\\$&')}"`]),
        ...(query.trim() === '' ? [] : [`(${query})`]),
      ];
      const parsed = parseQuery(terms.join(' '), zone);
      await settled(index, size());
      await audit(caller, 'audit.search', 'asked what was altered', {
        from: new Date(from).toISOString(),
        to: new Date(to).toISOString(),
        ...(kind !== undefined && { kind }),
        ...(query !== '' && { query }),
      });
      // Of more than can be looked at, those of the riskiest operations.
      const newest = await rowsOf(parsed, false, 'newest');
      const { rows, more, through } = newest.more ? await rowsOf(parsed, false, 'riskiest') : newest;
      const items: ChangeItem[] = [];
      for (const row of rows) {
        if (row.outcome === 'refused') continue;
        const read = await readChange(reader, row);
        items.push(...(read?.items.filter((item) => item.made !== 'no' && isKind(item, kind)) ?? []));
      }
      items.sort((a, b) => b.score - a.score || b.time - a.time);
      return {
        items: items.slice(0, limit),
        truncated: more || items.length > limit,
        from,
        to,
        indexedThrough: through,
      };
    },

    async reads(caller, { query, timeZone, limit = READS, cursor }) {
      const terms = query.trim() === '' ? 'action:read' : `(${query}) action:read`;
      const parsed = parseQuery(terms, timeZone === undefined ? {} : { timeZone });
      await settled(index, size());
      await audit(caller, 'audit.search', 'asked who looked at what', { query });
      const page = await index.search(parsed, { limit, details: false, ...(cursor !== undefined && { cursor }) });
      const items: ReadItem[] = [];
      for (const row of page.items) {
        const item = await readItem(reader, row);
        if (item) items.push(item);
      }
      return { items, ...(page.next !== undefined && { next: page.next }), indexedThrough: page.indexedThrough };
    },

    async account(caller, id) {
      const session = await named(id);
      await audit(caller, 'audit.view', `viewed the account of session ${session.id}`, { session: session.id });
      const { rows } = await rowsOf(inSession(session.id));
      return accountOf(source, session, rows);
    },

    async impact(caller, id) {
      const session = await named(id);
      await audit(caller, 'audit.view', `viewed the impact of session ${session.id}`, { session: session.id });
      return { session, items: await impactOf(source, (await rowsOf(changesIn(session.id))).rows) };
    },

    async revert(caller, id) {
      await settled(index, size());
      const session = await sessionLike(index, id);
      // To undo a session where one of its calls was meant would be worse than to ask.
      if (session && session.id !== id && (await exchangeLike(index, id)))
        throw new DogwatchError('bad_parameter', `a session and an exchange begin with ${id}`, {
          remedy: 'give more of the id',
        });
      const of = session?.id ?? id;
      await audit(caller, 'audit.view', `had it worked out how to undo ${of}`, { of });
      if (session) {
        const { rows, more } = await rowsOf(changesIn(of));
        if (more) {
          throw new DogwatchError('bad_parameter', `session ${of} made more than ${MOST} changes`, {
            remedy: 'undo its exchanges one by one, the latest first',
          });
        }
        return { of, ...(await revertPlanOf(source, rows)) };
      }
      const row = await rowOf(index, id);
      if (row.kind !== 'exchange') throw new DogwatchError('not_found', `${id} is no exchange and no session`);
      return { of: row.id, ...(await revertPlanOf(source, [row])) };
    },
  };
}

/** The exchange that `rowOf` finds. @throws DogwatchError `bad_parameter` when several begin so */
async function exchangeLike(index: SearchIndex, id: string): Promise<Row | undefined> {
  try {
    return await rowOf(index, id);
  } catch (error) {
    if (error instanceof DogwatchError && error.code === 'not_found') return undefined;
    throw error;
  }
}

const isKind = ({ resource, reaches }: ChangeItem, kind: string | undefined): boolean =>
  kind === undefined || [resource, ...reaches].some((each) => each.kind === kind || `${each.kind}/${each.id}` === kind);

const inSession = (id: string): Query => ({
  source: '',
  root: { type: 'field', field: 'session', match: { type: 'is', value: id }, at: 0 },
});

const changesIn = (id: string): Query => ({
  source: '',
  root: {
    type: 'and',
    items: [
      inSession(id).root,
      { type: 'not', item: { type: 'field', field: 'action', match: { type: 'is', value: 'read' }, at: 0 } },
    ],
  },
});

/** The moment that a term of time names. @throws DogwatchError `bad_query` */
function timeOf(term: string, zone: { timeZone?: string }): number {
  const { root } = parseQuery(term, zone);
  if (root.type === 'field' && root.match.type === 'time') {
    const { moment } = root.match;
    return 'at' in moment ? moment.at : Date.now() - moment.ago;
  }
  throw new DogwatchError('bad_parameter', 'the time cannot be read', { remedy: 'write 2026-11-22 10:00, or 2h' });
}

/** Milliseconds of `2h`. @throws DogwatchError `bad_parameter` */
function lengthOf(text: string): number {
  const [, digits, unit] = /^(\d{1,4})(m|h|d|w)$/.exec(text) ?? [];
  if (unit === undefined || digits === undefined) {
    throw new DogwatchError('bad_parameter', 'the window is no length of time', { remedy: 'write 90m, 2h, 3d or 1w' });
  }
  return Number(digits) * ({ m: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY }[unit] ?? DAY);
}
