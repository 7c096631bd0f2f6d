// Counts as people see them: a gap says something, and so does what stands out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { histogramLines } from './counts-text.ts';
import { paint } from './terminal.ts';

test('a histogram has a line for each bucket, empty ones too; what stands out says what is usual', () => {
  const minute = 60_000;
  const from = Date.UTC(2026, 0, 5, 10);
  const buckets = [
    { time: from, count: 4, failed: 0 },
    { time: from + 2 * minute, count: 412, failed: 12, usual: { low: 3, high: 9 } },
  ];
  const lines = histogramLines(
    { from, to: from + 3 * minute, width: minute, buckets },
    'UTC',
    paint(process.stdout, { NO_COLOR: '1' }),
  );
  assert.deepEqual(
    lines.map((line) => line.replace(/ {2,}/g, '  ')),
    [
      '2026-01-05 10:00:00  █  4',
      '2026-01-05 10:01:00  0',
      '2026-01-05 10:02:00  ████████████████████  412  12 failed  usual: 3 to 9',
    ],
  );
});
