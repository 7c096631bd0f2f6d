import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Containment } from '../exchange/finding.ts';
import type { Identity } from '../exchange/identity.ts';
import { Containments } from './containments.ts';

let now = 1_000_000;
const identityOf = (subject: string, ...actors: string[]): Identity => ({
  issuer: 'https://idp',
  subject,
  kind: 'agent',
  name: subject,
  groups: [],
  onBehalfOf: actors.map((actor) => ({ issuer: 'https://idp', subject: actor })),
  claims: {},
});
let serial = 0;
const made = (more: Partial<Containment>): Containment => ({
  id: `c${++serial}`,
  level: 'quarantine',
  ...(more.session === undefined && { identity: 'https://idp#a' }),
  reason: 'r',
  by: { id: 'x#y', name: 'y' },
  created: now,
  ...more,
});
const never = (): boolean => false;

test('an identity, whoever acts for it or it acts for, and a session; nobody else', () => {
  const all = new Containments(() => now);
  assert.equal(all.of(identityOf('a'), 's', never), undefined);
  const one = made({});
  const two = made({ session: 'weekly~1', level: 'read-only' });
  all.add(one);
  all.add(two);
  for (const identity of [identityOf('a'), identityOf('a', 'b'), identityOf('b', 'a'), identityOf('b', 'c', 'a')])
    assert.equal(all.of(identity, 's', never)?.quarantine, one, JSON.stringify(identity));
  assert.equal(all.of(identityOf('b'), 's', never), undefined);
  assert.equal(all.of(identityOf('b'), 'weekly~1', never)?.readOnly, two);
  assert.equal(all.of(identityOf('b'), 'i https://idp#a', never), undefined, 'a session is no identity');
  assert.deepEqual(all.list(), [two, one]);
  assert.ok(all.remove(one.id));
  assert.ok(!all.remove(one.id));
  assert.equal(all.of(identityOf('a'), 's', never), undefined);
});

test('it ends by itself, without anybody looking', () => {
  const all = new Containments(() => now);
  all.add(made({ expires: now + 1000 }));
  assert.ok(all.of(identityOf('a'), 's', never)?.quarantine);
  now += 1000;
  assert.equal(all.of(identityOf('a'), 's', never), undefined);
  assert.deepEqual(all.list(), []);
  assert.equal(all.size, 0);
});

test("a rule's containment is nothing to an operator, and holds for whoever acts for one", () => {
  const all = new Containments(() => now);
  all.add(made({ by: { rule: 'r' } }));
  all.add(made({ by: { rule: 'r' }, session: 's' }));
  assert.ok(all.of(identityOf('a'), 's', never)?.quarantine);
  assert.equal(
    all.of(identityOf('a'), 's', () => true),
    undefined,
  );
  assert.ok(all.of(identityOf('boss', 'a'), 'other', () => true)?.quarantine);
  const byHand = made({});
  all.add(byHand);
  assert.equal(all.of(identityOf('a'), 's', () => true)?.quarantine, byHand);
});

test('a throttle lets ten seconds of calls through at once, then its rate, and says how long to wait', () => {
  const all = new Containments(() => now);
  const throttle = made({ level: 'throttle', rate: 60 });
  all.add(throttle);
  const [found] = all.of(identityOf('a'), 's', never)?.throttles ?? [];
  assert.equal(found, throttle);
  const burst = Array.from({ length: 12 }, () => all.take(throttle));
  assert.deepEqual(burst, [...Array(10).fill(0), 1, 1]);
  now += 1000;
  assert.deepEqual([all.take(throttle), all.take(throttle)], [0, 1]);
  const slow = made({ level: 'throttle', rate: 1 });
  assert.deepEqual([all.take(slow), all.take(slow)], [0, 60]);
  now += 60_000;
  assert.equal(all.take(slow), 0);
  now -= 3_600_000;
  assert.ok(all.take(slow) > 0, 'a clock that goes back gives nothing');
});
