// Probing: one refusal, also repeated, is no news; other ways to the same end are one finding, graver when one of them works.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, HOUR, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';

const refused = { status: 403, denied: true, outcome: 'refused' } as const;

test('the same call refused again and again, and refusals of this and that, are no news', () => {
  const scene = new Scenario('probing');
  for (let n = 0; n < 50; n++) scene.see(call(MONDAY + n * 1000, 'v2.ListAPIKeys', refused));
  for (const operation of ['v1.ListMonitors', 'v1.ListDashboards', 'v2.ListUsers'])
    scene.see(call(MONDAY + MINUTE, operation, refused));
  assert.deepEqual(scene.findings, []);
});

test('refused, then tried in other ways, is one finding', () => {
  const scene = new Scenario('probing');
  const ways = ['v2.ListAPIKeys', 'v1.ListAPIKeys', 'v2.GetAPIKey', 'v2.ListApplicationKeys'];
  for (const [n, operation] of ways.entries()) scene.see(call(MONDAY + n * 1000, operation, refused));
  scene.pass(MONDAY + HOUR);
  assert.equal(scene.findings.length, 1);
  assert.equal(scene.findings[0]?.evidence.count, 4);
  assert.match(scene.findings[0]?.title ?? '', /refused in 3 different ways of KeyManagement|refused in 4 different/);
});

test('another way that works after two that did not is graver', () => {
  const scene = new Scenario('probing');
  scene.see(call(MONDAY, 'v2.ListAPIKeys', refused), call(MONDAY + 1000, 'v1.ListAPIKeys', refused));
  assert.deepEqual(scene.findings, []);
  scene.see(call(MONDAY + 2000, 'v2.ListApplicationKeys'));
  assert.deepEqual(
    scene.findings.map(({ severity }) => severity),
    ['high'],
  );
});

test('what was refused long ago is forgotten', () => {
  const scene = new Scenario('probing');
  for (const [n, operation] of ['v2.ListAPIKeys', 'v1.ListAPIKeys', 'v2.GetAPIKey'].entries())
    scene.see(call(MONDAY + n * 15 * MINUTE, operation, refused));
  assert.deepEqual(scene.findings, []);
});
