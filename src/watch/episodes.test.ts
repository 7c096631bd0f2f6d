// Episodes: what is told of a flood, of what is suppressed or decided, and how findings share a cause.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, HOUR, identity, MINUTE, MONDAY, Scenario } from '../../test/harness/watching.ts';
import type { Suppression } from '../exchange/finding.ts';
import { parseQuery } from '../index/query.ts';
import { FLOOD } from './flood.ts';

const remove = (time: number, n: number, who = identity('agent-7')) =>
  call(time, 'v1.DeleteMonitor', { on: `monitor/${n}`, identity: who });

test('one episode opens, is told again at most every half minute while it grows, and ends once', () => {
  const scene = new Scenario('blinding');
  for (let n = 0; n < 240; n++) scene.see(remove(MONDAY + n * 500, n)).pass(MONDAY + n * 500);
  scene.pass(MONDAY + HOUR);
  const events = scene.events();
  assert.equal(events[0], 'opened blinding');
  assert.equal(events.at(-1), 'ended blinding');
  assert.equal(events.filter((event) => event.startsWith('opened')).length, 1);
  const updates = events.filter((event) => event.startsWith('updated')).length;
  assert.ok(updates >= 3 && updates <= 8, `${updates}`);
  const [finding] = scene.findings;
  assert.equal(finding?.evidence.count, 240);
  assert.equal(finding?.evidence.exchanges.length, 50);
  assert.ok((finding?.ended ?? 0) > (finding?.latest ?? 0));
});

test('findings of one identity at the same time share the first one as their cause; those of others do not', () => {
  const scene = new Scenario();
  for (let n = 0; n < 30; n++) scene.see(remove(MONDAY + n * 1000, n));
  scene.see(remove(MONDAY + MINUTE, 1, identity('somebody else')));
  const [first, ...rest] = scene.findings;
  assert.ok(rest.length >= 2);
  for (const { subject, cause } of rest)
    assert.equal(cause, subject.identity?.subject === 'agent-7' ? first?.id : undefined);
});

test('a flood of one identity is told by one finding that stands for the rest', () => {
  const scene = new Scenario('errors');
  const sources = Array.from({ length: 200 }, (_, n) => `203.0.113.${n}`);
  for (const source of sources)
    for (let n = 0; n < 12; n++)
      scene.see(call(MONDAY + n, '', { refusedToken: true, identity: undefined, source, error: 'token_expired' }));
  const opened = scene.told.filter(({ event }) => event === 'opened');
  assert.equal(opened.length, FLOOD.all + 1);
  assert.match(opened.at(-1)?.finding.title ?? '', /findings within a minute/);
});

test('what is suppressed is not told, nor is what is dismissed any more; a resolved one may come again', () => {
  const suppression: Suppression = {
    id: 's',
    detector: 'blinding',
    identity: 'https://issuer.test#agent-7',
    reason: 'migration',
    by: { id: 'x', name: 'x' },
    created: MONDAY,
    expires: MONDAY + HOUR,
  };
  const scene = new Scenario('blinding');
  scene.engine.suppress([suppression]);
  scene.see(remove(MONDAY, 1));
  assert.deepEqual(scene.told, []);
  scene.engine.suppress([]);
  const other = identity('agent-8');
  scene.see(remove(MONDAY, 1, other));
  const [finding] = scene.findings;
  scene.engine.decided({ finding: finding?.id ?? '', state: 'dismissed', time: MONDAY });
  for (let n = 0; n < 100; n++) scene.see(remove(MONDAY + n * 1000, n, other));
  assert.deepEqual(scene.events(), ['opened blinding']);
  const third = identity('agent-9');
  scene.see(remove(MONDAY + HOUR, 1, third));
  scene.engine.decided({ finding: scene.findings.at(-1)?.id ?? '', state: 'resolved', time: MONDAY });
  scene.see(remove(MONDAY + HOUR + 1000, 2, third));
  assert.equal(scene.findings.length, 3);
});

test('a query of the evidence can always be parsed, whatever identities are called', () => {
  for (const name of ['a"b', 'back\\slash', 'paren(s) OR *', 'ünïcode 🐕', 'x'.repeat(400), 'y(z)'.repeat(400)]) {
    const scene = new Scenario('blinding').see(remove(MONDAY, 1, { ...identity(name), issuer: `https://${name}` }));
    assert.equal(scene.findings.length, 1);
    assert.ok(parseQuery(scene.findings[0]?.evidence.query ?? ''));
  }
});
