// The leaves as the segments give them, recomputed from every salt and byte; what cannot be read is reported and left out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { leafHash } from './merkle.ts';
import { type EntryRecord, leafOf, nextRecord, readRecord } from './record.ts';
import { release } from './release.ts';
import { type OpenFrame, SegmentFile, type SegmentKeys } from './segment-file.ts';
import type { PlacedFrame } from './segment-scan.ts';
import { segmentName, segmentNumber } from './segment-writer.ts';

/** Something that is not as it was written. */
export interface Problem {
  /** Path of the file. */
  readonly file: string;
  /** Byte in it from which on it is wrong. */
  readonly byte?: number;
  /** Leaf index of the first entry that it concerns. */
  readonly entry?: number;
  /** One sentence. */
  readonly what: string;
}

/** A leaf and its hash; undefined where the entry cannot be read. */
export type FoundLeaf = { readonly text: string; readonly hash: string } | undefined;

/** Consecutive leaves. */
export interface LeafGroup {
  readonly first: number;
  readonly leaves: readonly FoundLeaf[];
}

/** A segment that could be opened; the file is undefined when its header could not be read. */
interface Listed {
  readonly path: string;
  readonly file: SegmentFile | undefined;
}

/** Reads all segments in order. */
export class SegmentLeaves {
  readonly #dir: string;
  readonly #keys: SegmentKeys;
  readonly #report: (problem: Problem) => void;
  /** What is unusual, but no sign of tampering. */
  readonly notes: string[] = [];
  /** Leaf index after the last entry found. */
  end = 0;
  segments = 0;
  bytes = 0;
  erasedParts = 0;
  /** Sees every record that can be read, in order. */
  onRecord: (record: EntryRecord, leaf: number) => void = () => undefined;

  constructor(dir: string, keys: SegmentKeys, report: (problem: Problem) => void) {
    this.#dir = dir;
    this.#keys = keys;
    this.#report = report;
  }

  /** All leaves, `width` at a time; only the last group may be shorter. */
  async *groups(width: number): AsyncGenerator<LeafGroup> {
    let leaves: FoundLeaf[] = [];
    for await (const run of this.#all()) {
      for (const leaf of run) {
        this.end++;
        if (leaves.push(leaf) < width) continue;
        yield { first: this.end - width, leaves };
        leaves = [];
      }
    }
    if (leaves.length > 0) yield { first: this.end - leaves.length, leaves };
  }

  async *#all(): AsyncGenerator<FoundLeaf[]> {
    const newest = Math.max(0, ...readdirSync(this.#dir).map((name) => segmentNumber(name) ?? 0));
    let at = 0;
    let next = newest > 0 ? await this.#open(1) : undefined;
    for (let number = 1; next !== undefined; number++) {
      const { path, file } = next;
      next = number < newest ? await this.#open(number + 1) : undefined;
      this.segments++;
      const end = next?.file?.first;
      if (file === undefined) continue;
      try {
        this.bytes += file.fileSize;
        if (file.first < at) {
          this.#report({
            file: path,
            byte: 0,
            entry: at,
            what: `begins at entry ${file.first}, which comes before its place`,
          });
          continue;
        }
        // A gap that nothing signed accounts for may be of any length: TreeCheck sees what is missing from the log.
        if (file.first > at) {
          this.#report({
            file: path,
            byte: 0,
            entry: at,
            what: `entries ${at} to ${file.first - 1} are in no segment`,
          });
          for await (const gap of missing(at, file.first)) {
            at += gap.length;
            yield gap;
          }
        }
        for await (const run of this.#segment(file, end, next === undefined)) {
          at += run.length;
          yield run;
        }
      } finally {
        file.retire();
      }
    }
  }

  async #open(number: number): Promise<Listed> {
    const path = join(this.#dir, segmentName(number));
    try {
      return { path, file: await SegmentFile.open(path, this.#keys, true) };
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOENT') this.#report({ file: path, what: 'the segment is missing' });
      else if (error instanceof DogwatchError) this.#report({ file: path, byte: 0, what: error.message });
      else throw error;
      return { path, file: undefined };
    }
  }

  /** @param end leaf index at which the next segment begins, if that is known */
  async *#segment(file: SegmentFile, end: number | undefined, newest: boolean): AsyncGenerator<FoundLeaf[]> {
    let leaf = file.first;
    const until = end ?? Number.POSITIVE_INFINITY;
    const limit = file.sealed ? Math.min(file.end, until) : until;
    for (;;) {
      for await (const placed of file.frames(leaf)) {
        const after = placed.header.first + placed.header.count;
        if (after > until) {
          this.#report({
            file: file.path,
            byte: placed.offset,
            entry: until,
            what: `entries ${until} to ${after - 1} stand here a second time; the next segment begins with ${until}`,
          });
          return;
        }
        yield this.#leaves(file, placed);
        leaf = after;
      }
      if (leaf >= limit) break;
      // The frame that should follow cannot be read. A sealed segment's index says where those after it are.
      const row = file.sealed ? file.rows.find(({ first, count }) => leaf < first + count) : undefined;
      const lost = row === undefined ? end : Math.min(row.first + row.count, limit);
      if (lost === undefined) break;
      const tail = row === undefined ? await file.tail() : undefined;
      this.#report({
        file: file.path,
        byte: row?.offset ?? file.scanned,
        entry: leaf,
        what: `entries ${leaf} to ${lost - 1} cannot be read: ${tail?.kind === 'damaged' ? tail.why : 'no whole frame stands there'}`,
      });
      yield* missing(leaf, lost);
      leaf = lost;
      if (row === undefined) return;
    }
    await this.#ending(file, leaf, end, newest);
  }

  /** What follows the last frame of a segment. */
  async #ending(file: SegmentFile, leaf: number, end: number | undefined, newest: boolean): Promise<void> {
    if (file.sealed) {
      const why = await indexProblem(file);
      if (why !== undefined) this.#report({ file: file.path, byte: file.indexAt ?? 0, entry: file.first, what: why });
      if (end !== undefined && leaf < end) {
        this.#report({
          file: file.path,
          entry: leaf,
          what: `ends before entry ${leaf}, but the next segment begins with ${end}`,
        });
      }
      return;
    }
    const tail = await file.tail();
    if (tail.kind === 'damaged') {
      this.#report({ file: file.path, byte: tail.end, entry: leaf, what: `after the last whole frame: ${tail.why}` });
    }
    if (tail.kind === 'torn' && newest) {
      this.notes.push(`${file.path} ends with a write that is under way or was interrupted, at byte ${tail.end}`);
    }
  }

  #leaves(file: SegmentFile, placed: PlacedFrame): FoundLeaf[] {
    const { first, count, number } = placed.header;
    const row = file.rows[number];
    if (row?.offset !== placed.offset || row.first !== first || row.count !== count) {
      this.#report({
        file: file.path,
        byte: placed.offset,
        entry: first,
        what: 'the index says otherwise of this frame',
      });
    }
    let frame: OpenFrame | undefined;
    try {
      frame = file.open(placed);
    } catch (error) {
      if (!(error instanceof DogwatchError)) throw error;
      this.#report({ file: file.path, byte: placed.offset, entry: first, what: 'the frame does not authenticate' });
    }
    const leaves: FoundLeaf[] = [];
    let at: number | undefined = frame === undefined ? undefined : 0;
    for (let n = 0; n < count; n++) {
      const record = frame === undefined || at === undefined ? undefined : readRecord(frame.records, at);
      at = frame === undefined || at === undefined ? undefined : nextRecord(frame.records, at);
      if (record === undefined) leaves.push(undefined);
      else {
        for (const part of record.parts) if ('erased' in part) this.erasedParts++;
        this.onRecord(record, first + n);
        const text = leafOf(record);
        leaves.push({ text, hash: leafHash(text) });
      }
    }
    if (frame !== undefined && (at !== frame.records.length || leaves.includes(undefined))) {
      this.#report({
        file: file.path,
        byte: placed.offset,
        entry: first,
        what: 'the frame does not hold whole records',
      });
    }
    // Frames come by the thousand, and the collector would leave their memory for long.
    if (frame !== undefined) release(frame.records);
    return leaves;
  }
}

/** Why a sealed segment's index is not that of its frames. */
async function indexProblem(file: SegmentFile): Promise<string | undefined> {
  const last = file.rows.at(-1);
  let after = file.header.size;
  for await (const frame of file.frames(last?.first ?? file.first)) after = frame.offset + frame.header.length;
  return after === file.indexAt ? undefined : `the frames end at byte ${after}, but the index begins elsewhere`;
}

/** Entries that are not there, a bounded number at a time. */
async function* missing(from: number, to: number): AsyncGenerator<FoundLeaf[]> {
  for (let at = from; at < to; ) {
    const count = Math.min(to - at, 65_536);
    yield new Array<FoundLeaf>(count).fill(undefined);
    at += count;
  }
}
