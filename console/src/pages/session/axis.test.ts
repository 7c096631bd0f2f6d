import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { axisOf } from './axis.ts';

test('moments stand in their order, within the width, and are found again', () => {
  const times = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, (given) => {
      const sorted = [...given].sort((one, other) => one - other);
      const axis = axisOf(sorted);
      let before = -1;
      for (const time of sorted) {
        const at = axis.at(time);
        assert.ok(at >= 0 && at <= 1 + 1e-9 && at >= before, `${time} stands at ${at}`);
        assert.ok(Math.abs(axis.timeAt(at) - time) < 2);
        before = at;
      }
    }),
  );
});

test('a night without a call takes hardly any of the width', () => {
  const burst = (from: number) => Array.from({ length: 50 }, (_, n) => from + n * 100);
  const axis = axisOf([...burst(0), ...burst(36e5 * 8)]);
  const [one, other] = axis.stretches;
  assert.equal(axis.stretches.length, 2);
  assert.ok(one && other && other.left - one.right < 0.03 && one.right > 0.45);
});
