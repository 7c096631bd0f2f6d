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
  const bytes = new Uint8Array(names.length * 7 + postings.documents.length * 2);
  const bitmap = (documents.length + 7) >> 3;
  let size = 0;
  for (let bucket = 0; bucket < 256; bucket++) {
    const begin = size;
    const end = order.ends[bucket] as number;
    for (let i = bucket === 0 ? 0 : (order.ends[bucket - 1] as number); i < end; i++) {
      const name = order.names[i] as number;
      bytes[size] = name;
      bytes[size + 1] = name >>> 8;
      bytes[size + 2] = name >>> 16;
      bytes[size + 3] = name >>> 24;
      size = writePostings(bytes, size + 4, postings, order.words[i] as number, bitmap);
    }
    if (size > begin) encoded[bucket] = bytes.subarray(begin, size);
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

/** Words by bucket, then name: their numbers and names, and where each bucket ends. */
interface Order {
  readonly words: Uint32Array;
  readonly names: Uint32Array;
  readonly ends: Uint32Array;
}

/**
 * Sorts words. Names come out of a cipher, so their first bits spread them evenly: one counting sort by those leaves few in a cell, which are
 * then put in order as they lie.
 */
function byBucketAndName(buckets: Uint8Array, names: Uint32Array): Order {
  const count = names.length;
  /** Bits of the name that tell the cells of a bucket apart. */
  const bits = Math.max(1, Math.ceil(Math.log2(count + 1)) - 8);
  const shift = 32 - bits;
  const next = new Uint32Array(256 << bits);
  for (let word = 0; word < count; word++) {
    const cell = ((buckets[word] as number) << bits) | ((names[word] as number) >>> shift);
    next[cell] = (next[cell] as number) + 1;
  }
  for (let cell = 0, sum = 0; cell < next.length; cell++) {
    const here = next[cell] as number;
    next[cell] = sum;
    sum += here;
  }
  const order = { words: new Uint32Array(count), names: new Uint32Array(count), ends: new Uint32Array(256) };
  for (let word = 0; word < count; word++) {
    const name = names[word] as number;
    const cell = ((buckets[word] as number) << bits) | (name >>> shift);
    const at = next[cell] as number;
    order.words[at] = word;
    order.names[at] = name;
    next[cell] = at + 1;
  }
  let begin = 0;
  for (let bucket = 0; bucket < 256; bucket++) {
    const end = next[((bucket + 1) << bits) - 1] as number;
    insertionSort(order, begin, end);
    order.ends[bucket] = end;
    begin = end;
  }
  return order;
}

function insertionSort({ words, names }: Order, begin: number, end: number): void {
  for (let i = begin + 1; i < end; i++) {
    const name = names[i] as number;
    if ((names[i - 1] as number) <= name) continue;
    const word = words[i] as number;
    let at = i;
    for (; at > begin && (names[at - 1] as number) > name; at--) {
      names[at] = names[at - 1] as number;
      words[at] = words[at - 1] as number;
    }
    names[at] = name;
    words[at] = word;
  }
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
