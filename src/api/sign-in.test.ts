// People signing in and out: browsers and the command, through a real OIDC provider and SAML; and the attacks on it, by name.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { FetchBrowser } from '../../test/harness/oidc-idp.ts';
import { type SignInRig, samlRequestOf, startSignInRig } from '../../test/harness/sign-in.ts';
import { MAX_SAML } from '../identity/saml-document.ts';

let rig: SignInRig;
before(async () => {
  rig = await startSignInRig();
});
after(() => rig?.close());

const secret = () => randomBytes(32).toString('base64url');
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
const sessionCookie = (browser: FetchBrowser) => browser.cookies.get(rig.url)?.get('dogwatch-session');
const who = async (browser: FetchBrowser) => {
  const { status, text } = await browser.request(`${rig.url}/auth/session`);
  return { status, ...JSON.parse(text) };
};

/** The newest refused sign-in in the record has this code, and what the caller was told holds nothing of its reason. */
async function refusedAs(code: string, told: string): Promise<void> {
  const last = (await rig.entries('identity.sign-in-refused')).at(-1) as unknown as {
    code: string;
    reason: string;
    exchange: string;
  };
  assert.equal(last?.code, code, last?.reason);
  assert.ok(last.reason.length > 3);
  assert.ok(!told.includes(last.reason) && !told.includes(code), told);
  assert.ok(told.includes(last.exchange), told);
}

test('a person signs in through OIDC in a browser, is who the provider says, and signs out', async () => {
  const signIns = (await rig.entries('identity.sign-in')).length;
  const browser = await rig.browser('ada');
  const me = await who(browser);
  assert.equal(me.status, 200);
  assert.equal(me.identity.subject, 'ada');
  assert.equal(me.identity.issuer, rig.oidc.url);
  assert.equal(me.identity.kind, 'person');
  assert.equal(me.identity.name, 'ada at work');
  assert.equal(me.identity.email, 'ada@example.com');
  assert.deepEqual(me.identity.groups, ['security']);
  assert.deepEqual(me.roles, ['auditor']);
  assert.equal((await browser.request(`${rig.url}/api/v1/search`)).status, 200);
  const entries = await rig.entries('identity.sign-in');
  assert.equal(entries.length, signIns + 1);
  assert.match(JSON.stringify(entries.at(-1)), /signed in through corp/);
  const cookie = sessionCookie(browser);
  const out = await browser.request(`${rig.url}/auth/logout`, {
    method: 'POST',
    headers: { 'x-dogwatch-csrf': me.csrf },
  });
  assert.equal(out.status, 200);
  assert.equal(sessionCookie(browser), undefined);
  browser.cookies.get(rig.url)?.set('dogwatch-session', cookie ?? '');
  assert.equal((await who(browser)).status, 401);
  assert.match(JSON.stringify((await rig.entries('identity.sign-out')).at(-1)), /signed out/);
});

test('a person signs in through SAML in a browser', async () => {
  const browser = new FetchBrowser();
  const { id, relayState } = await rig.samlRequest(browser, '/auth/login?provider=saml&return=%2Fapi%2Fv1%2Fwhoami');
  const posted = await rig.acs(new FetchBrowser(), rig.saml.response({ requestId: id }), relayState);
  assert.equal(posted.status, 303, posted.text);
  const done = await browser.request(posted.headers.get('location') ?? '');
  assert.equal(done.status, 303, done.text);
  assert.equal(done.headers.get('location'), '/api/v1/whoami');
  const me = await who(browser);
  assert.equal(me.identity.name, 'Ada Lovelace');
  assert.equal(me.identity.issuer, rig.saml.entityId);
  assert.equal(me.provider, 'saml');
});

test('the session cookie cannot be read by scripts, nor sent from other sites with a POST', async () => {
  const browser = new FetchBrowser();
  const page = await browser.signIn(`${rig.url}/auth/login`, 'ada', (at) => at.startsWith(`${rig.url}/auth/callback`));
  const { headers } = await browser.request(page.url);
  const [session = '', cleared = ''] = headers.getSetCookie();
  assert.match(session, /^dogwatch-session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  assert.match(cleared, /^dogwatch-sign-in=; .*Max-Age=0$/);
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('roles: what each may do, least by default', async () => {
  const may = async (login: string) => {
    const browser = await rig.browser(login);
    const { csrf } = await who(browser);
    const headers = { 'x-dogwatch-csrf': csrf };
    const search = await browser.request(`${rig.url}/api/v1/search`);
    const reload = await browser.request(`${rig.url}/api/v1/connections/reload`, { method: 'POST', headers });
    return [search.status, reload.status];
  };
  assert.deepEqual(await may('bob'), [403, 403]);
  assert.deepEqual(await may('ada'), [200, 403]);
  assert.deepEqual(await may('olga'), [200, 200]);
  assert.deepEqual(await may('root'), [200, 200]);
});

test('CSRF: a change with the cookie needs the token, from this origin', async () => {
  const browser = await rig.browser('root');
  const { csrf } = await who(browser);
  const reload = async (headers: Record<string, string>) => {
    const { status, text } = await browser.request(`${rig.url}/api/v1/connections/reload`, { method: 'POST', headers });
    return `${status} ${JSON.parse(text).error?.code ?? ''}`.trim();
  };
  assert.equal(await reload({}), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': secret() }), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': (await who(await rig.browser('root'))).csrf }), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': csrf, origin: 'https://evil.example' }), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': csrf, origin: 'null' }), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': csrf, 'sec-fetch-site': 'cross-site' }), '403 csrf_refused');
  assert.equal(await reload({ 'x-dogwatch-csrf': csrf, origin: rig.url, 'sec-fetch-site': 'same-origin' }), '200');
});

test('session fixation: a sign-in always makes a new session, and ends the one before', async () => {
  const browser = await rig.browser('bob');
  const before = sessionCookie(browser);
  await browser.signIn(`${rig.url}/auth/login`, 'bob', (at) => at === `${rig.url}/auth/session`);
  assert.notEqual(sessionCookie(browser), before);
  browser.cookies.get(rig.url)?.set('dogwatch-session', before ?? '');
  assert.equal((await who(browser)).status, 401);
  const planted = new FetchBrowser();
  planted.cookies.set(rig.url, new Map([['dogwatch-session', secret()]]));
  const fixed = sessionCookie(planted);
  await planted.signIn(`${rig.url}/auth/login`, 'bob', (at) => at === `${rig.url}/auth/session`);
  assert.notEqual(sessionCookie(planted), fixed);
});

test('two cookies of one name, or a malformed one, are no session', async () => {
  const browser = await rig.browser('ada');
  const cookie = `dogwatch-session=${sessionCookie(browser)}`;
  for (const header of [`${cookie}; ${cookie}`, 'dogwatch-session=', 'dogwatch-session=../x', `x${cookie}`]) {
    assert.equal((await fetch(`${rig.url}/auth/session`, { headers: { cookie: header } })).status, 401, header);
  }
});

test('a revoked identity has its session ended at its next request, and cannot sign in', async () => {
  const browser = await rig.browser('mallory');
  assert.equal((await who(browser)).status, 200);
  await rig.store.revoke({ by: 'identity', issuer: rig.oidc.url, subject: 'mallory' });
  assert.equal((await who(browser)).status, 401);
  const again = new FetchBrowser();
  const page = await again.signIn(`${rig.url}/auth/login`, 'mallory', (at) =>
    at.startsWith(`${rig.url}/auth/callback`),
  );
  const { status, text } = await again.request(page.url);
  assert.equal(status, 401);
  await refusedAs('token_revoked', text);
});

/** Goes through the provider's forms, and stops before the answer reaches Dogwatch. */
async function answerFor(browser: FetchBrowser, login = 'ada'): Promise<URL> {
  const page = await browser.signIn(`${rig.url}/auth/login`, login, (at) => at.startsWith(`${rig.url}/auth/callback`));
  return new URL(page.url);
}
async function refusedCallback(browser: FetchBrowser, url: URL, code: string): Promise<void> {
  const { status, text } = await browser.request(url.href);
  assert.equal(status, 401);
  await refusedAs(code, text);
  assert.equal(sessionCookie(browser), undefined);
}

test('state mismatch: an answer with another state, none, or two', async () => {
  for (const change of [
    (url: URL) => url.searchParams.set('state', secret()),
    (url: URL) => url.searchParams.delete('state'),
    (url: URL) => url.searchParams.append('state', secret()),
  ]) {
    const browser = new FetchBrowser();
    const url = await answerFor(browser);
    change(url);
    await refusedCallback(browser, url, 'login_state_mismatch');
  }
});
test('login CSRF: an answer that another browser began', async () => {
  const attackers = await answerFor(new FetchBrowser(), 'mallory2');
  await refusedCallback(new FetchBrowser(), attackers, 'login_state_mismatch');
  const victim = new FetchBrowser();
  await victim.request(`${rig.url}/auth/login`);
  await refusedCallback(victim, attackers, 'login_state_mismatch');
});
test('code replay: an answer is good once', async () => {
  const browser = new FetchBrowser();
  const url = await answerFor(browser);
  const jar = new Map(browser.cookies.get(rig.url));
  assert.equal((await browser.request(url.href)).status, 303);
  const again = new FetchBrowser();
  again.cookies.set(rig.url, jar);
  await refusedCallback(again, url, 'login_state_mismatch');
});
test('code injection: a code of another sign-in does not fit the PKCE verifier', async () => {
  const stolen = await answerFor(new FetchBrowser(), 'root');
  const browser = new FetchBrowser();
  const url = await answerFor(browser, 'bob');
  url.searchParams.set('code', stolen.searchParams.get('code') ?? '');
  await refusedCallback(browser, url, 'login_provider_refused');
});
test('mix-up: an answer of another issuer (RFC 9207)', async () => {
  const browser = new FetchBrowser();
  const url = await answerFor(browser);
  assert.equal(url.searchParams.get('iss'), rig.oidc.url);
  url.searchParams.set('iss', 'https://evil.example');
  await refusedCallback(browser, url, 'login_issuer_mismatch');
});
test('the provider refuses', async () => {
  const browser = new FetchBrowser();
  const { headers } = await browser.request(`${rig.url}/auth/login`);
  const state = new URL(headers.get('location') ?? '').searchParams.get('state');
  const query = new URLSearchParams({ error: 'access_denied', state: state ?? '', iss: rig.oidc.url });
  await refusedCallback(browser, new URL(`${rig.url}/auth/callback?${query}`), 'login_provider_refused');
});

test('open redirect: a sign-in returns to a path of this API only', async () => {
  const bad = [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/%0d%0aLocation:x\r\n',
    'javascript:alert(1)',
    '/a/..//evil.example',
    '',
  ];
  for (const target of bad) {
    const response = await fetch(`${rig.url}/auth/login?return=${encodeURIComponent(target)}`, { redirect: 'manual' });
    const location = response.headers.get('location');
    assert.ok(location === null, `${target} leads to ${location}`);
    assert.equal(response.status, 400, target);
  }
});
test('the redirect URI is of the configuration, whatever the Host header says', async () => {
  const { request } = await import('node:http');
  const location = await new Promise<string>((resolve, reject) => {
    request(`${rig.url}/auth/login`, { headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' } })
      .on('response', (response) => resolve(response.resume().headers.location ?? ''))
      .on('error', reject)
      .end();
  });
  assert.equal(new URL(location).searchParams.get('redirect_uri'), `${rig.url}/auth/callback`);
});
test('PKCE downgrade: the provider is always asked with S256', async () => {
  const { headers } = await new FetchBrowser().request(`${rig.url}/auth/login`);
  const asked = new URL(headers.get('location') ?? '').searchParams;
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.match(asked.get('code_challenge') ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.ok(!(asked.get('scope') ?? '').includes('offline_access'));
});
test('PKCE downgrade: the command cannot begin with plain, nor without a challenge', async () => {
  const verifier = secret();
  for (const body of [
    { way: 'device', code_challenge: verifier, code_challenge_method: 'plain' },
    { way: 'device', code_challenge: verifier },
    { way: 'device', code_challenge: '', code_challenge_method: 'S256' },
  ]) {
    const answer = await rig.post('/auth/command/begin', body);
    assert.equal(answer.status, 400);
    assert.equal((answer.body as { error?: { code: string } }).error?.code, 'login_challenge_refused');
  }
  assert.equal((await rig.post('/auth/command/begin', { way: 'device' })).status, 400);
});

/** Begins a SAML sign-in of the command, up to the one-time code in the redirect to its loopback port. */
async function samlCommand() {
  const verifier = secret();
  const state = secret();
  const { body } = await rig.post('/auth/command/begin', {
    provider: 'saml',
    way: 'browser',
    code_challenge: challengeOf(verifier),
    code_challenge_method: 'S256',
    redirect: { port: 50_000, state },
  });
  const { id, url } = body as unknown as { id: string; url: string };
  const asked = await samlRequestOf(url);
  const posted = await rig.acs(new FetchBrowser(), rig.saml.response({ requestId: asked.id }), asked.relayState);
  const to = new URL(posted.headers.get('location') ?? '');
  assert.equal(to.origin, 'http://127.0.0.1:50000');
  assert.equal(to.searchParams.get('state'), state);
  return { id, verifier, code: to.searchParams.get('code') ?? '' };
}
const finish = (body: object) => rig.post('/auth/command/finish', body);

test('the command signs in through SAML: the one-time code with the verifier gives a token that the API takes', async () => {
  const { id, verifier, code } = await samlCommand();
  const { status, body } = await finish({ id, code_verifier: verifier, code });
  assert.equal(status, 200);
  const { token } = body as unknown as { token: string };
  const search = await fetch(`${rig.url}/api/v1/search`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(search.status, 200);
  assert.equal((await rig.post('/auth/logout', {}, { authorization: `Bearer ${token}` })).status, 200);
  const after = await fetch(`${rig.url}/api/v1/search`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(after.status, 401);
});
test("code replay: the command's one-time code is good once", async () => {
  const { id, verifier, code } = await samlCommand();
  assert.equal((await finish({ id, code_verifier: verifier, code })).status, 200);
  const again = await finish({ id, code_verifier: verifier, code });
  assert.equal(again.status, 401);
  await refusedAs('login_code_refused', JSON.stringify(again.body));
});
test('a stolen one-time code is worth nothing without the verifier', async () => {
  const { id, code } = await samlCommand();
  const answer = await finish({ id, code_verifier: secret(), code });
  assert.equal(answer.status, 401);
  await refusedAs('login_verifier_mismatch', JSON.stringify(answer.body));
});
test("code replay: a browser's SAML code is good once, and in its own browser alone", async () => {
  const browser = new FetchBrowser();
  const { id, relayState } = await rig.samlRequest(browser);
  const posted = await rig.acs(new FetchBrowser(), rig.saml.response({ requestId: id }), relayState);
  const url = posted.headers.get('location') ?? '';
  const thief = new FetchBrowser();
  await refusedCallback(thief, new URL(url), 'login_state_mismatch');
  assert.equal((await browser.request(url)).status, 303);
  await refusedCallback(new FetchBrowser(), new URL(url), 'login_code_refused');
});
test('SAML replayed: a response is good for one sign-in, and a new one needs a new assertion', async () => {
  const browser = new FetchBrowser();
  const { id, relayState } = await rig.samlRequest(browser);
  const xml = rig.saml.response({ requestId: id });
  assert.equal((await rig.acs(browser, xml, relayState)).status, 303);
  const again = await rig.acs(browser, xml, relayState);
  assert.equal(again.status, 401);
  await refusedAs('login_state_mismatch', again.text);
  const next = await rig.samlRequest(browser);
  const stale = await rig.acs(browser, xml, next.relayState);
  assert.equal(stale.status, 401);
  await refusedAs('saml_not_requested', stale.text);
});
test('SAML unsolicited, forged, too long: one answer for the attacker, the reason for the operator', async () => {
  const browser = new FetchBrowser();
  const cases: [string, (id: string) => string][] = [
    ['saml_unsigned', (id) => rig.saml.response({ requestId: id }, rig.saml.assertion({ requestId: id }, false))],
    ['saml_bad_signature', (id) => rig.saml.response({ requestId: id }).replace('>ada<', '>root<')],
    ['saml_doctype', (id) => `<!DOCTYPE x>${rig.saml.response({ requestId: id })}`],
    ['saml_too_large', (id) => rig.saml.response({ requestId: id, attributes: { a: 'x'.repeat(MAX_SAML) } })],
    ['saml_not_requested', () => rig.saml.response({})],
  ];
  const answers = new Set<string>();
  for (const [code, xml] of cases) {
    const { id, relayState } = await rig.samlRequest(browser);
    const { status, text } = await rig.acs(browser, xml(id), relayState);
    assert.equal(status, 401, code);
    await refusedAs(code, text);
    answers.add(text.replace(/[0-9a-f-]{36}/, 'ID'));
  }
  assert.equal(answers.size, 1);
  const huge = await rig.acs(browser, 'x'.repeat(1 << 20), secret());
  assert.ok(huge.status === 413 || huge.status === 400, `${huge.status}`);
});

test('nothing secret is in log or record', async () => {
  const { CLIENT_SECRET } = await import('../../test/harness/oidc-idp.ts');
  const browser = await rig.browser('ada');
  await rig.harness.reader.refresh(rig.harness.journal.size);
  let text = rig.harness.lines.join('\n');
  for await (const entry of rig.harness.reader.entries(0)) text += entry.parts.summary?.toString() ?? '';
  for (const part of [CLIENT_SECRET, sessionCookie(browser) ?? '?', 'SAMLResponse', 'dw_', 'eyJ', 'code=']) {
    assert.ok(!text.includes(part), part);
  }
});

test('providers are told to whoever asks, with nothing secret; metadata is for whoever configures the IdP', async () => {
  const { providers } = (await (await fetch(`${rig.url}/auth/providers`)).json()) as { providers: object[] };
  assert.deepEqual(providers, [
    {
      name: 'corp',
      kind: 'oidc',
      issuer: rig.oidc.url,
      clientId: 'dogwatch-cli',
      scopes: ['openid', 'profile', 'email'],
    },
    { name: 'saml', kind: 'saml' },
  ]);
  const metadata = await fetch(`${rig.url}/auth/saml/saml/metadata`);
  assert.equal(metadata.headers.get('content-type'), 'application/samlmetadata+xml');
  assert.match(await metadata.text(), /EntityDescriptor/);
  assert.equal((await fetch(`${rig.url}/auth/saml/corp/metadata`)).status, 404);
});
