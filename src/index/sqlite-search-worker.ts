// The worker thread that answers searches: its own connection and its own reader of the journal, so that no search waits behind indexing.
import { parentPort, workerData } from 'node:worker_threads';
import type { FindingFilter, FindingsPage } from './findings.ts';
import { giveWay } from './give-way.ts';
import type { Query } from './query-tree.ts';
import type { HistogramSpan, IdentitiesAsked, PageRequest, PendingExchange, SearchPage } from './search-index.ts';
import { isValueOrder } from './search-order.ts';
import { SearchShare } from './search-share.ts';
import { histogram, valuesOf } from './sqlite-counts.ts';
import { facets } from './sqlite-facets.ts';
import { isDamage } from './sqlite-file.ts';
import { countFindings, findingById, searchFindings } from './sqlite-findings.ts';
import { identities } from './sqlite-identities.ts';
import { openForReading, PENDING, readMeta, uuidText } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';
import { lastSession, searchSessions, sessionById } from './sqlite-sessions.ts';
import { searchSorted } from './sqlite-sorted.ts';
import { Line } from './worker-calls.ts';
import { openWorkerJournal, type WorkerStart } from './worker-journal.ts';

const start = workerData as WorkerStart;
if (!parentPort) throw new Error('this module is started as a worker thread');
giveWay();
const share = new SearchShare();
let searcher: Searcher | undefined;
let opening: Promise<Searcher> | undefined;
let busy = 0;
let idle = (): void => {};

async function open(): Promise<Searcher> {
  return new Searcher(openForReading(start.file), await journal, start.key);
}

/** Does something with the open index, which stays open meanwhile. */
async function using<T>(use: (searcher: Searcher) => T | Promise<T>): Promise<T> {
  busy++;
  try {
    opening ??= open();
    searcher = await opening;
    return await use(searcher);
  } catch (error) {
    if (!searcher) opening = undefined;
    throw error;
  } finally {
    if (--busy === 0) idle();
  }
}

/** The same for what may look at many rows, when it has its turn. What looks a few up, or tells of findings, does not wait. */
async function inTurn<T>(use: (searcher: Searcher) => T | Promise<T>): Promise<T> {
  await share.turn();
  return using(use);
}

const line = new Line(
  parentPort,
  {
    search: (query: Query, page: SearchPage) =>
      inTurn((open) =>
        isValueOrder(page.order) ? searchSorted(open, query, page.order, page) : open.search(query, page),
      ),
    exchange: (id: string) => using((open) => open.exchange(id)),
    sessions: (query: Query, page: PageRequest) => inTurn((open) => searchSessions(open, query, page)),
    session: (id: string) => using((open) => sessionById(open, id)),
    lastSession: (identity: { issuer: string; subject: string }) => using((open) => lastSession(open, identity)),
    identities: (asked: IdentitiesAsked) => inTurn((open) => identities(open, asked)),
    histogram: (query: Query, span: HistogramSpan) => inTurn((open) => histogram(open, query, span)),
    facets: (query: Query, fields: readonly string[], limit?: number) =>
      inTurn((open) => facets(open, query, fields, limit)),
    values: (field: string, prefix: string, limit?: number) => inTurn((open) => valuesOf(open, field, prefix, limit)),
    findings: (page: FindingsPage) => using((open) => searchFindings(open, page)),
    finding: (id: string) => using((open) => findingById(open, id)),
    countFindings: (filter: FindingFilter) => using((open) => countFindings(open, filter)),
    pending: (beforeLeaf: number): Promise<PendingExchange[]> =>
      using(({ db }) => {
        const lines = db
          .prepare(
            `SELECT id, leaf, time FROM row INDEXED BY row_pending WHERE outcome = ${PENDING} AND leaf < ? ORDER BY leaf`,
          )
          .all(beforeLeaf) as { id: Uint8Array; leaf: number; time: number }[];
        return lines.map(({ id, leaf, time }) => ({ exchange: uuidText(id), leaf, time }));
      }),
    meta: () => using(({ db }) => readMeta(db)),
    /** Closes the index once nobody uses it; the next search opens it again. */
    async release(): Promise<void> {
      while (busy > 0) await new Promise<void>((resolve) => (idle = resolve));
      searcher?.db.close();
      searcher = undefined;
      opening = undefined;
    },
    close(): void {
      searcher?.db.close();
      setImmediate(() => parentPort?.close());
    },
  },
  isDamage,
);

const journal = openWorkerJournal(start, line);
journal.catch(() => {});
