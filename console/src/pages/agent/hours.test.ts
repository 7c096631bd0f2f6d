// The hours of a week: summed up by day and hour, shaded so that little is told from none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busiest, hoursOf, shadeOf } from './hours.ts';

test('hours of several weeks fall together, Monday first', () => {
  const monday = new Date(2026, 10, 16, 9).getTime();
  const sunday = new Date(2026, 10, 22, 23).getTime();
  const hours = hoursOf([
    { time: monday, count: 3 },
    { time: monday - 7 * 86_400_000, count: 2 },
    { time: sunday, count: 1 },
  ]);
  assert.equal(hours.cells[0]?.[9], 5);
  assert.equal(hours.cells[6]?.[23], 1);
  assert.equal(hours.total, 6);
  assert.deepEqual(busiest(hours), { day: 0, hour: 9 });
  assert.equal(busiest(hoursOf([])), undefined);
});

test('one call among thousands has a shade, none has not', () => {
  assert.equal(shadeOf(0, 5000), 0);
  assert.equal(shadeOf(1, 5000), 1);
  assert.equal(shadeOf(5000, 5000), 4);
  assert.equal(shadeOf(0, 0), 0);
});
