// Opens the index that the configuration asks for: SQLite in a worker thread, beside the journal.
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { openSqliteIndex } from '../index/sqlite.ts';
import type { Keyring } from '../journal/keyring.ts';

/** @param data the data directory */
export async function openIndex({
  data,
  kek,
  keyring,
}: {
  data: string;
  kek: KeyEncryptionKey;
  keyring: Keyring;
}): Promise<SearchIndex> {
  return openSqliteIndex({ dir: data, kek, keyring });
}
