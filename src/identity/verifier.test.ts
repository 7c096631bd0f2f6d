// The verifier against real servers: who gets in, who does not, and what it costs the issuer.
import assert from 'node:assert/strict';
import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inspect } from 'node:util';
import {
  type HandKey,
  type HandMadeIssuer,
  handKey,
  handSign,
  startHandMadeIssuer,
} from '../../test/harness/hand-made-issuer.ts';
import { CODES } from '../exchange/codes.ts';
import type { Identity } from '../exchange/identity.ts';
import type { IssuerConfigInput } from './config.ts';
import { type RefusalCode, RefusedCredential } from './refused.ts';
import { createVerifier, MAX_TOKEN, type Verifier, type VerifierOptions } from './verifier.ts';

let issuer: HandMadeIssuer;
before(async () => {
  issuer = await startHandMadeIssuer([handKey('RS256')]);
});
after(() => issuer.close());

const verifier = (overrides?: Partial<IssuerConfigInput>, options?: VerifierOptions): Verifier =>
  createVerifier([issuer.config(overrides)], options);

/** Verifies, whether the answer comes at once or later. */
async function verify(by: Verifier, token: string): Promise<Identity> {
  return by.verify(token);
}

/** Expects a refusal that tells the caller little, the operator why, and nobody the token. */
async function refuses(by: Verifier, token: string, code: RefusalCode, reason: RegExp): Promise<void> {
  await assert.rejects(verify(by, token), (error) => {
    assert.ok(error instanceof RefusedCredential, inspect(error));
    assert.equal(error.code, code, error.reason);
    assert.match(error.reason, reason);
    assert.equal(error.message, CODES[code].means, 'the caller is told what the code means, and no more');
    const signature = token.split('.')[2] ?? '';
    const told = inspect(error) + JSON.stringify(error);
    assert.ok(signature.length < 40 || !told.includes(signature), 'the token is in the error');
    return true;
  });
}

test('a good token is an identity, and the second check is synchronous', async () => {
  const by = verifier({ keep: ['repository'], groups: ['ci'], kind: 'workload' });
  const token = issuer.token({
    name: 'Claude',
    email: 'claude@example.com',
    groups: ['sre', 'agents'],
    agent: 'claude-code',
    repository: 'acme/shop',
    act: { sub: 'orchestrator', act: { sub: 'alice', iss: 'https://login.example.com' } },
  });
  const identity = await verify(by, token);
  assert.deepEqual(identity, {
    issuer: issuer.url,
    subject: 'agent-1',
    kind: 'workload',
    name: 'Claude',
    email: 'claude@example.com',
    groups: ['ci', 'sre', 'agents'],
    onBehalfOf: [
      { issuer: issuer.url, subject: 'orchestrator' },
      { issuer: 'https://login.example.com', subject: 'alice' },
    ],
    claims: { repository: 'acme/shop', agent: 'claude-code' },
  });
  assert.equal(by.verify(token), identity);
  assert.ok(Object.isFrozen(identity) && Object.isFrozen(identity.groups));
});

test('every allowed algorithm verifies', async (t) => {
  const all = await startHandMadeIssuer([handKey('RS256'), handKey('ES256'), handKey('EdDSA')]);
  t.after(() => all.close());
  const by = createVerifier([all.config()]);
  for (const key of all.keys) {
    const token = handSign({ alg: key.alg, kid: key.kid, typ: 'at+jwt' }, all.claims(), key);
    assert.equal((await by.verify(token)).subject, 'agent-1', key.alg);
  }
  const pss = handKey('PS256');
  all.keys = [pss];
  const later = createVerifier([all.config()]);
  assert.equal((await later.verify(all.token())).subject, 'agent-1');
});

test('alg none is refused, in every spelling', async () => {
  const body = Buffer.from(JSON.stringify(issuer.claims())).toString('base64url');
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', undefined]) {
    const header = Buffer.from(JSON.stringify({ alg, kid: issuer.keys[0]?.kid })).toString('base64url');
    for (const signature of ['', 'AAAA']) {
      await assert.rejects(verify(verifier(), `${header}.${body}.${signature}`), (error) => {
        assert.ok(error instanceof RefusedCredential);
        assert.match(error.code, /^token_(bad_algorithm|malformed)$/);
        return true;
      });
    }
  }
});

test('HS256 keyed with the public key is refused', async () => {
  const [key] = issuer.keys;
  assert.ok(key);
  const publicKey = createPublicKey(key.privateKey);
  const secrets = [
    publicKey.export({ type: 'spki', format: 'pem' }),
    publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(key.jwk),
  ];
  for (const secret of secrets) {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${part({ alg: 'HS256', kid: key.kid })}.${part(issuer.claims())}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    await refuses(verifier(), token, 'token_bad_algorithm', /alg is "HS256"/);
  }
});

test('an algorithm that the issuer may not use is refused', async () => {
  await refuses(verifier({ algorithms: ['ES256'] }), issuer.token(), 'token_bad_algorithm', /may use ES256/);
});

test('key ids with paths, queries and other tricks find no key', async () => {
  const by = verifier();
  for (const kid of [
    '../../../dev/null',
    "x' OR '1'='1",
    'http://127.0.0.1/key',
    '',
    '\0',
    'constructor',
    '__proto__',
  ]) {
    await refuses(by, issuer.token({}, { kid }), 'token_bad_signature', /no "RS256" key/);
  }
  for (const kid of [7, null, ['a'], { a: 1 }, true]) {
    await assert.rejects(verify(by, issuer.token({}, { kid })), RefusedCredential);
  }
});

test('keys brought along in jku, x5u, x5c and jwk are never used', async (t) => {
  const evil = await startHandMadeIssuer([handKey('RS256')]);
  t.after(() => evil.close());
  const [key] = evil.keys;
  assert.ok(key);
  const by = verifier();
  const kid = issuer.keys[0]?.kid;
  const headers = [{ jku: `${evil.url}/jwks` }, { x5u: `${evil.url}/jwks` }, { jwk: key.jwk }, { x5c: ['MIIB'] }];
  for (const header of headers) {
    const token = handSign({ alg: 'RS256', kid, ...header }, issuer.claims(), key);
    await refuses(by, token, 'token_bad_signature', /which Dogwatch never uses/);
    const own = handSign({ alg: 'RS256', kid: key.kid, ...header }, issuer.claims(), key);
    await refuses(by, own, 'token_bad_signature', /publishes no/);
  }
  assert.deepEqual(evil.fetched, { discovery: 0, jwks: 0 });
});

test('crit, b64 and types that are no access or ID token are refused', async () => {
  const by = verifier();
  await refuses(by, issuer.token({}, { crit: ['exp'], exp: 1 }), 'token_malformed', /extensions/);
  await refuses(by, issuer.token({}, { crit: ['b64'], b64: false }), 'token_malformed', /extensions/);
  for (const typ of ['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'JWE', '', 7, null]) {
    await refuses(by, issuer.token({}, { typ }), 'token_malformed', /typ is/);
  }
  for (const typ of ['JWT', 'jwt', 'at+jwt', 'application/at+jwt', 'JOSE']) {
    assert.equal((await by.verify(issuer.token({ typ }, { typ }))).subject, 'agent-1');
  }
});

test('duplicate JSON keys are refused, in header and claims, also escaped and nested', async () => {
  const by = verifier();
  const [key] = issuer.keys as [HandKey];
  const claims = issuer.claims();
  const inner = JSON.stringify(claims).slice(1, -1);
  const header = JSON.stringify({ alg: key.alg, kid: key.kid }).slice(1, -1);
  const signed = (head: string, body: string) => handSign(head as unknown as Record<string, unknown>, body, key);
  await verify(by, signed(`{${header}}`, `{${inner}}`));
  const twice = [
    signed(`{${header},"alg":"${key.alg}"}`, `{${inner}}`),
    signed(`{"alg":"none",${header}}`, `{${inner}}`),
    signed(`{${header}}`, `{"sub":"admin",${inner}}`),
    signed(`{${header}}`, `{${inner},"\\u0073ub":"admin"}`),
    signed(`{${header}}`, `{${inner},"act":{"sub":"a","sub":"b"}}`),
  ];
  for (const token of twice) await refuses(by, token, 'token_malformed', /stands twice/);
});

test('a changed token is refused: claims, header or signature', async () => {
  const by = verifier();
  const [header, , signature] = issuer.token().split('.');
  const changed = Buffer.from(JSON.stringify(issuer.claims({ sub: 'root' }))).toString('base64url');
  await refuses(by, `${header}.${changed}.${signature}`, 'token_bad_signature', /does not verify/);
  await refuses(by, `${issuer.token()}AAAA`, 'token_bad_signature', /does not verify/);
  await refuses(by, `${issuer.token()}==`, 'token_malformed', /base64url/);
  const token = issuer.token();
  await refuses(by, `${token.slice(0, token.lastIndexOf('.'))}.`, 'token_bad_signature', /does not verify/);
});

test('times: expired, not yet valid, missing and absurd', async () => {
  const by = verifier();
  const now = Math.floor(Date.now() / 1000);
  await refuses(by, issuer.token({ exp: now - 60 }), 'token_expired', /60 s ago|61 s ago/);
  await refuses(by, issuer.token({ exp: undefined }), 'token_bad_claims', /exp is nothing/);
  await refuses(by, issuer.token({ exp: '9999999999' }), 'token_bad_claims', /exp is "9999999999"/);
  await refuses(by, issuer.token({ exp: 1e300 }), 'token_bad_claims', /exp is/);
  await refuses(by, issuer.token({ nbf: now + 120 }), 'token_not_yet_valid', /ahead/);
  await refuses(by, issuer.token({ iat: now + 120 }), 'token_not_yet_valid', /ahead/);
  await refuses(by, issuer.token({ nbf: 'now' }), 'token_bad_claims', /nbf/);
  const infinite = JSON.stringify(issuer.claims({ exp: 0 })).replace('"exp":0', '"exp":1e999');
  const [key] = issuer.keys;
  assert.ok(key);
  await refuses(by, handSign({ alg: 'RS256', kid: key.kid }, infinite, key), 'token_bad_claims', /exp is/);
});

test('clock tolerance holds on both sides', async () => {
  const now = Math.floor(Date.now() / 1000);
  const by = verifier({ clockTolerance: '2m' });
  assert.ok(await by.verify(issuer.token({ exp: now - 60 })));
  assert.ok(await by.verify(issuer.token({ nbf: now + 60, iat: now + 60 })));
  await refuses(verifier({ clockTolerance: 0 }), issuer.token({ exp: now - 2 }), 'token_expired', /tolerance of 0 s/);
});

test('the audience must be ours', async () => {
  const by = verifier({ audience: ['dogwatch', 'https://gateway.example'] });
  assert.ok(await by.verify(issuer.token({ aud: ['other', 'https://gateway.example'] })));
  for (const aud of ['other', 'dogwatch2', 'Dogwatch', '', [], ['x'], { dogwatch: true }, undefined, 7]) {
    await refuses(by, issuer.token({ aud }), 'token_bad_audience', /aud is/);
  }
});

test('the issuer is compared exactly, also in a trailing slash', async () => {
  const by = verifier();
  const names = [`${issuer.url}/`, issuer.url.toUpperCase(), `${issuer.url}#`, 'https://evil.example', '', undefined];
  for (const iss of [...names, [issuer.url]]) {
    await refuses(by, issuer.token({ iss }), 'token_unknown_issuer', /no issuer is configured/);
  }
});

test('the subject must be there and faithful', async () => {
  const by = verifier();
  for (const sub of [undefined, '', null, 7, {}, ['a'], 'a\u0000b', 'a\u202eb', 'x'.repeat(600), '\ud800']) {
    await refuses(by, issuer.token({ sub }), 'token_bad_claims', /sub/);
  }
});

test('what is no JWT is malformed', async () => {
  const by = verifier();
  const tokens = ['', 'abc', 'a.b.c', 'a.b', '...', '....', `${issuer.token()} `, '\u00e9.\u00e9.\u00e9'];
  for (const token of tokens) await refuses(by, token, 'token_malformed', /JWT|base64url|no JSON objects/);
  await refuses(by, `dw_${randomUUID()}`, 'token_unknown', /knows no such token/);
  await refuses(by, 'a.b.c.d.e', 'token_malformed', /JWE/);
  const deep = `${Buffer.from(`{"alg":"RS256","x":${'['.repeat(3000)}${']'.repeat(3000)}}`).toString('base64url')}.e30.AA`;
  await assert.rejects(verify(by, deep), RefusedCredential);
});

test('a huge token is refused before anything is done with it', () => {
  const by = verifier();
  assert.throws(() => by.verify(`${'a'.repeat(MAX_TOKEN)}.`), { code: 'token_too_large' });
  assert.throws(() => by.verify('a'.repeat(50_000_000)), { code: 'token_too_large' });
  assert.deepEqual(by.claimed('a'.repeat(50_000_000)), {});
});

test('a token from one issuer cannot pass for another', async (t) => {
  const other = await startHandMadeIssuer([handKey('RS256')]);
  t.after(() => other.close());
  const by = createVerifier([issuer.config(), other.config({ name: 'other' })]);
  const [key] = other.keys;
  assert.ok(key);
  const token = handSign({ alg: 'RS256', kid: key.kid }, issuer.claims(), key);
  await refuses(by, token, 'token_bad_signature', /publishes no/);
  const sameId = handSign({ alg: 'RS256', kid: issuer.keys[0]?.kid }, issuer.claims(), key);
  await refuses(by, sameId, 'token_bad_signature', /does not verify/);
});

test('a cached token ends with its exp, and is checked anew after ten minutes', async () => {
  let now = Date.now();
  const by = verifier({ clockTolerance: 0 }, { now: () => now });
  const short = issuer.token({}, {}, now);
  await by.verify(short);
  now += 599_000;
  assert.ok(!(by.verify(short) instanceof Promise));
  now += 2000;
  await refuses(by, short, 'token_expired', /exp was/);

  const long = issuer.token({ exp: Math.floor(now / 1000) + 86_400 }, {}, now);
  await by.verify(long);
  now += 601_000;
  assert.ok(by.verify(long) instanceof Promise);
});

test('a hundred requests with one new token check it once', async () => {
  const by = verifier();
  const token = issuer.token();
  const answers = Array.from({ length: 100 }, () => by.check(token));
  assert.equal(new Set(answers).size, 1);
  assert.equal((await Promise.all(answers)).length, 100);
});

test('a refusal is remembered shortly, with its reason, and not for ever', async () => {
  let now = Date.now();
  const by = verifier({}, { now: () => now });
  const token = issuer.token({ aud: 'other' }, {}, now);
  await refuses(by, token, 'token_bad_audience', /aud is "other"/);
  assert.throws(() => by.verify(token), { code: 'token_bad_audience' });
  now += 6000;
  const again = by.verify(token);
  assert.ok(again instanceof Promise);
  await assert.rejects(again, { code: 'token_bad_audience' });
});

test('a token that is not valid yet becomes valid', async () => {
  let now = Date.now();
  const by = verifier({}, { now: () => now });
  const token = issuer.token({ nbf: Math.floor(now / 1000) + 100 }, {}, now);
  await refuses(by, token, 'token_not_yet_valid', /ahead/);
  now += 101_000;
  assert.ok(await by.verify(token));
});

test('the cache is bounded', async () => {
  const by = verifier({}, { maxCached: 4 });
  const tokens = Array.from({ length: 5 }, (_, n) => issuer.token({ n }));
  for (const token of tokens) await by.verify(token);
  const pending = tokens.map((token) => by.verify(token) instanceof Promise);
  assert.deepEqual([pending[0], pending[1], pending[4]], [true, true, false]);
});

test('claimed tells what a token says of itself, cut short, and never throws', () => {
  const by = verifier();
  assert.deepEqual(by.claimed(issuer.token({ iss: 'https://evil', sub: 's'.repeat(1000) })), {
    issuer: 'https://evil',
    subject: 's'.repeat(256),
  });
  for (const token of ['', 'a.b.c', 'x', handSign({}, { iss: 7, sub: {} }, handKey())]) {
    assert.deepEqual(by.claimed(token), {});
  }
});

test('status and probe say how an issuer stands', async () => {
  const by = verifier();
  assert.equal(by.status()[0]?.state, 'idle');
  assert.deepEqual(await by.probe('hand'), { issuer: issuer.url, jwks: `${issuer.url}/jwks`, keys: 1 });
  assert.equal(by.status()[0]?.state, 'ready');
  assert.equal((await by.probe(issuer.url)).keys, 1);
  await assert.rejects(by.probe('nobody'), { code: 'token_unknown_issuer' });
});
