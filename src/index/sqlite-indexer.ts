// The writer: follows the journal, and turns each batch of entries into one transaction that also says how far the index has got.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import type { EntrySource, ReadEntry } from './documents.ts';
import type { Feeder } from './feeder.ts';
import { rowOf, type StoredParts, summaryOf } from './row.ts';
import { type FeedItem, feedItemOf } from './row-feed.ts';
import type { Row } from './search-index.ts';
import { FindingsWriter, isOfFinding } from './sqlite-findings-writer.ts';
import { RowWriter } from './sqlite-row-writer.ts';
import { PENDING, readMeta, uuidBytes } from './sqlite-schema.ts';
import { TextBlock } from './text-block.ts';
import { storeBlock } from './text-blocks.ts';
import { addDocument } from './text-tail.ts';
import { completed, richer } from './whole-row.ts';

/** Entries, and bytes of them, that one transaction takes in. */
const BATCH_ENTRIES = 2048;
const BATCH_BYTES = 8 << 20;
/** Intents remembered until their outcome comes; those forgotten are read again. */
const REMEMBERED = 2048;
const REMEMBERED_BYTES = 8 << 20;

/** What one transaction will write. */
class Batch {
  /** Rows by their leaf, as they are now. */
  readonly rows = new Map<number, Row>();
  /** For the sums of sessions: the exchanges that begin, and that end. */
  readonly begun: Row[] = [];
  readonly ended: Row[] = [];
  /** Exchanges whose intent is in the batch. */
  readonly intents: string[] = [];
  /** What ended, for those who watch. */
  readonly fed: FeedItem[] = [];
  /** Entries about findings, oldest first. */
  readonly findings: ReadEntry[] = [];
  first: StoredParts | undefined;
  last: StoredParts | undefined;
}

/** Writes the index. One at a time has a file open for writing. */
export class Indexer {
  /** Leaves that are searchable. */
  through: number;
  /** Hears of what ended, after each commit. */
  feeder: Feeder | undefined;
  private count: number;
  private readonly db: DatabaseSync;
  private readonly source: EntrySource;
  private readonly writer: RowWriter;
  private readonly findings: FindingsWriter;
  private readonly setMeta: StatementSync;
  private readonly findRow: StatementSync;
  private readonly open = new Map<string, ReadEntry>();
  private openBytes = 0;
  private readonly block: TextBlock;
  private textReady = false;

  /**
   * @param key 32 bytes that name words
   * @param blockSize documents of a block of the text index, when not the usual number
   */
  constructor(db: DatabaseSync, source: EntrySource, key: Uint8Array, blockSize?: number) {
    this.block = new TextBlock(key, blockSize);
    this.db = db;
    this.source = source;
    this.writer = new RowWriter(db);
    this.findings = new FindingsWriter(db);
    this.setMeta = db.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
    this.findRow = db.prepare('SELECT leaf, outcome FROM row WHERE id = ? AND kind = 0 ORDER BY leaf');
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
      try {
        if (!(await this.take(Math.min(size, this.through + BATCH_ENTRIES)))) return;
      } catch (error) {
        // What is in memory may be of a batch that was not committed, and views of what is gone by now.
        this.forgetRead();
        throw error;
      }
      onBatch?.(this.through);
      // Whoever else this thread serves has a turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Nothing that was read of the journal, or written to the dictionary, is relied on any more: it may have been erased. */
  forget(): void {
    this.forgetRead();
    this.writer.forget();
  }

  private forgetRead(): void {
    this.textReady = false;
    this.open.clear();
    this.openBytes = 0;
  }

  /** After a start: the words of entries that are in rows and not yet in a stored block are gathered again from the journal. */
  private async restoreText(): Promise<void> {
    const { textThrough } = readMeta(this.db);
    this.block.clear();
    for await (const entries of this.source.batches(textThrough, this.through))
      for (const entry of entries) {
        const read = await this.withIntent({ entry, summary: summaryOf(entry) });
        if (!this.hasEnded(read)) await addDocument(this.block, read, this.source);
      }
    this.textReady = true;
  }

  /** Indexes one batch, up to that many leaves. Returns whether there was anything. */
  private async take(size: number): Promise<boolean> {
    const batch = new Batch();
    let bytes = 0;
    for await (const entries of this.source.batches(this.through, size)) {
      for (const entry of entries) {
        bytes += sizeOf(entry);
        batch.first ??= entry;
        batch.last = entry;
        await this.gather(entry, batch);
        if (bytes >= BATCH_BYTES || this.block.full) break;
      }
      if (bytes >= BATCH_BYTES || this.block.full) break;
    }
    await this.keepOpen(batch);
    return this.commit(batch);
  }

  /** Takes an entry into the batch, and its words into the block; those of an intent wait for the outcome. */
  private async gather(entry: StoredParts, { rows, begun, ended, intents, findings, fed }: Batch): Promise<void> {
    if (entry.kind === 'exchange.chunk') return;
    const read = await this.withIntent({ entry, summary: summaryOf(entry) });
    if (entry.kind === 'exchange.outcome') {
      const outcome = read.summary as ExchangeOutcome | undefined;
      if (!outcome || !read.intent) return;
      const before = rows.get(read.intent.entry.leaf) ?? rowOf(read.intent.entry, read.intent.summary);
      if (before?.outcome !== 'pending') return;
      const done = completed(before, outcome, entry.leaf);
      if (!done) return;
      const intent = read.intent.summary as ExchangeIntent | undefined;
      const row = intent ? richer(done, { intent, first: read.intent.entry, outcome, last: entry }) : done;
      this.close(outcome.exchange);
      rows.set(row.leaf, row);
      ended.push(row);
      if (this.feeder) fed.push({ row, leaf: entry.leaf, count: 1 });
      await addDocument(this.block, read, this.source);
      return;
    }
    if (isOfFinding(entry.kind)) findings.push({ entry: { ...entry, parts: {} }, summary: read.summary });
    const told = rowOf(entry, read.summary);
    if (!told) return;
    const row =
      entry.kind === 'exchange' && read.summary !== undefined
        ? richer(told, {
            intent: read.summary as ExchangeIntent,
            first: entry,
            outcome: read.summary as ExchangeOutcome,
          })
        : told;
    rows.set(row.leaf, row);
    if (row.kind === 'exchange') begun.push(row);
    if (entry.kind === 'exchange') ended.push(row);
    const item = this.feeder && feedItemOf(row, entry, read.summary);
    if (item) fed.push(item);
    if (row.outcome === 'pending') {
      this.remember(read);
      intents.push(row.id);
    } else await addDocument(this.block, read, this.source);
  }

  /** Takes in the words of intents whose outcome is not in the batch, and keeps copies: what the reader gave are views of larger buffers. */
  private async keepOpen({ intents, rows }: Batch): Promise<void> {
    for (const id of intents) {
      const read = this.open.get(id);
      if (!read) continue;
      // What its words are found by, its row says as well, also while it has no outcome.
      const row = rows.get(read.entry.leaf);
      if (row) rows.set(row.leaf, richer(row, { intent: read.summary as ExchangeIntent, first: read.entry }));
      await addDocument(this.block, read, this.source);
      const { request, before } = read.entry.parts;
      const parts = {
        ...(request && { request: Uint8Array.from(request) }),
        ...(before && { before: Uint8Array.from(before) }),
      };
      this.open.set(id, { ...read, entry: { ...read.entry, parts } });
    }
    for (const id of this.open.keys()) {
      if (this.open.size <= REMEMBERED && this.openBytes <= REMEMBERED_BYTES) break;
      this.close(id);
    }
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

  /** Is it the intent of an exchange whose outcome has been taken in, too? */
  private hasEnded({ entry, summary }: ReadEntry): boolean {
    if (entry.kind !== 'exchange.intent' || summary === undefined) return false;
    const id = uuidBytes((summary as ExchangeIntent).exchange);
    const found = id && (this.findRow.get(id) as { leaf: number; outcome: number } | undefined);
    return found !== undefined && found.outcome !== PENDING;
  }

  private remember(read: ReadEntry): void {
    this.open.set((read.summary as ExchangeIntent).exchange, read);
    this.openBytes += sizeOf(read.entry);
  }

  private close(exchange: string): void {
    const open = this.open.get(exchange);
    if (!open) return;
    this.open.delete(exchange);
    this.openBytes -= sizeOf(open.entry);
  }

  /** Writes a batch, unless it is empty. */
  private commit({ rows, begun, ended, findings, fed, first, last }: Batch): boolean {
    if (!first || !last) return false;
    const through = last.leaf + 1;
    let count = this.count;
    this.db.exec('BEGIN IMMEDIATE');
    try {
      for (const row of rows.values()) this.writer.write(row, row.leaf < this.through);
      for (const row of begun) this.writer.tally(row, true);
      for (const row of ended) this.writer.tally(row, false);
      this.writer.writeSums();
      for (const read of findings) this.findings.write(read);
      const full = this.block.full;
      if (full) this.store(through);
      if (first.leaf === 0) this.setMeta.run('first_id', first.id);
      for (const leaf of rows.keys()) if (leaf >= this.through) count++;
      this.setMeta.run('rows', count);
      this.setMeta.run('through', through);
      this.setMeta.run('last_id', last.id);
      this.db.exec('COMMIT');
      if (full) this.block.clear();
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      this.writer.forget();
      throw error;
    }
    const before = this.through;
    this.through = through;
    this.count = count;
    this.feeder?.send(fed, before, through);
    return true;
  }

  /** Stores the words gathered so far as a block. */
  private store(through: number): void {
    storeBlock(this.db, this.block.seal());
    this.setMeta.run('text_through', through);
  }
}

function sizeOf(entry: StoredParts): number {
  const { summary, request, response, before } = entry.parts;
  return (summary?.length ?? 0) + (request?.length ?? 0) + (response?.length ?? 0) + (before?.length ?? 0);
}
