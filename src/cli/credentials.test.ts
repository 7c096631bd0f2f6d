// The stored sign-in: where it stands, for whom, and what is done with one that others could read.
import assert from 'node:assert/strict';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import {
  credentialsFile,
  readCredential,
  removeCredential,
  type StoredCredential,
  writeCredential,
} from './credentials.ts';

const CREDENTIAL: StoredCredential = {
  api: 'http://127.0.0.1:8090',
  gateway: 'http://127.0.0.1:8080',
  token: 'dw_secret',
  expiresAt: 7,
  name: 'Ada',
};

test('a credential is kept for its owner alone, replaced and removed', () => {
  const home = temporaryFolder('credentials');
  const env = { HOME: home };
  assert.equal(credentialsFile(env), join(home, '.config', 'dogwatch', 'credentials.json'));
  assert.equal(credentialsFile({ ...env, XDG_CONFIG_HOME: 'relative' }), credentialsFile(env));
  assert.equal(readCredential(env), undefined);
  writeCredential({ ...CREDENTIAL, name: 'Grace' }, env);
  writeCredential(CREDENTIAL, env);
  assert.deepEqual(readCredential(env), CREDENTIAL);
  assert.equal(statSync(credentialsFile(env)).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(credentialsFile(env))).mode & 0o777, 0o700);
  assert.equal(readCredential({ ...env, XDG_CONFIG_HOME: join(home, 'else') }), undefined);

  chmodSync(credentialsFile(env), 0o640);
  assert.throws(() => readCredential(env), { code: 'key_unsafe' });
  chmodSync(credentialsFile(env), 0o600);
  writeFileSync(credentialsFile(env), '{"token": "dw_secret"');
  assert.equal(readCredential(env), undefined);
  removeCredential(env);
  removeCredential(env);
  assert.equal(readCredential(env), undefined);
});
