// Unusual hours: a regular identity at another time is told once; those without regular hours are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, DAY, HOUR, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';

/** Five weeks of work, Monday to Friday, from 9 to 17 o'clock. */
function office(scene: Scenario): Scenario {
  for (let day = 0; day < 35; day++) {
    if (day % 7 >= 5) continue;
    for (let hour = -1; hour < 7; hour++) scene.see(call(MONDAY + day * DAY + hour * HOUR, 'v1.ListMonitors'));
  }
  return scene;
}
const LATER = MONDAY + 35 * DAY;

test('office hours are no news in the office, nor a little after', () => {
  const scene = office(new Scenario('unusual-hours')).see(
    call(LATER, 'v1.ListMonitors'),
    call(LATER + 7 * HOUR, 'v1.ListMonitors'),
  );
  assert.deepEqual(scene.findings, []);
});

test('three in the morning is one finding, however much is done', () => {
  const scene = office(new Scenario('unusual-hours'));
  for (let n = 0; n < 100; n++) scene.see(call(LATER + 17 * HOUR + n * 10_000, 'v1.ListMonitors'));
  scene.pass(LATER + 20 * HOUR);
  assert.equal(scene.findings.length, 1);
  assert.match(scene.findings[0]?.title ?? '', /active on Tuesday at 3:00 UTC; in \d+ days/);
  assert.equal(scene.events().at(-1), 'ended unusual-hours');
});

test('so is the first Saturday', () => {
  assert.equal(office(new Scenario('unusual-hours')).see(call(LATER - 2 * DAY, 'v1.ListMonitors')).findings.length, 1);
});

test('jobs at night, and agents around the clock, are where they belong', () => {
  const scene = new Scenario('unusual-hours');
  for (let day = 0; day < 40; day++)
    for (let n = 0; n < 6; n++) scene.see(call(MONDAY + day * DAY + 16 * HOUR + n * 5 * MINUTE, 'v1.ListMonitors'));
  for (let hour = 0; hour < 40 * 24; hour += 5)
    scene.see(
      call(MONDAY + hour * HOUR, 'v1.ListMonitors', { identity: { ...call(0, '').identity!, subject: 'other' } }),
    );
  assert.deepEqual(scene.findings, []);
});

test('nothing is known in the first two weeks', () => {
  const scene = new Scenario('unusual-hours');
  for (let day = 0; day < 10; day++) scene.see(call(MONDAY + day * DAY, 'v1.ListMonitors'));
  scene.see(call(MONDAY + 10 * DAY + 15 * HOUR, 'v1.ListMonitors'));
  assert.deepEqual(scene.findings, []);
});
