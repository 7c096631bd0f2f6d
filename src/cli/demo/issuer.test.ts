import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { DEMO_AUDIENCE, type DemoIssuer, startIssuer, TOKEN_LIFETIME } from './issuer.ts';

let issuer: DemoIssuer;
before(async () => {
  issuer = await startIssuer([
    { id: 'claude-sre', name: 'Claude', groups: ['sre', 'oncall'] },
    { id: 'bot', name: 'Bot', groups: [] },
  ]);
});
after(() => issuer?.close());

test('a client signs in and gets a JWT that says who it is, verifiable by discovery alone', async () => {
  const discovery = (await (await fetch(`${issuer.url}/.well-known/openid-configuration`)).json()) as {
    jwks_uri: string;
  };
  const token = await issuer.signIn('claude-sre');
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
    issuer: issuer.url,
    audience: DEMO_AUDIENCE,
  });
  assert.equal(payload.sub, 'claude-sre');
  assert.equal(payload.name, 'Claude');
  assert.deepEqual(payload.groups, ['sre', 'oncall']);
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), TOKEN_LIFETIME);
});

test('the command that it shows gets a token of the same client', async () => {
  const command = /^curl -s -u (\S+) -d (grant_type=client_credentials) (\S+)$/.exec(issuer.signInCommand('bot'));
  const [, credentials = '', body = '', url = ''] = command ?? [];
  // What curl makes of these options; it need not be installed here.
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Basic ${btoa(credentials)}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body,
  });
  const { access_token: token = '' } = (await answer.json()) as { access_token?: string };
  assert.equal(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub, 'bot');
});

test('a wrong secret and an unknown client get none', async () => {
  for (const credentials of ['claude-sre:wrong', 'nobody:at-all']) {
    const answer = await fetch(`${issuer.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    assert.equal(answer.status, 401);
  }
  await assert.rejects(issuer.signIn('nobody'), TypeError);
});
