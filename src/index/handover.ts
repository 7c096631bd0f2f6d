// Entries on their way to the index: the journal's records, copied as they become durable, so that the writer's thread need not read,
// decrypt and decompress them again. What does not fit in is read from the journal after all.

/** Bytes that are gathered at most. There are two buffers of that size: one is filled while the other is read. */
const ROOM = 2 << 20;

/** Records side by side, as they go to the writer's thread and their buffer comes back. */
export interface Handed {
  /** Leaf of the first of them. */
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Gathers records that follow each other without a gap. */
export class Handover {
  #buffer: ArrayBuffer | undefined;
  #spare: ArrayBuffer | undefined;
  #first = 0;
  #count = 0;
  #size = 0;

  /** Is there so much that it should be taken soon? */
  get filling(): boolean {
    return this.#size > ROOM / 2;
  }

  add(records: Uint8Array, first: number, count: number): void {
    if (this.#count === 0) this.#first = first;
    // After a gap, what comes is of no use before the gap has been read from the journal.
    if (first !== this.#first + this.#count || this.#size + records.length > ROOM) return;
    this.#buffer ??= this.#spare ?? new ArrayBuffer(ROOM);
    if (this.#buffer === this.#spare) this.#spare = undefined;
    new Uint8Array(this.#buffer).set(records, this.#size);
    this.#size += records.length;
    this.#count += count;
  }

  /** What has been gathered; gathering begins anew. Its buffer is to be given back, if it can be. */
  take(): Handed | undefined {
    if (!this.#buffer || this.#count === 0) return undefined;
    const handed = { first: this.#first, count: this.#count, bytes: new Uint8Array(this.#buffer, 0, this.#size) };
    this.#buffer = undefined;
    this.#count = 0;
    this.#size = 0;
    return handed;
  }

  giveBack(buffer: ArrayBuffer): void {
    this.#spare = buffer;
  }
}
