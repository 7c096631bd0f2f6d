// Group commit: which entries become durable together, and when. While one batch is written, the next is compressed and a third gathers.
import type { Entry } from '../exchange/entry.ts';
import { BATCH_BYTES, Batch, type Waiter } from './batch.ts';
import { BATCH_LEVEL, compressRecords } from './compress.ts';
import { Compressor } from './compressor.ts';
import { Load } from './load.ts';

/** A batch that keeps growing is let grow this long, in milliseconds. */
const GATHER = 1;
/**
 * Under load, that is after a batch of several entries, commits begin at least this far apart, in milliseconds: compressing,
 * encrypting and writing a frame costs much the same for one entry and for twenty.
 */
const SPACING = 2;
/** The same while this thread is at work for more than this share of the time: calls wait for it anyway, and so it gets more done. */
const BUSY_SPACING = 6;
const BUSY = 0.8;
const SEVERAL = 3;
/** A batch of so many bytes is not waited with: it is closed while the one before it is written. */
const LARGE = 64 * 1024;
/** One of so many is worth the way to the compressing thread, which costs as much as compressing a quarter of it. */
const LARGER = 192 * 1024;
/** Milliseconds that gathering and compressing take, roughly, for each entry and each of its bytes. */
const PER_ENTRY = 0.01;
const PER_BYTE = 1 / (256 * 1024);
/** How much of what was measured stays with each batch. */
const STEADY = 0.9;

/**
 * Makes a batch durable and tells its waiters, or refuses them; never throws.
 *
 * @param compressed its records compressed
 */
export type Commit = (batch: Batch, compressed: Promise<Buffer>) => Promise<void>;

/** Bytes of an entry's parts. */
export const bytesOf = ({ parts }: Entry): number =>
  parts.summary.length +
  (parts.request?.length ?? 0) +
  (parts.response?.length ?? 0) +
  (parts.before?.length ?? 0) +
  (parts.after?.length ?? 0);

/** Commits what it is given, in that order: one batch after another. */
export class GroupCommit {
  readonly #commit: Commit;
  readonly #compressor = new Compressor();
  readonly #load = new Load();
  #gathering = new Batch();
  /** Beside the one that gathers, one is written and one compressed. */
  readonly #spare = [new Batch(), new Batch()];
  /** Entries beyond a full batch. */
  readonly #queue: Waiter[] = [];
  #queuedBytes = 0;
  #scheduled = false;
  #gatheredSince = 0;
  #gatheredCount = 0;
  /** When the last commit began, and how many entries it made durable. */
  #committed = 0;
  #committedCount = 0;
  #spacing = SPACING;
  /** Batches, and their bytes, that are not durable yet and gather no more. */
  #flying = 0;
  #flyingBytes = 0;
  /** Half of the bytes that are under way at once, of late: those who write take turns, one half of them waits for the disk. */
  #half = 0;
  /** Milliseconds that a write takes, of late. */
  #writeTime = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /** Entries that no commit has begun for. */
  get waiting(): number {
    return this.#gathering.count + this.#queue.length;
  }

  /** Bytes of entries that wait beyond a full batch. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** When the commits that have begun are over. */
  get begun(): Promise<void> {
    return this.#last;
  }

  add(waiter: Waiter): void {
    if (this.#queue.length > 0 || this.#gathering.full) {
      this.#queue.push(waiter);
      this.#queuedBytes += bytesOf(waiter.entry);
    } else this.#gather(waiter);
    if (this.#enough()) this.#begin();
    else this.#schedule();
  }

  /** Refuses what waits beyond a full batch; a full one is for its commit to refuse. */
  refuse(error: Error): void {
    for (const waiter of this.#queue.splice(0)) waiter.reject(error);
    this.#queuedBytes = 0;
  }

  /** Waits until nothing is under way. Nothing may be added any more. */
  async close(): Promise<void> {
    while (this.#flying > 0 || this.#gathering.count > 0) {
      await (this.#flying > 0 ? this.#last : new Promise((resolve) => setImmediate(resolve)));
    }
    await this.#compressor.close();
  }

  #gather(waiter: Waiter): void {
    if (this.#gathering.count === 0) this.#gatheredSince = performance.now();
    try {
      this.#gathering.add(waiter);
    } catch (error) {
      waiter.reject(error as Error);
    }
  }

  /** Whether what has gathered is committed at once, be it while another batch is written. */
  #enough(): boolean {
    const { bytes, count } = this.#gathering;
    if (this.#flying > 1 || bytes < Math.max(LARGE, this.#half)) return false;
    // A write that takes longer than all who write need to be gathered had better carry all of them.
    const all = Math.max(this.#flyingBytes + bytes, 2 * this.#half);
    return this.#writeTime < (all / bytes) * (count * PER_ENTRY + bytes * PER_BYTE);
  }

  /** Commits the batch soon: at the end of this turn of the event loop, or of those after it while it keeps growing. */
  #schedule(): void {
    if (this.#scheduled || this.#flying > 0 || this.#gathering.count === 0) return;
    this.#scheduled = true;
    this.#gatheredCount = 0;
    setImmediate(this.#tick);
  }

  readonly #tick = (): void => {
    const batch = this.#gathering;
    if (this.#flying > 0 || batch.count === 0) {
      this.#scheduled = false;
      return;
    }
    const now = performance.now();
    const rest = this.#committed + this.#spacing - now;
    // When as many wait as were told last, all who write are here: resting would only keep them waiting.
    const all = batch.count >= this.#committedCount;
    if (this.#committedCount >= SEVERAL && rest > 0.5 && batch.bytes < LARGE && !all) {
      setTimeout(this.#tick, rest);
      return;
    }
    const growing = batch.count > this.#gatheredCount && !batch.full;
    if (growing && now - this.#gatheredSince < GATHER) {
      this.#gatheredCount = batch.count;
      setImmediate(this.#tick);
      return;
    }
    this.#scheduled = false;
    this.#begin();
  };

  #begin(): void {
    const batch = this.#gathering;
    const { bytes, count } = batch;
    const now = performance.now();
    this.#committed = now;
    this.#committedCount = count;
    this.#spacing = this.#load.share(now) > BUSY ? BUSY_SPACING : SPACING;
    this.#flying++;
    this.#flyingBytes += bytes;
    this.#half = Math.min(Math.max(this.#flyingBytes / 2, this.#half * STEADY), BATCH_BYTES);
    this.#gathering = this.#spare.pop() ?? new Batch();
    this.#last = this.#fly(batch, bytes, this.#last);
  }

  async #fly(batch: Batch, bytes: number, before: Promise<void>): Promise<void> {
    this.#drainQueue();
    const compressed = this.#compress(batch.records);
    // When it fails, the commit hears of it.
    await Promise.allSettled(this.#flying > 1 ? [compressed, before] : [compressed]);
    const began = performance.now();
    await this.#commit(batch, compressed);
    this.#writeTime = STEADY * this.#writeTime + (1 - STEADY) * (performance.now() - began);
    batch.clear();
    this.#spare.push(batch);
    this.#flying--;
    this.#flyingBytes -= bytes;
    if (this.#enough()) this.#begin();
    else this.#schedule();
  }

  /** At once, in this thread or in the other. */
  async #compress(records: Buffer): Promise<Buffer> {
    return records.length < LARGER ? compressRecords(records, BATCH_LEVEL) : this.#compressor.compress(records);
  }

  #drainQueue(): void {
    let taken = 0;
    while (taken < this.#queue.length && !this.#gathering.full) {
      const waiter = this.#queue[taken++]!;
      this.#queuedBytes -= bytesOf(waiter.entry);
      this.#gather(waiter);
    }
    if (taken > 0) this.#queue.splice(0, taken);
  }
}
