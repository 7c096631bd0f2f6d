import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_ROOT, leafHash, nodeHash } from './merkle.ts';
import { consistencyProof, inclusionProof, rangeHash, verifyConsistency, verifyInclusion } from './tree-proof.ts';

const leaves = Array.from({ length: 600 }, (_, n) => leafHash(`leaf ${n}`));
const subtree = (height: number, index: number): string =>
  height === 0 ? leaves[index]! : nodeHash(subtree(height - 1, index * 2), subtree(height - 1, index * 2 + 1));
const rootOf = (size: number): Promise<string> => rangeHash(0, size, subtree);

/** RFC 6962 section 2.1, word for word. */
function mth(from: number, to: number): Buffer {
  const sha = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  if (from === to) return sha();
  if (to - from === 1) return sha(Buffer.of(0), Buffer.from(`leaf ${from}`));
  let k = 1;
  while (k * 2 < to - from) k *= 2;
  return sha(Buffer.of(1), mth(from, from + k), mth(from + k, to));
}

test('roots are those of RFC 6962', async () => {
  for (const size of [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 255, 256, 257, 600]) {
    assert.equal(await rootOf(size), mth(0, size).toString('latin1'), `size ${size}`);
  }
});

const sizes = fc.integer({ min: 1, max: 600 }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));

function flipped(hash: string, bit: number): string {
  const bytes = Buffer.from(hash, 'latin1');
  bytes[(bit >> 3) % 32]! ^= 1 << (bit & 7);
  return bytes.toString('latin1');
}

test('inclusion proofs verify, and no other leaf, place, size, root or hash does', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(255), async ([index, size], pick, bit) => {
      const proof = await inclusionProof(index, size, subtree);
      const claim = { index, size, leaf: leaves[index]!, root: await rootOf(size), proof };
      assert.ok(verifyInclusion(claim));
      assert.ok(!verifyInclusion({ ...claim, leaf: flipped(claim.leaf, bit) }));
      assert.ok(!verifyInclusion({ ...claim, root: flipped(claim.root, bit) }));
      assert.ok(!verifyInclusion({ ...claim, proof: [...proof, claim.leaf] }));
      assert.ok(!verifyInclusion({ ...claim, index: index + size }));
      if (size > 1) {
        const at = pick % proof.length;
        assert.ok(!verifyInclusion({ ...claim, index: (index + 1 + (pick % (size - 1))) % size }));
        assert.ok(!verifyInclusion({ ...claim, proof: proof.with(at, flipped(proof[at]!, bit)) }));
        assert.ok(!verifyInclusion({ ...claim, proof: proof.toSpliced(at, 1) }));
      }
    }),
    { numRuns: 300 },
  );
});

test('consistency proofs verify between all sizes, and no other root or hash does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(600), fc.nat(600), fc.nat(), fc.nat(255), async (a, b, pick, bit) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const proof = await consistencyProof(from, to, subtree);
      const claim = { from, to, fromRoot: await rootOf(from), toRoot: await rootOf(to), proof };
      assert.ok(verifyConsistency(claim), `${from} to ${to}`);
      assert.ok(!verifyConsistency({ ...claim, fromRoot: flipped(claim.fromRoot, bit) }));
      if (from > 0) assert.ok(!verifyConsistency({ ...claim, toRoot: flipped(claim.toRoot, bit) }));
      assert.ok(!verifyConsistency({ ...claim, proof: [...proof, EMPTY_ROOT] }));
      if (proof.length > 0) {
        const at = pick % proof.length;
        assert.ok(!verifyConsistency({ ...claim, proof: proof.with(at, flipped(proof[at]!, bit)) }));
        assert.ok(!verifyConsistency({ ...claim, proof: proof.toSpliced(at, 1) }));
      }
      if (from < to) assert.ok(!verifyConsistency({ ...claim, from: to, to: from }));
    }),
    { numRuns: 300 },
  );
});

test('what is no tree is refused', () => {
  const root = leaves[0]!;
  for (const index of [-1, 0.5, Number.NaN, 2 ** 60]) {
    assert.ok(!verifyInclusion({ index, size: 1, leaf: root, root, proof: [] }));
  }
  assert.ok(!verifyInclusion({ index: 0, size: 0, leaf: root, root, proof: [] }));
  assert.ok(verifyInclusion({ index: 0, size: 1, leaf: root, root, proof: [] }));
  assert.ok(!verifyInclusion({ index: 0, size: 2, leaf: root, root, proof: ['short'] }));
});
