// How a block of the text index is stored: 256 buckets of keyed names with the documents that have them, and the documents' leaves.
import type { Namer } from './text-names.ts';
import type { SortedPart } from './text-postings.ts';

/** A block of documents as stored. */
export interface StoredBlock {
  /** Leaves of the documents' rows, as varints of the steps between them: twice a step forward, and twice a step back less 1. */
  readonly documents: Uint8Array;
  /** Bucket by bucket; empty ones are undefined. */
  readonly buckets: readonly (Uint8Array | undefined)[];
}

/**
 * Encodes a block, some words after the other in any order. A bucket is a run of records by rising name: the name (4 bytes, little-endian),
 * a varint of twice the length of what follows plus 1 for a bitmap, then either a bitmap of document numbers or varints of the gaps
 * between them.
 */
export class BlockEncoder {
  private readonly namer: Namer;
  private readonly bitmap: number;
  private count = 0;
  private buckets = new Uint8Array(1 << 12);
  private names = new Uint32Array(1 << 12);
  /** What follows the name, word after word, and where each word ends. */
  private bytes = new Uint8Array(1 << 16);
  private ends = new Uint32Array(1 << 12);

  /** @param documents how many there are, fewer than 2^14 */
  constructor(documents: number, namer: Namer) {
    this.bitmap = (documents + 7) >> 3;
    this.namer = namer;
  }

  /** Adds words that have not been added yet. */
  add(words: SortedPart): void {
    const { starts, documents } = words;
    const before = this.count;
    let size = this.reserve(words.count, starts[words.count] as number);
    this.namer.name(words, words.count, { buckets: this.buckets, names: this.names }, before);
    for (let word = 0; word < words.count; word++) {
      size = this.write(size, documents, starts[word] as number, starts[word + 1] as number);
      this.ends[before + word] = size;
    }
    this.count = before + words.count;
  }

  /**
   * The block of all words.
   * @param rows leaves of the documents' rows
   */
  finish(rows: readonly number[]): StoredBlock {
    const encoded: (Uint8Array | undefined)[] = new Array(256).fill(undefined);
    const { bytes: from, ends, count } = this;
    const order = byBucketAndName(this.buckets.subarray(0, count), this.names.subarray(0, count));
    const bytes = new Uint8Array(count === 0 ? 0 : (ends[count - 1] as number) + count * 4);
    let size = 0;
    for (let bucket = 0; bucket < 256; bucket++) {
      const begin = size;
      const end = order.ends[bucket] as number;
      for (let i = bucket === 0 ? 0 : (order.ends[bucket - 1] as number); i < end; i++) {
        const name = order.names[i] as number;
        const word = order.words[i] as number;
        bytes[size] = name;
        bytes[size + 1] = name >>> 8;
        bytes[size + 2] = name >>> 16;
        bytes[size + 3] = name >>> 24;
        size += 4;
        const last = ends[word] as number;
        for (let at = word === 0 ? 0 : (ends[word - 1] as number); at < last; at++) bytes[size++] = from[at] as number;
      }
      if (size > begin) encoded[bucket] = bytes.subarray(begin, size);
    }
    return { documents: encodeRows(rows), buckets: encoded };
  }

  /** Makes room for so many more words and documents of them. Returns how many bytes there are. */
  private reserve(words: number, documents: number): number {
    const count = this.count + words;
    if (count > this.ends.length) {
      const room = Math.max(count, this.ends.length * 2);
      this.buckets = widen(this.buckets, new Uint8Array(room));
      this.names = widen(this.names, new Uint32Array(room));
      this.ends = widen(this.ends, new Uint32Array(room));
    }
    const size = this.count === 0 ? 0 : (this.ends[this.count - 1] as number);
    // The length takes 3 bytes at most, and each document 2.
    const needed = size + words * 3 + documents * 2;
    if (needed > this.bytes.length)
      this.bytes = widen(this.bytes, new Uint8Array(Math.max(needed, this.bytes.length * 2)));
    return size;
  }

  /** Writes the documents of a word; returns where they end. */
  private write(from: number, documents: Uint16Array, first: number, end: number): number {
    const { bytes, bitmap } = this;
    if (end - first > bitmap) {
      const at = writeVarint(bytes, from, bitmap * 2 + 1);
      bytes.fill(0, at, at + bitmap);
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
}

function widen<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
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
  const order = {
    words: new Uint32Array(count),
    names: new Uint32Array(count),
    ends: new Uint32Array(256),
  };
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

/**
 * A bucket without some documents, and without the names that only they had; the bucket itself when it has none of them.
 *
 * @param gone one bit a document
 */
export function withoutDocuments(bucket: Uint8Array, gone: Uint8Array): Uint8Array {
  const left: number[] = [];
  let changed = false;
  const isGone = (document: number): boolean => ((gone[document >> 3] ?? 0) & (1 << (document & 7))) !== 0;
  const cursor = { at: 0 };
  while (cursor.at < bucket.length) {
    const begin = cursor.at;
    cursor.at += 4;
    const header = varint(bucket, cursor);
    const from = cursor.at;
    const end = from + Math.floor(header / 2);
    const kept: number[] = [];
    let had = false;
    if (header % 2 === 1) {
      for (let at = from; at < end; at++) {
        const byte = bucket[at] as number;
        const rest = byte & ~(gone[at - from] ?? 0);
        had ||= rest !== byte;
        kept.push(rest);
      }
      if (!kept.some((byte) => byte !== 0)) kept.length = 0;
    } else {
      let before = -1;
      for (let document = -1; cursor.at < end; ) {
        document += varint(bucket, cursor) + 1;
        if (isGone(document)) had = true;
        else {
          pushVarint(kept, document - before - 1);
          before = document;
        }
      }
    }
    cursor.at = end;
    changed ||= had;
    if (kept.length === 0) continue;
    for (let at = begin; at < begin + 4; at++) left.push(bucket[at] as number);
    pushVarint(left, kept.length * 2 + (header % 2));
    for (const byte of kept) left.push(byte);
  }
  return changed ? Uint8Array.from(left) : bucket;
}

function encodeRows(rows: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const row of rows) {
    const step = row - before;
    pushVarint(bytes, step < 0 ? -2 * step - 1 : 2 * step);
    before = row;
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
  for (let row = 0; cursor.at < bytes.length; ) {
    const step = varint(bytes, cursor);
    row += step % 2 === 1 ? -(step + 1) / 2 : step / 2;
    rows.push(row);
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
