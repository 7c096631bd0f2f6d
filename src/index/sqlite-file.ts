// The file of the SQLite index: opened, recognised as this journal's, put aside when it is not.
import { createHmac } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { EntrySource } from './documents.ts';
import { APPLICATION_ID, openForWriting, readMeta, SCHEMA_VERSION } from './sqlite-schema.ts';

/** Bytes up to which the whole file is checked at every start; larger ones show damage when it is met. */
const CHECKED = 64 << 20;

/** The index of a data directory. */
export const indexFile = (dir: string): string => join(dir, 'index', 'index.sqlite');

/** Is that error SQLite's word for a file that is damaged or none of its own (SQLITE_CORRUPT, SQLITE_NOTADB)? */
export function isDamage(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === 'number' && ((code & 0xff) === 11 || (code & 0xff) === 26);
}

/** Opens the file for writing; a new one is made with mode 0600, and marked as this key's. */
export function openIndexFile(file: string, key: Uint8Array): DatabaseSync {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    closeSync(openSync(file, 'a', 0o600));
  }
  const db = openForWriting(file);
  if (readMeta(db).keyCheck === undefined)
    db.prepare("INSERT INTO meta(key, value) VALUES ('key_check', ?)").run(checkOf(key));
  return db;
}

const checkOf = (key: Uint8Array): string =>
  createHmac('sha256', key).update('dogwatch index v1').digest('hex').slice(0, 32);

/**
 * Opens the index of this journal, anew when the file is damaged, of another version, of another key or journal, or ahead of it.
 * @returns the database, and why it is new when it replaced something
 */
export async function openOwnIndex(
  file: string,
  key: Uint8Array,
  source: EntrySource,
): Promise<{ db: DatabaseSync; replaced?: string }> {
  if (!existsSync(file) || statSync(file).size === 0) return { db: openIndexFile(file, key) };
  let db: DatabaseSync | undefined;
  let replaced: string | undefined;
  try {
    db = openForWriting(file);
    replaced = await whyNotOwn(db, statSync(file).size, key, source);
  } catch (error) {
    if (!isDamage(error)) {
      db?.close();
      throw error;
    }
    replaced = 'the index file was damaged';
  }
  if (db && replaced === undefined) return { db };
  try {
    db?.close();
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
  putAside(file);
  return { db: openIndexFile(file, key), ...(replaced === undefined ? {} : { replaced }) };
}

async function whyNotOwn(
  db: DatabaseSync,
  size: number,
  key: Uint8Array,
  source: EntrySource,
): Promise<string | undefined> {
  const pragma = (name: string): unknown => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  if (pragma('application_id') !== APPLICATION_ID) return 'the index file was no index of Dogwatch';
  if (pragma('user_version') !== SCHEMA_VERSION) return 'the index was of another version';
  if (size <= CHECKED && pragma('quick_check(1)') !== 'ok') return 'the index file was damaged';
  const { through, firstId, lastId, keyCheck } = readMeta(db);
  if (keyCheck !== checkOf(key)) return 'the index was made under another key';
  if (through === 0) return undefined;
  if (through > source.size) return 'the index was ahead of the journal';
  const ids = [(await source.read(0)).id, (await source.read(through - 1)).id];
  return ids[0] === firstId && ids[1] === lastId ? undefined : 'the index was of another journal';
}

/** Moves the file out of the way; one such file is kept. Nobody may have it open. */
export function putAside(file: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  if (existsSync(file)) renameSync(file, `${file}.aside`);
}

/** Puts a closed index in the place of another one that nobody has open. */
export function swapIn(built: string, file: string): void {
  for (const suffix of ['-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
  renameSync(built, file);
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Bytes of an index on disk. */
export function bytesOf(file: string): number {
  return ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(`${file}${suffix}`, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
