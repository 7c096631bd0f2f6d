import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../exchange/identity.ts';
import { Sessions } from './sessions.ts';

const IDLE = 30 * 60_000;
const identity = (subject: string, session?: string): Identity => ({
  issuer: 'https://issuer.example',
  subject,
  kind: 'agent',
  name: subject,
  groups: [],
  onBehalfOf: [],
  claims: {},
  ...(session && { session }),
});

test('calls share a session until it was idle for the configured time', async () => {
  const sessions = new Sessions(IDLE);
  const first = await sessions.of(identity('a'), undefined, 0);
  assert.equal(await sessions.of(identity('a'), undefined, IDLE), first);
  assert.notEqual(await sessions.of(identity('a'), undefined, 2 * IDLE + 1), first);
});

test('two identities that choose the same name do not share a session', async () => {
  const sessions = new Sessions(IDLE);
  const a = await sessions.of(identity('a'), 'deploy-42', 0);
  const b = await sessions.of(identity('b'), 'deploy-42', 0);
  assert.match(a, /^deploy-42~[a-z0-9]{8}$/);
  assert.notEqual(a, b);
  assert.equal(await sessions.of(identity('a'), 'deploy-42', 99), a);
});

test("the header wins over the token's session, which wins over the implicit one", async () => {
  const sessions = new Sessions(IDLE);
  assert.match(await sessions.of(identity('a', 'run-7'), undefined, 0), /^run-7~/);
  assert.match(await sessions.of(identity('a', 'run-7'), 'named', 0), /^named~/);
});

test('a name that could confuse a reader is refused', () => {
  const sessions = new Sessions(IDLE);
  for (const name of ['', ' x', 'a b', 'a~b', '\u001b[31m', 'x'.repeat(129)]) {
    assert.throws(() => sessions.of(identity('a'), name, 0), { code: 'bad_parameter' }, JSON.stringify(name));
  }
});

test('an implicit session outlives a restart, unless it was idle or cannot be looked up', async () => {
  const resumed = new Sessions(IDLE, async () => ({ id: 'earlier', last: 1_000 }));
  assert.equal(await resumed.of(identity('a'), undefined, 2_000), 'earlier');
  assert.notEqual(
    await new Sessions(IDLE, async () => ({ id: 'earlier', last: 0 })).of(identity('a'), undefined, IDLE + 1),
    'earlier',
  );
  const failing = new Sessions(IDLE, () => Promise.reject(new Error('index is closed')));
  assert.ok(await failing.of(identity('a'), undefined, 0));
});

test('calls that arrive together after a restart get one session', async () => {
  const sessions = new Sessions(IDLE, async () => undefined);
  const ids = await Promise.all([sessions.of(identity('a'), undefined, 1), sessions.of(identity('a'), undefined, 1)]);
  assert.equal(ids[0], ids[1]);
});
