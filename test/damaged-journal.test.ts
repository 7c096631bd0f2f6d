// Bad input, from the past: journal files that are torn, damaged, unreadable or under another key.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { createKeys } from '../src/journal/keys.ts';
import { runDogwatch } from './harness/gateway.ts';
import { type Scene, startScene } from './harness/scene.ts';

let scene: Scene;

before(async () => {
  scene = await startScene();
});
beforeEach(async () => {
  await scene.restart();
  for (let n = 0; n < 3; n++) await scene.works();
  await scene.stop('SIGKILL');
});
after(() => scene?.close());

const segments = (): string => join(scene.site.dataDir, 'journal', 'segments');
const newestSegment = (): string => {
  const names = readdirSync(segments()).filter((name) => name.endsWith('.dwj'));
  return join(segments(), names.sort().at(-1) ?? '');
};

/** The gateway must not start, must say why in one clear error, and must leave every file of the record as it was. */
async function refusesToStart(code: RegExp): Promise<string> {
  const before = fingerprints();
  const { code: status, output } = await runDogwatch(['serve', '--config', scene.site.configFile]);
  assert.notEqual(status, 0);
  assert.match(output, code);
  assert.doesNotMatch(output, /\n\s+at /, 'a stack trace is no clear error');
  assert.deepEqual(fingerprints(), before, 'it changed the record that it could not read');
  return output;
}

/** Hashes of every file of the journal. */
function fingerprints(): Record<string, string> {
  const files = readdirSync(join(scene.site.dataDir, 'journal'), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** Starts again and checks that nothing acknowledged was lost. */
async function allIsThere(): Promise<void> {
  await scene.restart();
  await scene.works();
  await scene.journal();
  const { code, output } = await runDogwatch(['verify', '--config', scene.site.configFile]);
  assert.equal(code, 0, output);
}

/** The byte after the last one that is not zero. */
const endOf = (bytes: Buffer): number => bytes.findLastIndex((byte) => byte !== 0) + 1;

test('a torn tail is cut at the last whole frame, and what was acknowledged before it is there', async () => {
  const kept = join(scene.site.directory, 'kept');
  cpSync(scene.site.dataDir, kept, { recursive: true });
  const before = readFileSync(newestSegment());
  // Somewhat more is recorded, and then only a part of it has reached the disk.
  await scene.restart();
  const lost = await scene.call('PUT', '/api/v1/monitor/1', '{"name":"never acknowledged"}');
  assert.equal(lost.status, 200);
  await scene.stop('SIGKILL');
  const written = readFileSync(newestSegment());
  const name = newestSegment();
  rmSync(scene.site.dataDir, { recursive: true });
  renameSync(kept, scene.site.dataDir);
  const torn = Buffer.from(written);
  const [from, to] = [endOf(before), endOf(written)];
  assert.ok(to - from > 200);
  torn.fill(0, to - 100);
  writeFileSync(name, torn);
  await scene.restart();
  const { entries } = await scene.journal();
  assert.ok(
    entries.some(({ kind }) => kind === 'journal.recovered'),
    'the recovery is no entry',
  );
  await allIsThere();
});

test('a damaged frame stops the start, with file and byte', async () => {
  const file = newestSegment();
  const whole = readFileSync(file);
  const damaged = Buffer.from(whole);
  const at = Math.floor(endOf(whole) / 2);
  damaged[at] = (damaged[at] ?? 0) ^ 0x01;
  writeFileSync(file, damaged);
  try {
    const output = await refusesToStart(/journal|segment/);
    assert.ok(output.includes(file), `the file is not named: ${output}`);
    assert.match(output, /byte \d+/);
    const verified = await runDogwatch(['verify', '--config', scene.site.configFile]);
    assert.equal(verified.code, 1, 'verify finds nothing wrong');
    assert.ok(verified.output.includes(file), `verify does not name the file: ${verified.output}`);
  } finally {
    writeFileSync(file, whole);
  }
  await allIsThere();
});

test('an unreadable segment stops the start', async () => {
  const file = newestSegment();
  renameSync(file, `${file}.away`);
  try {
    // A directory cannot be read as a file by anybody, not even by root.
    mkdirSync(file);
    const output = await refusesToStart(/journal|segment/);
    assert.ok(output.includes(file), `the file is not named: ${output}`);
  } finally {
    rmSync(file, { recursive: true });
    renameSync(`${file}.away`, file);
  }
  await allIsThere();
});

test('a segment of another journal is not taken for ours', async () => {
  const file = newestSegment();
  const whole = readFileSync(file);
  const other = await startScene();
  try {
    await other.works();
    await other.stop();
    const names = readdirSync(join(other.site.dataDir, 'journal', 'segments')).filter((name) => name.endsWith('.dwj'));
    writeFileSync(file, readFileSync(join(other.site.dataDir, 'journal', 'segments', names[0] ?? '')));
    await refusesToStart(/journal|segment|key/);
  } finally {
    await other.close();
    writeFileSync(file, whole);
  }
  await allIsThere();
});

test('wrong key', async () => {
  const keys = join(scene.site.directory, 'keys');
  const wrong = join(scene.site.directory, 'wrong-keys');
  createKeys({ kek: join(wrong, 'encryption'), signing: join(wrong, 'signing') });
  renameSync(join(keys, 'encryption'), join(keys, 'encryption.good'));
  cpSync(join(wrong, 'encryption'), join(keys, 'encryption'));
  try {
    const output = await refusesToStart(/key/);
    assert.match(output, /did not encrypt|another key/);
    for (const command of [['search', 'since:1h'], ['verify']]) {
      const answer = await runDogwatch([...command, '--config', scene.site.configFile]);
      assert.notEqual(answer.code, 0, `${command[0]} answers under a wrong key`);
      assert.doesNotMatch(answer.output, /\n\s+at /, 'a stack trace is no clear error');
    }
  } finally {
    rmSync(join(keys, 'encryption'));
    renameSync(join(keys, 'encryption.good'), join(keys, 'encryption'));
  }
  await allIsThere();
});

test('a data directory that another process has open', async () => {
  await scene.restart();
  await scene.works();
  const { code, output } = await runDogwatch(['serve', '--config', scene.site.configFile], {
    env: { DOGWATCH_GATEWAY__LISTEN: '127.0.0.1:0', DOGWATCH_API__LISTEN: '127.0.0.1:0' },
  });
  assert.notEqual(code, 0);
  assert.match(output, /open in another Dogwatch process/);
  await scene.works();
  await allIsThere();
});
