// The rate of a finding: what lay outside of the band, and where it was furthest from it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, summaryOf } from './rate.ts';

const rate = {
  width: 10,
  points: [
    { time: 1000, observed: 4, low: 3, high: 9 },
    { time: 1010, observed: 90, low: 3, high: 9 },
    { time: 1020, observed: 0, low: 3, high: 9 },
  ],
};

test('above and below the band is outside of it; the furthest is the peak', () => {
  assert.deepEqual(summaryOf(rate), { from: 1000, to: 1030, outside: 2, peak: rate.points[1] });
  assert.deepEqual(columnsOf(rate).slice(3), [
    [4, null, null],
    [null, 90, 0],
  ]);
});

test('a rate without points has none', () => {
  assert.deepEqual(summaryOf({ width: 10, points: [] }), { from: 0, to: 10, outside: 0, peak: undefined });
});
