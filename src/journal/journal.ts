// The journal: takes entries, and says so when they are durable. Group commit, checkpoints, failure.
import type { Entry } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Background } from './background.ts';
import type { Batch, Waiter } from './batch.ts';
import type { CheckpointWriter } from './checkpoints.ts';
import { bytesOf, GroupCommit } from './group-commit.ts';
import type { Erasure } from './leaf-ranges.ts';
import type { DataLock } from './lock.ts';
import { type JournalOptions, type Opened, openForWriting } from './open.ts';
import type { Sealer } from './sealer.ts';
import type { SegmentStore } from './segment-store.ts';
import { isNoRoom } from './segment-writer.ts';
import type { Checkpoint } from './tile-log.ts';

/** How the journal is. */
export interface JournalStatus {
  /** `unavailable`: no room, tried again with the next entry. `failed`: until a restart. */
  readonly state: 'ok' | 'unavailable' | 'failed' | 'closed';
  /** Why it is not ok. */
  readonly reason?: string;
  /** Durable entries. */
  readonly size: number;
  readonly segments: number;
  /** Bytes of the live segment. */
  readonly liveBytes: number;
  /** Entries that wait to become durable. */
  readonly waiting: number;
  readonly checkpoint?: { readonly size: number; readonly time: number };
  /** Why the last full segment could not be sealed. It is as durable as before, only larger. */
  readonly sealing?: string;
}

export interface Journal {
  /** Durable entries. */
  readonly size: number;
  readonly origin: string;
  /** What was done to the journal when it was opened, a sentence each; mostly nothing. */
  readonly recovered: readonly string[];
  /**
   * Records an entry. Leaf indexes are in the order of the calls. The parts' bytes must not change until it resolves.
   *
   * @returns the leaf index, once the entry is durable
   * @throws DogwatchError `journal_unavailable` when there is no room or the journal is closed: nothing was recorded, later calls
   * may succeed; `journal_failed` when a write failed: no further entry is taken; `internal` for what is no entry
   */
  append(entry: Entry): Promise<number>;
  /** Tells every entry after it is durable, in order, off the path of the promise; listeners do not throw. @returns a function that ends it */
  onDurable(listener: (entry: Entry, leaf: number) => void): () => void;
  /**
   * Tells of every batch that became durable, as the records that a frame holds, side by side (record.ts), before any promise is resolved.
   * The bytes are used again after the call; listeners do not throw. @returns a function that ends it
   */
  onRecords(listener: (records: Buffer, first: number, count: number) => void): () => void;
  /** Signs a checkpoint over all that is durable now. @throws DogwatchError `journal_unavailable`, `journal_failed` */
  checkpoint(): Promise<Checkpoint>;
  /** When that entry is in the live segment, the next one begins a new segment, so that parts of it can be erased. */
  roll(leaf: number): void;
  /**
   * Destroys parts of entries, salts and bytes: the segments that hold them are rewritten. Resolves when that is durable and the old
   * files are gone; interrupted anywhere, each segment is whole, as before or as after. Doing it again does no harm.
   * The caller has recorded the erasure, after `roll`.
   *
   * @returns how many segments were rewritten
   * @throws DogwatchError `journal_unavailable` when the journal closes meanwhile or there is no room; `journal_damaged`;
   * `internal` for entries of the live segment
   */
  erase(erasure: Erasure): Promise<number>;
  status(): JournalStatus;
  /** Told when the journal stops taking entries, and when it takes them again; listeners do not throw. @returns a function that ends it */
  onState(listener: (status: JournalStatus) => void): () => void;
  /** Takes no more entries, waits for those under way, signs a last checkpoint, releases the lock. */
  close(): Promise<void>;
}

/**
 * Opens the journal of a data directory for writing; a torn tail is cut.
 *
 * @throws DogwatchError `data_in_use`, `wrong_key`, `journal_damaged`
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const opened = await openForWriting(options);
  const journal = new JournalWriter(opened);
  try {
    for (const entry of opened.entries) await journal.append(entry);
  } catch (error) {
    await journal.close().catch(() => undefined);
    throw error;
  }
  return journal;
}

/** Entries beyond a full batch wait, up to this many bytes of them; beyond, they are refused. */
const WAITING_BYTES = 64 * 1024 * 1024;
/** Entries that no checkpoint covers are held in memory; with more of them nothing is taken until a checkpoint succeeds. */
const UNCHECKED_ENTRIES = 100_000;
class JournalWriter implements Journal {
  readonly recovered: readonly string[];
  readonly #segments: SegmentStore;
  readonly #checkpoints: CheckpointWriter;
  readonly #sealer: Sealer;
  readonly #background: Background;
  readonly #lock: DataLock | undefined;
  readonly #listeners = new Set<(entry: Entry, leaf: number) => void>();
  readonly #stateListeners = new Set<(status: JournalStatus) => void>();
  readonly #takers = new Set<(records: Buffer, first: number, count: number) => void>();
  readonly #group = new GroupCommit((batch, compressed) => this.#commit(batch, compressed));
  #size: number;
  #state: JournalStatus['state'] = 'ok';
  #reason: DogwatchError | undefined;
  #closing: Promise<void> | undefined;

  constructor(opened: Opened) {
    this.#segments = opened.segments;
    this.#checkpoints = opened.checkpoints;
    this.#sealer = opened.sealer;
    this.#background = opened.background;
    this.#lock = opened.lock;
    this.recovered = opened.recovered;
    this.#size = opened.segments.size;
    this.#checkpoints.onFailure((error) => this.#fail(error));
  }

  get size(): number {
    return this.#size;
  }

  get origin(): string {
    return this.#checkpoints.origin;
  }

  append(entry: Entry): Promise<number> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(entry);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#group.add({ entry, resolve, reject });
    });
  }

  onDurable(listener: (entry: Entry, leaf: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onState(listener: (status: JournalStatus) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  onRecords(listener: (records: Buffer, first: number, count: number) => void): () => void {
    this.#takers.add(listener);
    return () => this.#takers.delete(listener);
  }

  async checkpoint(): Promise<Checkpoint> {
    await this.#group.begun;
    if (this.#state === 'failed' && this.#reason !== undefined) throw this.#reason;
    return this.#checkpoints.write();
  }

  roll(leaf: number): void {
    this.#segments.roll(leaf);
  }

  async erase(erasure: Erasure): Promise<number> {
    if (this.#state === 'failed' && this.#reason !== undefined) throw this.#reason;
    return this.#sealer.erase(erasure, this.#segments.liveNumber);
  }

  status(): JournalStatus {
    const { last } = this.#checkpoints;
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason.message }),
      size: this.#size,
      segments: this.#segments.count,
      liveBytes: this.#segments.liveBytes,
      waiting: this.#group.waiting,
      ...(last === undefined ? {} : { checkpoint: { size: last.size, time: last.time } }),
      ...(this.#sealer.failure === undefined ? {} : { sealing: this.#sealer.failure }),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#group.close();
    const failed = this.#state === 'failed';
    if (!failed) this.#state = 'closed';
    try {
      this.#sealer.stop();
      this.#background.inline = true;
      await this.#checkpoints.close(!failed);
      const last = await this.#segments.close(!failed);
      if (last !== undefined) this.#sealer.add(last, this.#size);
      if (!failed) await this.#sealer.finish();
    } finally {
      await this.#background.close();
      this.#lock?.release();
    }
  }

  #refusal(entry: Entry): DogwatchError | undefined {
    if (this.#state === 'failed') return this.#reason;
    if (this.#closing !== undefined) return new DogwatchError('journal_unavailable', 'the journal is closed');
    if (this.#checkpoints.pending > UNCHECKED_ENTRIES) {
      return new DogwatchError('journal_unavailable', 'the journal cannot write its checkpoint', {
        remedy: 'make room on the disk that holds the data directory',
      });
    }
    if (this.#group.queuedBytes + bytesOf(entry) > WAITING_BYTES) {
      return new DogwatchError('journal_unavailable', 'too many entries wait for the disk', {
        remedy: 'the disk that holds the data directory is too slow for this load',
      });
    }
    return undefined;
  }

  async #commit(batch: Batch, compressed: Promise<Buffer>): Promise<void> {
    try {
      if (this.#state === 'failed') throw this.#reason;
      await this.#segments.append(batch.records, batch.count, await compressed);
      this.#become('ok', undefined);
      this.#acknowledge(batch);
    } catch (error) {
      this.#refuse(batch, error);
    }
  }

  #acknowledge(batch: Batch): void {
    const first = this.#size;
    this.#size += batch.count;
    this.#checkpoints.append(batch.leaves, batch.hashes);
    for (const taker of this.#takers) taker(batch.records, first, batch.count);
    const waiters = batch.waiters.slice();
    for (let at = 0; at < waiters.length; at++) waiters[at]!.resolve(first + at);
    if (this.#listeners.size > 0) setImmediate(() => this.#tell(waiters, first));
  }

  #tell(waiters: readonly Waiter[], first: number): void {
    for (let at = 0; at < waiters.length; at++) {
      for (const listener of this.#listeners) listener(waiters[at]!.entry, first + at);
    }
  }

  #refuse(batch: Batch, cause: unknown): void {
    const error = cause instanceof DogwatchError ? cause : this.#failureOf(cause);
    if (error.code === 'journal_failed') this.#fail(error);
    else this.#become('unavailable', error);
    for (const waiter of batch.waiters) waiter.reject(error);
  }

  /** A checkpoint may have failed while a write was under way: failed it stays, however the write ends. */
  #become(state: 'ok' | 'unavailable' | 'failed', reason: DogwatchError | undefined): void {
    if (this.#state === 'failed') return;
    const changed = state !== this.#state;
    this.#state = state;
    this.#reason = reason;
    if (changed && this.#stateListeners.size > 0) {
      const status = this.status();
      setImmediate(() => {
        for (const listener of this.#stateListeners) listener(status);
      });
    }
  }

  #failureOf(cause: unknown): DogwatchError {
    return isNoRoom(cause)
      ? new DogwatchError('journal_unavailable', 'there is no room for the journal', {
          cause,
          remedy: 'make room on the disk that holds the data directory; nothing needs to be restarted',
        })
      : new DogwatchError('journal_failed', `a write to the journal failed: ${(cause as Error).message}`, {
          cause,
          remedy: 'check the disk that holds the data directory, then restart',
        });
  }

  /** From here on nothing is taken. What waits is refused. */
  #fail(error: DogwatchError): void {
    if (this.#state === 'failed') return;
    this.#become('failed', error);
    this.#group.refuse(error);
  }
}
