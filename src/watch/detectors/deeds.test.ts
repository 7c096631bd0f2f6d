// Blinding, cost and secrets: each grave deed is told; habits of a kind of agent, and what restores sight, are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, DAY, HOUR, identity, MONDAY, Scenario } from '../../../test/harness/watching.ts';

for (const [detector, operation, severity] of [
  ['blinding', 'v1.DeleteMonitor', 'medium'],
  ['blinding', 'v1.MuteHost', 'medium'],
  ['blinding', 'v1.MuteMonitor', 'medium'],
  ['blinding', 'v1.MuteAllMonitors', 'high'],
  ['blinding', 'v1.UpdateTestPauseStatus', 'medium'],
  ['blinding', 'v2.CreateDowntime', 'medium'],
  ['blinding', 'v1.UpdateLogsIndex', 'medium'],
  ['blinding', 'v1.DeleteLogsIndex', 'high'],
  ['blinding', 'v2.UpdateLogsArchive', 'medium'],
  ['blinding', 'v1.UpdateOrg', 'medium'],
  ['cost', 'v2.CreateTagConfiguration', 'medium'],
  ['cost', 'v2.UpdateRetentionFilter', 'medium'],
  ['cost', 'v1.CreateLogsIndex', 'medium'],
  ['cost', 'v1.UpdateAPITest', 'medium'],
  ['cost', 'v1.PatchTest', 'medium'],
  ['secrets', 'v2.ListAPIKeys', 'high'],
  ['secrets', 'v1.GetApplicationKey', 'high'],
  ['secrets', 'v2.CreateAPIKey', 'high'],
] as const)
  test(`${operation} is one finding of ${detector}`, () => {
    const scene = new Scenario(detector).see(call(MONDAY, operation, { on: 'thing/1' }));
    assert.deepEqual(
      scene.findings.map((finding) => [finding.detector, finding.severity, finding.evidence.count]),
      [[detector, severity, 1]],
    );
  });

test('tools of MCP that mute, or take away what watches, are findings of blinding; those that look, or undo it, are not', () => {
  for (const [tool, action, blinds] of [
    ['mute_monitor', 'update', true],
    ['create_datadog_downtime', 'create', true],
    ['delete_datadog_monitor', 'delete', true],
    ['unmute_monitor', 'update', false],
    ['cancel_downtime', 'delete', false],
    ['get_muted_monitors', 'read', false],
    ['edit_datadog_notebook', 'update', false],
  ] as const) {
    const { findings } = new Scenario('blinding').see(call(MONDAY, `mcp.${tool}`, { action }));
    assert.equal(findings.length, blinds ? 1 : 0, tool);
  }
});

for (const [detector, operation] of [
  ['blinding', 'v1.UpdateMonitor'],
  ['blinding', 'v2.CancelDowntime'],
  ['blinding', 'v1.UnmuteMonitor'],
  ['blinding', 'v1.UnmuteAllMonitors'],
  ['blinding', 'v1.GetMonitor'],
  ['cost', 'v2.SubmitMetrics'],
  ['cost', 'v2.SubmitLog'],
  ['secrets', 'v1.Validate'],
  ['secrets', 'v1.GetBrowserTest'],
] as const)
  test(`${operation} by itself is no news`, () => {
    assert.deepEqual(new Scenario(detector).see(call(MONDAY, operation, { on: 'thing/1' })).findings, []);
  });

test('an update of a monitor that silences it blinds; one that does not is an update', () => {
  const update = call(MONDAY, 'v1.UpdateMonitor', { on: 'monitor/1' });
  const silencing = { ...update, resources: [...update.resources, { kind: 'monitor-mute', hash: 7 }] };
  assert.deepEqual(new Scenario('blinding').see(update).findings, []);
  const [finding] = new Scenario('blinding').see(silencing).findings;
  assert.equal(finding?.severity, 'medium');
  assert.match(finding?.title ?? '', /^v1\.UpdateMonitor on a monitor, silencing it, by /);
});

test('several in a row are one finding that grows', () => {
  const scene = new Scenario('blinding');
  for (let n = 0; n < 30; n++) scene.see(call(MONDAY + n * 2000, 'v1.DeleteMonitor', { on: `monitor/${n}` }));
  scene.pass(MONDAY + HOUR);
  assert.equal(scene.findings.length, 1);
  assert.equal(scene.findings[0]?.evidence.count, 30);
  assert.equal(scene.events().at(-1), 'ended blinding');
});

test('many updates of monitors in a short time are one finding, though none of them is by itself', () => {
  const scene = new Scenario('blinding');
  for (let n = 0; n < 25; n++) scene.see(call(MONDAY + n * 2000, 'v1.UpdateMonitor', { on: `monitor/${n}` }));
  assert.equal(scene.findings.length, 1);
});

test('what a kind of agent does day by day is no news, nor is it when another of them begins', () => {
  const scene = new Scenario('blinding');
  for (let day = 0; day < 8; day++) scene.see(call(MONDAY + day * DAY, 'v2.CreateDowntime', { on: `downtime/${day}` }));
  assert.equal(scene.findings.length, 3, 'three days make a habit');
  scene.see(call(MONDAY + 8 * DAY, 'v2.CreateDowntime', { on: 'downtime/9', identity: identity('agent-8') }));
  assert.equal(scene.findings.length, 3);
  scene.see(
    call(MONDAY + 8 * DAY, 'v2.CreateDowntime', { on: 'downtime/9', identity: identity('intruder', ['guests']) }),
  );
  assert.equal(scene.findings.length, 4);
});

test('what was refused, or failed, has shown and changed nothing', () => {
  const scene = new Scenario('secrets');
  scene.see(call(MONDAY, 'v2.ListAPIKeys', { status: 403, outcome: 'refused', denied: true }));
  scene.see(call(MONDAY, 'v2.ListAPIKeys', { status: 500 }));
  assert.deepEqual(scene.findings, []);
});
