// Issuer configuration: what cannot be configured.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IssuerConfigInput, issuerSchema, issuersSchema } from './config.ts';

const good: IssuerConfigInput = { name: 'a', issuer: 'https://login.example.com', audience: 'dogwatch' };
const accepts = (overrides: object) => issuerSchema.parse({ ...good, ...overrides });
const refuses = (overrides: object, path: string) => {
  const { error } = issuerSchema.safeParse({ ...good, ...overrides });
  assert.ok(
    error?.issues.some((issue) => issue.path[0] === path),
    `${JSON.stringify(overrides)}: ${error?.message}`,
  );
};

test('defaults', () => {
  const { audience, clockTolerance, kind, insecure, algorithms } = accepts({});
  assert.deepEqual(
    { audience, clockTolerance, kind, insecure },
    { audience: ['dogwatch'], clockTolerance: 30, kind: 'agent', insecure: false },
  );
  assert.ok(algorithms.includes('RS256') && algorithms.includes('EdDSA'));
  assert.equal(accepts({ clockTolerance: '2m' }).clockTolerance, 120);
});

test('no symmetric algorithm, no none, no empty list', () => {
  for (const algorithms of [['HS256'], ['none'], ['RS256', 'HS512'], ['rs256'], []])
    refuses({ algorithms }, 'algorithms');
});

test('plain http only on loopback, or when told', () => {
  for (const issuer of ['http://127.0.0.1:1', 'http://localhost:9/x', 'http://[::1]:80']) accepts({ issuer });
  for (const issuer of [
    'http://login.example.com',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'ftp://x',
    'x',
    '',
  ]) {
    refuses({ issuer }, 'issuer');
  }
  accepts({ issuer: 'http://login.internal', insecure: true });
  refuses({ jwks: 'http://keys.example' }, 'jwks');
  refuses({ jwks: 'file:///etc/passwd', insecure: true }, 'jwks');
});

test('an issuer has no query, fragment or password', () => {
  for (const issuer of ['https://a/?x', 'https://a/#x', 'https://u:p@a/']) refuses({ issuer }, 'issuer');
});

test('an audience is required, tolerance is bounded, names are unique', () => {
  refuses({ audience: undefined }, 'audience');
  refuses({ audience: [] }, 'audience');
  refuses({ audience: '' }, 'audience');
  refuses({ clockTolerance: '1h' }, 'clockTolerance');
  refuses({ clockTolerance: -1 }, 'clockTolerance');
  assert.equal(issuersSchema.safeParse([good, { ...good, issuer: 'https://b' }]).success, false);
  assert.equal(issuersSchema.safeParse([good, { ...good, name: 'b' }]).success, false);
  assert.equal(issuersSchema.safeParse([good, { ...good, name: 'b', issuer: 'https://b' }]).success, true);
});
