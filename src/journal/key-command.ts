// A key from a command: what a helper, such as a client of a secret store, writes to stdout.
import { spawn } from 'node:child_process';
import { DogwatchError } from '../exchange/error.ts';
import type { CommandSource } from './key-place.ts';

const TIMEOUT = 10_000;
/** Bytes of stderr that an error shows. */
const MOST_SAID = 2048;

/**
 * Runs the command without a shell, with no input and the environment of this process.
 *
 * @param most bytes of output that are taken; with more it is killed
 * @throws DogwatchError `key_unavailable`, with the end of what it said on stderr and nothing of stdout
 */
export async function readCommand({ command, timeout = TIMEOUT }: CommandSource, most: number): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], shell: false });
  const out: Buffer[] = [];
  let size = 0;
  let said = '';
  let why: string | undefined;
  const kill = (reason: string): void => {
    why ??= reason;
    child.kill('SIGKILL');
    // A grandchild may hold the pipes open; nobody waits for it.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const timer = setTimeout(() => kill(`did not end within ${timeout} ms`), timeout);
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) kill(`wrote more than ${most} bytes`);
    else out.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-MOST_SAID);
  });
  const end = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => resolve(`cannot be run (${error.code ?? 'unknown'})`));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal === null ? `status ${code}` : signal}`),
    );
  });
  clearTimeout(timer);
  const failure = why ?? end ?? (size === 0 ? 'wrote nothing to stdout' : undefined);
  const text = Buffer.concat(out).toString('utf8');
  for (const chunk of out) chunk.fill(0);
  if (failure === undefined) return text;
  const words = withoutKeys(said);
  throw new DogwatchError(
    'key_unavailable',
    `the command ${program}, which should give a key, ${failure}${words === '' ? '' : `; it said: ${words}`}`,
    { remedy: 'run it by hand as the user that Dogwatch runs as' },
  );
}

/** One line of what a helper said; whatever could be key material is left out. */
const withoutKeys = (said: string): string =>
  said
    .replace(/-----BEGIN[\s\S]*?(-----END[^-]*-----|$)/g, '[left out]')
    .replace(/[A-Za-z0-9+/_=-]{24,}/g, '[left out]')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
