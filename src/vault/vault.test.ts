// The vault on a real disk: what it keeps, what it refuses, and that no secret gets out.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { rawKeyEncryptionKey } from '../journal/keys.ts';
import { mayUse } from './access.ts';
import { type ConnectionConfigInput, connectionSchema, connectionsSchema, settingsSchema } from './config.ts';
import { type Credential, openVault, type Vault } from './vault.ts';

const kek = rawKeyEncryptionKey(Buffer.alloc(32, 7));
const KEYS: Credential = { apiKey: 'canary-api-key-0123456789', appKey: 'canary-app-key-0123456789' };
const OTHER: Credential = { apiKey: 'canary-other-api-98765', appKey: 'canary-other-app-98765' };
const TOKEN: Credential = { accessToken: 'canary-access-token-555' };

let dir: string;
let outside: string;
beforeEach(() => {
  dir = temporaryFolder('vault');
  outside = temporaryFolder('secrets');
});

const open = (configured: ConnectionConfigInput[] = [], env: NodeJS.ProcessEnv = {}, key = kek): Promise<Vault> =>
  openVault({ dir, kek: key, configured: configured.map((each) => connectionSchema.parse(each)), env });
const settings = (name: string, more: object = {}) => settingsSchema.parse({ name, site: 'datadoghq.com', ...more });
const path = () => join(dir, 'vault.json');
/** The file as whoever forges it sees it: of two connections at most, with keys. */
interface Forged {
  kek: string;
  dataKey: string;
  connections: [ForgedRecord, ForgedRecord];
}
interface ForgedRecord {
  secrets: { apiKey: string; appKey: string };
}
const edit = (change: (file: Forged) => void): void => {
  const file = JSON.parse(readFileSync(path(), 'utf8')) as Forged;
  change(file);
  writeFileSync(path(), JSON.stringify(file));
};

/** Expects a failure with this code, in which no secret stands. */
async function fails(run: () => unknown, code: string, message = /./): Promise<void> {
  await assert.rejects(
    async () => run(),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, code, inspect(error));
      assert.match(error.message, message);
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /canary/);
      return true;
    },
  );
}

test('what was added is there after a restart, sealed on disk, readable by its owner alone', async () => {
  const vault = await open();
  await vault.add(settings('prod', { groups: ['sre'] }), KEYS);
  await vault.add(settings('eu', { site: 'datadoghq.eu', readOnly: true, default: true }), TOKEN);
  for (const each of [vault, await open()]) {
    assert.deepEqual({ ...(await each.credential('prod')) }, KEYS);
    assert.deepEqual({ ...each.credentialNow('eu') }, TOKEN);
    assert.equal(each.credentialNow('eu'), each.credentialNow('eu'));
    assert.equal(each.defaultConnection()?.name, 'eu');
    assert.deepEqual(
      each
        .connections()
        .map(({ name, site, readOnly, groups, credential }) => [name, site, readOnly, groups, credential]),
      [
        ['prod', 'datadoghq.com', false, ['sre'], 'keys'],
        ['eu', 'datadoghq.eu', true, [], 'token'],
      ],
    );
    assert.deepEqual(each.secretsOf('prod').map(String), [KEYS.apiKey, KEYS.appKey]);
  }
  assert.equal(statSync(path()).mode & 0o777, 0o600);
  for (const name of readdirSync(dir)) assert.doesNotMatch(readFileSync(join(dir, name), 'latin1'), /canary/);
});

test('rotation and removal hold at once, here and after reload in another process', async () => {
  const vault = await open();
  const running = await open();
  await vault.add(settings('prod'), KEYS);
  await fails(() => running.credentialNow('prod'), 'unknown_connection');
  await running.reload();
  assert.deepEqual({ ...running.credentialNow('prod') }, KEYS);
  await vault.rotate('prod', OTHER);
  assert.deepEqual({ ...vault.credentialNow('prod') }, OTHER);
  assert.deepEqual(vault.secretsOf('prod').map(String), Object.values(OTHER));
  await running.reload();
  assert.deepEqual({ ...running.credentialNow('prod') }, OTHER);
  const { created = 0, rotated = 0 } = vault.connection('prod') ?? {};
  assert.ok(created > 0 && rotated >= created);
  await vault.rotate('prod', TOKEN);
  assert.deepEqual({ ...vault.credentialNow('prod') }, TOKEN);
  await vault.remove('prod');
  await fails(() => vault.credential('prod'), 'unknown_connection');
  assert.doesNotMatch(readFileSync(path(), 'utf8'), /prod/);
  assert.equal(vault.defaultConnection(), undefined);
});

test('two processes that change the vault lose nothing of each other', async () => {
  const vaults = await Promise.all(Array.from({ length: 4 }, () => open()));
  await Promise.all(vaults.map((vault, n) => vault.add(settings(`c${n}`), KEYS)));
  const names = (await open()).connections().map(({ name }) => name);
  assert.deepEqual(names.sort(), ['c0', 'c1', 'c2', 'c3']);
});

test('another key-encryption key opens nothing, also under the right name', async () => {
  await (await open()).add(settings('prod'), KEYS);
  const wrong = rawKeyEncryptionKey(Buffer.alloc(32, 8));
  await fails(() => open([], {}, wrong), 'wrong_key', new RegExp(`${kek.id}, not ${wrong.id}`));
  edit((file) => {
    file.kek = wrong.id;
  });
  await fails(() => open([], {}, wrong), 'wrong_key');
});

test('secrets swapped between connections, or between fields, do not open', async () => {
  const vault = await open();
  await vault.add(settings('a'), KEYS);
  await vault.add(settings('b'), OTHER);
  const whole = readFileSync(path());
  edit(({ connections: [a, b] }) => {
    [a.secrets, b.secrets] = [b.secrets, a.secrets];
  });
  const swapped = await open();
  await fails(() => swapped.credential('a'), 'credential_unavailable', /by other hands/);
  await fails(() => swapped.credential('b'), 'credential_unavailable');
  await fails(() => swapped.secretsOf('b'), 'credential_unavailable');
  writeFileSync(path(), whole);
  edit(({ connections: [{ secrets }] }) => {
    [secrets.apiKey, secrets.appKey] = [secrets.appKey, secrets.apiKey];
  });
  await fails(async () => (await open()).credential('a'), 'credential_unavailable');
});

test('who edits what the file says of a connection does not get its secrets', async () => {
  await (await open()).add(settings('prod', { groups: ['sre'], readOnly: true }), KEYS);
  const whole = readFileSync(path());
  const edits = [
    { site: 'evil.example' },
    { upstream: 'https://evil.example' },
    { groups: ['sre', 'everybody'] },
    { readOnly: false },
    { name: 'other' },
    { rotated: 1 },
  ];
  for (const change of edits) {
    writeFileSync(path(), whole);
    edit(({ connections: [record] }) => Object.assign(record, change));
    const vault = await open();
    const [name = ''] = vault.connections().map((each) => each.name);
    await fails(() => vault.credential(name), 'credential_unavailable');
  }
});

test('a changed secret or data key does not open', async () => {
  await (await open()).add(settings('prod'), KEYS);
  const whole = readFileSync(path());
  edit(({ connections: [{ secrets }] }) => {
    const bytes = Buffer.from(secrets.apiKey, 'base64');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    secrets.apiKey = bytes.toString('base64');
  });
  await fails(async () => (await open()).credential('prod'), 'credential_unavailable');
  edit(({ connections: [{ secrets }] }) => {
    secrets.apiKey = 'AAAA';
  });
  await fails(async () => (await open()).credential('prod'), 'credential_unavailable');
  writeFileSync(path(), whole);
  edit((file) => {
    file.dataKey = Buffer.alloc(60).toString('base64');
  });
  await fails(() => open(), 'wrong_key');
});

test('a torn or foreign file is a clear error that quotes nothing of it', async () => {
  const vault = await open();
  await vault.add(settings('prod'), KEYS);
  const whole = readFileSync(path(), 'utf8');
  for (const cut of [0, 1, 20, Math.floor(whole.length / 2), whole.length - 3]) {
    writeFileSync(path(), whole.slice(0, cut));
    await fails(() => open(), 'vault_damaged', /vault\.json cannot be read: it is not whole JSON/);
  }
  writeFileSync(path(), 'canary');
  await fails(() => open(), 'vault_damaged');
  for (const wrong of ['{}', '[]', '{"format":"dogwatch-vault/2"}', whole.replace('"secrets"', '"canary"')]) {
    writeFileSync(path(), wrong);
    await fails(() => open(), 'vault_damaged');
  }
  // What runs goes on with what it has.
  await fails(() => vault.reload(), 'vault_damaged');
  assert.deepEqual({ ...vault.credentialNow('prod') }, KEYS);
  await fails(() => vault.rotate('prod', OTHER), 'vault_damaged');
  assert.equal(readFileSync(path(), 'utf8'), whole.replace('"secrets"', '"canary"'));
});

test('what a crash left of an unfinished write does no harm', async () => {
  writeFileSync(`${path()}.new`, '{"format":');
  const vault = await open();
  await vault.add(settings('prod'), KEYS);
  assert.deepEqual({ ...(await open()).credentialNow('prod') }, KEYS);
  assert.deepEqual(readdirSync(dir).sort(), ['vault.json', 'vault.lock']);
});

test('no secret is in anything that is shown', async () => {
  const vault = await open();
  await vault.add(settings('prod'), KEYS);
  const credential = vault.credentialNow('prod');
  const shown = [vault, vault.connections(), credential, { credential }, [credential]];
  for (const each of shown) {
    assert.doesNotMatch(JSON.stringify(each), /canary/);
    assert.doesNotMatch(inspect(each, { depth: 9 }), /canary/);
    assert.doesNotMatch(String(each), /canary/);
  }
});

test('what cannot be a connection or a key is refused', async () => {
  const vault = await open();
  for (const name of ['', 'A', 'a b', '-a', '../x', 'a'.repeat(64), '__proto__']) {
    await fails(() => vault.add({ ...settings('x'), name }, KEYS), 'connection_invalid');
  }
  for (const bad of [
    '',
    'short',
    'canary with blanks',
    'canary\r\nx-evil: 1',
    'canary-\u00e9\u00e9\u00e9',
    'c'.repeat(5000),
  ]) {
    await fails(() => vault.add(settings('x'), { ...KEYS, apiKey: bad }), 'key_invalid');
    await fails(() => vault.add(settings('x'), { accessToken: bad }), 'key_invalid');
  }
  await fails(() => vault.add(settings('x'), { apiKey: 'canary-alone' } as never), 'connection_invalid');
  await fails(() => vault.add(settings('x'), { ...KEYS, ...TOKEN } as never), 'connection_invalid');
  await vault.add(settings('x', { default: true }), KEYS);
  await fails(() => vault.add(settings('x'), OTHER), 'connection_invalid', /already/);
  await fails(() => vault.add(settings('y', { default: true }), OTHER), 'connection_invalid', /several .*x, y/);
  await fails(() => vault.rotate('nobody', KEYS), 'unknown_connection');
  await fails(() => vault.remove('nobody'), 'unknown_connection');
  assert.deepEqual(
    vault.connections().map(({ name }) => name),
    ['x'],
  );
});

test('secrets come from the environment and from files, without one trailing newline', async () => {
  const file = join(outside, 'app-key');
  writeFileSync(file, `${KEYS.appKey}\n`, { mode: 0o600 });
  const configured = [{ name: 'prod', site: 'datadoghq.com', apiKey: { env: 'DD_KEY' }, appKey: { file } }];
  const vault = await open(configured, { DD_KEY: KEYS.apiKey });
  assert.deepEqual({ ...vault.credentialNow('prod') }, KEYS);
  assert.deepEqual(vault.connection('prod')?.sources, ['env DD_KEY', `file ${file}`]);
  assert.equal(vault.defaultConnection()?.name, 'prod');
  writeFileSync(file, OTHER.appKey);
  await vault.reload();
  assert.deepEqual({ ...vault.credentialNow('prod') }, { apiKey: KEYS.apiKey, appKey: OTHER.appKey });
  await fails(() => vault.rotate('prod', OTHER), 'connection_invalid', /holds no secrets/);
  await fails(() => vault.remove('prod'), 'connection_invalid');
  await fails(() => vault.add(settings('prod'), OTHER), 'connection_invalid', /and others in the configuration/);
  assert.deepEqual((await open(configured, { DD_KEY: KEYS.apiKey })).connections().length, 1);
});

test('references that lead nowhere, or where others can read, are refused by name', async () => {
  const at =
    (accessToken: ConnectionConfigInput['accessToken'], env = {}) =>
    () =>
      open([{ name: 'prod', site: 'datadoghq.com', accessToken }], env);
  await fails(at({ env: 'NOT_SET' }), 'key_missing', /NOT_SET, the accessToken of connection prod/);
  await fails(at({ env: 'EMPTY' }, { EMPTY: '' }), 'key_missing');
  await fails(at({ env: 'BAD' }, { BAD: 'canary two words' }), 'key_invalid');
  await fails(at({ file: join(outside, 'nowhere') }), 'key_missing', /ENOENT/);
  await fails(at({ file: outside }), 'key_invalid', /not a regular file/);
  const file = join(outside, 'token');
  writeFileSync(file, TOKEN.accessToken);
  chmodSync(file, 0o644);
  await fails(at({ file }), 'key_unsafe', /read by everybody/);
  chmodSync(file, 0o640);
  assert.deepEqual({ ...(await at({ file })()).credentialNow('prod') }, TOKEN);
  writeFileSync(file, 'canary-'.repeat(5000));
  await fails(at({ file }), 'key_invalid', /too long/);
  const inside = join(dir, 'token');
  writeFileSync(inside, TOKEN.accessToken, { mode: 0o600 });
  await fails(at({ file: inside }), 'key_unsafe', /inside the data directory/);
});

test('the configuration may name a connection whose secrets the vault holds, and they go only where they were meant for', async () => {
  const configured = { name: 'prod', site: 'datadoghq.com', groups: ['sre'] };
  const vault = await open([configured]);
  assert.equal(vault.connection('prod')?.credential, 'missing');
  await fails(() => vault.credential('prod'), 'credential_unavailable', /nothing holds/);
  await fails(() => vault.rotate('prod', KEYS), 'connection_invalid');
  await vault.add(settings('prod', { groups: ['ignored'] }), KEYS);
  assert.deepEqual({ ...vault.credentialNow('prod') }, KEYS);
  assert.deepEqual(vault.connection('prod')?.groups, ['sre']);
  await vault.rotate('prod', OTHER);
  assert.deepEqual({ ...vault.credentialNow('prod') }, OTHER);
  await fails(
    () => open([{ ...configured, site: 'datadoghq.eu' }]),
    'connection_invalid',
    /was added for datadoghq.com/,
  );
  await fails(() => open([{ ...configured, upstream: 'http://127.0.0.1:9' }]), 'connection_invalid');
});

test('nobody may use a connection without being named', () => {
  assert.ok(mayUse({ groups: ['a', 'sre'] }, { groups: ['sre', 'b'] }));
  assert.ok(!mayUse({ groups: ['a'] }, { groups: ['sre'] }));
  assert.ok(!mayUse({ groups: [] }, { groups: [] }));
  assert.ok(!mayUse({ groups: ['*'] }, { groups: ['sre'] }));
});

test('contradictory configurations are refused', () => {
  const refuses = (...connections: object[]) =>
    assert.equal(connectionsSchema.safeParse(connections).success, false, JSON.stringify(connections));
  const one = { name: 'a', site: 'datadoghq.com' };
  const ref = { env: 'X' };
  refuses(one, one);
  refuses({ ...one, default: true }, { ...one, name: 'b', default: true });
  refuses({ ...one, apiKey: ref });
  refuses({ ...one, appKey: ref });
  refuses({ ...one, apiKey: ref, appKey: ref, accessToken: ref });
  refuses({ ...one, accessToken: 'canary-in-clear' });
  refuses({ ...one, accessToken: { env: 'X', file: 'y' } });
  refuses({ ...one, upstream: 'ftp://x' });
});
