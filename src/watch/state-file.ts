// The file in which the watch keeps what it has learned: sealed, replaced as a whole, and of no use when it is damaged.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** What is kept: the engine's state, after the entries before leaf `through`. */
export interface WatchState {
  readonly through: number;
  readonly engine: unknown;
}

/** Magic and version, nonce, tag; then the state, encrypted with AES-256-GCM, the magic as associated data. */
const MAGIC = Buffer.from('DWWATCH2');
const NONCE = 12;
const TAG = 16;
/** A larger one was not written here. */
const LARGEST = 512 << 20;

export const stateFile = (dir: string): string => join(dir, 'watch', 'state');

/** Bytes that are sealed and written at a time: whoever has something to do has a turn after each. */
const PIECE = 1 << 20;

/**
 * Replaces the file: temporary file, fsync, rename, fsync of the folder. What is kept is as it was when this was called; the thread is held
 * up only for as long as it takes to serialize that. Nothing may write the same file meanwhile. Returns its size.
 */
export async function writeState(file: string, key: Uint8Array, state: WatchState): Promise<number> {
  const plain = serialize(state);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(MAGIC);
  const temporary = `${file}.tmp`;
  const head = MAGIC.length + NONCE + TAG;
  const handle = await open(temporary, 'w', 0o600);
  try {
    let at = head;
    for (let from = 0; from < plain.length; from += PIECE)
      at += await writeAll(handle, cipher.update(plain.subarray(from, from + PIECE)), at);
    at += await writeAll(handle, cipher.final(), at);
    // The tag is known at the end, and stands at the beginning.
    await writeAll(handle, Buffer.concat([MAGIC, nonce, cipher.getAuthTag()]), 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return head + plain.length;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let at = 0; at < bytes.length; )
    at += (await handle.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  return bytes.length;
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
