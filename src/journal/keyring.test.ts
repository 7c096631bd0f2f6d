import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { openKeyring } from './keyring.ts';
import { rawKeyEncryptionKey } from './keys.ts';

test('secrets differ by purpose and data directory, and stay the same', async () => {
  const { dir, kek } = site();
  const [one, again] = [await openKeyring(dir, kek), await openKeyring(dir, kek)];
  const other = await openKeyring(site().dir, kek);
  const purposes = ['fingerprint', 'index', 'local-operator', 'tokens'] as const;
  const secrets = [one, other].flatMap((keyring) => purposes.map((purpose) => keyring.secret(purpose).toString('hex')));
  assert.equal(new Set(secrets).size, 8);
  for (const purpose of purposes) {
    assert.equal(one.secret(purpose).length, 32);
    assert.deepEqual(again.secret(purpose), one.secret(purpose));
  }
});

test('many that open a new directory at once agree', async () => {
  const { dir, kek } = site();
  const keyrings = await Promise.all(Array.from({ length: 8 }, () => openKeyring(dir, kek)));
  assert.equal(new Set(keyrings.map((keyring) => keyring.secret('index').toString('hex'))).size, 1);
});

test('the file holds no secret in clear and is for its owner alone; what cannot be read is said', async () => {
  const { dir, kek } = site();
  const keyring = await openKeyring(dir, kek);
  const file = dataPaths(dir).keyring;
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const text = readFileSync(file, 'utf8');
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    assert.ok(!text.includes(keyring.secret('index').toString(encoding)));
  }
  await assert.rejects(openKeyring(dir, rawKeyEncryptionKey(randomBytes(32))), { code: 'wrong_key' });
  for (const bad of ['', '{}', '{"v":1,"roots":[]}', 'x', text.slice(0, -5), text.replace('"v":1', '"v":2')]) {
    writeFileSync(file, bad);
    await assert.rejects(openKeyring(dir, kek), { code: 'journal_damaged' }, bad);
  }
});

test('a segment key depends on root and segment; an unknown root is refused', async () => {
  const { dir, kek } = site();
  const keyring = await openKeyring(dir, kek);
  const ids = Array.from({ length: 2 }, () => randomBytes(16).toString('base64url'));
  const keys = ids.map((id) => keyring.segmentKey(keyring.current.id, id).export().toString('hex'));
  assert.notEqual(keys[0], keys[1]);
  assert.throws(() => keyring.segmentKey('0000000000000000', ids[0]!), { code: 'wrong_key' });
});

test('no new root is drawn beside segments that cannot be read', async () => {
  const { dir, kek } = site();
  const { segments, keyring } = dataPaths(dir);
  mkdirSync(segments, { recursive: true });
  writeFileSync(join(segments, '0000000001.dwj'), 'its header is lost');
  await assert.rejects(openKeyring(dir, kek), { code: 'journal_damaged' });
  rmSync(segments, { recursive: true });
  writeFileSync(segments, 'no folder');
  await assert.rejects(openKeyring(dir, kek), { code: 'ENOTDIR' });
  assert.equal(existsSync(keyring), false);
});
