import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { classify } from './classify.ts';
import { hasSecrets, redactBody, redactedValue, redactTarget } from './secrets.ts';
import { normaliseTarget } from './target.ts';

const fingerprint = (secret: string | Uint8Array): string =>
  createHmac('sha256', 'key').update(secret).digest('base64url').slice(0, 22);

function redact(key: string, direction: 'request' | 'response', body: string, type?: string) {
  const result = redactBody(key, direction, Buffer.from(body), type ?? 'application/json', fingerprint);
  return result === 'unparseable' ? result : { text: Buffer.from(result.bytes).toString(), redacted: result.redacted };
}

/** The text with a mark at each place of a secret, and what redaction must make of it. */
function expectation(template: string, secret: string): { body: string; expected: string } {
  return {
    body: template.replaceAll('SECRET', secret),
    expected: template.replaceAll('SECRET', redactedValue(secret, fingerprint)),
  };
}

test('secret values are replaced in place; every other byte stays', () => {
  const { body, expected } = expectation(
    '{ "data" : {"id":"1", "attributes":\t{"key":"SECRET","name":"n\\u00e9"} }}\n',
    'abc123',
  );
  assert.deepEqual(redact('v2.CreateAPIKey', 'response', body), { text: expected, redacted: ['data.attributes.key'] });
});

test('lists, nested models and repeated fields are all covered', () => {
  const keys = expectation('{"api_keys":[{"key":"SECRET"},{"key":"SECRET","key":"SECRET"}]}', 'k');
  assert.equal((redact('v1.ListAPIKeys', 'response', keys.body) as { text: string }).text, keys.expected);
  const steps = expectation(
    '{"config":{"steps":[{"request":{"basicAuth":{"password":"SECRET","username":"u"}}}]}}',
    'p',
  );
  assert.equal((redact('v1.CreateSyntheticsAPITest', 'request', steps.body) as { text: string }).text, steps.expected);
});

test('neither case nor escapes nor dashes hide a field from redaction', () => {
  for (const name of ['client_secret', 'Client_Secret', 'CLIENT_SECRET', 'client\\u005fsecret', 'client-secret']) {
    const result = redact('v1.CreateAzureIntegration', 'request', `{"${name}":"s3cr3t"}`);
    assert.ok(result !== 'unparseable' && !result.text.includes('s3cr3t'), name);
  }
});

test('all that stands under a secret is hidden, numbers too; null, booleans and empty strings are no secrets', () => {
  const result = redact(
    'v2.CreateWebIntegrationAccount',
    'request',
    '{"data":{"attributes":{"secrets":{"a":"x1","b":[42,null,true,""]}}}}',
  );
  assert.ok(result !== 'unparseable');
  assert.match(
    result.text,
    /^\{"data":\{"attributes":\{"secrets":\{"a":"redacted:[^"]+","b":\["redacted:[^"]+",null,true,""\]\}\}\}\}$/,
  );
});

test('of a webhook URL scheme and host stay', () => {
  const url = 'https://user:pw@hooks.example.com:8443/services/T0/B0?x=1';
  const result = redact('v1.CreateWebhooksIntegration', 'request', JSON.stringify({ name: 'n', url }));
  assert.ok(result !== 'unparseable');
  assert.equal(JSON.parse(result.text).url, `https://hooks.example.com:8443/redacted:${fingerprint(url)}`);
  assert.equal(
    (redact('v1.CreateWebhooksIntegration', 'request', '{"url":"https://a.example/"}') as { text: string }).text,
    '{"url":"https://a.example/"}',
  );
  const odd = redact('v1.CreateWebhooksIntegration', 'request', '{"url":"javascript:alert(1)"}');
  assert.ok(odd !== 'unparseable' && !odd.text.includes('alert'));
});

test('a secret-bearing body that is no strict JSON is not let through', () => {
  for (const body of ['not json', '{"key":"a"', '\ufeff{}', '{"a":1}{"key":"b"}', 'key=abc', '['.repeat(100_000)]) {
    assert.equal(redact('v2.CreateAPIKey', 'response', body), 'unparseable', body.slice(0, 20));
  }
  assert.equal(redact('v2.CreateAPIKey', 'response', 'key=abc', 'text/plain'), 'unparseable');
  assert.deepEqual(redact('v2.CreateAPIKey', 'response', ''), { text: '', redacted: [] });
});

test('bodies of operations without secrets are not touched', () => {
  assert.equal(hasSecrets('v1.CreateMonitor', 'request'), false);
  assert.equal(hasSecrets('v2.CreateAPIKey', 'request'), false);
  assert.equal(hasSecrets('v2.CreateAPIKey', 'response'), true);
  assert.deepEqual(redact('v1.CreateMonitor', 'request', '{"password":'), { text: '{"password":', redacted: [] });
});

test('of unknown operations the names tell, at any depth; what is no JSON passes', () => {
  assert.equal(hasSecrets('unknown.POST', 'request'), true);
  const { body, expected } = expectation(
    '{"a":[{"webhookSecret":"SECRET","Api-Key":"SECRET","name":"SECRETLY"}]}',
    'zz',
  );
  assert.equal(
    (redact('unknown.POST', 'request', body) as { text: string }).text,
    expected.replace(/"name":"[^"]*"/, '"name":"zzLY"'),
  );
  assert.deepEqual(redact('unknown.POST', 'request', 'plain', 'text/plain'), { text: 'plain', redacted: [] });
  assert.equal(redact('unknown.POST', 'request', '{"password":"x"', 'text/plain'), 'unparseable');
});

/** JSON text with odd spacing around any value. */
const spaced = (value: unknown): string => JSON.stringify(value, null, ' \t');
const secretText = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }).map((text) => `\u2603${text}`);

test('property: no secret is left, all other values stay, and twice is once', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), secretText, fc.jsonValue({ maxDepth: 2 }), (before, secret, after) => {
      const value = {
        '~before': before,
        data: [{ attributes: { auth_config: { secret_access_key: secret, role: after } } }],
        '~after': after,
      };
      const first = redact('v2.ListAWSAccounts', 'response', spaced(value));
      assert.ok(first !== 'unparseable');
      const read = JSON.parse(first.text);
      assert.equal(read.data[0].attributes.auth_config.secret_access_key, redactedValue(secret, fingerprint));
      read.data[0].attributes.auth_config.secret_access_key = secret;
      assert.deepEqual(read, JSON.parse(spaced(value)));
      // Byte for byte: putting the secret back gives the body that came.
      const marked = JSON.stringify(redactedValue(secret, fingerprint));
      assert.equal(
        first.text.replace(marked, () => JSON.stringify(secret)),
        spaced(value),
      );
      assert.deepEqual(redact('v2.ListAWSAccounts', 'response', first.text), { text: first.text, redacted: [] });
    }),
  );
});

const targetOf = (method: string, raw: string): string => {
  const target = normaliseTarget(raw);
  return redactTarget(classify({ method, target, host: undefined }), target, fingerprint);
};

test('a secret that stands in the path is hidden in the recorded target; what is no secret is not', () => {
  const key = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4';
  assert.equal(targetOf('GET', `/api/v1/api_key/${key}?a=1`), `/api/v1/api_key/redacted:${fingerprint(key)}?a=1`);
  assert.equal(
    targetOf('DELETE', `/api/v1/dashboard/public/tok%3Aen/invitation`),
    `/api/v1/dashboard/public/redacted:${fingerprint('tok:en')}/invitation`,
  );
  assert.equal(targetOf('GET', '/api/v1/monitor/123'), '/api/v1/monitor/123');
  assert.equal(
    targetOf('GET', '/api/v1/query?query=a&access_token=xyz&page[token]=1'.replace(/[[\]]/g, '')),
    `/api/v1/query?query=a&access_token=redacted:${fingerprint('xyz')}&pagetoken=1`,
  );
});
