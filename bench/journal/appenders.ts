// Three ways to make entries durable, each with group commit: the journal, a plain file with writev and fdatasync, and SQLite.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { close, constants, fdatasync, open, writev } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Entry } from '../../src/exchange/entry.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { rawKeyEncryptionKey, signingKeyOf } from '../../src/journal/keys.ts';

/** Something that entries are given to. */
export interface Appender {
  /** Resolves when the entry is durable. */
  append(entry: Entry): Promise<unknown>;
  /** All that is left to do: checkpoints, sealing. */
  close(): Promise<void>;
}

export type OpenAppender = (folder: string) => Promise<Appender>;

export const kek = rawKeyEncryptionKey(randomBytes(32));
export const signingKey = signingKeyOf(generateKeyPairSync('ed25519').privateKey);

/** Encrypted, committed to, in the tree, under a signed checkpoint. */
export const journal: OpenAppender = (folder) =>
  openJournal({ dir: join(folder, 'data'), name: 'bench', kek, signingKey });

/** The limit: the entries' bytes as they are, one `writev` and one `fdatasync` for all that wait. */
export const plainFile: OpenAppender = async (folder) => {
  const fd = await promisify(open)(
    join(folder, 'plain'),
    constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
    0o600,
  );
  const write = (parts: readonly Uint8Array[]): Promise<void> =>
    new Promise((resolve, reject) => {
      writev(fd, parts, (error) => {
        if (error) reject(error);
        else fdatasync(fd, (failure) => (failure ? reject(failure) : resolve()));
      });
    });
  return grouped(
    async (entries) => {
      // The kernel takes 1,024 pieces at a time, and node:fs does not go on by itself.
      const parts = entries.flatMap(({ parts: each }) => Object.values<Uint8Array>(each as Record<string, Uint8Array>));
      for (let at = 0; at < parts.length; at += 1000) await write(parts.slice(at, at + 1000));
    },
    () => promisify(close)(fd),
  );
};

/** A row for each entry, one transaction for all that wait; `synchronous=FULL` syncs the log at each commit. */
export const sqlite: OpenAppender = async (folder) => {
  const database = new DatabaseSync(join(folder, 'entries.db'));
  database.exec(
    'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE entry (id TEXT, time INTEGER, kind TEXT, summary BLOB, request BLOB, response BLOB)',
  );
  const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)');
  return grouped(
    async (entries) => {
      database.exec('BEGIN');
      for (const { id, time, kind, parts } of entries) {
        insert.run(id, time, kind, parts.summary, parts.request ?? null, parts.response ?? null);
      }
      database.exec('COMMIT');
    },
    async () => database.close(),
  );
};

/** One write at a time; what comes meanwhile gathers for the next. */
function grouped(write: (entries: readonly Entry[]) => Promise<void>, end: () => Promise<void>): Appender {
  let waiting: { entry: Entry; resolve: () => void; reject: (error: Error) => void }[] = [];
  let writing: Promise<void> | undefined;
  const commit = async (): Promise<void> => {
    // As the journal does: all of one turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await write(group.map(({ entry }) => entry)).then(
        () => {
          for (const { resolve } of group) resolve();
        },
        (error: Error) => {
          for (const { reject } of group) reject(error);
        },
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    writing = undefined;
  };
  return {
    append: (entry) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ entry, resolve, reject });
        writing ??= commit();
      }),
    close: async () => {
      await writing;
      await end();
    },
  };
}
