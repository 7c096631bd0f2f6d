// Reads the journal: one entry, or many in order, also while it is being written.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EntryKind, PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { dataPaths } from './durable.ts';
import { type Keyring, openKeyring } from './keyring.ts';
import { SALT } from './leaf.ts';
import { type EntryRecord, nextRecord, readRecord } from './record.ts';
import { damagedAt, type OpenFrame, SegmentFile } from './segment-file.ts';
import { segmentName, segmentNumber } from './segment-writer.ts';

/** An entry as the journal holds it. */
export interface StoredEntry {
  /** Leaf index. */
  readonly leaf: number;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly kind: EntryKind;
  /** The parts that are held; also the summary may have been erased. They are views of a larger buffer: copy what is kept for long. */
  readonly parts: { readonly [Part in PartName]?: Buffer };
  /** The parts that the entry had and that were erased. */
  readonly erased: readonly PartName[];
}

/** Reads a data directory's journal. Read-only; any number may be open beside the writer, in any thread or process. */
export interface JournalReader {
  /** Number of entries that can be read. */
  readonly size: number;
  /**
   * Sees what was written since. Given the size that the writer called durable, that is the size, and nothing is read now;
   * without it, whatever whole frames the file system shows are found.
   */
  refresh(size?: number): Promise<void>;
  /** One entry; reads one frame. @throws DogwatchError `not_found` beyond `size`, `journal_damaged` */
  read(leaf: number): Promise<StoredEntry>;
  /** Entries in order, from `from` (inclusive) to `to` (exclusive, at most the size at the call). @throws as `read` */
  entries(from: number, to?: number): AsyncGenerator<StoredEntry>;
  /** The same, a frame's worth at a time: for those that read very many. */
  batches(from: number, to?: number): AsyncGenerator<StoredEntry[]>;
  /** The stored record, with the salts: what proofs are made of. */
  record(leaf: number): Promise<EntryRecord>;
  /** As `batches`, but the stored records. */
  records(from: number, to?: number): AsyncGenerator<EntryRecord[]>;
  close(): Promise<void>;
}

/** @throws DogwatchError `wrong_key`, `journal_damaged` */
export async function openReader(options: {
  readonly dir: string;
  readonly kek: KeyEncryptionKey;
  /** File reads block the calling thread, and are several times cheaper: for worker threads and commands. */
  readonly blocking?: boolean;
}): Promise<JournalReader> {
  return readerOf(options.dir, await openKeyring(options.dir, options.kek), options.blocking ?? false);
}

/** As `openReader`, with a keyring that is open already. */
export async function readerOf(dir: string, keyring: Keyring, blocking: boolean): Promise<JournalReader> {
  const reader = new Reader(dataPaths(dir).segments, keyring, blocking);
  await reader.refresh();
  return reader;
}

/** Open files are few: a history of any length is read with this many. */
const MAX_OPEN = 16;

class Reader implements JournalReader {
  readonly #dir: string;
  readonly #keyring: Keyring;
  readonly #blocking: boolean;
  /** How many segments there are; their numbers are 1 to this. */
  #segments = 0;
  /** First leaf of a segment, once known. It never changes. */
  readonly #firsts = new Map<number, number>();
  /** Least recently used first. */
  readonly #open = new Map<number, SegmentFile>();
  #size = 0;
  /** The frame decoded last. */
  #last: { file: SegmentFile; frame: OpenFrame } | undefined;

  constructor(dir: string, keyring: Keyring, blocking: boolean) {
    this.#dir = dir;
    this.#keyring = keyring;
    this.#blocking = blocking;
  }

  get size(): number {
    return this.#size;
  }

  async refresh(size?: number): Promise<void> {
    if (size !== undefined) {
      this.#size = Math.max(this.#size, size);
      return;
    }
    await this.#list();
    if (this.#segments === 0) return;
    const file = await this.#retain(this.#segments);
    try {
      for await (const _ of file.frames(file.end));
      this.#size = Math.max(this.#size, file.end);
    } finally {
      file.release();
    }
  }

  async read(leaf: number): Promise<StoredEntry> {
    return storedEntry(leaf, await this.record(leaf));
  }

  async record(leaf: number): Promise<EntryRecord> {
    if (!Number.isSafeInteger(leaf) || leaf < 0 || leaf >= this.#size) {
      throw new DogwatchError('not_found', `there is no entry ${leaf}; the journal has ${this.#size}`);
    }
    const file = await this.#retain(await this.#segmentOf(leaf));
    try {
      const frame = await this.#frameOf(file, leaf);
      let at: number | undefined = 0;
      for (let skip = leaf - frame.header.first; skip > 0 && at !== undefined; skip--)
        at = nextRecord(frame.records, at);
      const record = at === undefined ? undefined : readRecord(frame.records, at);
      if (record === undefined) throw damagedAt(file.path, frame.offset, `the record of entry ${leaf} cannot be read`);
      return record;
    } finally {
      file.release();
    }
  }

  async *entries(from: number, to?: number): AsyncGenerator<StoredEntry> {
    for await (const batch of this.batches(from, to)) yield* batch;
  }

  async *batches(from: number, to?: number): AsyncGenerator<StoredEntry[]> {
    let leaf = Math.max(0, from);
    for await (const records of this.records(leaf, to)) {
      const first = leaf;
      leaf += records.length;
      yield records.map((record, at) => storedEntry(first + at, record));
    }
  }

  async *records(from: number, to?: number): AsyncGenerator<EntryRecord[]> {
    const end = Math.min(to ?? this.#size, this.#size);
    let leaf = Math.max(0, from);
    while (leaf < end) {
      const file = await this.#retain(await this.#segmentOf(leaf));
      try {
        const before = leaf;
        for await (const placed of file.frames(leaf)) {
          const frame = file.open(placed);
          const stop = Math.min(end, frame.header.first + frame.header.count);
          const batch = recordsOf(file, frame, leaf, stop);
          leaf = stop;
          yield batch;
          if (leaf >= end) return;
        }
        if (leaf === before) await missing(file, leaf);
      } finally {
        file.release();
      }
    }
  }

  async close(): Promise<void> {
    this.#last = undefined;
    for (const file of this.#open.values()) file.retire();
    this.#open.clear();
  }

  async #frameOf(file: SegmentFile, leaf: number): Promise<OpenFrame> {
    const header = this.#last?.frame.header;
    if (header && this.#last?.file === file && leaf >= header.first && leaf < header.first + header.count) {
      return this.#last.frame;
    }
    for await (const placed of file.frames(leaf)) {
      const frame = file.open(placed);
      this.#last = { file, frame };
      return frame;
    }
    return missing(file, leaf);
  }

  /** The segment that holds a leaf: the last whose first leaf is not after it. */
  async #segmentOf(leaf: number): Promise<number> {
    // The writer may have gone on to further segments since they were listed.
    const newest = this.#open.get(this.#segments);
    if (newest === undefined || leaf >= newest.end) await this.#list();
    let low = 1;
    let high = this.#segments;
    if (high === 0) throw new DogwatchError('journal_damaged', `${this.#dir} holds no segments`);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((await this.#firstOf(middle)) <= leaf) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #firstOf(segment: number): Promise<number> {
    const known = this.#firsts.get(segment);
    if (known !== undefined) return known;
    const file = await this.#retain(segment);
    file.release();
    return file.first;
  }

  async #list(): Promise<void> {
    const names = await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return [] as string[];
    });
    let newest = 0;
    for (const name of names) newest = Math.max(newest, segmentNumber(name) ?? 0);
    this.#segments = newest;
  }

  /** The open file of a segment, retained: the caller releases it. */
  async #retain(segment: number): Promise<SegmentFile> {
    const known = this.#current(segment);
    if (known !== undefined) return known.retain();
    const path = join(this.#dir, segmentName(segment));
    let file: SegmentFile;
    try {
      file = await SegmentFile.open(path, this.#keyring, this.#blocking);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new DogwatchError('journal_damaged', `the segment ${path} is missing`, {
        remedy: 'restore it from a backup',
      });
    }
    const meanwhile = this.#current(segment);
    if (meanwhile !== undefined) {
      file.retire();
      return meanwhile.retain();
    }
    this.#firsts.set(segment, file.first);
    this.#open.set(segment, file);
    for (const [oldest, stale] of this.#open) {
      if (this.#open.size <= MAX_OPEN) break;
      this.#open.delete(oldest);
      stale.retire();
    }
    return file.retain();
  }

  /** The file when it is open and still the one of that name; it becomes the most recently used. */
  #current(segment: number): SegmentFile | undefined {
    const file = this.#open.get(segment);
    if (file === undefined) return undefined;
    this.#open.delete(segment);
    if (!file.replaced()) {
      this.#open.set(segment, file);
      return file;
    }
    if (this.#last?.file === file) this.#last = undefined;
    file.retire();
    return undefined;
  }
}

/** The entries of records side by side, the first of them of leaf `first`; undefined when they are not that many records. */
export function entriesIn(records: Buffer, first: number, count: number): StoredEntry[] | undefined {
  const entries: StoredEntry[] = [];
  let at: number | undefined = 0;
  while (entries.length < count) {
    const record = at === undefined ? undefined : readRecord(records, at);
    if (at === undefined || record === undefined) return undefined;
    entries.push(storedEntry(first + entries.length, record));
    at = nextRecord(records, at);
  }
  return entries;
}

/** Records `from` to `to` of a frame, as far as they are in it. */
function recordsOf(file: SegmentFile, frame: OpenFrame, from: number, to: number): EntryRecord[] {
  const records: EntryRecord[] = [];
  let at = 0;
  for (let leaf = frame.header.first; leaf < to; leaf++) {
    const record = leaf < from ? undefined : readRecord(frame.records, at);
    const next = nextRecord(frame.records, at);
    if (next === undefined || (leaf >= from && record === undefined)) {
      throw damagedAt(file.path, frame.offset, `the record of entry ${leaf} cannot be read`);
    }
    at = next;
    if (record !== undefined) records.push(record);
  }
  return records;
}

/** An entry that should be there is not. */
async function missing(file: SegmentFile, leaf: number): Promise<never> {
  const tail = file.sealed ? undefined : await file.tail();
  const why = tail?.kind === 'damaged' ? tail.why : 'the file ends too early';
  throw damagedAt(file.path, file.scanned, `entry ${leaf} cannot be read: ${why}`);
}

/** What callers get of a record. */
function storedEntry(leaf: number, record: EntryRecord): StoredEntry {
  const parts: { [Part in PartName]?: Buffer } = {};
  let erased: PartName[] | undefined;
  for (const part of record.parts) {
    if ('salted' in part) parts[part.name] = part.salted.subarray(SALT);
    else {
      erased ??= [];
      erased.push(part.name);
    }
  }
  return { leaf, id: record.id, time: record.time, kind: record.kind as EntryKind, parts, erased: erased ?? none };
}
const none: readonly PartName[] = [];
