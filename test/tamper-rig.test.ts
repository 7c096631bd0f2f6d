// A tenth of the tamper rig's mutations: each is detected, or provably without effect on any entry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tamper } from './rig/tamper.ts';

test('a journal altered 100 times', async () => {
  const { broken, rows } = await tamper(100);
  assert.deepEqual(broken, []);
  assert.ok(rows.reduce((sum, { detected }) => sum + detected, 0) > 50, 'nothing was detected');
});
