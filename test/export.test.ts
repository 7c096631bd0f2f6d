// Searching, counting, saved queries and exports as an operator uses them, with the data directory and no gateway.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { newId } from '../src/exchange/canonical.ts';
import { openJournal } from '../src/journal/journal.ts';
import { loadKeyEncryptionKey, loadSigningKey } from '../src/journal/keys.ts';
import { intentOf, outcomeOf } from './harness/api-parts.ts';
import { ROOT } from './harness/gateway.ts';
import { temporaryFolder } from './harness/temporary.ts';

let directory: string;
const ids: string[] = [];

async function dogwatch(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, DOGWATCH_CONFIG: undefined, DOGWATCH_API: undefined };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(ROOT, 'bin', 'dogwatch'), ...args], {
      cwd: directory,
      env,
      timeout: 60_000,
    });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

async function good(...args: string[]): Promise<string> {
  const { code, out, err } = await dogwatch(...args);
  assert.equal(code, 0, `dogwatch ${args.join(' ')}: ${out}${err}`);
  return out;
}

before(async () => {
  directory = temporaryFolder('export');
  await good('init');
  const keys = readdirSync(join(directory, 'keys'));
  const key = (like: RegExp) => join(directory, 'keys', keys.find((name) => like.test(name)) ?? 'none');
  const dir = join(directory, 'data');
  const kek = await loadKeyEncryptionKey({ file: key(/enc|kek/) }, dir);
  const signingKey = await loadSigningKey({ file: key(/sign/) }, dir);
  const journal = await openJournal({ dir, name: 'dogwatch', kek, signingKey });
  for (let n = 0; n < 4; n++) {
    const id = newId();
    ids.push(id);
    const part = (value: object) => Buffer.from(JSON.stringify(value));
    const intent = intentOf(id, { session: n < 3 ? 'a' : 'b' });
    await journal.append({ id, time: Date.now(), kind: 'exchange.intent', parts: { summary: part(intent) } });
    await journal.append({
      id: newId(),
      time: Date.now(),
      kind: 'exchange.outcome',
      parts: { summary: part(outcomeOf(id)), response: part({ id: n }) },
    });
  }
  await journal.close();
});

test('what is found is counted, ordered, and streamed as one JSON object a line', async () => {
  const counted = JSON.parse(await good('search', '--facet', 'session', '--histogram', '1h', '--json'));
  assert.deepEqual(counted.facets[0].values, [
    { value: 'a', count: 3 },
    { value: 'b', count: 1 },
  ]);
  assert.equal(counted.histogram.width, 3_600_000);
  const lines = (await good('search', 'session:a', '--json', '--sort', 'oldest')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    ids.slice(0, 3),
  );
  assert.match(await good('search', '--facet', 'op'), /op\n {2}v1\.CreateDashboard {2}█+ +4/);
  const { code, err } = await dogwatch('search', 'since:2026-11-22 25:00');
  assert.equal(code, 2, err);
  assert.match(err, /no time that exists\. \(column 7\)\n.*\n +\^/);
  assert.equal((await dogwatch('search', '--tz', 'Mars/Olympus')).code, 2);
});

test('a query is saved, used and removed', async () => {
  assert.match(await good('queries', 'save', 'mine', 'session:b'), /saved:mine/);
  assert.equal(
    JSON.parse(await good('search', '-saved:mine', '--facet', 'session', '--json')).facets[0].values.length,
    1,
  );
  assert.match(await good('queries', 'list'), /mine +session:b +you/);
  await good('queries', 'remove', 'mine');
  assert.match((await dogwatch('search', 'saved:mine')).err, /no saved query 'mine'/);
});

test('an export appears when it is whole, for its owner alone; what cannot be written is said', async () => {
  await good('export', 'session:a', '--format', 'csv', '-o', 'out.csv');
  const file = join(directory, 'out.csv');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, 'utf8').trimEnd().split('\r\n').length, 4);
  assert.equal(JSON.parse(await good('export', '--format', 'har')).log.entries.length, 4);
  assert.equal((await good('export', '--format', 'ocsf', 'session:b')).trimEnd().split('\n').length, 1);
  assert.equal((await dogwatch('export', '--format', 'csv', '-o', 'nowhere/out.csv')).code, 2);
  assert.equal((await dogwatch('export', '--format', 'csv', 'who:', '-o', 'not.csv')).code, 2);
  assert.ok(!readdirSync(directory).some((name) => name.startsWith('not.csv') || name.endsWith('.part')));
});

test('an evidence pack is written, and dogwatch verifies its proofs', async () => {
  await good('evidence', 'session:b', '-o', 'pack.zip', '--without', 'response');
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', 'pack.zip', 'pack'], { cwd: directory });
  const [id = ''] = ids.slice(3);
  assert.match(await good('verify-proof', `pack/proofs/${id}.proof`, '--key', 'pack/log/vkey'), /Verified: exchange/);
  writeFileSync(join(directory, 'trusted'), readFileSync(join(directory, 'data', 'journal', 'tlog', 'vkey')));
  const { stdout } = await promisify(execFile)('python3', ['pack/verify.py', 'trusted'], { cwd: directory });
  assert.match(stdout, new RegExp(`verified ${id}`));
  assert.match((await dogwatch('evidence', 'who:nobody', '-o', 'none.zip')).err, /no exchange matches/);
});
