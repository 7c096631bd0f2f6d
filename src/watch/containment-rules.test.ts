// The attacks on containment by rule: whoever can provoke a finding must not be able to have somebody else contained.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingOf } from '../../test/harness/findings.ts';
import { containmentSchema } from '../config/alerts.ts';
import type { Containment } from '../exchange/finding.ts';
import { createContainmentRules, type Party } from './containment-rules.ts';

const ISSUER = 'https://idp';
const identity = { issuer: ISSUER, subject: 'victim', name: 'victim' };
const finding = (more: Parameters<typeof findingOf>[0] = {}) =>
  findingOf({
    severity: 'high',
    subject: { identity, session: 'weekly~1', connection: 'main' },
    evidence: { exchanges: ['e1', 'e2', 'e3', 'e4', 'e5'], count: 5, query: '' },
    ...more,
  });

function rules(rule: object = {}, actors: Record<string, Party> = {}, operators: string[] = []) {
  const done: object[] = [];
  const { rules: list } = containmentSchema.parse({
    rules: [{ name: 'stop', match: { severity: 'high' }, level: 'quarantine', for: '1h', ...rule }],
  });
  const made = createContainmentRules(list, {
    async contain(by, request) {
      done.push(request);
      return { ...request, id: 'c', by: { rule: by }, created: 0 } as Containment;
    },
    isOperator: ({ subject }) => operators.includes(subject),
    actorOf: (exchange) => actors[exchange] ?? (exchange.startsWith('e') ? 'itself' : 'unknown'),
  });
  return { done, apply: made.apply };
}

test('the identity of the finding, once, for a bounded time', async () => {
  const { done, apply } = rules();
  const { contained } = await apply(finding(), []);
  assert.deepEqual(
    contained.map(({ rule }) => rule),
    ['stop'],
  );
  assert.deepEqual(done, [
    {
      level: 'quarantine',
      identity: `${ISSUER}#victim`,
      reason: finding().title,
      finding: (done[0] as Containment).finding,
      for: 3_600_000,
    },
  ]);
  for (const [each, past] of [
    [finding(), ['stop']],
    [finding({ severity: 'medium' }), []],
    [finding({ ended: 9 }), []],
  ] as const)
    assert.deepEqual(await apply(each, past), { contained: [], not: [] });
});

test('a finding of a connection or of all contains nobody, nor does one of several parties', async () => {
  const { done, apply } = rules(
    {},
    { e1: { issuer: ISSUER, subject: 'proxy' }, e2: { issuer: ISSUER, subject: 'other' } },
  );
  assert.match((await apply(finding({ subject: { connection: 'main' } }), [])).not[0]?.why ?? '', /no one identity/);
  assert.match((await apply(finding(), [])).not[0]?.why ?? '', /not known/);
  const old = finding({ evidence: { exchanges: ['old'], count: 1, query: '' } });
  assert.match((await apply(old, [])).not[0]?.why ?? '', /not known/);
  assert.deepEqual(done, []);
});

test('calls that somebody made for the victim contain that somebody, also where the session is meant', async () => {
  const proxy = { issuer: ISSUER, subject: 'proxy' };
  const actors = Object.fromEntries(['e1', 'e2', 'e3', 'e4', 'e5'].map((id) => [id, proxy]));
  for (const on of ['identity', 'session']) {
    const { done, apply } = rules({ on }, actors);
    await apply(finding(), []);
    assert.deepEqual(
      done.map((each) => [(each as Containment).identity, (each as Containment).session]),
      [[`${ISSUER}#proxy`, undefined]],
    );
  }
});

test('a session alone; and never an operator, whoever acts for one notwithstanding', async () => {
  const bySession = rules({ on: 'session' });
  await bySession.apply(finding(), []);
  assert.equal((bySession.done[0] as Containment).session, 'weekly~1');
  assert.match((await bySession.apply(finding({ subject: { identity } }), [])).not[0]?.why ?? '', /no one session/);
  const protectedOne = rules({}, {}, ['victim']);
  assert.match((await protectedOne.apply(finding(), [])).not[0]?.why ?? '', /operator/);
  assert.deepEqual(protectedOne.done, []);
});

test('a rule must end, within a week, and has a rate only where that means something', () => {
  const good = { name: 'a', level: 'throttle', for: '1h', rate: 3 };
  assert.ok(containmentSchema.safeParse({ rules: [good] }).success);
  for (const bad of [
    { ...good, for: undefined },
    { ...good, for: '8d' },
    { ...good, for: '10ms' },
    { ...good, level: 'quarantine' },
    { ...good, name: 'A b' },
  ])
    assert.ok(!containmentSchema.safeParse({ rules: [bad] }).success, JSON.stringify(bad));
  assert.ok(!containmentSchema.safeParse({ rules: [good, good] }).success);
  assert.deepEqual(containmentSchema.parse({}).rules, [], 'nothing is contained unless somebody said so');
});
