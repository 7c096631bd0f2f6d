// Has an index forget what was erased in the journal: the rows concerned are written anew from what is left of them, and their words go.
import type { DatabaseSync } from 'node:sqlite';
import type { EntrySource } from './documents.ts';
import type { Row } from './search-index.ts';
import { RowRemover } from './sqlite-row-remover.ts';
import { RowWriter } from './sqlite-row-writer.ts';
import { readMeta } from './sqlite-schema.ts';
import { sweep } from './sqlite-sweep.ts';
import { TextBlock } from './text-block.ts';
import { removeText, storeBlock } from './text-blocks.ts';
import { addDocument } from './text-tail.ts';
import { readWholeRow } from './whole-row.ts';

/** Rows of one transaction. */
const BATCH = 500;

/**
 * When it ends, the tables are what they would be if they were built from the journal as it is now. Each step is a transaction of its own, and
 * all of them can be taken again: after a crash, the same call ends what the first one began. What is overwritten is zeroed
 * (`secure_delete`), but may stand in the write-ahead log until that is folded in.
 *
 * @param leaves of the rows, rising
 * @param between called between its steps
 */
export async function forgetRows(
  db: DatabaseSync,
  source: EntrySource,
  key: Uint8Array,
  leaves: readonly number[],
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const { textThrough } = readMeta(db);
  const writer = new RowWriter(db);
  const remover = new RowRemover(db, writer);
  const outcomeOf = db.prepare('SELECT outcome_leaf AS leaf FROM row WHERE leaf = ?');
  const forgetFinding = db.prepare('DELETE FROM finding WHERE snapshot = ?');
  const forgetDecisions = db.prepare(
    'DELETE FROM finding_decision WHERE finding IN (SELECT id FROM finding WHERE snapshot = ?)',
  );
  const transaction = (change: () => void): void => {
    db.exec('BEGIN IMMEDIATE');
    try {
      change();
      db.exec('COMMIT');
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      writer.forget();
      throw error;
    }
  };

  const { last: stored } = db.prepare('SELECT max(block) AS last FROM text_block').get() as { last: number | null };
  const block = new TextBlock(key);
  const storeWords = (): void => {
    if (block.rows.length > 0) transaction(() => storeBlock(db, block.seal()));
    block.clear();
  };
  for (let at = 0; at < leaves.length; at += BATCH) {
    const rows: Row[] = [];
    for (const leaf of leaves.slice(at, at + BATCH)) {
      const known = outcomeOf.get(leaf) as { leaf: number | null } | undefined;
      const read = known && (await readWholeRow(source, leaf, known.leaf ?? undefined));
      if (!read) continue;
      rows.push(read.row);
      // Words of what is in no block yet are read from the journal when they are looked for.
      if (leaf < textThrough) await addDocument(block, read.text, source);
      if (block.full) storeWords();
    }
    transaction(() => {
      for (const row of rows) {
        // A finding that nobody can read any more is none.
        if (row.kind.startsWith('finding.')) {
          forgetDecisions.run(row.leaf);
          forgetFinding.run(row.leaf);
        }
        remover.remove(row.leaf);
      }
      for (const row of rows) writer.write(row, false);
      remover.writeSums();
    });
  }
  storeWords();
  await between();
  // What is left is found meanwhile by the words that were stored just now.
  const gone = new Set(leaves);
  if (stored !== null) await removeText(db, (leaf) => gone.has(leaf), stored);
  await between();
  await sweep(db);
}
