// The data-directory lock: one writing process at a time, released by the death of the process.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DogwatchError } from '../exchange/error.ts';
import { makeFolder } from './durable.ts';

/** How long a lock that is held is waited for, in milliseconds: the kernel may take a moment to clear up after a process that was killed. */
const PATIENCE = 500;

/** Held locks. A database that nothing refers to is closed when it is collected, and its lock would be gone with it. */
const held = new Set<DatabaseSync>();

/** A held lock. */
export interface DataLock {
  release(): void;
}

/**
 * Takes the lock of a data directory (creating the directory, mode 0700). It is SQLite's exclusive file lock on an empty
 * database, `lock`, which the kernel releases however the process ends, so there is no stale lock to clean up.
 *
 * @throws DogwatchError `data_in_use` when another process, or another caller in this one, holds it.
 */
export function lockDataDirectory(dir: string): DataLock {
  makeFolder(dir);
  const file = join(dir, 'lock');
  const database = new DatabaseSync(file, { timeout: PATIENCE });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    const busy = (cause as { errcode?: number }).errcode === 5; // SQLITE_BUSY
    throw busy
      ? new DogwatchError('data_in_use', `the data directory ${dir} is open in another Dogwatch process`, {
          remedy: 'stop the other process, or give this one its own data directory',
        })
      : new DogwatchError('data_in_use', `the lock file ${file} cannot be taken: ${(cause as Error).message}`, {
          cause,
          remedy: 'check that the file is one that Dogwatch made, and that this user may write to that disk',
        });
  }
  held.add(database);
  return {
    release() {
      held.delete(database);
      if (database.isOpen) database.close();
    },
  };
}
