// What stands out in a histogram: one burst among even hours does; what has no history, is rare, or is a working day does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unusualIn } from './unusual.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MONDAY = Date.UTC(2026, 0, 5);

const told = (counts: readonly number[], width = 10 * MINUTE, from = MONDAY, to = MONDAY + counts.length * width) =>
  [
    ...unusualIn(
      { from, to },
      {
        width,
        buckets: counts
          .map((count, n) => ({ time: MONDAY + n * width, count, failed: 0 }))
          .filter(({ count }) => count > 0),
      },
    ),
  ].map(([time, usual]) => [(time - MONDAY) / width, usual] as const);

/** About so many, not always the same. */
const even = (level: number, length: number): number[] => Array.from({ length }, (_, n) => level + ((n * 7) % 5) - 2);
const withBurst = (at: number, size: number): number[] => even(12, 60).with(at, size);

test('a burst stands out, with what would have been usual', () => {
  const [[at, usual] = [], ...rest] = told(withBurst(40, 300));
  assert.deepEqual([at, rest], [40, []]);
  assert.deepEqual(usual, { low: 10, high: 14 });
});

test('what is even, falls, or grows a little is no news', () => {
  for (const counts of [even(12, 90), withBurst(40, 1), withBurst(40, 18), even(500, 90).with(50, 620)])
    assert.deepEqual(told(counts), []);
});

test('the first calls of all are no burst, nor is what comes a few times a day', () => {
  assert.deepEqual(told([...Array<number>(50).fill(0), ...even(200, 10)]), []);
  assert.deepEqual(told(even(12, 20).with(15, 300)), [], 'too short');
  assert.deepEqual(told(Array.from({ length: 90 }, (_, n) => (n % 9 === 0 ? 40 + n : 0))), []);
});

test('what stays is the level of that time: it stands out for an hour at most', () => {
  const rise = (buckets: number): number[] =>
    even(12, 60).map((count, n) => (n >= 40 && n < 40 + buckets ? 300 : count));
  assert.deepEqual(
    told(rise(6)).map(([at]) => at),
    [40, 41, 42, 43, 44, 45],
  );
  assert.deepEqual(told(rise(7)), []);
});

test('buckets at the edges, which are not whole, and those longer than an hour are not judged', () => {
  const end = MONDAY + 60 * 10 * MINUTE;
  assert.deepEqual(told(withBurst(59, 300), 10 * MINUTE, MONDAY, end - MINUTE), []);
  assert.equal(told(withBurst(59, 300), 10 * MINUTE, MONDAY, end).length, 1);
  assert.deepEqual(told(withBurst(40, 300), 3 * HOUR), []);
});

test('office hours are the usual once they are known: only a burst stands out on the sixth day', () => {
  const day = Array.from({ length: 24 }, (_, hour) =>
    hour >= 8 && hour < 18 ? 90 + ((hour * 13) % 17) : 6 + (hour % 3),
  );
  const week = Array.from({ length: 6 }, () => day).flat();
  const late = (counts: number[]): number[] =>
    told(counts, HOUR).flatMap(([at]) => (at >= 5 * 24 ? [at - 5 * 24] : []));
  assert.deepEqual(late(week), []);
  assert.deepEqual(late(week.with(5 * 24 + 11, 900)), [11]);
});
