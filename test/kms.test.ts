// Keys in AWS KMS, against a stand-in for its wire API: data is written, read and rotated; KMS that refuses is told apart from a wrong key.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openJournal } from '../src/journal/journal.ts';
import type { KeySource } from '../src/journal/key-place.ts';
import { keyProvider } from '../src/journal/key-provider.ts';
import { openReader } from '../src/journal/reader.ts';
import { type StandInKms, startKms } from './harness/kms.ts';
import { temporaryFolder } from './harness/temporary.ts';
import { entry } from './journal/site.ts';

async function scene(t: TestContext): Promise<{ kms: StandInKms; dir: string; folder: string; source: KeySource }> {
  const folder = temporaryFolder('kms');
  const kms = await startKms();
  const before = { ...process.env };
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' });
  t.after(async () => {
    await kms.close();
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  const source = { awsKms: { key: kms.key, endpoint: kms.url, sealed: join(folder, 'signing.sealed') } };
  return { kms, dir: join(folder, 'data'), folder, source };
}

test('a journal under keys of KMS is written and read; every call names what it is about', async (t) => {
  const { kms, dir, source, folder } = await scene(t);
  const provider = keyProvider(source, dir);
  await provider.create('signing');
  const file = join(folder, 'signing.sealed');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file, 'utf8').includes('PRIVATE KEY'));
  await assert.rejects(provider.create('signing'), { code: 'key_unsafe' });
  const [kek, signingKey] = [await provider.encryption(), await provider.signing()];
  const journal = await openJournal({ dir, name: 'test', kek, signingKey });
  await journal.append(entry({ response: Buffer.from('under KMS') }));
  await journal.close();
  const reader = await openReader({ dir, kek: await keyProvider(source, dir).encryption() });
  assert.equal((await reader.read(0)).parts.response?.toString(), 'under KMS');
  await reader.close();
  assert.ok(kms.calls.some((call) => /^TrentService\.Encrypt dogwatch=root [0-9a-f]{16}$/.test(call)));
  assert.ok(kms.calls.includes('TrentService.Decrypt dogwatch=signing key'));
});

test('another context is a wrong key; a KMS that refuses or is away is unavailable, and nothing secret is told', async (t) => {
  const { kms, dir, source } = await scene(t);
  const kek = await keyProvider(source, dir).encryption();
  const wrapped = await kek.wrap(Buffer.alloc(32, 7), 'root a');
  assert.deepEqual(Buffer.from(await kek.unwrap(wrapped, 'root a')), Buffer.alloc(32, 7));
  await assert.rejects(kek.unwrap(wrapped, 'root b'), { code: 'wrong_key' });
  kms.fail('AccessDeniedException');
  await assert.rejects(kek.unwrap(wrapped, 'root a'), { code: 'key_unavailable', message: /AccessDeniedException/ });
  const away = keyProvider({ awsKms: { key: kms.key, endpoint: 'http://127.0.0.1:9' } }, dir);
  await assert.rejects((await away.encryption()).wrap(Buffer.alloc(32), 'x'), { code: 'key_unavailable' });
});
