// Strings and callers that only erased rows named are removed, down to the bytes of the pages that they stood on.
import type { DatabaseSync } from 'node:sqlite';
import { STRING_TABLES, TERM_COLUMNS, TERM_FIELDS, type TermField, termField } from './sqlite-schema.ts';

/** Rows that are looked through at a time: at first the newest few, which have what is common. */
const SLICES = [1_000, 50_000];

/** Columns without an index: whether a string is still named is seen by looking through all rows. */
const COLUMNS = TERM_COLUMNS.filter(([column]) => column !== 'session' && column !== 'op');

/**
 * Looks at what `gone_term` and `gone_caller` note, removes what no row names, and writes both tables of strings anew: a page that was
 * divided once may hold old copies, which `secure_delete` does not know of.
 */
export async function sweep(db: DatabaseSync): Promise<void> {
  db.exec('BEGIN IMMEDIATE');
  try {
    keepIndexed(db);
    await keepNamedByRows(db);
    const callers = removeCallers(db);
    const terms = db.prepare('DELETE FROM term WHERE id IN (SELECT id FROM gone_term)').run().changes;
    if (callers + Number(terms) > 0) {
      writeAnew(db, 'term');
      writeAnew(db, 'caller');
    }
    db.exec('DELETE FROM gone_term; DELETE FROM gone_caller');
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Terms that an index finds rows for are not gone. */
function keepIndexed(db: DatabaseSync): void {
  const keep = (field: TermField, named: string): void => {
    db.exec(
      `DELETE FROM gone_term WHERE id IN (SELECT id FROM term WHERE id IN (SELECT id FROM gone_term) AND field = ${termField(field)}
         AND EXISTS (SELECT 1 FROM ${named} = term.id))`,
    );
  };
  keep('session', 'row INDEXED BY row_session WHERE session');
  keep('op', 'row INDEXED BY row_op WHERE op');
  keep('resource', 'reference WHERE reference.term');
  keep('metric', 'reference WHERE reference.term');
}

/** Terms and callers of other columns: rows are looked through, newest first, until all are found or there are no more. */
async function keepNamedByRows(db: DatabaseSync): Promise<void> {
  const left = db
    .prepare('SELECT field, count(*) AS n FROM term WHERE id IN (SELECT id FROM gone_term) GROUP BY field')
    .all() as { field: number; n: number }[];
  /** How many of each vocabulary, and how many callers, nothing was found for yet. */
  const open = new Map(left.map(({ field, n }) => [TERM_FIELDS[field] as TermField, n]));
  let callers = (db.prepare('SELECT count(*) AS n FROM gone_caller').get() as { n: number }).n;
  const fieldOf = db.prepare('SELECT field FROM term WHERE id = ?');
  const keepTerm = db.prepare('DELETE FROM gone_term WHERE id = ?');
  const keepCaller = db.prepare('DELETE FROM gone_caller WHERE id = ?');
  let before = (db.prepare('SELECT max(leaf) AS leaf FROM row').get() as { leaf: number | null }).leaf ?? -1;
  for (let slice = 0; before >= 0; slice++) {
    const columns = COLUMNS.filter(([, field]) => (open.get(field) ?? 0) > 0).map(([column]) => column);
    if (columns.length === 0 && callers === 0) return;
    const from = before - (SLICES[Math.min(slice, SLICES.length - 1)] as number);
    const named = columns.map(
      (column) =>
        `SELECT DISTINCT ${column} AS id, 0 AS caller FROM stretch WHERE ${column} IN (SELECT id FROM gone_term)`,
    );
    if (callers > 0)
      named.push('SELECT DISTINCT caller AS id, 1 AS caller FROM stretch WHERE caller IN (SELECT id FROM gone_caller)');
    const found = db
      .prepare(
        `WITH stretch AS (SELECT * FROM row NOT INDEXED WHERE leaf > ${from} AND leaf <= ${before}) ${named.join(' UNION ')}`,
      )
      .all() as { id: number; caller: 0 | 1 }[];
    for (const { id, caller } of found) {
      if (caller === 1) {
        callers -= Number(keepCaller.run(id).changes);
        continue;
      }
      const field = TERM_FIELDS[(fieldOf.get(id) as { field: number }).field] as TermField;
      open.set(field, (open.get(field) ?? 0) - Number(keepTerm.run(id).changes));
    }
    before = from;
    // Whoever else this thread serves has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Removes the callers that are left, and notes what only they named. Returns how many they were. */
function removeCallers(db: DatabaseSync): number {
  const { n } = db.prepare('SELECT count(*) AS n FROM gone_caller').get() as { n: number };
  db.exec(`INSERT OR IGNORE INTO gone_term SELECT principal FROM caller WHERE id IN (SELECT id FROM gone_caller);
    INSERT OR IGNORE INTO gone_term SELECT term FROM caller_term WHERE caller IN (SELECT id FROM gone_caller);
    DELETE FROM caller_term WHERE caller IN (SELECT id FROM gone_caller);
    DELETE FROM caller WHERE id IN (SELECT id FROM gone_caller);
    DELETE FROM gone_term WHERE id IN (SELECT term FROM caller_term)
      OR id IN (SELECT principal FROM caller)`);
  return n;
}

/** Copies a table in the order of its numbers, and drops the old one, whose pages are zeroed. Its index is made at once, sorted. */
function writeAnew(db: DatabaseSync, name: keyof typeof STRING_TABLES): void {
  const { columns, index } = STRING_TABLES[name];
  db.exec(`CREATE TABLE written_anew(${columns});
    INSERT INTO written_anew SELECT * FROM ${name} ORDER BY id;
    DROP TABLE ${name};
    ALTER TABLE written_anew RENAME TO ${name};
    ${index}`);
}
