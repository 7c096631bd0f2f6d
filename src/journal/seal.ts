// Sealing: a full segment is rewritten densely, with an index of its frames at the end.
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { constants as zstd, zstdCompress } from 'node:zlib';
import { syncFolder } from './durable.ts';
import {
  decodeFrame,
  decodeFrameHeader,
  encodeFrame,
  encodeIndex,
  encodeSegmentHeader,
  type FrameKey,
  type IndexRow,
  newIncarnation,
  type SegmentHeader,
} from './format.ts';
import type { Keyring } from './keyring.ts';
import { damagedAt, type OpenFrame, SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-writer.ts';

/** Record bytes of one frame of a sealed segment: what reading one entry decompresses. */
const FRAME_RECORDS = 256 * 1024;
const LEVEL = 6;
/** Sealing rests this many times as long as it worked, so that it takes a small share of the machine. */
const REST = 9;
const MOST_REST = 250;

const compress = promisify(zstdCompress);

/** Where a segment of that number may be rewritten, and what it must end with. */
export interface SealOptions {
  /** The folder of the segments. */
  readonly dir: string;
  readonly keyring: Keyring;
  readonly segment: number;
  /** Leaf index after its last entry: the first of the next segment. */
  readonly end: number;
  readonly signal: AbortSignal;
}

/**
 * Replaces a segment that takes no more entries by its sealed form. The old file is gone only when the new one is durable;
 * interrupted anywhere, one of the two stands.
 *
 * @throws DogwatchError `journal_damaged` when the segment cannot be read to its end; what the file system said; AbortError
 */
export async function sealSegment(options: SealOptions): Promise<void> {
  const { dir, keyring, segment, end, signal } = options;
  const path = join(dir, segmentName(segment));
  const temporary = `${path}.tmp`;
  const file = await SegmentFile.open(path, keyring, false);
  try {
    if (file.sealed) return;
    const source = file.header.header;
    const header: SegmentHeader = { ...source, id: randomBytes(16).toString('base64url'), root: keyring.current };
    const target = await open(temporary, 'w', 0o600);
    try {
      const writer = await SealedWriter.begin(target, header, keyring);
      for await (const group of groups(file, end)) {
        signal.throwIfAborted();
        const started = performance.now();
        await writer.append(group.first, group.count, group.records);
        const rest = Math.min(MOST_REST, (performance.now() - started) * REST);
        await delay(rest, undefined, { signal, ref: false });
      }
      await writer.finish();
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    file.retire();
  }
}

interface Group {
  readonly first: number;
  readonly count: number;
  readonly records: Buffer;
}

/** The records of a live segment, as many frames together as make a dense one. */
async function* groups(file: SegmentFile, end: number): AsyncGenerator<Group> {
  let gathered: OpenFrame[] = [];
  let size = 0;
  const take = (): Group => {
    const first = gathered[0]?.header.first ?? 0;
    const count = gathered.reduce((sum, frame) => sum + frame.header.count, 0);
    const records = Buffer.concat(gathered.map((frame) => frame.records));
    gathered = [];
    size = 0;
    return { first, count, records };
  };
  let leaf = file.first;
  for await (const placed of file.frames(file.first)) {
    const frame = file.open(placed);
    if (size > 0 && size + frame.records.length > FRAME_RECORDS) yield take();
    gathered.push(frame);
    size += frame.records.length;
    leaf += frame.header.count;
    if (leaf >= end) break;
  }
  if (leaf !== end) throw damagedAt(file.path, file.scanned, `entries ${leaf} to ${end - 1} cannot be read`);
  if (size > 0) yield take();
}

/** Writes the frames of a sealed segment, then its index. */
class SealedWriter {
  readonly #file: FileHandle;
  readonly #key: FrameKey;
  readonly #incarnation = newIncarnation();
  readonly #rows: IndexRow[] = [];
  #offset: number;

  private constructor(file: FileHandle, key: FrameKey, offset: number) {
    this.#file = file;
    this.#key = key;
    this.#offset = offset;
  }

  static async begin(file: FileHandle, header: SegmentHeader, keyring: Keyring): Promise<SealedWriter> {
    const { bytes, digest } = encodeSegmentHeader(header);
    await file.writeFile(bytes);
    return new SealedWriter(file, { key: keyring.segmentKey(header.root.id, header.id), digest }, bytes.length);
  }

  async append(first: number, count: number, records: Buffer): Promise<void> {
    const compressed = await compress(records, { params: { [zstd.ZSTD_c_compressionLevel]: LEVEL } });
    const frame = { number: this.#rows.length, first, count, plaintext: records.length };
    const bytes = encodeFrame(frame, compressed, this.#key, this.#incarnation);
    // The original is about to go: what stands in its place must give the same records back.
    const read = decodeFrameHeader(bytes);
    if (read === undefined || decodeFrame(bytes, read, this.#key)?.equals(records) !== true) {
      throw new Error('a sealed frame does not give back what it was made from');
    }
    await this.#file.writeFile(bytes);
    this.#rows.push({ offset: this.#offset, first, count });
    this.#offset += bytes.length;
  }

  async finish(): Promise<void> {
    await this.#file.writeFile(encodeIndex(this.#rows, this.#offset));
  }
}

/** Seals segments one after another in the background. */
export class Sealer {
  readonly #dir: string;
  readonly #keyring: Keyring;
  readonly #abort = new AbortController();
  #queue: { segment: number; end: number }[] = [];
  #running: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(dir: string, keyring: Keyring) {
    this.#dir = dir;
    this.#keyring = keyring;
  }

  /** Why the last segment could not be sealed. It is as durable as before, only larger. */
  get failure(): string | undefined {
    return this.#failure;
  }

  add(segment: number, end: number): void {
    this.#queue.push({ segment, end });
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits to be sealed. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (
      let next = this.#queue.shift();
      next !== undefined && !this.#abort.signal.aborted;
      next = this.#queue.shift()
    ) {
      try {
        await sealSegment({ dir: this.#dir, keyring: this.#keyring, signal: this.#abort.signal, ...next });
        this.#failure = undefined;
      } catch (error) {
        if (!this.#abort.signal.aborted) this.#failure = (error as Error).message;
      }
    }
    this.#running = undefined;
  }
}
