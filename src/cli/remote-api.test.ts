// Which API a command asks, and with whose token.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { writeCredential } from './credentials.ts';
import { remoteApi } from './remote-api.ts';

test('the variables go before the stored sign-in, a configuration here before both it and nothing', () => {
  const home = temporaryFolder('remote');
  const env: NodeJS.ProcessEnv = { XDG_CONFIG_HOME: home };
  const ask = (more: NodeJS.ProcessEnv = {}, config?: string) => remoteApi(config, { ...env, ...more }, home);
  assert.equal(ask(), undefined);
  assert.throws(() => ask({ DOGWATCH_API: 'https://a.test' }), /nobody is signed in there/);

  const stored = { api: 'https://a.test', gateway: 'https://g.test', token: 'dw_x', name: 'Ada' };
  writeCredential({ ...stored, expiresAt: Date.now() + 60_000 }, env);
  assert.deepEqual(ask(), { url: 'https://a.test', token: 'dw_x' });
  assert.deepEqual(ask({ DOGWATCH_API: 'https://a.test/' }), { url: 'https://a.test/', token: 'dw_x' });
  assert.deepEqual(ask({ DOGWATCH_API: 'https://b.test', DOGWATCH_TOKEN: 't' }), { url: 'https://b.test', token: 't' });
  assert.equal(ask({}, 'dogwatch.yaml'), undefined);
  assert.equal(ask({ DOGWATCH_CONFIG: 'x.yaml' }), undefined);
  // The token of one API is not shown to another, also not to one of the same name by another scheme or port.
  for (const other of ['https://b.test', 'http://a.test', 'https://a.test:8443']) {
    assert.throws(() => ask({ DOGWATCH_API: other }), /nobody is signed in there/);
  }

  writeCredential({ ...stored, expiresAt: Date.now() - 1 }, env);
  assert.throws(() => ask(), /has ended/);
  writeFileSync(join(home, 'dogwatch.yaml'), '');
  assert.equal(ask(), undefined);
});
