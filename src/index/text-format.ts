// How a block of the text index is stored: 256 buckets of keyed names with the documents that have them, and the documents' leaves.
import type { Names } from './text-names.ts';

/** A block of documents as stored. */
export interface StoredBlock {
  /** Leaves of the documents' entries and of their rows. */
  readonly documents: Uint8Array;
  /** Bucket by bucket; empty ones are undefined. */
  readonly buckets: readonly (Uint8Array | undefined)[];
}

/** The documents of word after word: those of word n, rising, stand from `starts[n]` to `starts[n + 1]`. */
export interface Postings {
  readonly starts: Uint32Array;
  readonly documents: Uint16Array;
}

/**
 * Encodes a block. A bucket is a run of records by rising name: the name (4 bytes, little-endian), a varint of twice the length of what
 * follows plus 1 for a bitmap, then either a bitmap of document numbers or varints of the gaps between them.
 *
 * @param documents leaves of the documents' entries, fewer than 2^14
 * @param rows leaves of their rows
 */
export function encodeBlock(
  documents: readonly number[],
  rows: readonly number[],
  { buckets, names }: Names,
  postings: Postings,
): StoredBlock {
  const encoded: (Uint8Array | undefined)[] = new Array(256).fill(undefined);
  const order = byBucketAndName(buckets, names);
  // Of a record, name and length take 7 bytes at most, and what follows at most 2 a posting.
  const bytes = new Uint8Array(order.length * 7 + postings.documents.length * 2);
  const bitmap = (documents.length + 7) >> 3;
  let size = 0;
  let begin = 0;
  for (let i = 0; i < order.length; i++) {
    const word = order[i] as number;
    const name = names[word] as number;
    bytes[size] = name;
    bytes[size + 1] = name >>> 8;
    bytes[size + 2] = name >>> 16;
    bytes[size + 3] = name >>> 24;
    size = writePostings(bytes, size + 4, postings, word, bitmap);
    const bucket = buckets[word] as number;
    if (i + 1 === order.length || buckets[order[i + 1] as number] !== bucket) {
      encoded[bucket] = bytes.subarray(begin, size);
      begin = size;
    }
  }
  return { documents: encodeDocuments(documents, rows), buckets: encoded };
}

/** Writes the documents of a word; returns where they end. */
function writePostings(
  bytes: Uint8Array,
  from: number,
  { starts, documents }: Postings,
  word: number,
  bitmap: number,
): number {
  const first = starts[word] as number;
  const end = starts[word + 1] as number;
  if (end - first > bitmap) {
    const at = writeVarint(bytes, from, bitmap * 2 + 1);
    for (let i = first; i < end; i++) {
      const document = documents[i] as number;
      bytes[at + (document >> 3)] = (bytes[at + (document >> 3)] as number) | (1 << (document & 7));
    }
    return at + bitmap;
  }
  let length = 0;
  let before = -1;
  for (let i = first; i < end; i++) {
    const document = documents[i] as number;
    length += document - before - 1 < 128 ? 1 : 2;
    before = document;
  }
  let at = writeVarint(bytes, from, length * 2);
  before = -1;
  for (let i = first; i < end; i++) {
    const document = documents[i] as number;
    at = writeVarint(bytes, at, document - before - 1);
    before = document;
  }
  return at;
}

/** Writes a number below 2^31; returns where it ends. */
function writeVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  while (rest >= 128) {
    bytes[at++] = rest | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/**
 * Word numbers by bucket, then name. Names come out of a cipher, so their first bits spread them evenly: one counting sort by those leaves
 * few in a cell, which are put in order as they lie.
 */
function byBucketAndName(buckets: Uint8Array, names: Uint32Array): Uint32Array {
  const count = names.length;
  /** Bits of the name that tell cells apart. */
  const bits = Math.max(0, Math.ceil(Math.log2(count + 1)) - 8);
  const cell = (word: number): number =>
    ((buckets[word] as number) << bits) | (bits === 0 ? 0 : (names[word] as number) >>> (32 - bits));
  const next = new Uint32Array((256 << bits) + 1);
  for (let word = 0; word < count; word++) {
    const after = cell(word) + 1;
    next[after] = (next[after] as number) + 1;
  }
  for (let at = 1; at < next.length; at++) next[at] = (next[at] as number) + (next[at - 1] as number);
  const order = new Uint32Array(count);
  for (let word = 0; word < count; word++) {
    const at = cell(word);
    order[next[at] as number] = word;
    next[at] = (next[at] as number) + 1;
  }
  for (let i = 1; i < count; i++) {
    const word = order[i] as number;
    const bucket = buckets[word] as number;
    const name = names[word] as number;
    let at = i;
    for (; at > 0; at--) {
      const before = order[at - 1] as number;
      if (buckets[before] !== bucket || (names[before] as number) <= name) break;
      order[at] = before;
    }
    order[at] = word;
  }
  return order;
}

/** The documents of a bucket that have the name, as rising numbers within the block; two words of one name are taken together. */
export function findInBucket(bucket: Uint8Array, name: number): number[] {
  const view = new DataView(bucket.buffer, bucket.byteOffset, bucket.byteLength);
  const found: number[] = [];
  let records = 0;
  const cursor = { at: 0 };
  while (cursor.at < bucket.length) {
    const here = view.getUint32(cursor.at, true);
    if (here > name) break;
    cursor.at += 4;
    const header = varint(bucket, cursor);
    const end = cursor.at + Math.floor(header / 2);
    if (here === name) {
      records++;
      if (header % 2 === 1) {
        for (let base = 0; cursor.at < end; base += 8) {
          const byte = bucket[cursor.at++] as number;
          for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) found.push(base + bit);
        }
      } else {
        for (let document = -1; cursor.at < end; found.push(document)) document += varint(bucket, cursor) + 1;
      }
    }
    cursor.at = end;
  }
  return records > 1 ? [...new Set(found)].sort((left, right) => left - right) : found;
}

function encodeDocuments(documents: readonly number[], rows: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (let n = 0; n < documents.length; n++) {
    const leaf = documents[n] as number;
    pushVarint(bytes, leaf - before);
    // A row's first entry is never after the entry that its document comes from.
    pushVarint(bytes, leaf - (rows[n] as number));
    before = leaf;
  }
  return Uint8Array.from(bytes);
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

/** The row of each document of a block. */
export function decodeRows(bytes: Uint8Array): number[] {
  const rows: number[] = [];
  const cursor = { at: 0 };
  for (let leaf = 0; cursor.at < bytes.length; ) {
    leaf += varint(bytes, cursor);
    rows.push(leaf - varint(bytes, cursor));
  }
  return rows;
}

function varint(bytes: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('a block of the text index ends within a number');
    value += (byte & 127) * factor;
    if (byte < 128) return value;
  }
}
