// The Merkle tree of RFC 6962 section 2.1: hashes, and the frontier of an append-only tree.
import { hash } from 'node:crypto';

// Hashes travel as Latin-1 strings of 32 characters: node:crypto returns those several times faster than Buffers.

/** The hash of a leaf: SHA-256 of 0x00 and the leaf. `leaf` is ASCII text. */
export const leafHash = (leaf: string): string => hash('sha256', `\0${leaf}`, 'binary');

const pair = Buffer.alloc(65, 1);
/** The hash of an inner node: SHA-256 of 0x01, left, right. */
export function nodeHash(left: string, right: string): string {
  // For so few bytes a loop is quicker than two calls of native code.
  for (let at = 0; at < 32; at++) {
    pair[1 + at] = left.charCodeAt(at);
    pair[33 + at] = right.charCodeAt(at);
  }
  return hash('sha256', pair, 'binary');
}

/** The root of the empty tree: SHA-256 of nothing. */
export const EMPTY_ROOT: string = hash('sha256', '', 'binary');

/** A tile's level spans 8 levels of the tree. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

/** Root of a run of hashes of complete subtrees of one height, left to right, as RFC 6962 splits it. */
export function rootOf(hashes: readonly string[]): string {
  let size = hashes.length;
  if (size === 0) return EMPTY_ROOT;
  const row = [...hashes];
  // Hash neighbours level by level; an odd one at the end is carried up, which is the same split.
  while (size > 1) {
    const half = size >> 1;
    for (let at = 0; at < half; at++) row[at] = nodeHash(row[2 * at]!, row[2 * at + 1]!);
    if (size % 2 === 1) row[half] = row[size - 1]!;
    size = half + (size % 2);
  }
  return row[0]!;
}

/**
 * The right edge of the tree: the roots of its complete subtrees, largest first. Enough to append to, and to know the root.
 *
 * `onTileHash` is told each hash that stands in a tile: every leaf (level 0), and the root of each full tile (its level + 1).
 */
export class Frontier {
  #size: number;
  readonly #edge: string[];
  readonly #onTileHash: (level: number, hash: string) => void;

  /** @param edge the complete subtrees of a tree of `size` leaves, largest first; one for each bit set in `size` */
  constructor(size: number, edge: readonly string[], onTileHash: (level: number, hash: string) => void = () => {}) {
    this.#size = size;
    this.#edge = [...edge];
    this.#onTileHash = onTileHash;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: string): void {
    this.#onTileHash(0, leaf);
    let node = leaf;
    let height = 0;
    for (let bits = this.#size; bits % 2 === 1; bits = (bits - 1) / 2) {
      node = nodeHash(this.#edge.pop()!, node);
      height++;
      if (height % TILE_HEIGHT === 0) this.#onTileHash(height / TILE_HEIGHT, node);
    }
    this.#edge.push(node);
    this.#size++;
  }

  root(): string {
    let root = this.#edge.at(-1) ?? EMPTY_ROOT;
    for (let at = this.#edge.length - 2; at >= 0; at--) root = nodeHash(this.#edge[at]!, root);
    return root;
  }
}

/** Heights of the complete subtrees of a tree of `size` leaves, largest first. */
export function subtreeHeights(size: number): number[] {
  const heights: number[] = [];
  for (let height = 0, bits = size; bits > 0; height++, bits = Math.floor(bits / 2)) {
    if (bits % 2 === 1) heights.unshift(height);
  }
  return heights;
}
