// The command signing in through a real OIDC provider: by a browser and by a device code; and the attacks on it, by name.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { FetchBrowser } from '../../test/harness/oidc-idp.ts';
import { type SignInRig, samlRequestOf, startSignInRig } from '../../test/harness/sign-in.ts';
import { type SignInTerminal, signIn } from './sign-in-flow.ts';

let rig: SignInRig;
before(async () => {
  rig = await startSignInRig();
});
after(() => rig?.close());

const secret = () => randomBytes(32).toString('base64url');
const whoami = async (token: string) => {
  const response = await fetch(`${rig.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
  return {
    status: response.status,
    body: (await response.json()) as { identity: { subject: string }; roles: string[] },
  };
};
const loopback = (url: string) => url.startsWith('http://127.0.0.1:') && new URL(url).pathname === '/callback';

/** A terminal whose person signs in as `login`; what the browser shows at the end can be waited for. */
function person(login: string) {
  const shown: string[] = [];
  let done: Promise<unknown> = Promise.resolve();
  const terminal: SignInTerminal = {
    openBrowser(url) {
      shown.push(url);
      const browser = new FetchBrowser();
      done = browser.signIn(url, login, loopback).then((page) => browser.request(page.url));
    },
    showDeviceCode({ complete }) {
      shown.push(complete ?? '');
      // The provider's device page asks once more before the login.
      done = new FetchBrowser().signIn(complete ?? '', login, () => false);
    },
  };
  return { terminal, shown, done: () => done };
}

test('by browser: authorization code and PKCE on a loopback port, and the token is good at the API', async () => {
  const ada = person('ada');
  const result = await signIn({ api: rig.url, way: 'browser', terminal: ada.terminal });
  await ada.done();
  assert.match(result.token, /^dw_[A-Za-z0-9_-]{43}$/);
  assert.equal(result.identity.subject, 'ada');
  assert.deepEqual(result.roles, ['auditor']);
  const asked = new URL(ada.shown[0] ?? '').searchParams;
  assert.equal(asked.get('client_id'), 'dogwatch-cli');
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.match(asked.get('redirect_uri') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/callback$/);
  const { status, body } = await whoami(result.token);
  assert.deepEqual([status, body.identity.subject, body.roles], [200, 'ada', ['auditor']]);
  assert.match(JSON.stringify((await rig.entries('identity.sign-in')).at(-1)), /"way":"command-browser"/);
});

test('by device code: another device confirms it, and the record says that it was one', {
  timeout: 60_000,
}, async () => {
  const olga = person('olga');
  const result = await signIn({ api: rig.url, way: 'device', terminal: olga.terminal });
  await olga.done();
  assert.equal((await whoami(result.token)).body.identity.subject, 'olga');
  assert.match(JSON.stringify((await rig.entries('identity.sign-in')).at(-1)), /"way":"command-device"/);
});

test('by SAML: the browser is sent to the gateway, and comes back with a one-time code', async () => {
  const terminal: SignInTerminal = {
    async openBrowser(url) {
      const { id, relayState } = await samlRequestOf(url);
      const browser = new FetchBrowser();
      const posted = await rig.acs(browser, rig.saml.response({ requestId: id }), relayState);
      await browser.request(posted.headers.get('location') ?? '');
    },
    showDeviceCode: () => assert.fail('no device code'),
  };
  const result = await signIn({ api: rig.url, provider: 'saml', way: 'browser', terminal });
  assert.equal(result.identity.issuer, rig.saml.entityId);
  assert.equal((await whoami(result.token)).status, 200);
});

test('SAML on a machine without a browser is refused with a reason', async () => {
  const { terminal } = person('ada');
  await assert.rejects(signIn({ api: rig.url, provider: 'saml', way: 'device', terminal }), {
    code: 'login_challenge_refused',
  });
  await assert.rejects(signIn({ api: rig.url, provider: 'none', way: 'device', terminal }), {
    code: 'login_provider_unknown',
  });
});

test('a token never goes to an API that is reached in clear', async () => {
  const { terminal, shown } = person('ada');
  await assert.rejects(signIn({ api: 'http://dogwatch.example', way: 'browser', terminal }), { code: 'usage' });
  assert.deepEqual(shown, []);
});

test('state mismatch: the loopback port takes no answer with another state, name or path', async () => {
  const answers: number[] = [];
  const terminal: SignInTerminal = {
    async openBrowser(url) {
      const asked = new URL(url).searchParams;
      const redirect = asked.get('redirect_uri') ?? '';
      const state = asked.get('state') ?? '';
      for (const target of [
        `${redirect}?code=x&state=${secret()}`,
        `${redirect}?code=x`,
        `${redirect.replace('/callback', '/other')}?code=x&state=${state}`,
        `${redirect.replace('127.0.0.1', 'localhost')}?code=x&state=${state}`,
      ]) {
        const response = await fetch(target).catch(() => undefined);
        answers.push(response?.status ?? 404);
      }
      // The right state, but a code of the attacker's: the provider refuses it.
      await fetch(`${redirect}?code=${secret()}&state=${state}&iss=${encodeURIComponent(rig.oidc.url)}`);
    },
    showDeviceCode: () => undefined,
  };
  await assert.rejects(signIn({ api: rig.url, way: 'browser', terminal }), { code: 'login_provider_refused' });
  assert.deepEqual(answers, [404, 404, 404, 404]);
});

/** An ID token of the provider for the command's client, got by hand; with this nonce. */
async function idTokenFor(login: string, nonce: string): Promise<string> {
  const redirect = 'http://127.0.0.1:50001/callback';
  const verifier = secret();
  const query = new URLSearchParams({
    client_id: 'dogwatch-cli',
    response_type: 'code',
    redirect_uri: redirect,
    scope: 'openid profile email',
    state: secret(),
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const page = await new FetchBrowser().signIn(`${rig.oidc.url}/auth?${query}`, login, loopback);
  const code = new URL(page.url).searchParams.get('code') ?? '';
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: 'dogwatch-cli',
    code,
    redirect_uri: redirect,
    code_verifier: verifier,
  });
  const answer = await fetch(`${rig.oidc.url}/token`, { method: 'POST', body });
  return ((await answer.json()) as { id_token: string }).id_token;
}

async function begin(way: 'browser' | 'device') {
  const verifier = secret();
  const { body } = await rig.post('/auth/command/begin', {
    way,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  return { verifier, ...(body as unknown as { id: string; nonce: string }) };
}
const finish = (id: string, verifier: string, idToken: string) =>
  rig.post('/auth/command/finish', { id, code_verifier: verifier, id_token: idToken });

async function refusedAs(code: string, answer: { status: number; body: object }): Promise<void> {
  assert.equal(answer.status, 401, JSON.stringify(answer.body));
  const last = (await rig.entries('identity.sign-in-refused')).at(-1) as unknown as { code: string; reason: string };
  assert.equal(last.code, code, last.reason);
  assert.ok(!JSON.stringify(answer.body).includes(last.reason));
}

test('nonce mismatch: an ID token of another sign-in of the same person', async () => {
  const { id, verifier } = await begin('browser');
  await refusedAs('login_nonce_mismatch', await finish(id, verifier, await idTokenFor('ada', secret())));
});
test('code replay: an ID token is good for one sign-in', async () => {
  const first = await begin('browser');
  const token = await idTokenFor('ada', first.nonce);
  assert.equal((await finish(first.id, first.verifier, token)).status, 200);
  await refusedAs('login_code_refused', await finish(first.id, first.verifier, token));
  const device = await begin('device');
  await refusedAs('login_token_replayed', await finish(device.id, device.verifier, token));
});
test('a forged ID token, one of another client, and an access token', async () => {
  const { id, verifier, nonce } = await begin('browser');
  const token = await idTokenFor('ada', nonce);
  const [header, payload] = token.split('.');
  await refusedAs('token_bad_signature', await finish(id, verifier, `${header}.${payload}.${secret()}`));
  const next = await begin('browser');
  await refusedAs('token_malformed', await finish(next.id, next.verifier, secret()));
});
test('PKCE downgrade: the challenge is not the verifier', async () => {
  const { id, verifier, nonce } = await begin('browser');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  await refusedAs('login_verifier_mismatch', await finish(id, challenge, await idTokenFor('ada', nonce)));
});
test('device-code brute force: guesses at the verifier end the sign-in, and its source has to wait', async () => {
  const { id, verifier, nonce } = await begin('device');
  const token = await idTokenFor('ada', nonce);
  for (let guess = 0; guess < 4; guess++) await refusedAs('login_verifier_mismatch', await finish(id, secret(), token));
  assert.equal((await finish(id, secret(), token)).status, 429);
  await refusedAs('login_code_refused', await finish(id, verifier, token));
});
test('device-code brute force: unknown ids are refused one like the other, then the source is held off', async () => {
  const statuses = new Set<number>();
  for (let guess = 0; guess < 80; guess++) statuses.add((await finish(secret(), secret(), 'x')).status);
  assert.deepEqual([...statuses], [401, 429]);
});
test('refresh-token reuse: none is asked for, given or taken', async () => {
  assert.ok(rig.oidc.log.length > 10);
  assert.ok(!rig.oidc.log.some((line) => line.includes('offline_access')), 'a refresh token was asked for');
  const { signInSchema } = await import('../identity/sign-in-config.ts');
  const provider = {
    name: 'a',
    kind: 'oidc',
    issuer: 'https://a.example',
    clientId: 'x',
    scopes: ['openid', 'offline_access'],
  };
  assert.throws(() => signInSchema.parse({ providers: [provider] }), /offline_access/);
  const body = { id: secret(), code_verifier: secret(), refresh_token: secret() };
  assert.equal((await rig.post('/auth/command/finish', body)).status, 400);
});
