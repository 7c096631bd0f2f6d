// Rates: what the rate detector says becomes one finding, of the narrowest key that explains it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, HOUR, identity, MINUTE, MONDAY, Scenario } from '../../../test/harness/watching.ts';
import { unitOf } from './rates.ts';

const query = (time: number, who = 'agent-7', connection = 'prod') =>
  call(time, 'v1.QueryMetrics', { identity: identity(who), connection });

/** Four agents that query a metric every minute for an hour, and read monitors besides. */
function calm(scene: Scenario): Scenario {
  for (let minute = 0; minute < 60; minute++)
    for (let agent = 0; agent < 4; agent++) {
      const time = MONDAY + minute * MINUTE + agent * 1000;
      scene.see(
        query(time, `agent-${agent}`),
        call(time + 500, 'v1.ListMonitors', { identity: identity(`agent-${agent}`) }),
      );
    }
  return scene;
}

test('agents that keep their pace are no news', () => {
  assert.deepEqual(calm(new Scenario('rates')).pass(MONDAY + HOUR).findings, []);
});

test('a loop is one surge of its identity and family, not also of connection and organisation; its end is told', () => {
  const scene = calm(new Scenario('rates'));
  for (let n = 0; n < 600; n++) scene.see(query(MONDAY + HOUR + n * 100, 'agent-2'));
  scene.pass(MONDAY + 3 * HOUR);
  const surges = scene.findings.filter(({ detector }) => detector === 'surge');
  assert.equal(surges.length, 1);
  const [{ title, subject, evidence, rate, measure, ended } = assert.fail()] = surges;
  assert.match(title, /^\d+ metric queries in \d+ (s|min) by agent-2; usual for this hour: \d+ to \d+$/);
  assert.equal(subject.identity?.subject, 'agent-2');
  assert.equal(subject.family, 'Metrics');
  assert.ok(evidence.count >= 590 && evidence.count <= 601, `${evidence.count}`);
  assert.match(evidence.query, /subject:"agent-2" op:"v1\.QueryMetrics"/);
  assert.ok(rate && rate.points.length > 0);
  assert.ok(measure && measure.observed > measure.high);
  assert.ok(ended !== undefined && ended > MONDAY + HOUR && ended < MONDAY + 2 * HOUR);
});

test('many agents that each call a little more are told once, as a whole', () => {
  const scene = calm(new Scenario('rates'));
  for (let n = 0; n < 400; n++) scene.see(query(MONDAY + HOUR + n * 25, `other-${n}`));
  scene.pass(MONDAY + HOUR + 30 * MINUTE);
  const surges = scene.findings.filter(({ detector }) => detector === 'surge');
  assert.equal(surges.length, 1);
  assert.equal(surges[0]?.subject.identity, undefined);
});

test('what it knows comes back: a surge goes on under its id', () => {
  const scene = calm(new Scenario('rates'));
  const loop = (from: number, calls: number) =>
    Array.from({ length: calls }, (_, n) => query(MONDAY + HOUR + from + n * 100, 'agent-2'));
  scene.see(...loop(0, 300));
  const again = new Scenario('rates');
  again.engine.load(structuredClone(scene.engine.save()));
  again.see(...loop(30_000, 300)).pass(MONDAY + 3 * HOUR);
  assert.deepEqual(
    again.told.filter(({ event }) => event !== 'updated').map(({ event, finding }) => [event, finding.id]),
    [['ended', scene.findings[0]?.id]],
  );
});

test('what is counted is told in words', () => {
  assert.deepEqual(['Metrics', 'SLO', ''].map(unitOf), ['metric queries', 'SLO calls', 'calls']);
});
