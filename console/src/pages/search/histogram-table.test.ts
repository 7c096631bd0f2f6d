import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableOf } from './histogram-table.ts';

test('empty buckets are filled in; what stands out has a column of its own, and is named with what is usual', () => {
  const width = 60_000;
  const from = Date.UTC(2026, 0, 5, 10);
  const burst = { time: from + 3 * width, count: 412, failed: 12, usual: { low: 3, high: 9 } };
  const buckets = [{ time: from + width, count: 4, failed: 0 }, burst];
  const { table, range, matched, failed, busiest, unusual } = tableOf({ from, to: from + 4 * width, width, buckets });
  assert.deepEqual(table, [
    [0, 1, 2, 3, 4].map((n) => (from + n * width) / 1000),
    [0, 4, 0, 412, 0],
    [0, 0, 0, 412, 0],
    [0, 0, 0, 12, 0],
  ]);
  assert.deepEqual(range, [from / 1000, (from + 5 * width) / 1000]);
  assert.deepEqual([matched, failed, busiest, unusual], [416, 12, burst, [burst]]);
});
