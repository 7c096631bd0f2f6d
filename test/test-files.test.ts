// How test files end: with their folders gone, and not later than what they started.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from './harness/temporary.ts';

const module = (name: string): string => JSON.stringify(import.meta.resolve(`./harness/${name}`));

/** Runs a test file of this text as `npm test` would. */
function run(text: string): { status: number | null; output: string } {
  const file = join(temporaryFolder('ends'), 'made.test.mjs');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('./harness/must-end.ts'), '--test', file],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined }, encoding: 'utf8', timeout: 120_000 },
  );
  return { status, output: stdout + stderr };
}

test('a folder is there for hooks of whatever order, and is removed though one of them fails', () => {
  const told = join(temporaryFolder('ends'), 'folder');
  const { status } = run(`
    import { test } from 'node:test';
    import { writeFileSync } from 'node:fs';
    import { temporaryFolder } from ${module('temporary.ts')};
    test('writes until its last hook', (t) => {
      const folder = temporaryFolder('made');
      writeFileSync(${JSON.stringify(told)}, folder);
      t.after(() => writeFileSync(folder + '/late', ''));
      t.after(() => { throw new Error('a hook that fails'); });
    });`);
  assert.equal(status, 1);
  assert.ok(readFileSync(told, 'utf8').includes('dogwatch-made-'));
  assert.ok(!existsSync(readFileSync(told, 'utf8')));
});

test('what keeps a process alive after its last test is told, and fails the file', () => {
  const { status, output } = run(`
    import { createServer } from 'node:net';
    import { test } from 'node:test';
    test('leaves a server open', () => void createServer().listen(0));`);
  assert.equal(status, 1, output);
  assert.match(output, /keeps the process alive: .*TCPServerWrap/);
});
