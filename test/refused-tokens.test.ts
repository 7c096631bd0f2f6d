// Bad input, who: callers without a good token, without a connection, or with one that is not theirs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RefusedToken } from '../src/exchange/entry.ts';
import { makeSite, startGateway } from './harness/gateway.ts';
import { startTestIssuer } from './harness/issuer.ts';
import { readJournal } from './harness/journal.ts';
import { assertRefused, type Scene, startScene } from './harness/scene.ts';
import { startTestUpstream } from './harness/upstream.ts';

let scene: Scene;
/** Exchange ids of refused tokens, with the code that each must have in the journal. */
const refusals = new Map<string, string>();

before(async () => {
  scene = await startScene({
    configure: (config) => ({
      ...config,
      connections: [
        ...(config.connections ?? []),
        {
          name: 'finance',
          site: 'datadoghq.eu',
          groups: ['finance'],
          apiKey: { file: './keys/datadog-api' },
          appKey: { file: './keys/datadog-app' },
          upstream: config.connections?.[0]?.upstream,
        },
      ],
    }),
  });
});
after(() => scene?.close());

/** Calls with a token and expects the refusal; nothing may reach Datadog. */
async function refused(token: string | undefined, status: number, code: string): Promise<void> {
  const reached = scene.upstream.heads();
  const headers: Record<string, string> = token === undefined ? {} : { 'dd-api-key': token };
  const answer = await scene.call('POST', '/api/v1/monitor', '{"name":"never"}', headers);
  assertRefused(answer, status, code);
  if (token) assert.ok(!answer.body.includes(token), 'the answer repeats the token');
  assert.equal(scene.upstream.heads(), reached, 'something was sent to Datadog');
  refusals.set(answer.exchange, code);
  await scene.works();
}

test('no token', () => refused(undefined, 401, 'token_missing'));
test('a token that is none', () => refused('0123456789abcdef0123456789abcdef', 401, 'token_malformed'));
test('an expired token', async () => refused(await scene.issuer.mint({ expires: -120 }), 401, 'token_expired'));
test('a token that is not valid yet', async () =>
  refused(await scene.issuer.mint({ notBefore: 600 }), 401, 'token_not_yet_valid'));
test('wrong audience', async () =>
  refused(await scene.issuer.mint({ audience: 'somebody-else' }), 401, 'token_bad_audience'));
test('wrong algorithm: HMAC keyed with the public key', async () =>
  refused(await scene.issuer.mint({ algorithm: 'HS256' }), 401, 'token_bad_algorithm'));
test('wrong algorithm: none', async () => {
  const [, payload] = (await scene.issuer.mint()).split('.');
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url');
  await refused(`${header}.${payload}.`, 401, 'token_bad_algorithm');
});
test('unknown issuer', async () =>
  refused(await scene.issuer.mint({ issuer: 'https://login.evil.example' }), 401, 'token_unknown_issuer'));
test('a good issuer named, signed by another', async () => {
  const impostor = await startTestIssuer();
  try {
    await refused(await impostor.mint({ issuer: scene.issuer.url }), 401, 'token_bad_signature');
  } finally {
    await impostor.close();
  }
});
test('a token whose payload was changed', async () => {
  const [header, payload, signature] = (await scene.issuer.mint({ groups: ['interns'] })).split('.');
  const claims = { ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), groups: ['sre'] };
  const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
  await refused(`${header}.${forged}.${signature}`, 401, 'token_bad_signature');
});
test('two different tokens in one call', async () => {
  const answer = await scene.call('GET', '/api/v1/monitor', undefined, {
    'dd-api-key': scene.token,
    authorization: `Bearer ${await scene.issuer.mint({ subject: 'another' })}`,
  });
  assertRefused(answer, 401, 'token_ambiguous');
  refusals.set(answer.exchange, 'token_ambiguous');
});

test('unknown connection', async () => {
  const reached = scene.upstream.heads();
  assertRefused(await scene.call('GET', '/c/nowhere/api/v1/monitor'), 404, 'unknown_connection');
  assert.equal(scene.upstream.heads(), reached);
  await scene.works();
});
test("a connection that none of the caller's groups may use", async () => {
  assertRefused(await scene.call('GET', '/c/finance/api/v1/monitor'), 403, 'connection_not_allowed');
  const token = await scene.issuer.mint({ subject: 'intern', groups: ['interns'] });
  assertRefused(
    await scene.call('GET', '/api/v1/monitor', undefined, { 'dd-api-key': token }),
    403,
    'connection_not_allowed',
  );
  await scene.works();
});

test('issuer down: the last good keys serve, and unknown keys are not taken for bad ones', async () => {
  await scene.issuer.down();
  await scene.works();
  const fresh = await scene.issuer.mint({ subject: 'came-later' });
  assert.equal((await scene.call('GET', '/api/v1/monitor', undefined, { 'dd-api-key': fresh })).status, 200);
  await scene.issuer.up();
});

test('issuer down from the beginning: 503, and served as soon as it is there', async () => {
  const issuer = await startTestIssuer();
  const upstream = await startTestUpstream();
  const token = await issuer.mint();
  await issuer.down();
  const site = await makeSite({ issuer: issuer.url, upstream: upstream.url });
  try {
    const gateway = await startGateway(site);
    const call = () => fetch(`${gateway.url}/api/v1/monitor`, { headers: { 'dd-api-key': token } });
    const answer = await call();
    const code = answer.headers.get('x-dogwatch-error');
    assertRefused(
      { status: answer.status, code, body: Buffer.from(await answer.arrayBuffer()) },
      503,
      'issuer_unavailable',
    );
    assert.equal(upstream.heads(), 0);
    await issuer.up();
    // The gateway asks an issuer that failed again only after a cooldown.
    const deadline = Date.now() + 40_000;
    let status = 0;
    while (status !== 200 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      status = (await call()).status;
    }
    assert.equal(status, 200);
    await gateway.end();
    const entries = await readJournal(site);
    assert.ok(
      entries.some(
        ({ kind, summary }) => kind === 'identity.refused' && (summary as RefusedToken).code === 'issuer_unavailable',
      ),
    );
  } finally {
    await upstream.close();
    await issuer.close();
  }
});

test('afterwards: every refused token is an entry, and nothing recorded is lost', async () => {
  const { entries } = await scene.journal();
  const recorded = new Map(
    entries
      .filter(({ kind }) => kind === 'identity.refused')
      .map(({ summary }) => [(summary as RefusedToken).exchange, (summary as RefusedToken).code]),
  );
  for (const [exchange, code] of refusals) assert.equal(recorded.get(exchange), code, `${exchange} ${code}`);
});
