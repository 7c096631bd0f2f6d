// How the text of a key is had from where it stands: a file, an environment variable, the output of a command.
import { closeSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { readCommand } from './key-command.ts';
import type { TextSource } from './key-place.ts';

/** No key is longer. */
const MOST_BYTES = 16_384;

/** @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `key_unavailable` */
export async function readKeyText(source: TextSource, dataDir: string | undefined): Promise<string> {
  if ('env' in source) {
    const value = process.env[source.env];
    if (value) return value;
    throw new DogwatchError('key_missing', `the environment variable ${source.env} is not set`, {
      remedy: 'set it to the key, or name a key file instead',
    });
  }
  if ('command' in source) return readCommand(source, MOST_BYTES);
  return readKeyFile(source.file, dataDir);
}

/**
 * Reads a key file that nobody but its owner can.
 *
 * @param remedy what to do when it is not there
 * @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`
 */
export function readKeyFile(
  file: string,
  dataDir: string | undefined,
  remedy = 'dogwatch keys init makes new keys; for existing data its own key is needed',
): string {
  refuseInside(file, dataDir);
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    throw new DogwatchError('key_missing', `the key file ${file} cannot be opened`, {
      cause,
      remedy,
    });
  }
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new DogwatchError('key_unsafe', `the key file ${file} can be read by others`, {
        remedy: `chmod 600 ${file}`,
      });
    }
    if (size > MOST_BYTES) throw new DogwatchError('key_invalid', `the file ${file} is too long for a key`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** @throws DogwatchError `key_unsafe` when the file lies inside the data directory, also by way of symbolic links. */
export function refuseInside(file: string, dataDir: string | undefined): void {
  if (dataDir === undefined) return;
  const inside = (path: string, dir: string): boolean => path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
  if (inside(resolve(file), resolve(dataDir)) || inside(real(file), real(dataDir))) {
    throw new DogwatchError('key_unsafe', `the key file ${file} lies inside the data directory ${dataDir}`, {
      remedy: 'keep keys elsewhere, so that a copy of the data does not hold its own key',
    });
  }
}

/** The path with symbolic links resolved as far as it exists. */
function real(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : resolve(real(parent), full.slice(parent.length).replace(/^[/\\]+/, ''));
  }
}
