import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import type { Request } from './approvals.ts';
import { openIdentityStore } from './identity-store.ts';

const KEY = Buffer.alloc(32, 3);
const OPERATOR = { id: 'https://idp#olga', name: 'olga' };
const request = (subject = 'agent'): Request => ({
  identity: { issuer: 'https://idp', subject, name: subject },
  session: 's',
  connection: 'main',
  operation: 'v1.DeleteMonitor',
  action: 'delete',
  method: 'DELETE',
  target: '/api/v1/monitor/1',
  exchange: 'e1',
  rule: 'ask-first',
});
const code = (expected: string) => (error: unknown) => (error as { code?: string }).code === expected;

/** Opens the store again and again over one directory, at whatever time the test says. */
function place() {
  const dir = temporaryFolder('approvals');
  const clock = { now: 1_000_000 };
  return { clock, open: () => openIdentityStore({ dir, key: KEY, now: () => clock.now }) };
}

test('asked for once, approved, used once, also over restarts', async () => {
  const { open } = place();
  let store = await open();
  const asked = await store.approvals.ask('k', request(), 1000);
  assert.equal((await store.approvals.ask('k', request(), 1000)).id, asked.id);
  assert.equal(await store.approvals.spend('k', 'e2'), undefined, 'nobody has approved it');
  await store.close();
  store = await open();
  assert.equal(store.approvals.of('k')?.state, 'pending');
  await store.approvals.decide(asked.id, true, OPERATOR, 'fine', 5000);
  await store.close();
  store = await open();
  assert.equal(await store.approvals.spend('other', 'e2'), undefined);
  const spent = await Promise.all([store.approvals.spend('k', 'e2'), store.approvals.spend('k', 'e3')]);
  assert.deepEqual(
    spent.map((each) => each?.used),
    ['e2', undefined],
  );
  await store.close();
  store = await open();
  assert.equal(await store.approvals.spend('k', 'e4'), undefined);
  assert.deepEqual(store.approvals.get(asked.id)?.decided, { by: OPERATOR, time: 1_000_000, reason: 'fine' });
  assert.notEqual((await store.approvals.ask('k', request(), 1000)).id, asked.id, 'the next one is asked for anew');
  await store.close();
});

test('nobody approves their own; what is over is over; denied stays denied for a while', async () => {
  const { clock, open } = place();
  const store = await open();
  const { approvals } = store;
  const own = await approvals.ask('own', request('olga'), 1000);
  await assert.rejects(approvals.decide(own.id, true, OPERATOR, undefined, 1000), code('approval_own'));
  await assert.rejects(approvals.decide('nothing', true, OPERATOR, undefined, 1000), code('not_found'));
  const late = await approvals.ask('late', request(), 1000);
  clock.now += 1000;
  await assert.rejects(approvals.decide(late.id, true, OPERATOR, undefined, 1000), code('approval_over'));
  assert.equal(approvals.get(late.id)?.state, 'expired');

  const unused = await approvals.ask('unused', request(), 1000);
  await approvals.decide(unused.id, true, OPERATOR, undefined, 500);
  await assert.rejects(approvals.decide(unused.id, true, OPERATOR, undefined, 500), code('approval_over'));
  clock.now += 500;
  assert.equal(await approvals.spend('unused', 'e'), undefined, 'it was not used in time');

  const taken = await approvals.ask('taken', request(), 1000);
  await approvals.decide(taken.id, true, OPERATOR, undefined, 500);
  await approvals.decide(taken.id, false, OPERATOR, 'on second thought', 500);
  assert.equal(await approvals.spend('taken', 'e'), undefined);
  assert.equal(approvals.of('taken')?.state, 'denied');
  clock.now += 1000;
  assert.equal(approvals.of('taken'), undefined);
  await store.close();
});

test('an agent in a loop fills its own share, and not that of others', async () => {
  const { clock, open } = place();
  const store = await open();
  for (let n = 0; n < 32; n++) await store.approvals.ask(`a${n}`, request('looper'), 1000);
  await assert.rejects(store.approvals.ask('one more', request('looper'), 1000), code('too_many_approvals'));
  await store.approvals.ask('b', request('other'), 1000);
  clock.now += 1000;
  await store.approvals.ask('one more', request('looper'), 1000);
  clock.now += 90_000_000;
  assert.deepEqual(store.approvals.list(), [], 'what is over is forgotten in a day');
  await store.close();
});

test('containments are kept, replaced by level, and end over restarts', async () => {
  const { clock, open } = place();
  let store = await open();
  const made = (id: string, level: 'throttle' | 'quarantine', expires?: number) => ({
    ...{ id, level, identity: 'https://idp#a', reason: 'r', by: OPERATOR, created: clock.now },
    ...(expires !== undefined && { expires }),
  });
  await store.contain(made('1', 'throttle'));
  await store.contain(made('2', 'quarantine', clock.now + 1000));
  await store.contain(made('3', 'throttle'));
  assert.ok(await store.release('3'));
  assert.ok(!(await store.release('3')));
  await store.contain(made('4', 'throttle'));
  await store.close();
  store = await open();
  assert.deepEqual(
    store.containments
      .list()
      .map(({ id }) => id)
      .sort(),
    ['2', '4'],
  );
  clock.now += 1000;
  assert.deepEqual(
    store.containments.list().map(({ id }) => id),
    ['4'],
  );
  await store.close();
});
