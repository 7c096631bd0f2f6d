// Errors: a burst of refusals, rate limits or failures is told once each; single ones are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, HOUR, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';

const burst = (status: number, count: number) =>
  Array.from({ length: count }, (_, n) => call(MONDAY + n * 500, 'v1.ListMonitors', { status }));

test('an error now and then is no news', () => {
  const scene = new Scenario('errors');
  for (let n = 0; n < 1000; n++)
    scene.see(call(MONDAY + n * MINUTE, 'v1.ListMonitors', { status: [200, 403, 429, 500, 404][n % 5] ?? 200 }));
  assert.deepEqual(scene.findings, []);
});

for (const [status, word] of [
  [403, 'refusals'],
  [401, 'refusals'],
  [429, 'rate-limited'],
  [503, 'failed'],
] as const)
  test(`a burst of ${status} is one finding`, () => {
    const scene = new Scenario('errors').see(...burst(status, 200)).pass(MONDAY + HOUR);
    assert.equal(scene.findings.length, 1);
    assert.match(scene.findings[0]?.title ?? '', new RegExp(word));
    assert.equal(scene.findings[0]?.evidence.count, 200);
    assert.equal(scene.findings[0]?.severity, 'high', 'it has grown to ten times what is too much');
  });

test('tokens that are tried from one address are one finding, of no identity', () => {
  const scene = new Scenario('errors');
  for (let n = 0; n < 30; n++)
    scene.see(
      call(MONDAY + n * 1000, 'v1.ListMonitors', {
        refusedToken: true,
        identity: undefined,
        operation: undefined,
        error: 'token_bad_signature',
        status: 0,
        source: '203.0.113.9',
        count: n === 29 ? 50 : 1,
      }),
    );
  const [finding] = scene.findings;
  assert.equal(scene.findings.length, 1);
  assert.equal(finding?.subject.identity, undefined);
  assert.match(finding?.evidence.query ?? '', /^kind:identity\.refused source:"203\.0\.113\.9" time:\[/);
});
