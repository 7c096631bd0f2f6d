// Reading the record, audited: what the API's routes and a command that reads the data directory have in common.

import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { toCurl } from '../export/curl.ts';
import { toHar } from '../export/har.ts';
import type { RecordedExchange } from '../export/recorded-exchange.ts';
import type { Query } from '../index/query.ts';
import type { Page, Row, SearchIndex, SearchPage, SessionRow } from '../index/search-index.ts';
import type { SearchOrder } from '../index/search-order.ts';
import { type ProofSource, proveExchange } from '../journal/prove.ts';
import type { Audit, Caller } from './audit.ts';
import { erasuresOf, goneError } from './erasures-told.ts';
import { exchangeViewOf, VIEW_BODY } from './exchange-view.ts';
import { noSession, sessionOf } from './find-session.ts';
import { bodyBytes, type Direction, type EntryReader, type FoundExchange, readExchange } from './read-exchange.ts';
import { recordingLines } from './recording.ts';
import { changesOf } from './resource-changes.ts';
import type { SavedQueries } from './saved-queries.ts';
import type { ExchangeChangesView, ExchangeView } from './schemas-exchange.ts';
import { settled as waitUntilSettled } from './settled.ts';
import { imagedChanges } from './told-changes.ts';

/** Bytes of each body that an export carries. */
const EXPORT_BODY = 32 << 20;
/** Bytes of JSON of the states and differences that an answer carries. */
const IMAGES = 4 << 20;

export interface SearchRequest {
  /** One line of the query language; empty for everything. */
  readonly query: string;
  /** IANA name of the time zone that absolute times without an offset are in. */
  readonly timeZone?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface SessionView {
  readonly session: SessionRow;
  readonly exchanges: readonly Row[];
  readonly next?: string;
  readonly indexedThrough: number;
}

/** Everything that can be read of the record. Each method appends an audit entry before it answers. */
export interface Records {
  search(
    caller: Caller,
    request: SearchRequest & { order?: SearchOrder | undefined; skip?: number | undefined },
  ): Promise<Page<Row>>;
  sessions(caller: Caller, request: SearchRequest): Promise<Page<SessionRow>>;
  /** A session and its exchanges, oldest first. @param id or what `sessionLike` takes for it. @throws DogwatchError `not_found` */
  session(
    caller: Caller,
    id: string,
    page: { limit?: number | undefined; cursor?: string | undefined },
  ): Promise<SessionView>;
  /** @param id exchange id, or its beginning (8 characters or more) when only one has it. @throws DogwatchError `not_found` */
  /** @param plain bytes of each body that needs no decoding, 1 MiB when absent */
  exchange(caller: Caller, id: string, plain?: number): Promise<ExchangeView>;
  /** What an exchange changed, with the resources as they were before and after. */
  changes(caller: Caller, id: string): Promise<ExchangeChangesView>;
  body(
    caller: Caller,
    id: string,
    direction: Direction,
  ): Promise<{ found: FoundExchange; pieces: AsyncIterable<Uint8Array> }>;
  har(caller: Caller, id: string): Promise<object>;
  curl(caller: Caller, id: string): Promise<string>;
  /** The lines of a proof file. @param without parts that are not opened */
  proof(caller: Caller, id: string, without: readonly PartName[]): Promise<AsyncIterable<string>>;
  /** What a session is replayed from: see recording.ts. @param against what it is to be replayed against, for the audit */
  recording(caller: Caller, session: string, against: string): Promise<AsyncIterable<string>>;
}

export interface RecordsOptions {
  readonly reader: EntryReader;
  readonly index: SearchIndex;
  readonly audit: Audit;
  readonly version: string;
  /** Durable leaves of the journal. */
  readonly size: () => number;
  readonly proofs: ProofSource;
  /** What queries may name. */
  readonly queries: Pick<SavedQueries, 'parse'>;
}

export function createRecords({ reader, index, audit, version, size, proofs, queries }: RecordsOptions): Records {
  const settled = (): Promise<void> => waitUntilSettled(index, size());

  async function find(id: string): Promise<Row> {
    await settled();
    const row = await rowOf(index, id);
    if (row.kind !== 'exchange') {
      throw new DogwatchError('not_found', `${row.id} is an entry of kind ${row.kind}, not an exchange`, {
        remedy: `find it with the query kind:${row.kind} id:${row.id}`,
      });
    }
    return row;
  }

  /** An exchange whose summary is gone is told apart: when, by whom and why it was erased. */
  async function recorded(id: string): Promise<FoundExchange> {
    const row = await find(id);
    try {
      return await readExchange(reader, row);
    } catch (error) {
      if (!(error instanceof DogwatchError) || error.code !== 'erased') throw error;
      const leaves = row.outcomeLeaf === undefined ? [row.leaf] : [row.leaf, row.outcomeLeaf];
      throw goneError(row.id, await erasuresOf({ index, reader }, leaves, 0));
    }
  }

  async function exported(id: string): Promise<RecordedExchange> {
    const found = await recorded(id);
    const [request, response] = [
      await bodyBytes(found.body('request'), EXPORT_BODY),
      await bodyBytes(found.body('response'), EXPORT_BODY),
    ];
    if (request.truncated || response.truncated) {
      throw new DogwatchError(
        'bad_parameter',
        `a body of ${found.summary.exchange} is longer than the ${EXPORT_BODY} bytes that an export holds`,
        {
          remedy: 'fetch the raw bodies from the API: /api/v1/exchanges/{id}/request and /response',
        },
      );
    }
    return { summary: found.summary, requestBody: request.bytes, responseBody: response.bytes };
  }

  return {
    async search(caller, request) {
      const query = await queries.parse(caller, request);
      await settled();
      await audit(caller, 'audit.search', 'searched the record', {
        query: request.query,
        ...((request.cursor !== undefined || request.skip !== undefined) && { furtherPage: true }),
      });
      return index.search(query, {
        ...pageOf(request),
        ...(request.order && { order: request.order }),
        ...(request.skip !== undefined && { skip: request.skip }),
      });
    },

    async sessions(caller, request) {
      const query = await queries.parse(caller, request);
      await settled();
      await audit(caller, 'audit.search', 'listed sessions', { query: request.query });
      return index.sessions(query, pageOf(request));
    },

    async session(caller, id, page) {
      await settled();
      const session = await sessionOf(index, id);
      await audit(caller, 'audit.view', `viewed session ${session.id}`, { session: session.id });
      const result = await index.search(inSession(session.id), { ...pageOf(page), order: 'oldest' });
      return {
        session,
        exchanges: result.items,
        ...(result.next !== undefined && { next: result.next }),
        indexedThrough: result.indexedThrough,
      };
    },

    async exchange(caller, id, plain) {
      const found = await recorded(id);
      const exchange = found.summary.exchange;
      await audit(caller, 'audit.view', `viewed exchange ${exchange}`, { exchange });
      const view = await exchangeViewOf(found, VIEW_BODY, [], plain);
      if (found.erased.length === 0) return view;
      return {
        ...view,
        erasures: await erasuresOf({ index, reader }, found.leaves, found.summary.receivedAt),
      };
    },

    async changes(caller, id) {
      const found = await recorded(id);
      const { exchange, classification } = found.summary;
      await audit(caller, 'audit.view', `viewed what exchange ${exchange} changed`, { exchange });
      const read = await changesOf(found);
      const own = new Set(read.changes.map(({ resource }) => resource));
      return {
        exchange,
        operation: classification.operation,
        changes: imagedChanges(read, IMAGES),
        reaches: read.resources.filter((resource) => !own.has(resource)),
      };
    },

    async body(caller, id, direction) {
      const found = await recorded(id);
      const exchange = found.summary.exchange;
      await audit(caller, 'audit.view', `read the ${direction} body of exchange ${exchange}`, { exchange, direction });
      return { found, pieces: found.body(direction) };
    },

    async har(caller, id) {
      const exchange = await exported(id);
      await audit(caller, 'audit.export', `exported exchange ${exchange.summary.exchange} as HAR`, {
        exchange: exchange.summary.exchange,
        format: 'har',
      });
      return toHar([exchange], version);
    },

    async curl(caller, id) {
      const exchange = await exported(id);
      await audit(caller, 'audit.export', `exported exchange ${exchange.summary.exchange} as curl`, {
        exchange: exchange.summary.exchange,
        format: 'curl',
      });
      return toCurl(exchange);
    },

    async proof(caller, id, without) {
      const { summary, leaves } = await recorded(id);
      const { exchange } = summary;
      await audit(caller, 'audit.export', `exported exchange ${exchange} as a proof`, {
        exchange,
        format: 'proof',
        ...(without.length > 0 && { without }),
      });
      return proveExchange(proofs, { exchange, leaves, without });
    },

    async recording(caller, session, against) {
      await settled();
      // The whole id alone: whoever opens the proofs tells the session's calls from earlier ones by it.
      if (!(await index.session(session))) throw noSession(session);
      await audit(caller, 'audit.export', `took session ${session} to replay it against ${against}`, {
        session,
        format: 'recording',
        against,
      });
      return recordingLines({ index, reader, proofs }, session);
    },
  };
}

/** The row of an id, or of the one id that begins so. @throws DogwatchError `not_found`, `bad_parameter` */
export async function rowOf(index: SearchIndex, id: string): Promise<Row> {
  const row = await index.exchange(id);
  if (row) return row;
  const digits = id.toLowerCase().replaceAll('-', '');
  if (/^[0-9a-f]{8,31}$/.test(digits)) {
    const query: Query = {
      source: '',
      root: { type: 'field', field: 'id', match: { type: 'like', parts: [digits, ''] }, at: 0 },
    };
    const { items } = await index.search(query, { limit: 2, details: false });
    if (items.length > 1) {
      throw new DogwatchError('bad_parameter', `more than one exchange begins with ${id}`, {
        remedy: 'give more of the id',
      });
    }
    if (items[0]) return items[0];
  }
  throw new DogwatchError('not_found', `there is no exchange ${id}`, { remedy: 'find it with `dogwatch search`' });
}

function pageOf({ limit, cursor }: { limit?: number | undefined; cursor?: string | undefined }): SearchPage {
  return { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
}

const inSession = (id: string): Query => ({
  source: '',
  root: { type: 'field', field: 'session', match: { type: 'is', value: id }, at: 0 },
});
