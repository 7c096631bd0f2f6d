import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inRanges, parseRanges, rangesOf, rangesText, unite, without } from './leaf-ranges.ts';

const leaves = fc.array(fc.nat(60), { maxLength: 30 });
const all = Array.from({ length: 62 }, (_, leaf) => leaf);

test('ranges hold exactly their leaves, and are read back from their text', () => {
  fc.assert(
    fc.property(leaves, (some) => {
      const ranges = rangesOf(some);
      assert.deepEqual(
        all.filter((leaf) => inRanges(ranges, leaf)),
        [...new Set(some)].sort((a, b) => a - b),
      );
      if (some.length > 0) assert.deepEqual(parseRanges(rangesText(ranges)), ranges);
    }),
  );
});

test('union and difference are those of sets', () => {
  fc.assert(
    fc.property(leaves, leaves, (left, right) => {
      const [a, b] = [rangesOf(left), rangesOf(right)];
      const [both, only] = [unite(a, b), without(a, b)];
      for (const leaf of all) {
        assert.equal(inRanges(both, leaf), left.includes(leaf) || right.includes(leaf));
        assert.equal(inRanges(only, leaf), left.includes(leaf) && !right.includes(leaf));
      }
      assert.deepEqual(both, rangesOf([...left, ...right]));
    }),
  );
});

test('what is no list of rising ranges is not read', () => {
  for (const text of ['', '5-3', '1,1', '3,2', '1-4,4', '-1', '1,', 'x', '1-2-3', '9999999999999999']) {
    assert.equal(parseRanges(text), undefined, text);
  }
});
