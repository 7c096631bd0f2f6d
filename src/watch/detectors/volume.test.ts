// Volume: far more data read than usual is told once; large answers of other calls are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, DAY, HOUR, MONDAY, Scenario } from '../../../test/harness/watching.ts';

const MB = 1_000_000;

test('searches of usual size, and large lists of monitors, are no news', () => {
  const scene = new Scenario('volume');
  for (let n = 0; n < 500; n++) {
    scene.see(call(MONDAY + n * 60_000, 'v2.ListLogs', { responseBytes: MB }));
    scene.see(call(MONDAY + n * 60_000 + 1, 'v1.ListMonitors', { responseBytes: 40 * MB }));
  }
  assert.deepEqual(scene.findings, []);
});

test('everything paged through is one finding, in bytes', () => {
  const scene = new Scenario('volume');
  for (let n = 0; n < 200; n++) scene.see(call(MONDAY + n * 1000, 'v2.ListLogs', { responseBytes: 3 * MB }));
  scene.pass(MONDAY + HOUR);
  assert.equal(scene.findings.length, 1);
  assert.match(scene.findings[0]?.title ?? '', /^\d+(\.\d)? MB of logs, events or traces read in 10 min by agent-7/);
  assert.equal(scene.findings[0]?.evidence.count, 200);
  assert.match(scene.findings[0]?.evidence.query ?? '', /op:"v2\.ListLogs"/);
});

test('who reads as much each day is known for it', () => {
  const scene = new Scenario('volume');
  const days: number[] = [];
  for (let day = 0; day < 6; day++) {
    const before = scene.findings.length;
    for (let n = 0; n < 100; n++) scene.see(call(MONDAY + day * DAY + n * 1000, 'v2.ListLogs', { responseBytes: MB }));
    days.push(scene.findings.length - before);
  }
  assert.deepEqual(days, [1, 0, 0, 0, 0, 0]);
});
