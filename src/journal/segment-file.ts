// One segment file, live or sealed, opened for reading.
import type { KeyObject } from 'node:crypto';
import { DogwatchError } from '../exchange/error.ts';
import {
  decodeFrame,
  decodeIndex,
  decodeIndexTrailer,
  decodeSegmentHeader,
  type FrameHeader,
  type FrameKey,
  HEADER_READ,
  INDEX_TRAILER,
  type IndexRow,
  type ReadHeader,
} from './format.ts';
import { FrameScanner, type PlacedFrame, type Tail } from './segment-scan.ts';
import { openSource, type Source } from './source.ts';

/** Gives the data key of a segment, by the id of its root and its own id. */
export interface SegmentKeys {
  segmentKey(root: string, segmentId: string): KeyObject;
}

/** A decoded frame: its records, and where it stands. */
export interface OpenFrame {
  readonly offset: number;
  readonly header: FrameHeader;
  readonly records: Buffer;
}

/** The error for bytes that are not what was written, naming file and byte. */
export const damagedAt = (path: string, byte: number, why: string): DogwatchError =>
  new DogwatchError('journal_damaged', `${path}, byte ${byte}: ${why}`, {
    remedy: 'run dogwatch verify to see all that is damaged, and restore the file from a backup',
  });

/** Reads frames of one segment file. The rows of a live one are found as it is read. */
export class SegmentFile {
  readonly path: string;
  readonly header: ReadHeader;
  readonly sealed: boolean;
  /** The frames known so far, in order; of a sealed segment all of them. */
  readonly rows: IndexRow[];
  /** Byte after the frames of a sealed segment. */
  readonly indexAt: number | undefined;
  readonly #file: Source;
  readonly #key: FrameKey;
  #users = 0;
  #retired = false;
  #scanned: number | undefined;

  private constructor(path: string, file: Source, header: ReadHeader, key: FrameKey, index: SealedIndex | undefined) {
    this.path = path;
    this.header = header;
    this.sealed = index !== undefined;
    this.rows = index?.rows ?? [];
    this.indexAt = index?.offset;
    this.#file = file;
    this.#key = key;
  }

  /**
   * @throws DogwatchError `journal_damaged` when header or index cannot be read; `wrong_key` when the root is unknown.
   * @throws Error with code `ENOENT` when there is no such file.
   */
  static async open(path: string, keys: SegmentKeys, blocking: boolean): Promise<SegmentFile> {
    let file: Source | undefined;
    try {
      file = openSource(path, blocking);
      const header = decodeSegmentHeader(await file.read(0, HEADER_READ));
      if (header === undefined) throw damagedAt(path, 0, 'the segment header cannot be read');
      const key = { key: keys.segmentKey(header.header.root.id, header.header.id), digest: header.digest };
      return new SegmentFile(path, file, header, key, await readIndex(path, file));
    } catch (error) {
      file?.close();
      const code = (error as NodeJS.ErrnoException).code;
      if (error instanceof DogwatchError || code === 'ENOENT') throw error;
      throw damagedAt(path, 0, `the file cannot be read: ${code ?? String(error)}`);
    }
  }

  /** Leaf index of the first entry. */
  get first(): number {
    return this.header.header.first;
  }

  /** Leaf index after the last entry known so far. */
  get end(): number {
    const last = this.rows.at(-1);
    return last === undefined ? this.first : last.first + last.count;
  }

  /** Bytes of the file. */
  get fileSize(): number {
    return this.#file.size();
  }

  /** Whether the file has been replaced by another of its name: sealed, or rewritten by an erasure. */
  replaced(): boolean {
    return this.#file.replaced();
  }

  /** Keeps the file open until as many `release` calls. */
  retain(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    this.#closeIfUnused();
  }

  /** Closes the file as soon as nobody retains it. */
  retire(): void {
    this.#retired = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#retired && this.#users === 0) this.#file.close();
  }

  /**
   * The frames from the one that holds `leaf` on, as far as their bytes are whole; rows of a live segment are noted on the way.
   * `leaf` is not before `first`.
   */
  async *frames(leaf: number): AsyncGenerator<PlacedFrame> {
    const at = this.#rowOf(Math.min(leaf, this.end));
    const row = this.rows[at];
    const scanner = new FrameScanner(
      this.#file,
      row === undefined ? this.#afterRows() : { offset: row.offset, number: at, first: row.first },
    );
    while (this.indexAt === undefined || scanner.offset < this.indexAt) {
      const frame = await scanner.next();
      if (frame === undefined) return;
      if (frame.header.number === this.rows.length) {
        this.rows.push({ offset: frame.offset, first: frame.header.first, count: frame.header.count });
        this.#scanned = frame.offset + frame.header.length;
      }
      if (frame.header.first + frame.header.count > leaf) yield frame;
    }
  }

  #afterRows(): { offset: number; number: number; first: number } {
    return { offset: this.scanned, number: this.rows.length, first: this.end };
  }

  /** Byte after the last frame known so far. */
  get scanned(): number {
    return this.#scanned ?? this.indexAt ?? this.header.size;
  }

  /** What follows the last frame known so far, in a live segment. */
  tail(): Promise<Tail> {
    return new FrameScanner(this.#file, this.#afterRows()).tail();
  }

  /** Decrypts a frame. @throws DogwatchError `journal_damaged` */
  open(frame: PlacedFrame): OpenFrame {
    const records = decodeFrame(frame.bytes, frame.header, this.#key);
    if (records === undefined) throw damagedAt(this.path, frame.offset, 'a frame does not authenticate');
    return { offset: frame.offset, header: frame.header, records };
  }

  /** Position of the row that holds `leaf`, or how many rows there are. */
  #rowOf(leaf: number): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = this.rows[middle]!;
      if (row.first + row.count <= leaf) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface SealedIndex {
  readonly rows: IndexRow[];
  readonly offset: number;
}

async function readIndex(path: string, file: Source): Promise<SealedIndex | undefined> {
  const size = file.size();
  const trailer = decodeIndexTrailer(await file.read(Math.max(0, size - INDEX_TRAILER), INDEX_TRAILER), size);
  if (trailer === undefined) return undefined;
  const rows = decodeIndex(await file.read(trailer.offset, size - trailer.offset));
  if (rows === undefined) throw damagedAt(path, trailer.offset, 'the index cannot be read');
  return { rows, offset: trailer.offset };
}
