// The writer: follows the journal, and turns each batch of entries into one transaction that also says how far the index has got.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { EntrySource, ReadEntry } from './documents.ts';
import { bareRow, hasFailed, rowOf, type StoredParts, summaryOf, withOutcome } from './row.ts';
import type { Row } from './search-index.ts';
import { CODES, PENDING, READ, readMeta, uuidBytes } from './sqlite-schema.ts';
import { Terms } from './sqlite-terms.ts';
import { TextBlock } from './text-block.ts';
import { addDocument } from './text-tail.ts';

/** Entries, and bytes of them, that one transaction takes in. */
const BATCH_ENTRIES = 512;
const BATCH_BYTES = 8 << 20;
/** Intents remembered until their outcome comes; those forgotten are read again. */
const REMEMBERED = 2048;
const REMEMBERED_BYTES = 8 << 20;

interface SessionChange {
  caller: number | null;
  principal: number | null;
  first: number;
  last: number;
  calls: number;
  mutations: number;
  refusals: number;
  errors: number;
}

const COLUMNS = [
  'leaf',
  'outcome_leaf',
  'kind',
  'id',
  'time',
  'session',
  'principal',
  'caller',
  'agent',
  'user_agent',
  'source',
  'connection',
  'host',
  'method',
  'path',
  'op',
  'action',
  'risk',
  'tags',
  'verdict',
  'rule',
  'outcome',
  'error',
  'status',
  'request_bytes',
  'response_bytes',
  'latency',
  'failed',
  'refs',
  'titled',
  'asked',
];

/** Writes the index. One at a time has a file open for writing. */
export class Indexer {
  /** Leaves that are searchable. */
  through: number;
  private count: number;
  private readonly db: DatabaseSync;
  private readonly source: EntrySource;
  private readonly key: Uint8Array;
  private readonly terms: Terms;
  private readonly insertRow: StatementSync;
  private readonly updateRow: StatementSync;
  private readonly insertReference: StatementSync;
  private readonly upsertSession: StatementSync;
  private readonly setMeta: StatementSync;
  private readonly findRow: StatementSync;
  private readonly insertBlock: StatementSync;
  private readonly insertBucket: StatementSync;
  private readonly open = new Map<string, ReadEntry>();
  private openBytes = 0;
  private block: TextBlock;
  private readonly blockSize: number | undefined;
  private textReady = false;

  /**
   * @param key 32 bytes that name words
   * @param blockSize documents of a block of the text index, when not the usual number
   */
  constructor(db: DatabaseSync, source: EntrySource, key: Uint8Array, blockSize?: number) {
    this.blockSize = blockSize;
    this.block = new TextBlock(blockSize);
    this.db = db;
    this.source = source;
    this.key = key;
    this.terms = new Terms(db);
    this.insertRow = db.prepare(`INSERT INTO row(${COLUMNS.join(',')}) VALUES (${COLUMNS.map(() => '?').join(',')})`);
    this.updateRow = db.prepare(
      `UPDATE row SET outcome_leaf = ?, outcome = ?, error = ?, status = ?, response_bytes = ?, latency = ?, failed = ?, refs = ?, titled = ?
       WHERE leaf = ?`,
    );
    this.insertReference = db.prepare('INSERT OR IGNORE INTO reference(term, time, leaf) VALUES (?, ?, ?)');
    this.upsertSession = db.prepare(
      `INSERT INTO session(term, principal, caller, first, last, calls, mutations, refusals, errors) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT(term) DO UPDATE SET principal = coalesce(excluded.principal, principal), caller = coalesce(excluded.caller, caller),
         first = min(first, excluded.first), last = max(last, excluded.last), calls = calls + excluded.calls,
         mutations = mutations + excluded.mutations, refusals = refusals + excluded.refusals, errors = errors + excluded.errors`,
    );
    this.setMeta = db.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
    this.findRow = db.prepare('SELECT leaf, outcome FROM row WHERE id = ? AND kind = 0 ORDER BY leaf');
    this.insertBlock = db.prepare('INSERT OR REPLACE INTO text_block(block, documents) VALUES (?, ?)');
    this.insertBucket = db.prepare('INSERT OR REPLACE INTO text_bucket(key, data) VALUES (?, ?)');
    const meta = readMeta(db);
    this.through = meta.through;
    this.count = meta.rows;
  }

  /**
   * Indexes the journal up to that many leaves, batch by batch; `onBatch` hears of each one after its commit.
   * When it rejects, everything committed before stays and it can be called again.
   */
  async advance(size: number, onBatch?: (through: number) => void): Promise<void> {
    if (!this.textReady) await this.restoreText();
    while (this.through < size) {
      const batch: StoredParts[] = [];
      let bytes = 0;
      for await (const entry of this.source.entries(this.through, Math.min(size, this.through + BATCH_ENTRIES))) {
        batch.push(entry);
        bytes += sizeOf(entry);
        if (bytes >= BATCH_BYTES) break;
      }
      if (batch.length === 0) return;
      await this.take(batch);
      onBatch?.(this.through);
      // Whoever else this thread serves has a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** After a start: the words of entries that are in rows and not yet in a stored block are gathered again from the journal. */
  private async restoreText(): Promise<void> {
    const { textThrough } = readMeta(this.db);
    this.block = new TextBlock(this.blockSize);
    for await (const entry of this.source.entries(textThrough, this.through)) {
      const read = await this.withIntent({ entry, summary: summaryOf(entry) });
      await addDocument(this.block, read, this.source);
    }
    this.textReady = true;
  }

  private async take(batch: readonly StoredParts[]): Promise<void> {
    const rows = new Map<number, Row>();
    /** The fullest text of each row. */
    const texts = new Map<number, ReadEntry>();
    const begun: Row[] = [];
    const ended: Row[] = [];
    for (const entry of batch) {
      if (entry.kind === 'exchange.chunk') continue;
      const read = await this.withIntent({ entry, summary: summaryOf(entry) });
      if (entry.kind === 'exchange.outcome') {
        const outcome = read.summary as ExchangeOutcome | undefined;
        if (!outcome || !read.intent) continue;
        const before = rows.get(read.intent.entry.leaf) ?? rowOf(read.intent.entry, read.intent.summary);
        if (before?.outcome !== 'pending') continue;
        const row = completed(before, outcome, entry.leaf);
        if (!row) continue;
        this.close(outcome.exchange);
        rows.set(row.leaf, row);
        texts.delete(row.leaf);
        texts.set(row.leaf, read);
        ended.push(row);
        continue;
      }
      const row = rowOf(entry, read.summary);
      if (!row) continue;
      rows.set(row.leaf, row);
      texts.set(row.leaf, read);
      if (row.kind === 'exchange') begun.push(row);
      if (entry.kind === 'exchange') ended.push(row);
      else if (row.outcome === 'pending') this.remember(read);
    }
    for (const read of texts.values()) await addDocument(this.block, read, this.source);
    this.commit(rows, begun, ended, batch);
  }

  /** An outcome together with its intent, from memory or from the journal. */
  private async withIntent(read: ReadEntry): Promise<ReadEntry> {
    if (read.entry.kind !== 'exchange.outcome' || read.summary === undefined) return read;
    const { exchange } = read.summary as ExchangeOutcome;
    const known = this.open.get(exchange);
    if (known) return { ...read, intent: known };
    const id = uuidBytes(exchange);
    const found = id && (this.findRow.get(id) as { leaf: number; outcome: number } | undefined);
    if (!found || (found.outcome !== PENDING && this.textReady)) return read;
    const entry = await this.source.read(found.leaf);
    return { ...read, intent: { entry, summary: summaryOf(entry) } };
  }

  private remember({ entry, summary }: ReadEntry): void {
    // A copy: what the reader gave is a view of a whole frame.
    const request = entry.parts.request;
    const parts = request ? { request: Uint8Array.from(request) } : {};
    this.open.set((summary as ExchangeIntent).exchange, { entry: { ...entry, parts }, summary });
    this.openBytes += sizeOf(entry);
    for (const id of this.open.keys()) {
      if (this.open.size <= REMEMBERED && this.openBytes <= REMEMBERED_BYTES) break;
      this.close(id);
    }
  }

  private close(exchange: string): void {
    const open = this.open.get(exchange);
    if (!open) return;
    this.open.delete(exchange);
    this.openBytes -= sizeOf(open.entry);
  }

  private commit(
    rows: Map<number, Row>,
    begun: readonly Row[],
    ended: readonly Row[],
    batch: readonly StoredParts[],
  ): void {
    const [first] = batch;
    const last = batch[batch.length - 1];
    if (!first || !last) return;
    const through = last.leaf + 1;
    let count = this.count;
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const sessions = new Map<number, SessionChange>();
      for (const row of rows.values()) this.writeWhatCanBe(row);
      for (const row of begun) this.tally(sessions, row, true);
      for (const row of ended) this.tally(sessions, row, false);
      for (const [term, change] of sessions) {
        const { principal, caller, first, last: latest, calls, mutations, refusals, errors } = change;
        this.upsertSession.run(term, principal, caller, first, latest, calls, mutations, refusals, errors);
      }
      const full = this.block.full;
      if (full) this.store(through);
      if (first.leaf === 0) this.setMeta.run('first_id', first.id);
      for (const leaf of rows.keys()) if (leaf >= this.through) count++;
      this.setMeta.run('rows', count);
      this.setMeta.run('through', through);
      this.setMeta.run('last_id', last.id);
      this.db.exec('COMMIT');
      if (full) this.block = new TextBlock(this.blockSize);
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      this.terms.forget();
      // The block in memory holds documents of a batch that was not committed.
      this.textReady = false;
      this.block = new TextBlock(this.blockSize);
      throw error;
    }
    this.through = through;
    this.count = count;
  }

  /** Writes a row; of one that the tables cannot take, only that it exists. One entry must not keep all later ones from being found. */
  private writeWhatCanBe(row: Row): void {
    try {
      this.write(row);
    } catch (error) {
      if (!isOfValue(error) || row.leaf < this.through) throw error;
      this.write(
        bareRow({
          leaf: row.leaf,
          id: row.id,
          time: Number.isFinite(row.time) ? row.time : 0,
          kind: row.kind,
          parts: {},
        }),
      );
    }
  }

  private write(row: Row): void {
    const { terms } = this;
    const refs: number[] = [];
    for (const { kind, id } of row.resources) refs.push(terms.term('resource', `${kind}/${id}`) as number);
    for (const metric of row.asked.metrics ?? []) refs.push(terms.term('metric', metric) as number);
    for (const term of refs) this.insertReference.run(term, row.time, row.leaf);
    const refsText = refs.length > 0 ? JSON.stringify(refs) : null;
    const outcome = row.outcome === undefined ? null : CODES.outcome.indexOf(row.outcome);
    const failed = hasFailed(row) ? 1 : 0;
    const titled = row.resources.some((resource) => resource.title !== undefined) ? 1 : 0;
    const error = terms.term('error', row.error);
    const { status = null, responseBytes = null, latency = null, outcomeLeaf = null } = row;
    if (row.leaf < this.through) {
      this.updateRow.run(
        outcomeLeaf,
        outcome,
        error,
        status,
        responseBytes,
        latency,
        failed,
        refsText,
        titled,
        row.leaf,
      );
      return;
    }
    const caller = row.identity ? terms.caller(row.identity) : undefined;
    let tags = 0;
    for (const tag of row.tags) tags |= 1 << CODES.tag.indexOf(tag);
    const values: SQLInputValue[] = [
      row.leaf,
      outcomeLeaf,
      CODES.kind.indexOf(row.kind),
      uuidBytes(row.id) ?? Buffer.from(row.id),
      row.time,
      terms.term('session', row.session),
      caller?.principal ?? null,
      caller?.id ?? null,
      terms.term('client', row.client.agent),
      terms.term('client', row.client.userAgent),
      terms.term('source', row.source),
      terms.term('connection', row.connection),
      terms.term('host', row.host),
      terms.term('method', row.method),
      terms.term('path', row.path),
      terms.term('op', row.operation),
      row.action === undefined ? null : CODES.action.indexOf(row.action),
      row.risk === undefined ? null : CODES.risk.indexOf(row.risk),
      tags,
      row.verdict ? CODES.verdict.indexOf(row.verdict.decision) : null,
      row.verdict ? terms.term('rule', row.verdict.rule) : null,
      outcome,
      error,
      status,
      row.requestBytes ?? null,
      responseBytes,
      latency,
      failed,
      refsText,
      titled,
      (row.asked.queries ?? []).length > 0 ? 1 : 0,
    ];
    this.insertRow.run(...values);
  }

  /** Adds the beginning or the end of an exchange to its session. */
  private tally(sessions: Map<number, SessionChange>, row: Row, beginning: boolean): void {
    const term = this.terms.term('session', row.session);
    if (term === null) return;
    let change = sessions.get(term);
    if (!change) {
      change = {
        caller: null,
        principal: null,
        first: row.time,
        last: row.time,
        calls: 0,
        mutations: 0,
        refusals: 0,
        errors: 0,
      };
      sessions.set(term, change);
    }
    change.first = Math.min(change.first, row.time);
    change.last = Math.max(change.last, row.time);
    if (beginning) {
      change.calls++;
      const caller = row.identity && this.terms.caller(row.identity);
      change.caller = caller?.id ?? change.caller;
      change.principal = caller?.principal ?? change.principal;
    } else if (row.outcome === 'refused') change.refusals++;
    else {
      if (CODES.action.indexOf(row.action ?? 'read') !== READ) change.mutations++;
      if (hasFailed(row)) change.errors++;
    }
  }

  /** Stores the words gathered so far as a block. */
  private store(through: number): void {
    const { documents, buckets } = this.block.seal(this.key);
    const block = Number(this.insertBlock.run(null, documents).lastInsertRowid);
    for (let bucket = 0; bucket < buckets.length; bucket++) {
      const data = buckets[bucket];
      if (data) this.insertBucket.run(bucket * 2 ** 32 + block, data);
    }
    this.setMeta.run('text_through', through);
  }
}

/** The row completed by its outcome, or undefined when that has a shape that this version does not know. */
function completed(row: Row, outcome: ExchangeOutcome, leaf: number): Row | undefined {
  try {
    return withOutcome(row, outcome, leaf);
  } catch {
    return undefined;
  }
}

/** Is the value to blame, not the file or the disk? SQLITE_CONSTRAINT, SQLITE_MISMATCH, or no value of SQLite's at all. */
function isOfValue(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code !== 'ERR_SQLITE_ERROR' || errcode === 20 || (typeof errcode === 'number' && (errcode & 0xff) === 19);
}

function sizeOf(entry: StoredParts): number {
  const { summary, request, response } = entry.parts;
  return (summary?.length ?? 0) + (request?.length ?? 0) + (response?.length ?? 0);
}
