// How a block of the text index is stored: 256 buckets of keyed names with the documents that have them, and the documents' leaves.
import type { Names } from './text-names.ts';

/** A block of documents as stored. */
export interface StoredBlock {
  /** Leaves of the documents' entries and of their rows. */
  readonly documents: Uint8Array;
  /** Bucket by bucket; empty ones are undefined. */
  readonly buckets: readonly (Uint8Array | undefined)[];
}

/**
 * Encodes a block. A bucket is a run of records by rising name: the name (4 bytes, little-endian), a varint of twice the length of what
 * follows plus 1 for a bitmap, then either a bitmap of document numbers or varints of the gaps between them.
 *
 * @param postingsOf the rising document numbers of a word
 */
export function encodeBlock(
  documents: readonly number[],
  rows: readonly number[],
  { buckets, names }: Names,
  postingsOf: (word: number) => Uint16Array,
): StoredBlock {
  const encoded: (Uint8Array | undefined)[] = new Array(256).fill(undefined);
  const order = byBucketAndName(buckets, names);
  let writer = new Writer(1 << 14);
  for (let i = 0; i < order.length; i++) {
    const word = order[i] as number;
    const bucket = buckets[word] as number;
    writer.uint32(names[word] as number);
    writer.postings(postingsOf(word), documents.length);
    if (i + 1 === order.length || buckets[order[i + 1] as number] !== bucket) {
      encoded[bucket] = writer.bytes();
      writer = new Writer(1 << 14);
    }
  }
  return { documents: encodeDocuments(documents, rows), buckets: encoded };
}

/** Word numbers by bucket, then name. One sort of doubles: bucket and name above, the word number below. */
function byBucketAndName(buckets: Uint8Array, names: Uint32Array): Uint32Array {
  const starts = new Uint32Array(257);
  for (const bucket of buckets) starts[bucket + 1] = (starts[bucket + 1] as number) + 1;
  for (let b = 0; b < 256; b++) starts[b + 1] = (starts[b + 1] as number) + (starts[b] as number);
  const next = starts.slice();
  const keys = new Float64Array(names.length);
  for (let word = 0; word < names.length; word++) {
    const bucket = buckets[word] as number;
    const at = next[bucket] as number;
    keys[at] = (names[word] as number) * 2 ** 21 + word;
    next[bucket] = at + 1;
  }
  const order = new Uint32Array(names.length);
  for (let b = 0; b < 256; b++) {
    const part = keys.subarray(starts[b], starts[b + 1]).sort();
    for (let i = 0; i < part.length; i++) order[(starts[b] as number) + i] = (part[i] as number) % 2 ** 21;
  }
  return order;
}

/** The documents of a bucket that have the name, as numbers within the block; two words of one name are taken together. */
export function findInBucket(bucket: Uint8Array, name: number): number[] {
  const view = new DataView(bucket.buffer, bucket.byteOffset, bucket.byteLength);
  const found: number[] = [];
  const cursor = { at: 0 };
  while (cursor.at < bucket.length) {
    const here = view.getUint32(cursor.at, true);
    if (here > name) break;
    cursor.at += 4;
    const header = varint(bucket, cursor);
    const end = cursor.at + Math.floor(header / 2);
    if (here === name) {
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
  return found;
}

function encodeDocuments(documents: readonly number[], rows: readonly number[]): Uint8Array {
  const writer = new Writer(documents.length * 4);
  let before = 0;
  for (let n = 0; n < documents.length; n++) {
    const leaf = documents[n] as number;
    writer.varint(leaf - before);
    // A row's first entry is never after the entry that its document comes from.
    writer.varint(leaf - (rows[n] as number));
    before = leaf;
  }
  return writer.bytes();
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

/** Bytes that grow. */
class Writer {
  private buffer: Uint8Array;
  private view: DataView;
  private size = 0;

  constructor(capacity: number) {
    this.buffer = new Uint8Array(Math.max(capacity, 16));
    this.view = new DataView(this.buffer.buffer);
  }

  private room(bytes: number): void {
    if (this.size + bytes <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, this.size + bytes));
    larger.set(this.buffer);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }

  uint32(value: number): void {
    this.room(4);
    this.view.setUint32(this.size, value, true);
    this.size += 4;
  }

  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 128) {
      this.buffer[this.size++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.buffer[this.size++] = rest;
  }

  postings(documents: Uint16Array, total: number): void {
    const bitmap = (total + 7) >> 3;
    if (documents.length > bitmap) {
      this.varint(bitmap * 2 + 1);
      this.room(bitmap);
      for (const document of documents) {
        const at = this.size + (document >> 3);
        this.buffer[at] = (this.buffer[at] as number) | (1 << (document & 7));
      }
      this.size += bitmap;
      return;
    }
    let length = 0;
    let before = -1;
    for (const document of documents) {
      length += document - before - 1 < 128 ? 1 : 2;
      before = document;
    }
    this.varint(length * 2);
    before = -1;
    for (const document of documents) {
      this.varint(document - before - 1);
      before = document;
    }
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.size);
  }
}
