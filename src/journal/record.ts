// The record of an entry: what a segment holds of it, encoded into frames and read back.
import { randomFillSync } from 'node:crypto';
import type { Entry, PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { COMMITMENT, commitment, KIND, leafText, PART_LETTERS, PARTS, partOf, SALT } from './leaf.ts';

/** The most bytes one part may have; longer bodies are recorded in chunks. */
export const MAX_PART = 1024 * 1024;
const FIXED = 4 + 16 + 6 + 1 + 1;
const PART_FIXED = 1 + 1 + 4;
const HELD = 0;
const ERASED = 1;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_TIME = 2 ** 48 - 1;

/** One part as stored: with its salt, or, once erased, its commitment alone. */
export type StoredPart =
  /** Salt and bytes, side by side. */
  | { readonly name: PartName; readonly salted: Buffer }
  /** base64url */
  | { readonly name: PartName; readonly erased: string };

/** An entry as a segment holds it. */
export interface EntryRecord {
  readonly id: string;
  readonly time: number;
  readonly kind: string;
  /** In the order of PARTS. */
  readonly parts: readonly StoredPart[];
}

/** Bytes that the entry's record takes at most. @throws DogwatchError `internal` when it is not an entry the journal takes. */
export function recordSize(entry: Entry): number {
  const { parts } = entry;
  const wrong =
    (!ID.test(entry.id) && 'its id is no lower-case UUID') ||
    (!KIND.test(entry.kind) && 'its kind is not plain ASCII') ||
    (!(Number.isInteger(entry.time) && entry.time >= 0 && entry.time <= MAX_TIME) && 'its time is no millisecond') ||
    (!(parts.summary instanceof Uint8Array) && 'it has no summary');
  if (wrong) throw new DogwatchError('internal', `an entry cannot be recorded: ${wrong}`);
  let size = FIXED + entry.kind.length;
  for (const name of PARTS) {
    const bytes = parts[name];
    if (bytes === undefined) continue;
    if (bytes.length > MAX_PART) {
      throw new DogwatchError('internal', `an entry's ${name} has ${bytes.length} bytes; ${MAX_PART} are the most`);
    }
    size += PART_FIXED + SALT + bytes.length;
  }
  return size;
}

const salts = Buffer.alloc(SALT * 256);
let saltsUsed = salts.length;
/** Copies 16 fresh random bytes to `at`, and wipes them from the pool they came from. */
function drawSalt(target: Buffer, at: number): void {
  if (saltsUsed === salts.length) {
    randomFillSync(salts);
    saltsUsed = 0;
  }
  for (let n = 0; n < SALT; n++) {
    target[at + n] = salts[saltsUsed]!;
    salts[saltsUsed++] = 0;
  }
}

/**
 * Writes the entry's record at `at`, with fresh salts. There must be room for `recordSize(entry)` bytes.
 *
 * @returns the leaf's text
 */
export function writeRecord(target: Buffer, at: number, entry: Entry): string {
  let to = writeHead(target, at, entry, countParts(entry));
  let commitments = '';
  for (const name of PARTS) {
    const bytes = entry.parts[name];
    if (bytes === undefined) continue;
    const letter = PART_LETTERS[name];
    target[to] = letter.charCodeAt(0);
    target[to + 1] = HELD;
    target.writeUInt32LE(bytes.length, to + 2);
    to += PART_FIXED;
    drawSalt(target, to);
    target.set(bytes, to + SALT);
    const end = to + SALT + bytes.length;
    commitments += `${commitments === '' ? '' : ','}"${letter}":"${commitment(target.subarray(to, end))}"`;
    to = end;
  }
  target.writeUInt32LE(to - at - 4, at);
  return leafText(commitments, entry.id, entry.kind, entry.time);
}

const countParts = (entry: Entry): number => {
  let count = 0;
  for (const name of PARTS) if (entry.parts[name] !== undefined) count++;
  return count;
};

function writeHead(target: Buffer, at: number, entry: { id: string; time: number; kind: string }, parts: number) {
  const { id, kind } = entry;
  let to = at + 4;
  const hex = id.slice(0, 8) + id.slice(9, 13) + id.slice(14, 18) + id.slice(19, 23) + id.slice(24);
  to += target.write(hex, to, 16, 'hex');
  to = target.writeUIntLE(entry.time, to, 6);
  target[to++] = kind.length;
  to += target.write(kind, to, kind.length, 'latin1');
  target[to++] = parts;
  return to;
}

/** The whole record of an entry that was read, byte for byte as `writeRecord` wrote it, or with the named parts erased. */
export function encodeRecord(record: EntryRecord): Buffer {
  let size = FIXED + record.kind.length;
  for (const part of record.parts) size += PART_FIXED + ('salted' in part ? part.salted.length : COMMITMENT);
  const bytes = Buffer.alloc(size);
  let to = writeHead(bytes, 0, record, record.parts.length);
  for (const part of record.parts) {
    bytes[to] = PART_LETTERS[part.name].charCodeAt(0);
    if ('salted' in part) {
      bytes[to + 1] = HELD;
      bytes.writeUInt32LE(part.salted.length - SALT, to + 2);
      to += PART_FIXED + part.salted.copy(bytes, to + PART_FIXED);
    } else {
      bytes[to + 1] = ERASED;
      bytes.writeUInt32LE(COMMITMENT, to + 2);
      to += PART_FIXED + bytes.write(part.erased, to + PART_FIXED, COMMITMENT, 'base64url');
    }
  }
  bytes.writeUInt32LE(size - 4, 0);
  return bytes;
}

/** Where the record after the one at `at` begins; undefined when these bytes are no record. */
export function nextRecord(records: Buffer, at: number): number | undefined {
  if (at + FIXED > records.length) return undefined;
  const next = at + 4 + records.readUInt32LE(at);
  return next <= records.length ? next : undefined;
}

/** Reads the record at `at`; undefined when these bytes are no record. Its parts are views of `records`. */
export function readRecord(records: Buffer, at: number): EntryRecord | undefined {
  const end = nextRecord(records, at);
  if (end === undefined) return undefined;
  const hex = records.toString('hex', at + 4, at + 20);
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  const time = records.readUIntLE(at + 20, 6);
  const kindEnd = at + 27 + records[at + 26]!;
  if (kindEnd >= end) return undefined;
  const kind = records.toString('latin1', at + 27, kindEnd);
  const parts: StoredPart[] = [];
  let from = kindEnd + 1;
  for (let left = records[kindEnd]!; left > 0; left--) {
    if (from + PART_FIXED > end) return undefined;
    const name = partOf(String.fromCharCode(records[from]!));
    const state = records[from + 1];
    const length = records.readUInt32LE(from + 2) + (state === HELD ? SALT : 0);
    from += PART_FIXED;
    if (name === undefined || from + length > end || (state === ERASED && length !== COMMITMENT)) return undefined;
    if (state === HELD) parts.push({ name, salted: records.subarray(from, from + length) });
    else if (state === ERASED) parts.push({ name, erased: records.toString('base64url', from, from + length) });
    else return undefined;
    from += length;
  }
  return from === end ? { id, time, kind, parts } : undefined;
}

/** The leaf of a stored entry, recomputed from what is held. */
export function leafOf(record: EntryRecord): string {
  let commitments = '';
  for (const part of record.parts) {
    const value = 'salted' in part ? commitment(part.salted) : part.erased;
    commitments += `${commitments === '' ? '' : ','}"${PART_LETTERS[part.name]}":"${value}"`;
  }
  return leafText(commitments, record.id, record.kind, record.time);
}
