// The credential of whoever signed in on this machine: one file under the user's configuration directory, for its owner alone.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';

const schema = z.object({
  /** Where the API is that was signed in to. */
  api: z.url(),
  /** Where its gateway is. */
  gateway: z.url(),
  /** A token of Dogwatch, `dw_…`. */
  token: z.string().min(1).max(8192),
  /** Milliseconds since the epoch. */
  expiresAt: z.int(),
  /** Who signed in, for people. */
  name: z.string().max(512),
});

/** What `dogwatch login` keeps. */
export type StoredCredential = z.output<typeof schema>;

/** `$XDG_CONFIG_HOME/dogwatch/credentials.json`, else `~/.config/dogwatch/credentials.json` (XDG Base Directory Specification). */
export function credentialsFile(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_CONFIG_HOME: configured = '' } = env;
  // The specification has relative paths ignored.
  const base = isAbsolute(configured) ? configured : join(env.HOME || homedir(), '.config');
  return join(base, 'dogwatch', 'credentials.json');
}

/**
 * What the last sign-in on this machine left, also when it has expired; undefined when nobody is signed in.
 * @throws DogwatchError `key_unsafe` when others can read the file
 */
export function readCredential(env: NodeJS.ProcessEnv = process.env): StoredCredential | undefined {
  const file = credentialsFile(env);
  let text: string;
  try {
    if ((statSync(file).mode & 0o077) !== 0) {
      throw new DogwatchError('key_unsafe', `${file} can be read by others`, {
        remedy: `chmod 600 ${file}, and sign in again: what stood there may be known`,
      });
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // What cannot be read is replaced by the next sign-in; the parser's message would quote the file.
    return undefined;
  }
}

/** Keeps a credential in the place of any other. Mode 0600 from the first byte on. */
export function writeCredential(credential: StoredCredential, env: NodeJS.ProcessEnv = process.env): void {
  const file = credentialsFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}.new`;
  rmSync(fresh, { force: true });
  const fd = openSync(fresh, 'wx', 0o600);
  try {
    writeSync(fd, `${JSON.stringify(credential, undefined, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(fresh, file);
}

/** Forgets the credential, if there is one. */
export function removeCredential(env: NodeJS.ProcessEnv = process.env): void {
  rmSync(credentialsFile(env), { force: true });
}
