// Dogwatch's own tokens, revocations and service accounts: bounds, narrowing in time, and what a restart leaves.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { handKey, startHandMadeIssuer } from '../../test/harness/hand-made-issuer.ts';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import type { Identity } from '../exchange/identity.ts';
import { openIdentityStore } from './identity-store.ts';
import { createVerifier } from './verifier.ts';

const KEY = Buffer.alloc(32, 7);
const ADA: Identity = {
  issuer: 'https://idp.example',
  subject: 'ada',
  kind: 'person',
  name: 'Ada',
  groups: ['sre'],
  onBehalfOf: [],
  claims: {},
};

async function open(dir = temporaryFolder('identities'), now?: () => number) {
  return openIdentityStore({ dir, key: KEY, ...(now && { now }) });
}

test('a token is found until it ends, is frozen, and stands nowhere but in its answer', async () => {
  let now = Date.now();
  const dir = temporaryFolder('identities');
  const store = await open(dir, () => now);
  const { token, id, expiresAt } = await store.mint({ kind: 'login', identity: ADA, session: 's', ttlSeconds: 60 });
  const grant = store.lookup(token);
  assert.deepEqual([grant?.id, grant?.identity.session, expiresAt], [id, 's', now + 60_000]);
  assert.throws(() => (grant?.identity.groups as string[] | undefined)?.push('admins'));
  for (const other of ['', 'dw_', token.slice(0, -1), `${token}A`, token.toLowerCase(), `dwr_${token.slice(3)}`]) {
    assert.equal(store.lookup(other), undefined, other);
  }
  assert.ok(!readFileSync(join(dir, 'identity.log')).includes(token));
  now += 60_000;
  assert.equal(store.lookup(token), undefined);
  const verifier = createVerifier([], { tokens: store.tokens, now: () => now });
  assert.throws(() => verifier.check(token), { code: 'token_expired' });
  await store.close();
});

test('what is made from a token ends no later than it, and with it', async () => {
  const store = await open();
  const parent = await store.mint({ kind: 'login', identity: ADA, ttlSeconds: 60 });
  const child = await store.mint({ kind: 'exchange', identity: ADA, parent: parent.id, ttlSeconds: 3600 });
  const run = await store.mint({
    kind: 'exec',
    identity: ADA,
    parent: child.id,
    ttlSeconds: 30,
    renewableSeconds: 86_400,
  });
  assert.equal(child.expiresAt, parent.expiresAt);
  assert.ok(((await store.renew(run.lease ?? '')) ?? Number.POSITIVE_INFINITY) <= parent.expiresAt);
  assert.equal(await store.revoke({ by: 'token', token: parent.token }), 3);
  for (const { token } of [parent, child, run]) assert.equal(store.lookup(token), undefined);
  assert.equal(await store.renew(run.lease ?? ''), undefined);
  const late = await store.mint({ kind: 'exchange', identity: ADA, parent: parent.id, ttlSeconds: 3600 });
  assert.equal(store.lookup(late.token), undefined, 'nothing is made from what was revoked');
  await store.close();
});

test('a lease moves the end on in steps, to its last day and not beyond, also over a restart', async () => {
  let now = Date.now();
  const dir = temporaryFolder('identities');
  const store = await open(dir, () => now);
  const { token, lease = '' } = await store.mint({
    kind: 'exec',
    identity: ADA,
    ttlSeconds: 180,
    renewableSeconds: 400,
  });
  now += 170_000;
  assert.equal(await store.renew(lease), now + 180_000);
  await store.close();
  const again = await open(dir, () => now);
  now += 170_000;
  assert.ok(again.lookup(token));
  assert.equal(await again.renew(lease), now + 60_000, 'the last possible end');
  now += 60_000;
  assert.equal(again.lookup(token), undefined);
  assert.equal(await again.renew(lease), undefined);
  await again.close();
});

test('tokens of one identity are bounded; what ended makes room', async () => {
  let now = Date.now();
  const store = await open(undefined, () => now);
  const mint = () => store.mint({ kind: 'exchange', identity: ADA, ttlSeconds: 60 });
  for (let n = 0; n < 10; n += 1) await Promise.all(Array.from({ length: 1000 }, mint));
  await assert.rejects(mint(), { code: 'too_many_tokens' });
  await store.mint({ kind: 'exchange', identity: { ...ADA, subject: 'bob' }, ttlSeconds: 60 });
  now += 20 * 60_000;
  await mint();
  assert.equal(store.tokens.size, 1);
  await store.close();
});

test('a revoked JWT stays revoked with the other signature that ECDSA admits, and after a restart', async (t) => {
  const issuer = await startHandMadeIssuer([handKey('ES256')]);
  t.after(() => issuer.close());
  const dir = temporaryFolder('identities');
  const store = await open(dir);
  const verifierOf = ({ tokens, revocations }: typeof store) =>
    createVerifier([issuer.config()], { tokens, revocations });
  const token = issuer.token();
  // (r, s) and (r, n - s) verify alike.
  const [header, claims, signature = ''] = token.split('.');
  const raw = Buffer.from(signature, 'base64url');
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${raw.subarray(32).toString('hex')}`);
  const twin = `${header}.${claims}.${Buffer.concat([raw.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]).toString('base64url')}`;
  const verifier = verifierOf(store);
  await verifier.check(token);
  await verifier.check(twin);
  await store.revoke({ by: 'token', token });
  const again = async (by: typeof verifier, each: string) => by.check(each);
  for (const each of [token, twin]) await assert.rejects(again(verifier, each), { code: 'token_revoked' });
  await store.close();
  const reopened = await open(dir);
  for (const each of [token, twin]) await assert.rejects(again(verifierOf(reopened), each), { code: 'token_revoked' });
  await reopened.lift('token', reopened.revocations.list()[0]?.key ?? '');
  await again(verifierOf(reopened), twin);
  await reopened.close();
});

test('service accounts: names, groups and lives are bounded', async () => {
  const store = await open();
  const { accounts } = store;
  for (const name of ['', 'A', 'a b', '-a', 'a'.repeat(64), '../x']) {
    await assert.rejects(accounts.create(name, [], 'ada', 60), { code: 'bad_parameter' }, name);
  }
  for (const groups of [[''], ['a\u202eb'], Array(65).fill('g')]) {
    await assert.rejects(accounts.create('x', groups, 'ada', 60), { code: 'bad_parameter' });
  }
  const { expiresAt } = await accounts.create('x', ['sre'], 'ada', 1e9);
  assert.ok(expiresAt <= Date.now() + 366 * 86_400_000);
  await assert.rejects(accounts.create('x', [], 'ada', 60), { code: 'bad_parameter' });
  await assert.rejects(accounts.rotate('y', 60, 0), { code: 'not_found' });
  await store.close();
});
