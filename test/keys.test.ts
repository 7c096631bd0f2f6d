// Keys as an operator handles them: made, shown, replaced; a change that is interrupted at any step; and nothing of it lost.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openData } from '../src/cli/open-data.ts';
import { rotateEncryption, rotateSigning } from '../src/cli/rotate-keys.ts';
import { type Config, loadConfig } from '../src/config/config.ts';
import { newKek } from '../src/journal/keys.ts';
import { verifyJournal } from '../src/journal/verify.ts';
import { openVault } from '../src/vault/vault.ts';
import { makeSite, runDogwatch, runScript, type Site } from './harness/gateway.ts';
import { entry } from './journal/site.ts';

const SCRIPT = fileURLToPath(new URL('rotate-keys.ts', import.meta.url));
const SETTINGS = {
  name: 'sealed',
  site: 'datadoghq.com',
  groups: ['sre'],
  readOnly: false,
  images: true,
  sandbox: false,
  default: false,
};
const SECRETS = { apiKey: 'a'.repeat(32), appKey: 'b'.repeat(40) };

/** A site whose data directory holds entries, and a connection with sealed secrets. */
async function filled(): Promise<{ site: Site; config: Config }> {
  const site = await makeSite({ issuer: 'https://issuer.example', upstream: 'http://127.0.0.1:9' });
  const config = loadConfig(site.configFile, {});
  const data = await openData(config);
  for (let at = 0; at < 20; at++) await data.journal.append(entry({ response: Buffer.from(`answer ${at}`) }));
  const vault = await openVault({ dir: config.data, kek: data.kek, configured: config.connections });
  await vault.add(SETTINGS, SECRETS);
  await data.close();
  return { site, config };
}

/** Everything is read and verified, and more is recorded. */
async function whole(config: Config): Promise<void> {
  const data = await openData(config);
  try {
    const vault = await openVault({ dir: config.data, kek: data.kek, configured: config.connections });
    assert.deepEqual(await vault.credential('sealed'), SECRETS);
    for (let at = 0; at < 20; at++) {
      assert.equal((await data.reader.read(at)).parts.response?.toString(), `answer ${at}`);
    }
    await data.journal.append(entry());
  } finally {
    await data.close();
  }
  const report = await verifyJournal({ dir: config.data, kek: data.kek });
  assert.deepEqual(report.problems, []);
}

/** Changes a key in this process, as the command does. */
const rotate = { encryption: rotateEncryption, signing: rotateSigning } as const;

// Much of the time is waiting for processes to start and for the disk: two at a time.
describe('Keys', { concurrency: 2 }, () => {
  test('both keys are replaced, and everything is read and verified as before', async () => {
    const { site, config } = await filled();
    const keys = join(site.directory, 'keys');
    const before = JSON.parse((await runDogwatch(['keys', 'show', '--json', '-c', site.configFile])).output);
    for (const which of ['encryption', 'signing'] as const) {
      const { code, output } = await runDogwatch(['keys', 'rotate', `--${which}`, '-c', site.configFile]);
      assert.equal(code, 0, output);
      await whole(config);
    }
    // And again, now that there are older ones.
    for (const which of ['signing', 'encryption'] as const) await rotate[which](config, undefined, 'test');
    await whole(config);
    const shown = await runDogwatch(['keys', 'show', '--json', '-c', site.configFile]);
    const after = JSON.parse(shown.output);
    assert.notEqual(after.encryption.id, before.encryption.id);
    assert.deepEqual(after.encryption.opens, [after.encryption.id]);
    assert.equal(after.history.length, 3);
    assert.equal(after.history[2], before.signing.vkey);
    assert.equal(after.signing.signs, true);
    const secrets = readdirSync(keys).map((name) => readFileSync(join(keys, name), 'utf8').trim());
    for (const secret of secrets) assert.ok(!shown.output.includes(secret.slice(0, 40)), 'no secret is shown');
    // The old key opens nothing any more.
    const old = readdirSync(keys).find((name) => name.startsWith('encryption.old-')) ?? '';
    writeFileSync(site.configFile, readFileSync(site.configFile, 'utf8').replace('keys/encryption', `keys/${old}`));
    assert.match((await runDogwatch(['verify', '-c', site.configFile])).output, /wrong_key|did not encrypt/);
  });

  for (const [what, steps] of [
    ['encryption', ['create', 'keyring', 'vault', 'swap', 'settle']],
    ['signing', ['announce', 'hand over', 'swap', 'sign']],
  ] as const) {
    test(`a change of the ${what} key that dies before any step is whole, and can be ended`, async () => {
      const { site, config } = await filled();
      for (const step of steps) {
        const { signal } = await runScript(SCRIPT, [site.configFile, what, step]);
        assert.equal(signal, 'SIGKILL', step);
        await whole(config);
        await rotate[what](config, undefined, 'test');
        assert.ok(!existsSync(join(site.directory, 'keys', `${what}.next`)));
      }
      await whole(config);
    });
  }

  test('a key that no entry announces does not verify, though it signs what it likes', async () => {
    const { site, config } = await filled();
    const vkey = join(config.data, 'journal', 'tlog', 'vkey');
    const own = readFileSync(vkey, 'utf8');
    // Somebody who can write the files, and has the encryption key, brings a signing key of their own.
    rmSync(join(site.directory, 'keys', 'signing'));
    assert.equal((await runDogwatch(['keys', 'init', '-c', site.configFile])).code, 0);
    const { signing } = JSON.parse((await runDogwatch(['keys', 'show', '--json', '-c', site.configFile])).output);
    await assert.rejects(openData(config), { code: 'wrong_key' });
    writeFileSync(vkey, `${signing.vkey}\n${own}`);
    const data = await openData(config);
    await data.journal.append(entry());
    await data.close();
    const report = await verifyJournal({ dir: config.data, kek: data.kek });
    assert.match(report.problems.map((each) => each.what).join(), /signs, but no entry announces it/);
  });

  test('keys move to another place, and the configuration follows', async (t) => {
    const { site, config } = await filled();
    const command = `['${process.execPath}', -e, "process.stdout.write(process.env.KEK2)"]`;
    const env = { KEK2: newKek() };
    const moved = await runDogwatch(
      ['keys', 'rotate', '--encryption', '--to', `command: ${command}`, '-c', site.configFile],
      { env },
    );
    assert.equal(moved.code, 0, moved.output);
    assert.match(moved.output, /keys\.encryption/);
    await whole(config);
    const changed = readFileSync(site.configFile, 'utf8').replace(
      /encryption:\n {4}file: [^\n]*/,
      `encryption:\n    command: ${command}`,
    );
    writeFileSync(site.configFile, changed);
    process.env.KEK2 = env.KEK2;
    t.after(() => delete process.env.KEK2);
    await whole(loadConfig(site.configFile, {}));
    await assert.rejects(openData(config), { code: 'wrong_key' });
  });

  test('a helper that fails is shown with what it said, and without what it gave', async () => {
    const { site } = await filled();
    const secret = newKek().trim();
    const script = `console.error('vault is sealed ${secret}'); console.log('${secret}'); process.exit(3)`;
    const config = readFileSync(site.configFile, 'utf8').replace(
      /encryption:\n {4}file: [^\n]*/,
      `encryption:\n    command: ['${process.execPath}', -e, ${JSON.stringify(script)}]`,
    );
    writeFileSync(site.configFile, config);
    const { code, output } = await runDogwatch(['verify', '-c', site.configFile]);
    assert.equal(code, 1);
    assert.match(output, /ended with status 3; it said: vault is sealed/);
    assert.ok(!output.includes(secret.slice(7, 20)));
  });
});
