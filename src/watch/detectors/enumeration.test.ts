// Enumeration: reading many things one by one is told once; working with a few of them is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, DAY, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';
import { ENUMERATION } from './enumeration.ts';

const walk = (from: number, things: number, status = 200) =>
  Array.from({ length: things }, (_, n) => call(from + n * 200, 'v1.GetMonitor', { on: `monitor/${n}`, status }));

test('an agent that looks at a few monitors again and again, and misses one now and then, is no news', () => {
  const scene = new Scenario('enumeration');
  for (let n = 0; n < 2000; n++)
    scene.see(call(MONDAY + n * 300, 'v1.GetMonitor', { on: `monitor/${n % 20}`, status: n % 40 === 0 ? 404 : 200 }));
  assert.deepEqual(scene.findings, []);
});

test('every monitor read in turn is one finding, with all of the reads', () => {
  const scene = new Scenario('enumeration').see(...walk(MONDAY, 300)).pass(MONDAY + 20 * MINUTE);
  const [finding] = scene.findings;
  assert.equal(scene.findings.length, 1);
  assert.equal(finding?.detector, 'enumeration');
  assert.equal(finding?.evidence.count, 300);
  assert.match(finding?.title ?? '', /^\d+ different monitors read in 2 min by agent-7; usual: at most 0$/);
  assert.equal(scene.events().at(-1), 'ended enumeration');
});

test('many different things that are not there are one finding', () => {
  const scene = new Scenario('enumeration').see(...walk(MONDAY, 40, 404));
  assert.equal(scene.findings.length, 1);
  assert.match(scene.findings[0]?.title ?? '', /not there \(404\)/);
  assert.match(scene.findings[0]?.evidence.query ?? '', /status:404/);
});

test('a job that reads everything each night is news at first, and a habit after some nights', () => {
  const scene = new Scenario('enumeration');
  const nights: number[] = [];
  for (let night = 0; night < 10; night++) {
    const before = scene.findings.length;
    scene.see(...walk(MONDAY + night * DAY, 150));
    nights.push(scene.findings.length - before);
  }
  assert.equal(nights[0], 1);
  assert.deepEqual(nights.slice(3), nights.slice(3).fill(0), `${nights}`);
  assert.ok(ENUMERATION.distinct < 150);
});
