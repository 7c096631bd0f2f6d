// Files that are never half written: temporary file, fsync, rename, fsync of the folder.
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Forces a folder's entries to disk. */
export async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a folder and those above it. Its name is durable when this returns, also when a process that died before it could see to
 * that had made it.
 */
export function makeFolder(dir: string): void {
  const path = resolve(dir);
  const first = mkdirSync(path, { recursive: true, mode: 0o700 }) ?? path;
  for (let at = path; at.length >= first.length && at !== dirname(at); at = dirname(at)) syncName(dirname(at));
}

/** Forces the names in a folder to disk. One that this user may not open belongs to whoever made the folder below it. */
function syncName(folder: string): void {
  let fd: number;
  try {
    fd = openSync(folder, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return;
    throw error;
  }
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a whole file so that a crash leaves the old one or the new one, never a mixture. Mode 0600.
 * The rename itself is durable only after `syncFolder` of its folder, which is done here unless `folderLater`.
 */
export async function writeWhole(
  file: string,
  bytes: Uint8Array | string,
  options: { folderLater?: boolean } = {},
): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  if (options.folderLater !== true) await syncFolder(dirname(file));
}

/** The places of a data directory. */
export interface DataPaths {
  readonly keyring: string;
  readonly segments: string;
  readonly tlog: string;
  readonly checkpoints: string;
  /** Checkpoints that witnesses cosigned, kept for good. */
  readonly cosigned: string;
}

export const dataPaths = (dir: string): DataPaths => ({
  keyring: join(dir, 'keyring.json'),
  segments: join(dir, 'journal', 'segments'),
  tlog: join(dir, 'journal', 'tlog'),
  checkpoints: join(dir, 'journal', 'checkpoints'),
  cosigned: join(dir, 'journal', 'cosigned'),
});

/** Makes the folders of a data directory. */
export function makeDataFolders(dir: string): void {
  const paths = dataPaths(dir);
  for (const folder of [paths.segments, paths.tlog]) mkdirSync(folder, { recursive: true, mode: 0o700 });
}
