// The file in which the watch keeps what it has learned: sealed, replaced as a whole, and of no use when it is damaged.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** What is kept: the engine's state, after the entries before leaf `through`. */
export interface WatchState {
  readonly through: number;
  readonly engine: unknown;
}

/** Magic and version, nonce, tag; then the state, encrypted with AES-256-GCM, the magic as associated data. */
const MAGIC = Buffer.from('DWWATCH1');
const NONCE = 12;
const TAG = 16;
/** A larger one was not written here. */
const LARGEST = 512 << 20;

export const stateFile = (dir: string): string => join(dir, 'watch', 'state');

/** Replaces the file: temporary file, fsync, rename, fsync of the folder. Blocks. Returns its size. */
export function writeState(file: string, key: Uint8Array, state: WatchState): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(MAGIC);
  const sealed = [cipher.update(serialize(state)), cipher.final()];
  const temporary = `${file}.tmp`;
  const fd = openSync(temporary, 'w', 0o600);
  let size = 0;
  try {
    for (const bytes of [MAGIC, nonce, cipher.getAuthTag(), ...sealed])
      for (let at = 0; at < bytes.length; ) {
        const written = writeSync(fd, bytes, at);
        at += written;
        size += written;
      }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
  return size;
}

/** The state, or why there is none; neither when there has never been one. A file that cannot be used is put aside. */
export function readState(file: string, key: Uint8Array): { state?: WatchState; trouble?: string } {
  rmSync(`${file}.tmp`, { force: true });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {} : { trouble: `${file} cannot be read` };
  }
  try {
    return { state: opened(bytes, key) };
  } catch (error) {
    renameSync(file, `${file}.damaged`);
    return {
      trouble: `${file} ${(error as Error).message}; it is kept as ${file}.damaged, and what it knew is learned anew`,
    };
  }
}

function opened(bytes: Buffer, key: Uint8Array): WatchState {
  const head = MAGIC.length + NONCE + TAG;
  if (bytes.length < head || bytes.length > LARGEST) throw new Error('is torn');
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('is of another version');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(MAGIC.length, MAGIC.length + NONCE))
    .setAAD(MAGIC)
    .setAuthTag(bytes.subarray(MAGIC.length + NONCE, head));
  let plain: Buffer;
  try {
    plain = Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]);
  } catch {
    throw new Error('is damaged');
  }
  return deserialize(plain) as WatchState;
}
