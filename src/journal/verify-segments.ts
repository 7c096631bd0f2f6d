// The leaves as the segments give them, recomputed from every salt and byte; what cannot be read is reported and left out.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { partOf } from './leaf.ts';
import { LeafGroup } from './leaf-group.ts';
import { TILE_WIDTH } from './merkle.ts';
import { type EntryRecord, nextRecord, readRecord } from './record.ts';
import { release } from './release.ts';
import { type OpenFrame, SegmentFile, type SegmentKeys } from './segment-file.ts';
import type { PlacedFrame, Tail } from './segment-scan.ts';
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

/** Sees what leaves do not tell, in order. */
export interface RecordWatch {
  /** A record of the journal's own kinds, `journal.…`; its parts hold during the call. */
  own(record: EntryRecord, leaf: number): void;
  erased(part: PartName, leaf: number): void;
}

/** A segment that could be opened; the file is undefined when its header could not be read. */
interface Listed {
  readonly path: string;
  readonly file: SegmentFile | undefined;
}

/** Milliseconds after which a write that was seen half done is whole, or was interrupted. */
const SETTLE = 50;
/** Where a record's kind begins. */
const KIND_AT = 27;

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
  readonly #watch: RecordWatch;
  readonly #group = new LeafGroup();

  constructor(dir: string, keys: SegmentKeys, watch: RecordWatch, report: (problem: Problem) => void) {
    this.#dir = dir;
    this.#keys = keys;
    this.#watch = watch;
    this.#report = report;
  }

  /** All leaves, an entry bundle's worth at a time; only the last group may be shorter. A group holds until the next is asked for. */
  async *groups(): AsyncGenerator<LeafGroup> {
    yield* this.#all();
    if (this.#group.count > 0) yield this.#group;
  }

  async *#all(): AsyncGenerator<LeafGroup> {
    const newest = Math.max(0, ...readdirSync(this.#dir).map((name) => segmentNumber(name) ?? 0));
    let next = newest > 0 ? await this.#open(1) : undefined;
    for (let number = 1; next !== undefined; number++) {
      const { path, file } = next;
      next = number < newest ? await this.#open(number + 1) : undefined;
      this.segments++;
      const end = next?.file?.first;
      if (file === undefined) continue;
      try {
        this.bytes += file.fileSize;
        const at = this.end;
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
          yield* this.#missing(file.first - at);
        }
        yield* this.#segment(file, end, next === undefined);
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
  async *#segment(file: SegmentFile, end: number | undefined, newest: boolean): AsyncGenerator<LeafGroup> {
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
        yield* this.#leaves(file, placed);
        leaf = after;
      }
      if (leaf >= limit) break;
      // The frame that should follow cannot be read. A sealed segment's index says where those after it are.
      const row = file.sealed ? file.rows.find(({ first, count }) => leaf < first + count) : undefined;
      const lost = row === undefined ? end : Math.min(row.first + row.count, limit);
      if (lost === undefined) {
        const tail = await settledTail(file, leaf);
        if (tail === undefined) continue;
        this.#tail(file, leaf, tail, newest);
        return;
      }
      const tail = row === undefined ? await file.tail() : undefined;
      this.#report({
        file: file.path,
        byte: row?.offset ?? file.scanned,
        entry: leaf,
        what: `entries ${leaf} to ${lost - 1} cannot be read: ${tail?.kind === 'damaged' ? tail.why : 'no whole frame stands there'}`,
      });
      yield* this.#missing(lost - leaf);
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
    this.#tail(file, leaf, await file.tail(), newest);
  }

  /** Tells of an end that is not clean. */
  #tail(file: SegmentFile, leaf: number, tail: Tail, newest: boolean): void {
    if (tail.kind === 'damaged') {
      this.#report({ file: file.path, byte: tail.end, entry: leaf, what: `after the last whole frame: ${tail.why}` });
    }
    if (tail.kind === 'torn' && newest) {
      this.notes.push(`${file.path} ends with a write that is under way or was interrupted, at byte ${tail.end}`);
    }
  }

  *#leaves(file: SegmentFile, placed: PlacedFrame): Generator<LeafGroup> {
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
    if (frame === undefined) {
      yield* this.#missing(count);
      return;
    }
    const { records } = frame;
    const group = this.#group;
    let at: number | undefined = 0;
    let whole = true;
    for (let n = 0; n < count; n++) {
      const next: number | undefined = at === undefined ? undefined : nextRecord(records, at);
      if (at === undefined || next === undefined || !group.add(records, at, next, this.#onErased)) {
        whole = false;
        if (at === undefined || next === undefined) group.addMissing();
      } else if (isOwn(records, at)) this.#watch.own(readRecord(records, at)!, this.end);
      at = next;
      this.end++;
      if (group.count < TILE_WIDTH) continue;
      yield group;
      group.clear(this.end);
    }
    if (!whole || at !== records.length) {
      this.#report({
        file: file.path,
        byte: placed.offset,
        entry: first,
        what: 'the frame does not hold whole records',
      });
    }
    // Frames come by the thousand, and the collector would leave their memory for long.
    release(records);
  }

  readonly #onErased = (letter: string): void => {
    this.erasedParts++;
    this.#watch.erased(partOf(letter)!, this.end);
  };

  /** So many entries that are not there. */
  *#missing(count: number): Generator<LeafGroup> {
    for (let n = 0; n < count; n++) {
      this.#group.addMissing();
      this.end++;
      if (this.#group.count < TILE_WIDTH) continue;
      yield this.#group;
      this.#group.clear(this.end);
    }
  }
}

/** What follows the last frame, or undefined when frames do: a writer may have gone on since they were read. */
async function settledTail(file: SegmentFile, leaf: number): Promise<Tail | undefined> {
  const tail = await file.tail();
  if (tail.kind !== 'damaged') return tail;
  // A frame may be seen half copied into the file, too: what is damaged stays so.
  await delay(SETTLE);
  for await (const _ of file.frames(leaf)) return undefined;
  return tail;
}

const OWN = Buffer.from('journal.', 'latin1');
/** Whether the record at `at` has one of the journal's own kinds. */
const isOwn = (records: Buffer, at: number): boolean =>
  records[at + KIND_AT] === OWN[0] &&
  records.compare(OWN, 0, OWN.length, at + KIND_AT, at + KIND_AT + OWN.length) === 0;

/** Why a sealed segment's index is not that of its frames. */
async function indexProblem(file: SegmentFile): Promise<string | undefined> {
  const last = file.rows.at(-1);
  let after = file.header.size;
  for await (const frame of file.frames(last?.first ?? file.first)) after = frame.offset + frame.header.length;
  return after === file.indexAt ? undefined : `the frames end at byte ${after}, but the index begins elsewhere`;
}
