import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { lockDataDirectory } from './lock.ts';

test('one holder at a time, also within a process', () => {
  const dir = temporaryFolder('lock');
  const lock = lockDataDirectory(dir);
  assert.throws(() => lockDataDirectory(dir), { code: 'data_in_use' });
  lock.release();
  lockDataDirectory(dir).release();
});

test('it is held though nothing refers to it, until the death of the holder releases it', async (t) => {
  const dir = temporaryFolder('lock');
  const program = `import { lockDataDirectory } from ${JSON.stringify(import.meta.resolve('./lock.ts'))};
    lockDataDirectory(${JSON.stringify(dir)}); gc(); console.log('held'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
  assert.throws(() => lockDataDirectory(dir), { code: 'data_in_use' });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  lockDataDirectory(dir).release();
});
