// Secrets that the configuration refers to: an environment variable or a file, read once, with errors that name the place and nothing else.
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { SecretRef } from './config.ts';

const MAX_FILE = 16_384;

/**
 * Reads a secret; one trailing newline is dropped.
 *
 * @param what for messages: `the apiKey of connection prod`
 * @param dir the data directory, in which no secret may lie
 * @throws DogwatchError `key_missing`, `key_unsafe` or `key_invalid`
 */
export function readSecret(ref: SecretRef, what: string, dir: string, env: NodeJS.ProcessEnv): string {
  if ('file' in ref) return withoutNewline(readFile(ref.file, what, dir));
  const value = env[ref.env];
  if (value === undefined || value === '') {
    throw new DogwatchError('key_missing', `the environment variable ${ref.env}, ${what}, is not set`, {
      remedy: `Set ${ref.env} before starting Dogwatch.`,
    });
  }
  return withoutNewline(value);
}

const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '');

function readFile(file: string, what: string, dir: string): string {
  let fd: number;
  try {
    // O_NONBLOCK: opening a pipe must not wait for a writer.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new DogwatchError('key_missing', `the file ${file}, ${what}, cannot be opened (${why})`, {
      remedy: 'Put the secret there, readable by the user that runs Dogwatch.',
    });
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new DogwatchError('key_invalid', `${file}, ${what}, is not a regular file`);
    if (stat.size > MAX_FILE) throw new DogwatchError('key_invalid', `${file}, ${what}, is too long for a secret`);
    if ((stat.mode & 0o007) !== 0) {
      throw new DogwatchError('key_unsafe', `the file ${file}, ${what}, can be read by everybody`, {
        remedy: `chmod 600 ${file}`,
      });
    }
    if (isInside(file, dir)) {
      throw new DogwatchError('key_unsafe', `the file ${file}, ${what}, lies inside the data directory`, {
        remedy: 'Keep it elsewhere: a copy of the data must not hold a key in clear.',
      });
    }
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function isInside(file: string, dir: string): boolean {
  try {
    return realpathSync(file).startsWith(realpathSync(dir) + sep);
  } catch {
    return false;
  }
}
