// The journal as the writer's thread sees it: what was handed over is taken from there, the rest is read.
import { entriesIn } from '../journal/reader.ts';
import type { EntrySource } from './documents.ts';
import type { Handed } from './handover.ts';
import type { StoredParts } from './row.ts';

/** The journal's reader, with the entries that were handed over last. */
export class HandedSource implements EntrySource {
  private readonly journal: EntrySource;
  private first = 0;
  private entries: readonly StoredParts[] = [];

  constructor(journal: EntrySource) {
    this.journal = journal;
  }

  get size(): number {
    return this.journal.size;
  }

  /** Takes entries from there until it is called again; undefined leaves none. */
  hand(handed: Handed | undefined): void {
    this.entries = [];
    if (!handed) return;
    const { buffer, byteOffset, byteLength } = handed.bytes;
    this.first = handed.first;
    this.entries = entriesIn(Buffer.from(buffer, byteOffset, byteLength), handed.first, handed.count) ?? [];
  }

  refresh(size?: number): Promise<void> {
    return this.journal.refresh(size);
  }

  async read(leaf: number): Promise<StoredParts> {
    return this.entries[leaf - this.first] ?? this.journal.read(leaf);
  }

  async *batches(from: number, to = this.size): AsyncGenerator<readonly StoredParts[]> {
    const { first, entries, journal } = this;
    const end = Math.min(to, this.size);
    const begin = Math.max(from, first);
    const stop = Math.min(end, first + entries.length);
    if (begin >= stop) {
      yield* journal.batches(from, end);
      return;
    }
    if (from < begin) yield* journal.batches(from, begin);
    yield begin === first && stop === first + entries.length ? entries : entries.slice(begin - first, stop - first);
    if (stop < end) yield* journal.batches(stop, end);
  }
}
