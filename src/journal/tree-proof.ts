// Inclusion and consistency proofs of the tree: made as RFC 6962 sections 2.1.1 and 2.1.2 say, verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2 say.
import { EMPTY_ROOT, nodeHash } from './merkle.ts';

/**
 * Gives the root of a complete subtree: of the `2 ** height` leaves from leaf `index * 2 ** height` on. Hashes are Latin-1
 * strings of 32 characters, as in merkle.ts.
 */
export type SubtreeHash = (height: number, index: number) => string | Promise<string>;

/** No proof of a tree that can be numbered has more hashes. */
export const MAX_PROOF = 63;

/** The Merkle tree hash of the leaves from `begin` to before `end`; `begin` is where a subtree of that size may begin. */
export async function rangeHash(begin: number, end: number, subtree: SubtreeHash): Promise<string> {
  if (begin === end) return EMPTY_ROOT;
  const split = splitOf(end - begin);
  if (split * 2 === end - begin || end - begin === 1)
    return subtree(Math.round(Math.log2(end - begin)), begin / (end - begin));
  return nodeHash(await rangeHash(begin, begin + split, subtree), await rangeHash(begin + split, end, subtree));
}

/** The largest power of two below `count`; 1 for 1. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/**
 * The inclusion proof of a leaf in the tree of the first `size` leaves, from the leaf's sibling to the root's child.
 * `index` is below `size`.
 */
export async function inclusionProof(index: number, size: number, subtree: SubtreeHash): Promise<string[]> {
  const proof: string[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + splitOf(end - begin);
    if (index < middle) {
      proof.unshift(await rangeHash(middle, end, subtree));
      end = middle;
    } else {
      proof.unshift(await rangeHash(begin, middle, subtree));
      begin = middle;
    }
  }
  return proof;
}

/** The consistency proof between the trees of the first `from` and the first `to` leaves; empty when `from` is 0 or `to`. `from <= to`. */
export async function consistencyProof(from: number, to: number, subtree: SubtreeHash): Promise<string[]> {
  if (from === 0 || from === to) return [];
  const proof: string[] = [];
  let [begin, end] = [0, to];
  // Whether the old tree is still a whole subtree of what is left: then its root is known to who asks.
  let whole = true;
  while (end > from) {
    const middle = begin + splitOf(end - begin);
    if (from <= middle) {
      proof.unshift(await rangeHash(middle, end, subtree));
      end = middle;
    } else {
      proof.unshift(await rangeHash(begin, middle, subtree));
      begin = middle;
      whole = false;
    }
  }
  if (!whole) proof.unshift(await rangeHash(begin, end, subtree));
  return proof;
}

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (value: string): boolean => value.length === 32;

/** Whether the proof shows that the tree of `size` leaves with that root has a leaf of that hash at `index`. */
export function verifyInclusion(claim: {
  readonly index: number;
  readonly size: number;
  readonly leaf: string;
  readonly root: string;
  readonly proof: readonly string[];
}): boolean {
  const { index, size, leaf, root, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size || !isHash(leaf) || !proof.every(isHash)) return false;
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash === root;
}

/** Whether the proof shows that the first `from` leaves of the tree of `to` leaves are the tree of `from` leaves, given both roots. */
export function verifyConsistency(claim: {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly proof: readonly string[];
}): boolean {
  const { from, to, fromRoot, toRoot, proof } = claim;
  if (!isSize(from) || !isSize(to) || from > to || !proof.every(isHash)) return false;
  if (from === to) return proof.length === 0 && fromRoot === toRoot;
  if (from === 0) return proof.length === 0 && fromRoot === EMPTY_ROOT;
  if (proof.length === 0) return false;
  let [node, last] = [from - 1, to - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // When the old tree is a complete subtree of the new one the proof begins with its root, which is left out.
  const path = node === 0 ? [fromRoot, ...proof] : proof;
  let old = path[0] ?? '';
  let now = old;
  for (const sibling of path.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old);
      now = nodeHash(sibling, now);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, half(last)];
    } else now = nodeHash(now, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && old === fromRoot && now === toRoot;
}

const half = (value: number): number => Math.floor(value / 2);
