// Sealing: a full segment is rewritten densely, with an index of its frames at the end; so is one that parts are erased of. Runs in the background thread.
import type { KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compressRecords } from './compress.ts';
import { eraseIn } from './erase.ts';
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
import type { Erasure } from './leaf-ranges.ts';
import { release } from './release.ts';
import { damagedAt, type OpenFrame, SegmentFile } from './segment-file.ts';

/** Record bytes of one frame of a sealed segment: what reading one entry decompresses. */
const FRAME_RECORDS = 256 * 1024;
const LEVEL = 3;
/** Done gently, it rests this many times as long as it worked. */
const REST = 9;
const MOST_REST = 250;

const hurrying = new AbortController();
/** Ends the rests of this thread, the one under way too. */
export const hurry = (): void => hurrying.abort();
const rest = (worked: number): Promise<void> =>
  delay(Math.min(MOST_REST, worked * REST), undefined, { signal: hurrying.signal }).catch(() => undefined);

/** Which segment to seal. */
export interface SealJob {
  readonly path: string;
  /** Its data key as it is. */
  readonly key: KeyObject;
  /** The header of its sealed form: the same but for the id and the root. */
  readonly header: SegmentHeader;
  /** The data key that goes with it. */
  readonly newKey: KeyObject;
  /** Leaf index after its last entry: the first of the next segment. */
  readonly end: number;
  /** Whether to rest in between, so that it takes a small share of the machine. */
  readonly gently: boolean;
  /** Parts whose salts and bytes are left out, their commitments put in their place. Then a sealed segment is rewritten, too. */
  readonly erase?: Erasure;
}

/**
 * Replaces a segment that takes no more entries by its sealed form. The old file is gone only when the new one is durable;
 * interrupted anywhere, one of the two stands.
 *
 * @throws DogwatchError `journal_damaged` when the segment cannot be read to its end; what the file system said
 */
export async function sealSegment({ path, key, header, newKey, end, gently, erase }: SealJob): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await SegmentFile.open(path, { segmentKey: () => key }, true);
  try {
    if (file.sealed && erase === undefined) return;
    const fd = openSync(temporary, 'w', 0o600);
    try {
      const writer = new SealedWriter(fd, header, newKey);
      for await (const group of groups(file, end)) {
        const started = performance.now();
        writer.append(erase === undefined ? group : withErased(group, erase, path));
        if (gently) await rest(performance.now() - started);
      }
      writer.finish();
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (error) {
    rmSync(temporary, { force: true });
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
    const parts = gathered.map((frame) => frame.records);
    const records = Buffer.concat(parts);
    parts.forEach(release);
    gathered = [];
    size = 0;
    return { first, count, records };
  };
  let leaf = file.first;
  for await (const placed of file.frames(file.first)) {
    if (leaf >= end) break;
    const frame = file.open(placed);
    if (size > 0 && size + frame.records.length > FRAME_RECORDS) yield take();
    gathered.push(frame);
    size += frame.records.length;
    leaf += frame.header.count;
  }
  if (leaf !== end) throw damagedAt(file.path, file.scanned, `entries ${leaf} to ${end - 1} cannot be read`);
  // Damage that an administrator accepted is evidence: such a segment stays as it is.
  const tail = file.sealed ? undefined : await file.tail();
  if (tail?.kind === 'damaged') throw damagedAt(file.path, tail.end, tail.why);
  if (size > 0) yield take();
}

/** The records with the parts gone that are to be erased. */
function withErased(group: Group, erase: Erasure, path: string): Group {
  const records = eraseIn(group.records, group.first, group.count, erase);
  if (records === undefined) throw damagedAt(path, 0, `the records from entry ${group.first} on cannot be read`);
  if (records !== group.records) release(group.records);
  return { ...group, records };
}

/** Writes the frames of a sealed segment, then its index. */
class SealedWriter {
  readonly #fd: number;
  readonly #key: FrameKey;
  readonly #incarnation = newIncarnation();
  readonly #rows: IndexRow[] = [];
  #offset = 0;

  constructor(fd: number, header: SegmentHeader, key: KeyObject) {
    const { bytes, digest } = encodeSegmentHeader(header);
    this.#fd = fd;
    this.#key = { key, digest };
    this.#write(bytes);
  }

  append({ first, count, records }: Group): void {
    const compressed = compressRecords(records, LEVEL);
    const frame = { number: this.#rows.length, first, count, plaintext: records.length };
    const bytes = encodeFrame(frame, compressed, this.#key, this.#incarnation);
    // The original is about to go: what stands in its place must give the same records back.
    const read = decodeFrameHeader(bytes);
    const again = read === undefined ? undefined : decodeFrame(bytes, read, this.#key);
    if (again?.equals(records) !== true) {
      throw new Error('a sealed frame does not give back what it was made from');
    }
    this.#rows.push({ offset: this.#offset, first, count });
    this.#write(bytes);
    for (const used of [records, compressed, bytes, again]) release(used);
  }

  finish(): void {
    this.#write(encodeIndex(this.#rows, this.#offset));
  }

  #write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#offset += bytes.length;
  }
}
