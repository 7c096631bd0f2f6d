// Places begin where the buckets before them end, from either end of time; counts that do not tell of every row make none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placesOf, within } from './places.ts';

const counted = {
  from: 0,
  to: 4000,
  width: 1000,
  buckets: [
    { time: 0, count: 3, failed: 0 },
    { time: 1000, count: 0, failed: 0 },
    { time: 2000, count: 5, failed: 1 },
  ],
};

test('newest first, a place begins with what is before the end of its bucket; oldest first, with its beginning', () => {
  assert.deepEqual(placesOf(counted, 'newest'), {
    places: [
      { start: 0, term: 'before:1970-01-01T00:00:03.000Z' },
      { start: 5, term: 'before:1970-01-01T00:00:01.000Z' },
    ],
    total: 8,
  });
  assert.deepEqual(placesOf(counted, 'oldest'), {
    places: [
      { start: 0, term: 'since:1970-01-01T00:00:00.000Z' },
      { start: 3, term: 'since:1970-01-01T00:00:02.000Z' },
    ],
    total: 8,
  });
});

test('counts of a part, of words, or for an order by value make no places', () => {
  for (const [data, order] of [
    [{ ...counted, since: 1 }, 'newest'],
    [{ ...counted, approximate: true as const }, 'newest'],
    [counted, 'slowest'],
  ] as const)
    assert.deepEqual(placesOf(data, order), { places: [], total: 0 });
});

test('a term is added to the whole of a query', () => {
  assert.equal(within('', 'before:2026-01-01'), 'before:2026-01-01');
  assert.equal(within('a OR b', 'before:2026-01-01'), '(a OR b) before:2026-01-01');
});
