// An issuer's keys: how often they are fetched, what is not accepted, and what happens when the issuer is away.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { type HandMadeIssuer, handKey, handSign, startHandMadeIssuer } from '../../test/harness/hand-made-issuer.ts';
import { RefusedCredential } from './refused.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

let issuer: HandMadeIssuer;
let now: number;
beforeEach(async () => {
  now = Date.now();
  issuer = await startHandMadeIssuer();
});
afterEach(() => issuer.close());

/** Patient, so that a busy machine fails no test that is not about time. */
const verifier = (timeout = 5000): Verifier => createVerifier([issuer.config()], { now: () => now, timeout });
/** A new token each time, so that no cache answers. */
let serial = 0;
const next = (): string => {
  serial += 1;
  return `${serial}`;
};
const token = (header?: Record<string, unknown>): string => issuer.token({ jti: next() }, header, now);
const accepts = async (by: Verifier, given = token()) => assert.equal((await by.verify(given)).subject, 'agent-1');

async function unavailable(by: Verifier, reason: RegExp, given = token()): Promise<void> {
  await assert.rejects(
    async () => by.verify(given),
    (error) => {
      assert.ok(error instanceof RefusedCredential);
      assert.equal(error.code, 'issuer_unavailable');
      assert.match(error.reason, reason);
      return true;
    },
  );
}

const json =
  (value: unknown, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  };
const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(code, headers).end('{}');
  };

test('keys are fetched once for many tokens, and again when they are stale', async () => {
  const by = verifier();
  await Promise.all(Array.from({ length: 50 }, () => accepts(by)));
  assert.deepEqual(issuer.fetched, { discovery: 1, jwks: 1 });
  now += 599 * SECOND;
  await accepts(by);
  assert.equal(issuer.fetched.jwks, 1);
  now += 2 * SECOND;
  await accepts(by);
  assert.equal(issuer.fetched.jwks, 2);
});

test('Cache-Control is heeded within bounds', async () => {
  const cases: [string, number][] = [
    ['max-age=120', 120],
    ['public, max-age=1', 60],
    ['max-age=99999999', 3600],
    ['no-store', 60],
    ['nonsense', 600],
  ];
  for (const [header, seconds] of cases) {
    issuer.jwks = json({ keys: issuer.keys.map(({ jwk }) => jwk) }, { 'cache-control': header });
    issuer.fetched.jwks = 0;
    const by = verifier();
    await accepts(by);
    now += (seconds - 1) * SECOND;
    await accepts(by);
    assert.equal(issuer.fetched.jwks, 1, header);
    now += 2 * SECOND;
    await accepts(by);
    assert.equal(issuer.fetched.jwks, 2, header);
  }
});

test('a rotated key is found at once; the old key ends with the cache', async () => {
  const by = verifier();
  await accepts(by);
  const old = token();
  issuer.keys = [handKey()];
  await accepts(by);
  assert.equal(issuer.fetched.jwks, 2);
  await assert.rejects(async () => by.verify(old), { code: 'token_bad_signature' });
});

test('a rotation while the keys are being fetched is found too', async () => {
  const oldKeys = issuer.keys.map(({ jwk }) => jwk);
  let release: (() => void) | undefined;
  const asked = new Promise<void>((resolve) => {
    issuer.jwks = (request, response) => {
      resolve();
      release = () => json({ keys: oldKeys })(request, response);
    };
  });
  const by = verifier();
  const first = by.verify(token());
  await asked;
  // The first answer is under way with the old key; from here on the issuer has another.
  issuer.jwks = undefined;
  issuer.keys = [handKey(), ...issuer.keys];
  const second = by.verify(token());
  release?.();
  assert.equal((await first).subject, 'agent-1');
  assert.equal((await second).subject, 'agent-1');
  assert.equal(issuer.fetched.jwks, 2);
});

test('a stampede of unknown key ids costs one fetch, then there is a cooldown', async () => {
  const by = verifier();
  await accepts(by);
  const stranger = handKey();
  const forged = () => handSign({ alg: 'ES256', kid: next() }, issuer.claims({}, now), stranger);
  const refused = async () => assert.rejects(async () => by.verify(forged()), { code: 'token_bad_signature' });
  await Promise.all(Array.from({ length: 200 }, refused));
  assert.equal(issuer.fetched.jwks, 2);
  now += 29 * SECOND;
  await Promise.all(Array.from({ length: 200 }, refused));
  assert.equal(issuer.fetched.jwks, 2);
  now += 2 * SECOND;
  await Promise.all(Array.from({ length: 200 }, refused));
  assert.equal(issuer.fetched.jwks, 3);
  await accepts(by);
});

test('expired tokens with unknown keys cost no fetch at all', async () => {
  const by = verifier();
  const old = issuer.token({ exp: 1 }, { kid: 'long-gone' });
  await assert.rejects(async () => by.verify(old), { code: 'token_expired' });
  assert.deepEqual(issuer.fetched, { discovery: 0, jwks: 0 });
});

test('the last good keys serve while the issuer is down, until they are a day old', async () => {
  const by = verifier();
  await accepts(by);
  issuer.jwks = status(500);
  now += HOUR;
  await accepts(by);
  assert.equal(by.status()[0]?.state, 'stale');
  assert.match(by.status()[0]?.lastError ?? '', /it answered 500/);
  const failed = issuer.fetched.jwks;
  await accepts(by);
  assert.equal(issuer.fetched.jwks, failed, 'it backs off after a failure');
  // Nobody can say now whether the issuer has a key of that name.
  await unavailable(by, /500/, token({ kid: 'new' }));
  now += 22 * HOUR;
  await accepts(by);
  now += 2 * HOUR;
  await unavailable(by, /500/);
  assert.equal(by.status()[0]?.state, 'unavailable');
  issuer.jwks = undefined;
  now += 31 * SECOND;
  await accepts(by);
  assert.equal(by.status()[0]?.state, 'ready');
});

test('an issuer that was never reached is unavailable, and asked again with growing pauses', async () => {
  issuer.discovery = status(503);
  const by = verifier();
  let asked = 0;
  for (let second = 0; second < 120; second += 1) {
    await unavailable(by, /GET http.*openid-configuration: it answered 503/);
    asked = issuer.fetched.discovery;
    now += SECOND;
  }
  assert.ok(asked >= 5 && asked <= 12, `${asked} fetches in two minutes`);
});

test('redirects are not followed', async (t) => {
  const evil = await startHandMadeIssuer();
  t.after(() => evil.close());
  issuer.jwks = status(302, { location: `${evil.url}/jwks` });
  await unavailable(verifier(), /302; redirects are not followed/);
  issuer.discovery = status(307, { location: `${evil.url}/.well-known/openid-configuration` });
  await unavailable(verifier(), /307; redirects are not followed/);
  assert.deepEqual(evil.fetched, { discovery: 0, jwks: 0 });
});

test('an issuer that does not answer, or drips, is given up on', async () => {
  issuer.jwks = () => undefined;
  await unavailable(verifier(300), /no whole answer within 300 ms/);
  issuer.jwks = (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(drip));
  };
  await unavailable(verifier(300), /no whole answer within 300 ms/);
  issuer.jwks = (request) => request.socket.destroy();
  await unavailable(verifier(), /GET http.*jwks: /);
});

test('huge documents are refused: many bytes, endless bytes, thousands of keys', async () => {
  const [key] = issuer.keys;
  assert.ok(key);
  issuer.jwks = json({ keys: Array.from({ length: 1000 }, (_, n) => ({ ...key.jwk, kid: `k${n}` })) });
  await unavailable(verifier(), /1000 keys; more than 256 are not accepted/);
  issuer.jwks = json({ keys: [key.jwk], padding: 'x'.repeat(600_000) });
  await unavailable(verifier(), /longer than 524288 bytes/);
  let sent = 0;
  issuer.jwks = (_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  };
  await unavailable(verifier(), /longer than 524288 bytes/);
  assert.ok(sent < 50_000_000, `${sent} bytes were taken`);
});

test('what is no JWK Set is refused', async () => {
  for (const wrong of [null, [], {}, { keys: {} }, { keys: [] }, { keys: [1, null, 'x'] }, 'x']) {
    issuer.jwks = json(wrong);
    await unavailable(verifier(), /not a JWK Set|can verify a signature/);
  }
  issuer.jwks = (_request, response) => void response.end('{"keys": [');
  await unavailable(verifier(), /not JSON/);
  issuer.jwks = json({ keys: issuer.keys.map(({ jwk }) => jwk) }, { 'content-encoding': 'gzip' });
  await unavailable(verifier(), /compressed/);
});

test('symmetric, private, encryption and oversized keys in the set are left out', async () => {
  const [key] = issuer.keys;
  assert.ok(key);
  const bad = [
    { kty: 'oct', k: 'AAAA', kid: key.kid },
    { ...key.jwk, d: 'AAAA' },
    { ...key.jwk, use: 'enc' },
    { kty: 'RSA', e: 'AQAB', n: 'x'.repeat(4000), kid: key.kid },
  ];
  issuer.jwks = json({ keys: bad });
  await unavailable(verifier(), /none of the 4 keys can verify a signature/);
  issuer.jwks = json({ keys: [...bad, key.jwk] });
  await accepts(verifier());
});

test('an RSA key shorter than 2048 bits verifies nothing', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short' };
  issuer.keys = [{ alg: 'RS256', kid: 'short', privateKey, jwk: jwk as never }];
  await assert.rejects(async () => verifier().verify(token()), { code: 'token_bad_signature' });
});

test('a token without a key id is tried against the few keys that fit', async () => {
  issuer.keys = [handKey(), handKey(), handKey('EdDSA')];
  const by = verifier();
  const [, second] = issuer.keys;
  assert.ok(second);
  const claims = issuer.claims({}, now);
  assert.equal((await by.verify(handSign({ alg: 'ES256' }, claims, second))).subject, 'agent-1');
  await assert.rejects(async () => by.verify(handSign({ alg: 'ES256' }, claims, handKey())), {
    code: 'token_bad_signature',
  });
});

test('discovery must be about the very issuer, and name a key set that may be fetched', async () => {
  issuer.discovery = json({ issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/jwks` });
  await unavailable(verifier(), /it says it is/);
  for (const jwks of [undefined, 7, '', 'jwks', 'file:///etc/passwd', 'http://keys.example/jwks', 'data:,{}']) {
    issuer.discovery = json({ issuer: issuer.url, jwks_uri: jwks });
    await unavailable(verifier(), /not a URL|not an https URL/);
  }
});

test('a configured key set needs no discovery', async () => {
  const by = createVerifier([issuer.config({ jwks: `${issuer.url}/jwks` })], { now: () => now });
  await accepts(by);
  assert.deepEqual(issuer.fetched, { discovery: 0, jwks: 1 });
});
