// Bulk change: many deletions or changes in a short time are told once; an agent's usual work is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, HOUR, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';

test('a change now and then, and a deletion, are no news', () => {
  const scene = new Scenario('bulk-change');
  for (let n = 0; n < 300; n++)
    scene.see(
      call(MONDAY + n * 3 * MINUTE, n % 10 === 0 ? 'v1.DeleteDashboard' : 'v1.UpdateDashboard', {
        on: `dashboard/${n}`,
      }),
    );
  assert.deepEqual(scene.findings, []);
});

test('dashboards deleted one after the other are one finding, which counts those that were deleted', () => {
  const scene = new Scenario('bulk-change');
  for (let n = 0; n < 40; n++)
    scene.see(call(MONDAY + n * 1000, 'v1.DeleteDashboard', { on: `dashboard/${n}`, status: n % 4 === 0 ? 404 : 200 }));
  scene.pass(MONDAY + HOUR);
  assert.equal(scene.findings.length, 1);
  assert.equal(scene.findings[0]?.evidence.count, 30);
  assert.match(scene.findings[0]?.title ?? '', /resources deleted in 10 min by agent-7/);
});

test('what was refused has changed nothing', () => {
  const scene = new Scenario('bulk-change');
  for (let n = 0; n < 100; n++)
    scene.see(
      call(MONDAY + n * 100, 'v1.DeleteDashboard', {
        on: `dashboard/${n}`,
        status: 403,
        outcome: 'refused',
        denied: true,
      }),
    );
  assert.deepEqual(scene.findings, []);
});
