// A batch: the entries that one frame, and one write, makes durable together.
import type { Entry } from '../exchange/entry.ts';
import { leafHash } from './merkle.ts';
import { recordSize, writeRecord } from './record.ts';

/** A batch takes no further entry once it has this many bytes. */
export const BATCH_BYTES = 1024 * 1024;
const INITIAL = 64 * 1024;

const sharedBuffer = (bytes: number): Buffer => Buffer.from(new SharedArrayBuffer(bytes));

/** Who waits for an entry to be durable. */
export interface Waiter {
  readonly entry: Entry;
  readonly resolve: (leaf: number) => void;
  readonly reject: (error: Error) => void;
}

/** Gathers records side by side, ready to be compressed, in memory that threads can share. It is used again for the next batch. */
export class Batch {
  #buffer = sharedBuffer(INITIAL);
  #used = 0;
  readonly waiters: Waiter[] = [];
  readonly leaves: string[] = [];
  readonly hashes: string[] = [];

  get count(): number {
    return this.waiters.length;
  }

  /** Bytes of the records so far. */
  get bytes(): number {
    return this.#used;
  }

  get full(): boolean {
    return this.#used >= BATCH_BYTES;
  }

  /** The records so far; a view that holds until `clear`. */
  get records(): Buffer {
    return this.#buffer.subarray(0, this.#used);
  }

  /** Encodes an entry. @throws DogwatchError `internal` when it is not an entry the journal takes; the batch is as before. */
  add(waiter: Waiter): void {
    const size = recordSize(waiter.entry);
    const needed = this.#used + size;
    if (needed > this.#buffer.length) {
      const larger = sharedBuffer(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer.fill(0, 0, this.#used);
      this.#buffer = larger;
    }
    const leaf = writeRecord(this.#buffer, this.#used, waiter.entry);
    this.#used = needed;
    this.waiters.push(waiter);
    this.leaves.push(leaf);
    this.hashes.push(leafHash(leaf));
  }

  /** Empties it. The memory of an unusually large one is given back. */
  clear(): void {
    if (this.#buffer.length > 2 * BATCH_BYTES) this.#buffer = sharedBuffer(INITIAL);
    this.#used = 0;
    this.waiters.length = 0;
    this.leaves.length = 0;
    this.hashes.length = 0;
  }
}
