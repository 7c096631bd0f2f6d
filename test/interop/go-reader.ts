// Builds a journal and has it read by reader.go, which stands on Go's own sumdb packages (Debian: golang-go or golang-1.19-go, golang-golang-x-mod-dev).
import { spawnSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry } from '../../src/exchange/entry.ts';
import { dataPaths } from '../../src/journal/durable.ts';
import { type Journal, openJournal } from '../../src/journal/journal.ts';
import { createKeys, loadKeyEncryptionKey, loadSigningKey } from '../../src/journal/keys.ts';
import { tileHashes } from '../../src/journal/tile-hashes.ts';
import { consistencyProof, inclusionProof } from '../../src/journal/tree-proof.ts';
import { temporaryFolder } from '../harness/temporary.ts';

const SOURCE = fileURLToPath(new URL('./reader.go', import.meta.url));
/** Where Debian has the sources of Go packages. */
const GOPATH = '/usr/share/gocode';
/** Proofs of each kind that the reader makes, and that Dogwatch does. */
const SAMPLES = 500;

/** The `go` command, with the packages it needs; else why not. */
function findGo(): { go: string } | { missing: string } {
  // Debian's versioned packages do not put theirs in the path.
  const debian = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => name.startsWith('go-1.')) : [];
  const candidates = ['go', ...debian.sort().map((name) => join('/usr/lib', name, 'bin', 'go'))];
  const go = candidates.find((candidate) => spawnSync(candidate, ['version']).status === 0);
  if (go === undefined) return { missing: 'there is no Go here (Debian: golang-1.19-go)' };
  return existsSync(join(GOPATH, 'src', 'golang.org', 'x', 'mod', 'sumdb'))
    ? { go }
    : { missing: `${GOPATH} has no golang.org/x/mod (Debian: golang-golang-x-mod-dev)` };
}

/**
 * @param entries how many the journal has
 * @returns what the reader said, or why there is none
 * @throws Error when it does not verify something
 */
export async function readByGo(entries: number): Promise<{ output: string } | { missing: string }> {
  const found = findGo();
  if ('missing' in found) return found;
  const folder = temporaryFolder('interop');
  const reader = join(folder, 'reader');
  run(found.go, ['build', '-o', reader, SOURCE], {
    GOPATH,
    GO111MODULE: 'off',
    GOFLAGS: '',
    GOCACHE: join(tmpdir(), 'dogwatch-go-cache'),
  });
  const dir = join(folder, 'data');
  await makeJournal(folder, dir, entries);
  const { tlog, checkpoints } = dataPaths(dir);
  const proofs = join(folder, 'proofs');
  writeFileSync(proofs, await sampleProofs(tlog, entries));
  const output = run(reader, [tlog, checkpoints, proofs, String(SAMPLES)]).trim();
  assertNoticesChange(reader, tlog, checkpoints, proofs);
  return { output };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** A journal made by the journal itself, in several runs, so that several checkpoints are kept. */
async function makeJournal(folder: string, dir: string, entries: number): Promise<void> {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  const [encryption, signing] = [join(keys, 'encryption'), join(keys, 'signing')];
  createKeys({ kek: encryption, signing });
  const kek = await loadKeyEncryptionKey({ file: encryption });
  const signingKey = await loadSigningKey({ file: signing });
  for (const until of [1, Math.ceil(entries / 3), entries - 1, entries]) {
    const journal = await openJournal({ dir, name: 'interop', kek, signingKey });
    while (journal.size < until) await appendBatch(journal, Math.min(2_000, until - journal.size));
    await journal.close();
  }
}

function appendBatch(journal: Journal, count: number): Promise<number[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => journal.append(someEntry(n))));
}

function someEntry(n: number): Entry {
  const summary = Buffer.from(JSON.stringify({ n }));
  const response = createHash('sha256').update(summary).digest();
  const id = newId();
  if (n % 3 === 0) return { id, time: Date.now(), kind: 'exchange.intent', parts: { summary, request: response } };
  return { id, time: Date.now(), kind: 'exchange', parts: n % 3 === 1 ? { summary, response } : { summary } };
}

/** Proofs that Dogwatch makes of random leaves and random pairs of sizes, as JSON lines. */
async function sampleProofs(tlog: string, entries: number): Promise<string> {
  const subtree = tileHashes(tlog, entries);
  const base64 = (hashes: readonly string[]): string[] =>
    hashes.map((hash) => Buffer.from(hash, 'latin1').toString('base64'));
  let lines = '';
  for (let sample = 0; sample < SAMPLES; sample++) {
    const size = 1 + randomInt(entries);
    const leaf = randomInt(size);
    lines += `${JSON.stringify({ leaf, size, hashes: base64(await inclusionProof(leaf, size, subtree)) })}\n`;
    const from = 1 + randomInt(size);
    lines += `${JSON.stringify({ from, size, hashes: base64(await consistencyProof(from, size, subtree)) })}\n`;
  }
  return lines;
}

/** A reader that says yes to everything proves nothing: one altered leaf, and it must not. */
function assertNoticesChange(reader: string, tlog: string, checkpoints: string, proofs: string): void {
  const folder = join(tlog, 'tile', 'entries');
  const bundle = readdirSync(folder, { recursive: true, withFileTypes: true }).find((item) => item.isFile());
  if (bundle === undefined) throw new Error('there is no entry bundle');
  const path = join(bundle.parentPath, bundle.name);
  writeFileSync(path, readFileSync(path, 'latin1').replace('"exchange', '"exchangf'), 'latin1');
  const { status } = spawnSync(reader, [tlog, checkpoints, proofs, '1']);
  if (status === 0) throw new Error('the reader in Go does not notice an altered leaf');
}
