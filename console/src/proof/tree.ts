// The Merkle tree of RFC 6962: hashes of leaves and nodes, and the check of an inclusion proof (RFC 9162 section 2.1.3.2).
import { type Bytes, same, sha256, utf8 } from './bytes.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (leaf: string): Promise<Bytes> => sha256(LEAF, utf8(leaf));
const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> => sha256(NODE, left, right);

/** Whether the hashes lead from a leaf at `index` to the root of a tree of `size` leaves. */
export async function isIncluded(claim: {
  readonly index: number;
  readonly size: number;
  readonly leaf: Bytes;
  readonly root: Bytes;
  readonly hashes: readonly Bytes[];
}): Promise<boolean> {
  const { index, size, leaf, root, hashes } = claim;
  if (index >= size) return false;
  // Indexes may pass 32 bits: no shifts.
  let [node, last, hash] = [index, size - 1, leaf];
  const half = (value: number): number => Math.floor(value / 2);
  for (const sibling of hashes) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else hash = await nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(hash, root);
}
