// The stored blocks of the text index: written, and rid of the documents of rows whose text was erased.
import type { DatabaseSync } from 'node:sqlite';
import { decodeRows, type StoredBlock, withoutDocuments } from './text-format.ts';

/** Buckets of a block; the key of one is bucket * 2^32 + block. */
const BUCKETS = 256;

/** Stores a block under the next number, inside the transaction that is open. */
export function storeBlock(db: DatabaseSync, { documents, buckets }: StoredBlock): void {
  const insert = db.prepare('INSERT INTO text_bucket(key, data) VALUES (?, ?)');
  const block = Number(
    db.prepare('INSERT INTO text_block(block, documents) VALUES (NULL, ?)').run(documents).lastInsertRowid,
  );
  for (const [bucket, data] of buckets.entries()) if (data) insert.run(bucket * 2 ** 32 + block, data);
}

/**
 * Takes the words of rows out of the stored blocks up to that one, a transaction for each block that has any of them; numbers of other documents stay.
 *
 * @param isGone tells the rows by their leaf
 */
export async function removeText(db: DatabaseSync, isGone: (leaf: number) => boolean, last: number): Promise<void> {
  const blocks = db.prepare('SELECT block FROM text_block WHERE block <= ? ORDER BY block').all(last) as {
    block: number;
  }[];
  const documentsOf = db.prepare('SELECT documents FROM text_block WHERE block = ?');
  const bucketOf = db.prepare('SELECT data FROM text_bucket WHERE key = ?');
  const update = db.prepare('UPDATE text_bucket SET data = ? WHERE key = ?');
  const remove = db.prepare('DELETE FROM text_bucket WHERE key = ?');
  for (const { block } of blocks) {
    const rows = decodeRows((documentsOf.get(block) as { documents: Uint8Array }).documents);
    const gone = new Uint8Array((rows.length + 7) >> 3);
    let any = false;
    for (const [document, leaf] of rows.entries()) {
      if (!isGone(leaf)) continue;
      gone[document >> 3] = (gone[document >> 3] as number) | (1 << (document & 7));
      any = true;
    }
    if (any) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (let bucket = 0; bucket < BUCKETS; bucket++) {
          const key = bucket * 2 ** 32 + block;
          const stored = bucketOf.get(key) as { data: Uint8Array } | undefined;
          if (!stored) continue;
          const left = withoutDocuments(stored.data, gone);
          if (left === stored.data) continue;
          if (left.length > 0) update.run(left, key);
          else remove.run(key);
        }
        db.exec('COMMIT');
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK');
        throw error;
      }
    }
    // Whoever else this thread serves has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
