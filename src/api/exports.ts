// Exports of everything that a query finds, piece by piece: whatever the number of exchanges, one at a time is held.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DecidedEvent, PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Finding } from '../exchange/finding.ts';
import { CSV_HEADER, csvLine } from '../export/csv.ts';
import { evidencePack, type PackedExchange } from '../export/evidence-pack.ts';
import { harEnd, harEntry, harHead } from '../export/har.ts';
import { toOcsf } from '../export/ocsf.ts';
import { activityOf, type FindingActivity, findingToOcsf } from '../export/ocsf-finding.ts';
import type { Query } from '../index/query.ts';
import type { Row, SearchIndex } from '../index/search-index.ts';
import { type ProofSource, proveExchange } from '../journal/prove.ts';
import type { Audit, Caller } from './audit.ts';
import { exchangeViewOf } from './exchange-view.ts';
import { bodyBytes, type EntryReader, type FoundExchange, readExchange, summaryOf } from './read-exchange.ts';
import type { SavedQueries } from './saved-queries.ts';

export const EXPORT_FORMATS = ['ndjson', 'csv', 'har', 'ocsf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];
/** Media type and file name ending of each. */
export const EXPORT_MEDIA: Readonly<Record<ExportFormat, readonly [type: string, ending: string]>> = {
  ndjson: ['application/x-ndjson', 'ndjson'],
  csv: ['text/csv; charset=utf-8; header=present', 'csv'],
  har: ['application/json', 'har'],
  ocsf: ['application/x-ndjson', 'ocsf.ndjson'],
};

/** Bytes of each body that an exchange of a long export carries; the raw body and the evidence pack have all. */
const BODY = 4 << 20;
/** Exchanges of an evidence pack: what a person can be shown, and a zip's table of contents must be held until its end. */
const MOST_EVIDENCE = 5_000;
const PAGE = 200;
/** What an entry about a finding is in OCSF. */
const ACTIVITIES: Readonly<Record<string, FindingActivity>> = { 'finding.opened': 'create', 'finding.ended': 'close' };

export interface ExportRequest {
  /** One line of the query language; empty for everything. */
  readonly query: string;
  readonly timeZone?: string | undefined;
}

export interface Exports {
  /** Everything that matched when it was asked for. @throws DogwatchError `bad_query` */
  export(
    caller: Caller,
    request: ExportRequest & { readonly format: ExportFormat; readonly order?: 'newest' | 'oldest' | undefined },
  ): Promise<AsyncIterable<string>>;
  /** A zip file. @param request.without parts that are not opened. @throws DogwatchError `bad_query`, `bad_parameter`, `not_found` */
  evidence(
    caller: Caller,
    request: ExportRequest & { readonly without: readonly PartName[] },
  ): Promise<AsyncIterable<Uint8Array>>;
}

export interface ExportsOptions {
  readonly index: SearchIndex;
  readonly reader: EntryReader;
  readonly audit: Audit;
  readonly queries: SavedQueries;
  readonly proofs: ProofSource;
  readonly version: string;
  /** Waits until what was recorded before is searchable. */
  readonly settled: () => Promise<void>;
}

export function createExports(options: ExportsOptions): Exports {
  const { index, reader, audit, queries, proofs, version, settled } = options;

  async function* rows(query: Query, order: 'newest' | 'oldest', details: boolean): AsyncGenerator<Row> {
    let cursor: string | undefined;
    do {
      const page = await index.search(query, { order, details, limit: PAGE, ...(cursor !== undefined && { cursor }) });
      yield* page.items;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Undefined when what was recorded of it has been erased. */
  async function found(row: Row): Promise<FoundExchange | undefined> {
    try {
      return await readExchange(reader, row);
    } catch (error) {
      if (error instanceof DogwatchError && error.code === 'erased') return undefined;
      throw error;
    }
  }

  async function* ndjson(query: Query, order: 'newest' | 'oldest'): AsyncGenerator<string> {
    for await (const row of rows(query, order, true)) {
      const exchange = row.kind === 'exchange' ? await found(row) : undefined;
      if (exchange) yield `${JSON.stringify(await exchangeViewOf(exchange, BODY))}\n`;
      else yield `${JSON.stringify(row.kind === 'exchange' ? { ...row, erased: true } : row)}\n`;
    }
  }

  async function* csv(query: Query, order: 'newest' | 'oldest'): AsyncGenerator<string> {
    yield CSV_HEADER;
    for await (const row of rows(query, order, true)) yield csvLine(row);
  }

  async function* ocsf(query: Query, order: 'newest' | 'oldest'): AsyncGenerator<string> {
    for await (const row of rows(query, order, true)) {
      if (row.kind === 'exchange') yield `${JSON.stringify(toOcsf(row, version))}\n`;
      else if (row.kind.startsWith('finding.')) {
        const event = await findingEvent(row);
        if (event) yield `${JSON.stringify(event)}\n`;
      }
    }
  }

  /** What an entry about a finding tells: the finding as it was then, with the state it has by now. */
  async function findingEvent({ leaf, kind }: Row): Promise<object | undefined> {
    if (leaf >= reader.size) await reader.refresh(leaf + 1);
    const { parts } = await reader.read(leaf);
    if (!parts.summary) return undefined;
    const said = summaryOf<Finding & DecidedEvent>({ parts });
    const decision = kind === 'finding.decided' ? said.decision : undefined;
    const now = await index.finding(decision?.finding ?? said.id);
    if (!now) return undefined;
    if (decision) {
      const then = {
        ...now,
        state: decision.state,
        decisions: now.decisions.filter(({ time }) => time <= decision.time),
      };
      return findingToOcsf(then, activityOf(then), version);
    }
    return findingToOcsf({ ...now, ...said, leaf }, ACTIVITIES[kind] ?? 'update', version);
  }

  async function* har(query: Query, order: 'newest' | 'oldest'): AsyncGenerator<string> {
    yield harHead(version);
    let comma = '';
    let gone = 0;
    for await (const row of rows(query, order, false)) {
      if (row.kind !== 'exchange') continue;
      const exchange = await found(row);
      if (!exchange) {
        gone++;
        continue;
      }
      const request = await bodyBytes(exchange.body('request'), BODY);
      const response = await bodyBytes(exchange.body('response'), BODY);
      const cut = [request.truncated && 'request', response.truncated && 'response'].filter(Boolean);
      const comment =
        cut.length > 0 ? `only the first ${BODY} bytes of the ${cut.join(' and ')} body are here` : undefined;
      const bodies = { requestBody: request.bytes, responseBody: response.bytes };
      yield `${comma}\n${JSON.stringify(harEntry({ summary: exchange.summary, ...bodies }, comment))}`;
      comma = ',';
    }
    yield harEnd(gone > 0 ? `${gone} exchanges are left out, since their records were erased` : undefined);
  }

  const pieces = { ndjson, csv, har, ocsf };

  return {
    async export(caller, { format, order = 'oldest', ...request }) {
      const query = await queries.parse(caller, request);
      await settled();
      const until = Date.now();
      await audit(caller, 'audit.export', `exported what a query finds as ${format}`, { query: request.query, format });
      return pieces[format](untilNow(query, until), order);
    },

    async evidence(caller, { without, ...request }) {
      const query = await queries.parse(caller, request);
      await settled();
      const madeAt = Date.now();
      const matching: Row[] = [];
      for await (const row of rows(untilNow(query, madeAt), 'newest', true)) {
        if (row.kind !== 'exchange') continue;
        matching.push(row);
        if (matching.length > MOST_EVIDENCE)
          throw new DogwatchError(
            'bad_parameter',
            `more than ${MOST_EVIDENCE} exchanges match, the most of an evidence pack`,
            {
              remedy: 'narrow the query, and make several packs',
            },
          );
      }
      if (matching.length === 0)
        throw new DogwatchError('not_found', 'no exchange matches', { remedy: 'try the query with `dogwatch search`' });
      await audit(caller, 'audit.export', `exported ${matching.length} exchanges as evidence`, {
        query: request.query,
        format: 'evidence',
        exchanges: matching.length,
        ...(without.length > 0 && { without }),
      });
      await proofs.checkpoint();
      const file = (name: string): Promise<string | undefined> =>
        readFile(join(proofs.tlog, name), 'utf8').catch(() => undefined);
      const log: Record<string, string> = {};
      for (const name of ['checkpoint', 'cosigned', 'vkey']) {
        const text = await file(name);
        if (text !== undefined && text !== '') log[name] = text;
      }
      const by = caller.identity.name;
      const facts = { version, query: request.query, madeAt, by, exchanges: matching.length, without };
      return evidencePack({ facts, exchanges: matching.map((row) => packed(row, without)), log });
    },
  };

  /** One exchange of a pack, read when its turn has come. */
  function packed(row: Row, without: readonly PartName[]): PackedExchange {
    let reading: Promise<FoundExchange | undefined> | undefined;
    const exchangeOf = (): Promise<FoundExchange | undefined> => (reading ??= found(row));
    const told = without.includes('summary');
    return {
      row: told ? bareRow(row) : row,
      async proof() {
        const leaves = (await exchangeOf())?.leaves ?? [
          row.leaf,
          ...(row.outcomeLeaf === undefined ? [] : [row.outcomeLeaf]),
        ];
        return proveExchange(proofs, { exchange: row.id, leaves, without });
      },
      async view() {
        const all = await exchangeOf();
        if (!all) return { id: row.id, erased: true };
        return told ? { id: row.id, withheld: 'summary' } : exchangeViewOf(all, BODY, without);
      },
      async bodies() {
        const all = await exchangeOf();
        reading = undefined;
        if (!all) return [];
        const names = (['request', 'response'] as const).filter((name) => !without.includes(name));
        const there = names.filter((name) => hasBody(all, name));
        return there.map((name) => ({ name, pieces: all.body(name) }));
      },
    };
  }
}

const hasBody = ({ summary, erased }: FoundExchange, name: 'request' | 'response'): boolean =>
  !erased.includes(name) &&
  ((name === 'request' ? (summary.requestBody ?? summary.request.body) : summary.response?.body)?.recorded ?? 0) > 0;

/** What the record's first part withholds, the summary page does not tell either. */
const bareRow = ({ leaf, kind, id, time }: Row): Row => ({
  leaf,
  kind,
  id,
  time,
  client: {},
  tags: [],
  resources: [],
  asked: {},
});

/** What matches and was there at that moment: an export that goes on while calls come in has an end. */
function untilNow({ source, root }: Query, now: number): Query {
  const until = {
    type: 'field',
    field: 'time',
    match: { type: 'time', op: '<=', moment: { at: now } },
    at: 0,
  } as const;
  return { source, root: { type: 'and', items: [...(root.type === 'and' ? root.items : [root]), until] } };
}
