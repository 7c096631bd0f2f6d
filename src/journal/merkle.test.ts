import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_ROOT, Frontier, leafHash, rootOf, subtreeHeights } from './merkle.ts';

const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 6962 section 2.1, as it is written there. */
function mth(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(Buffer.of(1), mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

test('the frontier has the root of RFC 6962 after every leaf', () => {
  const leaves = Array.from({ length: 300 }, (_, at) => `leaf ${at}`);
  const frontier = new Frontier(0, []);
  assert.equal(frontier.root(), EMPTY_ROOT);
  for (let size = 1; size <= leaves.length; size++) {
    frontier.append(leafHash(leaves[size - 1]!));
    const expected = mth(leaves.slice(0, size).map((leaf) => Buffer.from(leaf)));
    assert.deepEqual(Buffer.from(frontier.root(), 'latin1'), expected);
    assert.equal(rootOf(leaves.slice(0, size).map(leafHash)), frontier.root());
  }
});

test('a frontier taken up at any size goes on as if it had never stopped', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 700 }), (before, after) => {
      const hashes = Array.from({ length: before + after }, (_, at) => leafHash(String(at)));
      const whole = new Frontier(0, []);
      for (const hash of hashes) whole.append(hash);
      let from = 0;
      const edge = subtreeHeights(before).map((height) => {
        const subtree = rootOf(hashes.slice(from, from + 2 ** height));
        from += 2 ** height;
        return subtree;
      });
      const resumed = new Frontier(before, edge);
      for (const hash of hashes.slice(before)) resumed.append(hash);
      assert.equal(resumed.root(), whole.root());
      assert.equal(resumed.size, whole.size);
    }),
    { numRuns: 30 },
  );
});

test('every leaf is a tile hash of level 0, every full tile gives one to the level above', () => {
  const told: string[][] = [[], [], []];
  const frontier = new Frontier(0, [], (level, hash) => told[level]!.push(hash));
  const hashes = Array.from({ length: 66_000 }, (_, at) => leafHash(String(at)));
  for (const hash of hashes) frontier.append(hash);
  assert.deepEqual(told[0], hashes);
  assert.equal(told[1]!.length, Math.floor(66_000 / 256));
  assert.equal(told[1]![100], rootOf(hashes.slice(25_600, 25_856)));
  assert.deepEqual(told[2], [rootOf(hashes.slice(0, 65_536))]);
});
