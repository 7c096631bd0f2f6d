// Novelty: firsts of an identity that is known are told; those of new ones, of explorers, and of a known kind are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, DAY, HOUR, identity, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';

/** Five days in which an agent reads metrics and monitors. */
function known(scene: Scenario, who = identity('agent-7')): Scenario {
  for (let n = 0; n < 240; n++)
    scene.see(call(MONDAY + n * 30 * MINUTE, n % 2 === 0 ? 'v1.QueryMetrics' : 'v1.ListMonitors', { identity: who }));
  return scene;
}
const LATER = MONDAY + 6 * DAY;

test('an agent at its work, an update of its client and one more way to read are no news', () => {
  const scene = known(new Scenario('novelty'));
  scene.see(call(LATER, 'v1.GetMonitor', { client: 'claude-code/2.2.0', source: '10.1.2.99' }));
  assert.deepEqual(scene.findings, []);
});

test('a new agent learns: its first days are no news', () => {
  const scene = new Scenario('novelty');
  for (const operation of ['v1.ListMonitors', 'v1.DeleteMonitor', 'v2.ListUsers', 'v2.CreateDowntime'])
    for (let n = 0; n < 20; n++) scene.see(call(MONDAY + n * MINUTE, operation));
  assert.deepEqual(scene.findings, []);
});

for (const [what, differs, severity] of [
  ['connection', { connection: 'payments' }, 'medium'],
  ['network', { source: '203.0.113.5' }, 'medium'],
  ['client', { client: 'curl/8.5.0' }, 'low'],
] as const)
  test(`the first use of another ${what} is one finding`, () => {
    const scene = known(new Scenario('novelty'));
    for (let n = 0; n < 20; n++) scene.see(call(LATER + n * 1000, 'v1.ListMonitors', differs));
    scene.pass(LATER + HOUR);
    assert.deepEqual(
      scene.findings.map((finding) => [finding.detector, finding.severity, finding.evidence.count]),
      [['novelty', severity, 1]],
    );
    assert.match(scene.findings[0]?.title ?? '', new RegExp(`^First use by agent-7: ${what} `));
  });

test('a stolen credential: other network, other client, other operation are one finding together', () => {
  const scene = known(new Scenario('novelty'));
  const theft = { source: '203.0.113.5', client: 'python-requests/2' };
  scene.see(call(LATER, 'v1.ListMonitors', theft), call(LATER + 5000, 'v2.ListUsers', theft));
  assert.equal(scene.findings.length, 1);
  assert.ok((scene.findings[0]?.evidence.count ?? 0) >= 1);
});

test('a new agent of a known kind that does what its like do is no news; what none of them ever did is', () => {
  const scene = known(new Scenario('novelty'));
  const fresh = identity('agent-8');
  scene.see(call(LATER, 'v1.QueryMetrics', { identity: fresh }), call(LATER, 'v1.ListMonitors', { identity: fresh }));
  assert.deepEqual(scene.findings, []);
  scene.see(call(LATER + 1, 'v1.DeleteMonitor', { identity: fresh, on: 'monitor/1' }));
  assert.equal(scene.findings.length, 1);
});

test('who always does something new does it for a living', () => {
  const scene = known(new Scenario('novelty'));
  for (let n = 0; n < 40; n++)
    scene.see(call(LATER + n * 2 * HOUR, 'v1.ListMonitors', { connection: `customer-${n}` }));
  assert.ok(scene.findings.length <= 5, `${scene.findings.length}`);
});
