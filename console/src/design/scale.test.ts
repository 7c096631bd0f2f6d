import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ceiling } from './scale.ts';

test('an axis ends at a round number', () => {
  assert.deepEqual([0, 2, 3, 90, 412, Number.NaN].map(ceiling), [2, 2, 4, 100, 1000, 2]);
});
