// Signing in on the gateway's machine, attacked: a link is good once, for its time, over loopback, from the console's own page, and for who holds the key.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type ApiHarness, RUN, startHarness } from '../../test/harness/api-parts.ts';
import { buildApi } from './api.ts';
import { localOperator, localOperatorToken } from './local-operator.ts';
import { createLocalSignIn } from './local-sign-in.ts';

const HOST = '127.0.0.1:8090';
const ORIGIN = `http://${HOST}`;
let harness: ApiHarness;
let server: FastifyInstance;
let stop: () => Promise<void>;
let operator: string;

before(async () => {
  harness = await startHarness();
  ({ server, stop } = buildApi(harness.options));
  operator = localOperatorToken(harness.keyring.secret('local-operator'), RUN, 'alice');
});
after(async () => {
  await stop?.();
  await harness?.close();
});

const begin = (token: string) =>
  server.inject({ method: 'POST', url: '/auth/local/begin', headers: { authorization: `Bearer ${token}` } });
const codeOf = async (): Promise<string> => (await begin(operator)).json<{ code: string }>().code;
/** What Chromium sends when the console's page posts the code; `headers` changes it, undefined takes one away. */
const finish = (code: string, headers: Record<string, string | undefined> = {}, remoteAddress = '127.0.0.1') => {
  const all = { host: HOST, origin: ORIGIN, 'sec-fetch-site': 'same-origin', ...headers };
  return server.inject({
    method: 'POST',
    url: '/auth/local/finish',
    remoteAddress,
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    payload: { code },
  } as InjectOptions);
};
const cookieOf = (response: { headers: Record<string, unknown> }): string =>
  String(response.headers['set-cookie']).split(';')[0] ?? '';

test('a link signs in the local operator, with every role, by a cookie that no script and no other site sees', async () => {
  const begun = await begin(operator);
  assert.equal(begun.statusCode, 200);
  const done = await finish(begun.json<{ code: string }>().code);
  assert.equal(done.statusCode, 200, done.body);
  assert.match(
    String(done.headers['set-cookie']),
    /^dogwatch-session-local-0=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  const cookie = cookieOf(done);
  const session = await server.inject({ url: '/auth/session', headers: { host: HOST, cookie } });
  const { identity, roles, csrf, provider } = session.json();
  assert.deepEqual(
    [identity.issuer, identity.subject, roles],
    ['dogwatch:local', 'alice', ['auditor', 'operator', 'admin']],
  );
  assert.equal(provider, 'dogwatch:local');
  assert.equal((await server.inject({ url: '/api/v1/search', headers: { host: HOST, cookie } })).statusCode, 200);

  // A change needs the CSRF token, and this origin.
  const change = (headers: Record<string, string>) =>
    server.inject({ method: 'POST', url: '/api/v1/connections/reload', headers: { host: HOST, cookie, ...headers } });
  assert.equal((await change({})).statusCode, 403);
  assert.equal((await change({ 'x-dogwatch-csrf': csrf, origin: 'http://evil.example' })).statusCode, 403);
  assert.equal((await change({ 'x-dogwatch-csrf': csrf, origin: 'http://127.0.0.1:8091' })).statusCode, 403);
  assert.equal((await change({ 'x-dogwatch-csrf': csrf, origin: ORIGIN })).statusCode, 200);

  // The cookie is believed over loopback alone, under a name of this machine, and not through a proxy.
  for (const [headers, remoteAddress] of [
    [{ host: 'evil.example:8090' }, '127.0.0.1'],
    [{ host: '127.0.0.1.evil.example:8090' }, '127.0.0.1'],
    [{ host: HOST, 'x-forwarded-for': '203.0.113.7' }, '127.0.0.1'],
    [{ host: HOST, forwarded: 'for=203.0.113.7' }, '127.0.0.1'],
    [{ host: HOST }, '203.0.113.7'],
  ] as const) {
    const answer = await server.inject({ url: '/auth/session', remoteAddress, headers: { cookie, ...headers } });
    assert.equal(answer.statusCode, 401, JSON.stringify([headers, remoteAddress]));
  }

  // Who signed in is in the record; signing out ends it.
  await harness.index.reached(harness.journal.size);
  const found = await server.inject({ url: '/api/v1/search?q=kind:identity.sign-in', headers: { host: HOST, cookie } });
  assert.match(found.body, /on the machine of the gateway/);
  const out = await server.inject({
    method: 'POST',
    url: '/auth/logout',
    headers: { host: HOST, cookie, origin: ORIGIN, 'x-dogwatch-csrf': csrf },
  });
  assert.deepEqual(out.json(), { ended: true });
  assert.equal((await server.inject({ url: '/auth/session', headers: { host: HOST, cookie } })).statusCode, 401);
});

test('a code is good once, whoever brings it first', async () => {
  const code = await codeOf();
  assert.equal((await finish(code)).statusCode, 200);
  const again = await finish(code);
  assert.equal(again.statusCode, 401);
  assert.equal(again.json().error.code, 'sign_in_failed');
  assert.equal(again.headers['set-cookie'], undefined);
  // Also when both come at once.
  const other = await codeOf();
  const both = await Promise.all([finish(other), finish(other)]);
  assert.deepEqual(both.map(({ statusCode }) => statusCode).sort(), [200, 401]);
});

test('a code is refused from another page, name, machine or through a proxy, and stays unused', async () => {
  const code = await codeOf();
  for (const [headers, remoteAddress] of [
    [{ origin: 'http://evil.example' }, '127.0.0.1'],
    [{ origin: undefined }, '127.0.0.1'],
    [{ origin: 'null' }, '127.0.0.1'],
    [{ 'sec-fetch-site': 'cross-site' }, '127.0.0.1'],
    [{ 'sec-fetch-site': 'same-site' }, '127.0.0.1'],
    [{ host: 'evil.example', origin: 'http://evil.example' }, '127.0.0.1'],
    [{ 'x-forwarded-for': '127.0.0.1' }, '127.0.0.1'],
    [{}, '192.0.2.1'],
  ] as const) {
    const answer = await finish(code, headers, remoteAddress);
    assert.equal(answer.statusCode, 401, JSON.stringify([headers, remoteAddress]));
    assert.equal(answer.headers['set-cookie'], undefined);
  }
  assert.equal(
    (await finish(code, { host: '[::1]:8090', origin: 'http://[::1]:8090' }, '::ffff:127.0.0.1')).statusCode,
    200,
  );
});

test('only the local operator gets a link: no admin, no auditor, nobody, and no session that came of a link', async () => {
  assert.equal((await server.inject({ method: 'POST', url: '/auth/local/begin' })).statusCode, 401);
  assert.equal((await begin(await harness.issuer.token(['security']))).statusCode, 403);
  assert.equal((await begin(await harness.issuer.token(['platform']))).statusCode, 403);
  // Every other last character, also those that differ in base64url's unused bits alone.
  for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
    const expected = operator.endsWith(last) ? 200 : 401;
    assert.equal((await begin(`${operator.slice(0, -1)}${last}`)).statusCode, expected, last);
  }
  const cookie = cookieOf(await finish(await codeOf()));
  const { csrf } = (await server.inject({ url: '/auth/session', headers: { host: HOST, cookie } })).json();
  const again = await server.inject({
    method: 'POST',
    url: '/auth/local/begin',
    headers: { host: HOST, cookie, origin: ORIGIN, 'x-dogwatch-csrf': csrf },
  });
  assert.equal(again.statusCode, 403);
});

test('an identity that was revoked gets in by no link, and its session ends', async () => {
  const cookie = cookieOf(await finish(await codeOf()));
  const code = await codeOf();
  await harness.options.identities.revoke({ by: 'identity', issuer: 'dogwatch:local', subject: 'alice' });
  assert.equal((await server.inject({ url: '/auth/session', headers: { host: HOST, cookie } })).statusCode, 401);
  assert.equal((await finish(code)).statusCode, 401);
  await harness.options.identities.lift('identity', 'dogwatch:local#alice');
});

test('a link has its time, and there are not many of them', () => {
  const clock = { time: 1_000_000 };
  const local = createLocalSignIn(harness.options, () => clock.time);
  try {
    const { expiresAt } = local.invite(localOperator('alice'));
    assert.equal(expiresAt - clock.time, 600_000);
    for (let more = 1; more < 32; more++) local.invite(localOperator('alice'));
    assert.throws(() => local.invite(localOperator('alice')), { code: 'too_many_tokens' });
    clock.time += 600_000;
    local.invite(localOperator('alice'));
  } finally {
    local.close();
  }
});

test('guessing is slow, and no code stands in a log or in the record', async () => {
  const code = await codeOf();
  const wrong = 'A'.repeat(43);
  let refused = 0;
  for (let tries = 0; tries < 60; tries++) refused += (await finish(wrong)).statusCode === 429 ? 1 : 0;
  assert.ok(refused > 0);
  assert.ok(harness.lines.every((line) => !line.includes(code) && !line.includes(wrong)));
  assert.equal((await finish('short')).statusCode, 400);
});
