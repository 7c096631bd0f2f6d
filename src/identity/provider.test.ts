// A real OIDC provider: its tokens get in, by its own discovery and keys.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import Provider from 'oidc-provider';
import { handKey } from '../../test/harness/hand-made-issuer.ts';
import { closeHttp, listen } from '../../test/harness/listening.ts';
import { issuerSchema } from './config.ts';
import { createVerifier } from './verifier.ts';

test('an access token that oidc-provider issued for a client is an identity', async (t) => {
  const server = createServer((request, response) => callback(request, response));
  const url = `http://127.0.0.1:${await listen(server)}`;
  t.after(() => closeHttp(server));
  const key = handKey('RS256');
  const provider = new Provider(url, {
    jwks: { keys: [{ ...key.privateKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig' } as never] },
    clients: [
      {
        client_id: 'claude-ci',
        client_secret: 'for-this-test-only',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    extraTokenClaims: () => ({ groups: ['sre'], agent: 'claude-code' }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({ scope: 'call', accessTokenFormat: 'jwt', audience: 'dogwatch' }),
      },
    },
  });
  const callback = provider.callback();
  const answer = await fetch(`${url}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('claude-ci:for-this-test-only').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials&resource=urn:dogwatch&scope=call',
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const config = { name: 'provider', issuer: url, audience: 'dogwatch', kind: 'workload', keep: ['client_id'] };
  const verifier = createVerifier([issuerSchema.parse(config)]);
  assert.deepEqual(await verifier.verify(token), {
    issuer: url,
    subject: 'claude-ci',
    kind: 'workload',
    name: 'claude-code',
    groups: ['sre'],
    onBehalfOf: [],
    claims: { client_id: 'claude-ci', agent: 'claude-code' },
  });
  const elsewhere = createVerifier([issuerSchema.parse({ ...config, audience: 'elsewhere' })]);
  await assert.rejects(async () => elsewhere.verify(token), { code: 'token_bad_audience' });
});
