// Writes many small files, each whole or not at all: for the background thread, which may block.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file to be written in the place of any of its name. */
export interface WholeFile {
  /** Path below the job's folder. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface WriteJob {
  readonly dir: string;
  readonly files: readonly WholeFile[];
  /** Files or folders below `dir` to be removed after all of `files` are durable. */
  readonly remove?: readonly string[];
}

/**
 * Writes each file to a temporary one, forces it to disk and renames it; then forces the folders to disk. When this returns all
 * of it is durable.
 */
export function writeFiles({ dir, files, remove = [] }: WriteJob): void {
  const folders = new Set<string>();
  for (const { path, bytes } of files) {
    const file = join(dir, path);
    const folder = dirname(file);
    if (!folders.has(folder)) makeFolder(dir, folder, folders);
    writeWhole(file, bytes);
  }
  for (const folder of folders) syncFolder(folder);
  for (const folder of folders) named.add(folder);
  for (const path of remove) rmSync(join(dir, path), { recursive: true, force: true });
}

/** Folders whose names are durable for sure: a process that was killed may have made them and not got to that. */
const named = new Set<string>();

/** Notes in `folders` every folder whose entries change, or may not be durable. */
function makeFolder(dir: string, folder: string, folders: Set<string>): void {
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  folders.add(folder);
  for (let at = folder; at.length > dir.length && (made !== undefined || !named.has(at)); at = dirname(at)) {
    folders.add(dirname(at));
  }
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const temporary = `${file}.tmp`;
  try {
    const fd = openSync(temporary, 'w', 0o600);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
