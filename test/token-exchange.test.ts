// POST /oauth2/token: an accepted credential in, a narrowed token of Dogwatch's own out; what is refused, and what is recorded.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent, RefusedToken } from '../src/exchange/entry.ts';
import type { RunSummary } from '../src/identity/token-endpoint.ts';
import { type Scene, startScene } from './harness/scene.ts';

let scene: Scene;
const minted: string[] = [];

before(async () => {
  scene = await startScene();
});
after(() => scene?.close());

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** What the endpoint says, of a grant, a prolonged run or a refusal: the tests look only at what their request asks for. */
interface Said {
  readonly access_token: string;
  readonly token_type: string;
  readonly issued_token_type: string;
  readonly expires_in: number;
  readonly scope: string;
  readonly lease: string;
  readonly session: string;
  readonly run: RunSummary;
  readonly error?: string;
}

interface Reply {
  readonly status: number;
  readonly code: string | null;
  readonly headers: Headers;
  readonly body: Said;
}

async function post(
  path: string,
  form: string | Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${scene.gateway.url}${path}`, {
    method: 'POST',
    body: typeof form === 'string' ? form : new URLSearchParams(form).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
  const { status } = response;
  const text = await response.text();
  const body = JSON.parse(text) as Said;
  if (body.access_token) minted.push(body.access_token);
  return { status, code: response.headers.get('x-dogwatch-error'), headers: response.headers, body };
}

async function exchange(
  more: Record<string, string> = {},
  wish: Parameters<Scene['issuer']['mint']>[0] = {},
): Promise<Reply> {
  const subject_token =
    more.subject_token ?? (await scene.issuer.mint({ subject: 'claude-sre', name: 'Claude', ...wish }));
  return post('/oauth2/token', { grant_type: EXCHANGE, subject_token_type: JWT, ...more, subject_token });
}

const call = (token: string, method = 'GET', target = '/api/v1/monitor/7', headers: Record<string, string> = {}) =>
  scene.call(method, target, undefined, { 'dd-api-key': token, ...headers });

test('a token of an issuer is exchanged for one of Dogwatch, which works in every carrier', async () => {
  const { status, body, headers } = await exchange();
  assert.equal(status, 200);
  assert.match(body.access_token, /^dw_[A-Za-z0-9_-]{43}$/);
  assert.equal(body.token_type, 'Bearer');
  assert.equal(body.issued_token_type, ACCESS_TOKEN);
  assert.ok(body.expires_in > 3500 && body.expires_in <= 3600);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal((await call(body.access_token)).status, 200);
  const bearer = await fetch(`${scene.gateway.url}/api/v1/monitor/7`, {
    headers: { authorization: `Bearer ${body.access_token}`, 'dd-application-key': body.access_token },
  });
  assert.equal(bearer.status, 200);
});

test('scope read, audience, resource and session narrow the token; it can only be narrowed further', async () => {
  const read = (await exchange({ scope: 'read', audience: 'production', session: 'nightly' })).body;
  assert.deepEqual([read.scope, read.session], ['read', 'nightly']);
  assert.equal((await call(read.access_token)).status, 200);
  assert.equal((await call(read.access_token, 'DELETE')).code, 'token_read_only');
  const other = await call(read.access_token, 'GET', '/api/v1/monitor/7', { 'x-dogwatch-session': 'daily' });
  assert.equal(other.code, 'token_other_session');

  const from = { subject_token: read.access_token, subject_token_type: ACCESS_TOKEN };
  const child = (await exchange(from)).body;
  assert.equal(child.scope, 'read');
  assert.equal((await call(child.access_token, 'DELETE')).code, 'token_read_only');
  assert.equal((await exchange({ ...from, session: 'daily' })).body.error, 'invalid_request');
  assert.ok(child.expires_in <= read.expires_in);

  const byResource = await exchange({ resource: `${scene.gateway.url}/c/production/api/v1` });
  assert.equal(byResource.status, 200);
  for (const more of [
    { audience: 'finance' },
    { resource: 'https://evil.example/c/production' },
    { audience: 'production', resource: `${scene.gateway.url}/c/other` },
  ]) {
    const refused = await exchange(more);
    assert.deepEqual([refused.status, refused.body.error], [400, 'invalid_target']);
  }
  const forNobody = await exchange({ audience: 'production' }, { groups: ['strangers'] });
  assert.deepEqual([forNobody.status, forNobody.body.error], [400, 'invalid_target']);
});

test('an actor stands outermost in the chain, unless may_act names another', async () => {
  const actor_token = await scene.issuer.mint({ subject: 'claude-code', name: 'Claude Code' });
  const acting = { actor_token, actor_token_type: JWT };
  const subject = {
    subject: 'alice',
    name: 'Alice',
    claims: { act: { sub: 'laptop' }, may_act: { sub: 'claude-code' } },
  };
  const { body } = await exchange(acting, subject);
  assert.equal((await call(body.access_token, 'POST', '/api/v1/monitor')).status, 200);
  const other = await exchange(acting, { ...subject, claims: { may_act: { sub: 'somebody-else' } } });
  assert.deepEqual([other.status, other.body.error, other.code], [400, 'invalid_grant', 'token_unmatched']);
  assert.equal((await exchange({ actor_token })).body.error, 'invalid_request');
});

test('refusals are those of RFC 6749 and RFC 8693, and tell nothing of why a credential was refused', async () => {
  const refused = async (form: string | Record<string, string>, error: string, code: string, headers = {}) => {
    const reply = await post('/oauth2/token', form, headers);
    assert.deepEqual([reply.body.error, reply.code], [error, code], JSON.stringify(form));
    assert.ok(reply.status >= 400);
  };
  const good = { grant_type: EXCHANGE, subject_token_type: JWT, subject_token: await scene.issuer.mint() };
  await refused({}, 'invalid_request', 'bad_parameter');
  await refused({ ...good, grant_type: 'password' }, 'unsupported_grant_type', 'bad_parameter');
  await refused({ ...good, subject_token_type: 'urn:x' }, 'invalid_request', 'bad_parameter');
  await refused({ ...good, requested_token_type: JWT }, 'invalid_request', 'bad_parameter');
  await refused({ ...good, scope: 'write' }, 'invalid_scope', 'bad_parameter');
  await refused({ ...good, client_secret: 'x' }, 'invalid_client', 'bad_parameter');
  await refused(good, 'invalid_client', 'bad_parameter', { authorization: 'Basic YTpi' });
  await refused(`${new URLSearchParams(good)}&scope=read&scope=read`, 'invalid_request', 'bad_parameter');
  await refused('grant_type=%ff', 'invalid_request', 'bad_parameter');
  await refused({ ...good, session: '../etc' }, 'invalid_request', 'bad_parameter');
  await refused({ ...good, agent: 'a\u0007b' }, 'invalid_request', 'bad_parameter');
  await refused(JSON.stringify(good), 'invalid_request', 'bad_parameter', { 'content-type': 'application/json' });
  await refused(
    { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', assertion: 'PHg-' },
    'invalid_request',
    'bad_parameter',
  );
  for (const [wish, code] of [
    [{ expires: -600 }, 'token_expired'],
    [{ audience: 'somebody-else' }, 'token_bad_audience'],
    [{ algorithm: 'HS256' }, 'token_bad_algorithm'],
  ] as const) {
    const subject_token = await scene.issuer.mint(wish);
    const reply = await post('/oauth2/token', { ...good, subject_token });
    assert.deepEqual([reply.status, reply.body.error, reply.code], [400, 'invalid_grant', code]);
    assert.doesNotMatch(JSON.stringify(reply.body), /somebody-else|HS256| s ago/);
  }
  await refused({ ...good, subject_token: `dw_${'A'.repeat(43)}` }, 'invalid_grant', 'token_unknown');
  const huge = await post('/oauth2/token', { ...good, subject_token: 'a'.repeat(300 * 1024) });
  assert.deepEqual([huge.status, huge.code], [413, 'request_too_large']);
  const get = await fetch(`${scene.gateway.url}/oauth2/token`);
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
});

test('a lease prolongs a run, whoever has the token alone cannot; the end of the run ends its tokens', async () => {
  const { body } = await exchange({ renewable: 'true', session: 'run-1', agent: 'claude-code' });
  assert.ok(body.expires_in <= 180);
  assert.match(body.lease, /^dwr_/);
  assert.equal((await call(body.access_token)).status, 200);
  assert.equal((await call(body.lease)).status, 401, 'a lease is no token');
  assert.equal((await post('/oauth2/run', { lease: body.access_token })).status, 400);
  assert.ok((await post('/oauth2/run', { lease: body.lease })).body.expires_in > 100);
  const child = (await exchange({ subject_token: body.access_token, subject_token_type: ACCESS_TOKEN })).body;
  assert.equal((await call(child.access_token)).status, 200);
  const ended = await post('/oauth2/run', { lease: body.lease, end: 'true' });
  assert.deepEqual([ended.body.run.calls, ended.body.run.changes], [2, 0]);
  for (const token of [body.access_token, child.access_token]) {
    assert.deepEqual([(await call(token)).status, (await call(token)).code], [401, 'token_revoked']);
  }
  assert.equal((await post('/oauth2/run', { lease: body.lease })).code, 'token_revoked');
});

test('a token is given back by RFC 7009, also twice, and an unknown one is no error', async () => {
  const { body } = await exchange();
  for (const token of [body.access_token, body.access_token, `dw_${'B'.repeat(43)}`]) {
    assert.equal((await post('/oauth2/revoke', { token })).status, 200);
  }
  assert.equal((await call(body.access_token)).code, 'token_revoked');
  const jwt = await post('/oauth2/revoke', { token: await scene.issuer.mint() });
  assert.equal(jwt.body.error, 'unsupported_token_type');
});

test('metadata of the authorization server and of the resource, and a 401 that points there', async () => {
  const json = async (path: string) =>
    (await (await fetch(`${scene.gateway.url}${path}`)).json()) as Record<string, unknown>;
  const server = await json('/.well-known/oauth-authorization-server');
  assert.equal(server.issuer, scene.gateway.url);
  assert.equal(server.token_endpoint, `${scene.gateway.url}/oauth2/token`);
  assert.ok((server.grant_types_supported as string[]).includes(EXCHANGE));
  for (const path of ['', '/api/unstable/mcp-server/mcp']) {
    const resource = await json(`/.well-known/oauth-protected-resource${path}`);
    assert.equal(resource.resource, scene.gateway.url);
    assert.deepEqual(resource.authorization_servers, [scene.gateway.url]);
  }
  const metadata = `resource_metadata="${scene.gateway.url}/.well-known/oauth-protected-resource"`;
  const missing = await fetch(`${scene.gateway.url}/api/v1/monitor`);
  assert.equal(missing.headers.get('www-authenticate'), `Bearer realm="dogwatch", ${metadata}`);
  const unknown = await call(`dw_${'C'.repeat(43)}`);
  assert.equal(unknown.headers.get('www-authenticate'), `Bearer realm="dogwatch", error="invalid_token", ${metadata}`);
});

test('a narrowed token, and that of a run, give no role at the API', async () => {
  const auditor = { groups: ['sre', 'auditors'] };
  const roles = async (token: string) => {
    const response = await fetch(`${scene.gateway.apiUrl}/api/v1/whoami`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await response.json()) as { roles: string[] }).roles;
  };
  assert.deepEqual(await roles((await exchange({}, auditor)).body.access_token), ['auditor']);
  assert.deepEqual(await roles((await exchange({ scope: 'read' }, auditor)).body.access_token), []);
  const run = (await exchange({ renewable: 'true' }, auditor)).body.access_token;
  assert.deepEqual(await roles(run), []);
  const child = await exchange({ subject_token: run, subject_token_type: ACCESS_TOKEN });
  assert.deepEqual(await roles(child.body.access_token), [], 'nor does what a run exchanges it for');
});

test('exchanges, refusals and revocations are entries, and hold no token; tokens survive a restart', async () => {
  const kept = (await exchange({ session: 'kept' })).body.access_token;
  const { entries } = await scene.journal();
  await scene.restart();
  assert.equal((await call(kept)).status, 200, 'a token is gone after a restart');
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind);
  const events = of('identity.token').map(({ summary }) => summary as unknown as AuditEvent);
  assert.equal(events.length, minted.length);
  assert.ok(
    events.every(({ who, source, details }) => who.id.includes('#') && source === '127.0.0.1' && details.token),
  );
  assert.ok(events.some(({ details }) => JSON.stringify(details.actors ?? '').includes('claude-code')));
  const refusals = of('identity.refused').map(({ summary }) => summary as unknown as RefusedToken);
  assert.ok(refusals.some(({ code, reason }) => code === 'token_bad_audience' && reason.includes('somebody-else')));
  assert.ok(of('identity.revoked').length >= 2);
  const all = JSON.stringify(entries.map(({ summary }) => summary));
  for (const token of minted) assert.ok(!all.includes(token), 'a token is in the journal');
});

test('an address that asks too often is told to wait', async () => {
  const replies = await Promise.all(
    Array.from({ length: 400 }, () => post('/oauth2/revoke', { token: `dw_${'D'.repeat(43)}` })),
  );
  const limited = replies.filter(({ status }) => status === 429);
  assert.ok(limited.length > 0);
  assert.deepEqual(
    [limited[0]?.code, limited[0]?.body.error, limited[0]?.headers.get('retry-after')],
    ['rate_limited', 'slow_down', '1'],
  );
});
