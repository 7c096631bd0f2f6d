// Which rows may have some words: stored blocks and the newest entries looked through, the answer one bit a leaf.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { TextBlock } from './text-block.ts';
import { decodeRows, findInBucket } from './text-format.ts';
import { nameOf, type Scope } from './text-names.ts';
import { wordsOf } from './words.ts';

/** A set of leaves. */
export class LeafSet {
  private readonly bits: Uint8Array;
  size = 0;

  /** @param leaves how many leaves there are */
  constructor(leaves: number) {
    this.bits = new Uint8Array((leaves + 7) >> 3);
  }

  add(leaf: number): void {
    const at = Math.floor(leaf / 8);
    const bit = 1 << (leaf & 7);
    const before = this.bits[at];
    if (before === undefined || before & bit) return;
    this.bits[at] = before | bit;
    this.size++;
  }

  has(leaf: number): boolean {
    return ((this.bits[Math.floor(leaf / 8)] ?? 0) & (1 << (leaf & 7))) !== 0;
  }

  /** The leaves, rising. */
  *[Symbol.iterator](): Generator<number> {
    for (let at = 0; at < this.bits.length; at++) {
      const byte = this.bits[at] as number;
      if (byte !== 0) for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) yield at * 8 + bit;
    }
  }
}

/** Looks words up in the stored blocks of a database. */
export class TextSearch {
  private readonly blocks: StatementSync;
  private readonly bucket: StatementSync;
  private readonly key: Uint8Array;

  /** @param key the 32 bytes that name words */
  constructor(db: DatabaseSync, key: Uint8Array) {
    this.key = key;
    this.blocks = db.prepare('SELECT documents FROM text_block WHERE block = ?');
    this.bucket = db.prepare('SELECT key, data FROM text_bucket WHERE key BETWEEN ? AND ? ORDER BY key');
  }

  /**
   * The rows with a document that has every word of the phrase, in whatever order. A row that is not among them does not have the phrase; one
   * that is may not have it, when its words stand apart, or (rarely) when another word has the same name.
   */
  candidates(phrase: string, scope: Scope, tail: TextBlock, leaves: number): LeafSet {
    const words = [...new Set(wordsOf(phrase))];
    const rows = new LeafSet(leaves);
    /** Documents by block that have all the words so far. */
    let found: Map<number, number[]> | undefined;
    for (const word of words) {
      const { bucket, name } = nameOf(this.key, word, scope);
      const from = bucket * 2 ** 32;
      const next = new Map<number, number[]>();
      // Statements are read to their end before the next one: few buckets are large, and all of one word are needed.
      for (const { key, data } of this.bucket.iterate(from, from + 2 ** 32 - 1) as Iterable<{
        key: number;
        data: Uint8Array;
      }>) {
        const block = key - from;
        const before = found?.get(block);
        if (found && !before) continue;
        const documents = findInBucket(data, name);
        const both = before ? intersect(before, documents) : documents;
        if (both.length > 0) next.set(block, both);
      }
      found = next;
    }
    for (const [block, documents] of found ?? []) {
      const stored = this.blocks.get(block) as { documents: Uint8Array } | undefined;
      if (!stored) continue;
      const rowsOfBlock = decodeRows(stored.documents);
      for (const document of documents) rows.add(rowsOfBlock[document] as number);
    }
    const [first, ...others] = words.map((word) => tail.lookUp(word, scope));
    if (first) for (const document of others.reduce(intersect, first)) rows.add(tail.rows[document] as number);
    return rows;
  }
}

/** What both rising lists have. */
function intersect(left: readonly number[], right: readonly number[]): number[] {
  const both: number[] = [];
  for (let l = 0, r = 0; l < left.length && r < right.length; ) {
    const difference = (left[l] as number) - (right[r] as number);
    if (difference === 0) both.push(left[l] as number);
    if (difference <= 0) l++;
    if (difference >= 0) r++;
  }
  return both;
}
