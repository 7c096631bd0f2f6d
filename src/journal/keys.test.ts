import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { createKeys, loadKeyEncryptionKey, loadSigningKey, rawKeyEncryptionKey } from './keys.ts';

test('keys that were made are loaded, from a file and from the environment', async (t) => {
  const dir = temporaryFolder('keys');
  const files = { kek: join(dir, 'keys', 'kek'), signing: join(dir, 'keys', 'signing.pem') };
  createKeys(files, join(dir, 'data'));
  assert.equal(statSync(files.kek).mode & 0o777, 0o600);
  assert.equal(statSync(files.signing).mode & 0o777, 0o600);
  const kek = await loadKeyEncryptionKey({ file: files.kek });
  process.env.DOGWATCH_TEST_KEK = readFileSync(files.kek, 'utf8');
  t.after(() => delete process.env.DOGWATCH_TEST_KEK);
  const same = await loadKeyEncryptionKey({ env: 'DOGWATCH_TEST_KEK' });
  assert.equal(same.id, kek.id);
  const secret = randomBytes(32);
  assert.deepEqual(await same.unwrap(await kek.wrap(secret, 'context'), 'context'), secret);
  const signing = await loadSigningKey({ file: files.signing });
  const signature = await signing.sign(Buffer.from('message'));
  const publicKey = createPublicKey({
    format: 'jwk',
    key: { kty: 'OKP', crv: 'Ed25519', x: signing.publicKey.toString('base64url') },
  });
  assert.ok(verify(null, Buffer.from('message'), publicKey, signature));
});

test('a key file is never replaced', () => {
  const dir = temporaryFolder('keys');
  const files = { kek: join(dir, 'kek'), signing: join(dir, 'signing') };
  createKeys(files);
  const before = readFileSync(files.kek);
  assert.throws(() => createKeys(files), { code: 'key_unsafe' });
  assert.deepEqual(readFileSync(files.kek), before);
});

test('another key, another context or altered bytes do not unwrap', async () => {
  const kek = rawKeyEncryptionKey(randomBytes(32));
  const wrapped = Buffer.from(await kek.wrap(randomBytes(32), 'root a'));
  await assert.rejects(rawKeyEncryptionKey(randomBytes(32)).unwrap(wrapped, 'root a'), { code: 'wrong_key' });
  await assert.rejects(kek.unwrap(wrapped, 'root b'), { code: 'wrong_key' });
  for (const at of [0, 15, wrapped.length - 1]) {
    const altered = Buffer.from(wrapped);
    altered[at]! ^= 1;
    await assert.rejects(kek.unwrap(altered, 'root a'), { code: 'wrong_key' });
  }
  for (const length of [0, 11, 27])
    await assert.rejects(kek.unwrap(wrapped.subarray(0, length), 'root a'), { code: 'wrong_key' });
});

test('files that others can read, that lie in the data directory, that are missing or hold no key are refused', async () => {
  const dir = temporaryFolder('keys');
  const data = join(dir, 'data');
  mkdirSync(data);
  const files = { kek: join(dir, 'kek'), signing: join(dir, 'signing') };
  createKeys(files);
  await assert.rejects(loadKeyEncryptionKey({ file: join(dir, 'none') }), { code: 'key_missing' });
  await assert.rejects(loadKeyEncryptionKey({ env: 'DOGWATCH_TEST_NONE' }), { code: 'key_missing' });
  chmodSync(files.kek, 0o640);
  await assert.rejects(loadKeyEncryptionKey({ file: files.kek }), { code: 'key_unsafe', message: /read by others/ });
  chmodSync(files.kek, 0o600);
  for (const inside of [join(data, 'kek'), join(dir, 'other', '..', 'data', 'kek')]) {
    assert.throws(() => createKeys({ kek: inside, signing: join(dir, 's') }, data), {
      code: 'key_unsafe',
      message: /inside/,
    });
  }
  writeFileSync(join(data, 'kek'), readFileSync(files.kek), { mode: 0o600 });
  symlinkSync(join(data, 'kek'), join(dir, 'link'));
  symlinkSync(data, join(dir, 'linked'));
  for (const sly of ['link', 'linked/kek']) {
    await assert.rejects(loadKeyEncryptionKey({ file: join(dir, sly) }, data), {
      code: 'key_unsafe',
      message: /inside/,
    });
  }
  for (const text of [
    '',
    'dwkek1_',
    `dwkek1_${randomBytes(31).toString('base64url')}`,
    randomBytes(32).toString('hex'),
    'x'.repeat(20_000),
  ]) {
    writeFileSync(files.kek, text);
    await assert.rejects(loadKeyEncryptionKey({ file: files.kek }), { code: 'key_invalid' });
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  for (const text of [rsa, 'no key', 'dwkek1_']) {
    writeFileSync(files.signing, text);
    await assert.rejects(loadSigningKey({ file: files.signing }), { code: 'key_invalid' });
  }
});
