// Reads Datadog secrets from a hidden prompt, stdin, a file or the environment. Never from arguments: those show in process lists.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { DogwatchError, UsageError } from '../exchange/error.ts';
import type { Credential } from '../vault/vault.ts';

export interface SecretOptions {
  /** From `$DD_API_KEY` and `$DD_APP_KEY`, or `$DD_ACCESS_TOKEN`. */
  readonly env?: true;
  /** From a file with a secret a line. */
  readonly file?: string;
  /** An access token instead of the two keys. */
  readonly token?: true;
}

interface Wanted {
  readonly field: 'apiKey' | 'appKey' | 'accessToken';
  readonly called: string;
  readonly variable: string;
}

const KEYS: readonly Wanted[] = [
  { field: 'apiKey', called: 'Datadog API key', variable: 'DD_API_KEY' },
  { field: 'appKey', called: 'Datadog application key', variable: 'DD_APP_KEY' },
];
const TOKEN: readonly Wanted[] = [
  { field: 'accessToken', called: 'Datadog access token', variable: 'DD_ACCESS_TOKEN' },
];
const MAX_INPUT = 16 << 10;

/** The secrets, as the options say. @throws UsageError `usage`, DogwatchError `key_*` */
export async function readSecrets(options: SecretOptions, env: NodeJS.ProcessEnv = process.env): Promise<Credential> {
  const wanted = options.token ? TOKEN : KEYS;
  const values = await valuesOf(wanted, options, env);
  return Object.fromEntries(wanted.map(({ field }, index) => [field, values[index] ?? ''])) as unknown as Credential;
}

async function valuesOf(wanted: readonly Wanted[], options: SecretOptions, env: NodeJS.ProcessEnv): Promise<string[]> {
  if (options.env) {
    return wanted.map(({ variable, called }) => {
      const value = env[variable];
      if (!value) throw new UsageError('key_missing', `$${variable}, the ${called}, is not set`);
      return value;
    });
  }
  if (options.file !== undefined) return linesOf(readFile(options.file), wanted, options.file);
  if (process.stdin.isTTY) {
    const values: string[] = [];
    for (const { called } of wanted) values.push(await hiddenPrompt(`${called}: `));
    return values;
  }
  return linesOf(await readAll(process.stdin), wanted, 'stdin');
}

function linesOf(text: string, wanted: readonly Wanted[], place: string): string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === wanted.length) return lines;
  throw new UsageError('usage', `${place} holds ${lines.length} lines, not ${wanted.length}`, {
    remedy: `give ${wanted.map(({ called }) => `the ${called}`).join(', then ')}, each on a line of its own`,
  });
}

function readFile(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new UsageError('key_missing', `${file} cannot be opened`, { cause });
  }
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & 0o077) !== 0)
      throw new UsageError('key_unsafe', `${file} can be read by others`, { remedy: `chmod 600 ${file}` });
    if (size > MAX_INPUT) throw new UsageError('key_invalid', `${file} is too long`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    const bytes = Buffer.from(piece as Buffer);
    size += bytes.length;
    if (size > MAX_INPUT) throw new UsageError('usage', 'there is too much on stdin for keys');
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Asks on the terminal without showing what is typed. */
function hiddenPrompt(question: string): Promise<string> {
  const { stdin, stderr } = process;
  return new Promise((resolve, reject) => {
    let typed = '';
    const done = (finish: () => void) => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      finish();
    };
    const take = (piece: Buffer) => {
      for (const character of piece.toString('utf8')) {
        if (character === '\r' || character === '\n') return done(() => resolve(typed));
        // Ctrl-C, Ctrl-D
        if (character === '\u0003' || character === '\u0004') {
          return done(() => reject(new DogwatchError('usage', 'stopped; nothing was changed')));
        }
        if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
        else if (character >= ' ' && typed.length < MAX_INPUT) typed += character;
      }
    };
    stderr.write(question);
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', take);
  });
}
