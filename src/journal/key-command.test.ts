import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommand } from './key-command.ts';

const node = (script: string, timeout?: number) => ({ command: [process.execPath, '-e', script], timeout });

test('what a command writes to stdout is the key', async () => {
  assert.equal(await readCommand(node("process.stdout.write('key')"), 100), 'key');
});

test('arguments go to the program as they are: no shell reads them', async () => {
  const { command } = node('process.stdout.write(process.argv[1])');
  assert.equal(await readCommand({ command: [...command, '$(id); `id` "x"'] }, 100), '$(id); `id` "x"');
});

test('a command that fails, is silent, writes too much, takes too long or is not there is no key', async () => {
  const refused = (script: string, message: RegExp, timeout?: number) =>
    assert.rejects(readCommand(node(script, timeout), 100), { code: 'key_unavailable', message });
  await refused('process.exit(7)', /ended with status 7/);
  await refused('', /wrote nothing/);
  await refused("process.stdout.write('x'.repeat(1e6))", /more than 100 bytes/);
  await refused('setInterval(() => {}, 1000)', /did not end within 200 ms/, 200);
  await assert.rejects(readCommand({ command: ['/no/such/program'] }, 100), {
    code: 'key_unavailable',
    message: /ENOENT/,
  });
});

test('an error tells what was said on stderr, and leaves out what could be a key', async () => {
  const secret = Buffer.alloc(32, 5).toString('base64url');
  const script = `console.error('sealed: ${secret}'); console.log('${secret}'); process.exit(1)`;
  await assert.rejects(readCommand(node(script), 100), (error: Error) => {
    assert.match(error.message, /it said: sealed: \[left out\]$/);
    return !error.message.includes(secret.slice(0, 12));
  });
});
