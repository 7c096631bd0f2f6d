// Opens a data directory for writing: lock, keys, keyring, journal, index. The gateway does, and a command when no gateway runs.
import type { Config } from '../config/config.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { openSqliteIndex, type SqliteIndex } from '../index/sqlite.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { type Keyring, openKeyring } from '../journal/keyring.ts';
import { loadKeyEncryptionKey, loadSigningKey } from '../journal/keys.ts';
import { lockDataDirectory } from '../journal/lock.ts';
import { type JournalReader, readerOf } from '../journal/reader.ts';
import { settleEncryptionKey, settleSigningKey } from './settle-keys.ts';

/** A data directory that this process has to itself. */
export interface OpenData {
  readonly kek: KeyEncryptionKey;
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly reader: JournalReader;
  readonly index: SqliteIndex;
  /** Closes index, reader and journal, and releases the lock. */
  close(): Promise<void>;
}

/**
 * Opens everything; the index is told of what the journal holds and catches up on its own.
 * @throws DogwatchError `data_in_use`, `key_missing`, `key_unsafe`, `key_invalid`, `wrong_key`, `journal_damaged`
 */
export async function openData(config: Pick<Config, 'name' | 'data' | 'keys'>): Promise<OpenData> {
  const { data, keys, name } = config;
  await using opened = new AsyncDisposableStack();
  const kek = await loadKeyEncryptionKey(keys.encryption, data);
  const lock = opened.adopt(lockDataDirectory(data), (held) => held.release());
  await settleSigningKey(config);
  const signingKey = await loadSigningKey(keys.signing, data);
  const journal = opened.adopt(await openJournal({ dir: data, name, kek, signingKey, lock }), (each) => each.close());
  await settleEncryptionKey(data, kek);
  const keyring = await openKeyring(data, kek);
  const reader = opened.adopt(await readerOf(data, keyring, false), (each) => each.close());
  const index = opened.adopt(await openSqliteIndex({ dir: data, kek, keyring }), (each) => each.close());
  index.advance(journal.size);
  journal.onRecords((records, first, count) => index.take(records, first, count));
  const all = opened.move();
  return { kek, keyring, journal, reader, index, close: () => all.disposeAsync() };
}
