// Takes rows out of the tables and out of every sum that counts them, inside a transaction.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { didOf, type RowWriter } from './sqlite-row-writer.ts';
import { CODES, PENDING, READ, TERM_COLUMNS } from './sqlite-schema.ts';
import { TALLIED, type TalliedValues } from './sqlite-tallies.ts';

const REFUSED = CODES.outcome.indexOf('refused');

type Numbers = Readonly<Record<string, number | null>>;

/** Removes what a writer of the same database has written. */
export class RowRemover {
  private readonly db: DatabaseSync;
  private readonly writer: RowWriter;
  private readonly find: StatementSync;
  private readonly goneTerm: StatementSync;
  private readonly goneCaller: StatementSync;
  private readonly removals: readonly StatementSync[];
  private readonly removeRow: StatementSync;
  private readonly sessions = new Set<number>();

  constructor(db: DatabaseSync, writer: RowWriter) {
    this.db = db;
    this.writer = writer;
    this.find = db.prepare('SELECT * FROM row WHERE leaf = ?');
    this.goneTerm = db.prepare('INSERT OR IGNORE INTO gone_term(id) VALUES (?)');
    this.goneCaller = db.prepare('INSERT OR IGNORE INTO gone_caller(id) VALUES (?)');
    this.removals = ['reference', 'change_reference'].map((table) =>
      db.prepare(`DELETE FROM ${table} WHERE term = ? AND time = ? AND leaf = ?`),
    );
    this.removeRow = db.prepare('DELETE FROM row WHERE leaf = ?');
  }

  /** Removes the row of a leaf; its strings are noted as perhaps needed no more. */
  remove(leaf: number): void {
    const found = this.find.get(leaf) as (Numbers & { readonly refs: string | null }) | undefined;
    if (!found) return;
    const { refs, ...line } = found as unknown as { refs: string | null } & Record<string, number | null>;
    const time = line.time as number;
    for (const term of refs === null ? [] : (JSON.parse(refs) as number[])) {
      for (const removal of this.removals) removal.run(term, time, leaf);
      this.goneTerm.run(term);
    }
    for (const [column] of TERM_COLUMNS) if (typeof line[column] === 'number') this.goneTerm.run(line[column]);
    if (typeof line.caller === 'number') this.goneCaller.run(line.caller);
    if (typeof line.session === 'number' && line.kind === 0) this.sessions.add(line.session);
    const { kind, action, outcome } = line as { kind: number; action: number | null; outcome: number | null };
    const { tallies, principals } = this.writer;
    if (typeof line.principal === 'number') principals.add(time, line.principal, didOf({ kind, action, outcome }), -1);
    if (kind === 0) {
      const client = line.agent ?? line.user_agent ?? null;
      const values = Object.fromEntries(TALLIED.map((field) => [field, field === 'client' ? client : line[field]]));
      tallies.remove(time, values as TalliedValues, line.failed === 1);
    }
    this.removeRow.run(leaf);
  }

  /** Writes the sums of what was removed, and of what the writer wrote in its place; sessions are counted again. */
  writeSums(): void {
    this.writer.tallies.writeTidily();
    this.writer.writeSums();
    const ofSession = 'FROM row INDEXED BY row_session WHERE session = ? AND kind = 0';
    const ended = `outcome NOT IN (${REFUSED}, ${PENDING})`;
    const count = this.db.prepare(
      `SELECT count(*) AS calls, min(time) AS first, max(time) AS last, sum(outcome = ${REFUSED}) AS refusals,
         sum(action IS NOT NULL AND action <> ${READ} AND ${ended}) AS mutations, sum(failed = 1 AND ${ended}) AS errors ${ofSession}`,
    );
    // The writer has a session be of whoever it wrote last; the clock may have been set back between two calls.
    const latest = this.db.prepare(
      `SELECT caller, principal ${ofSession} AND caller IS NOT NULL ORDER BY leaf DESC LIMIT 1`,
    );
    const update = this.db.prepare(
      `UPDATE session SET principal = ?, caller = ?, first = ?, last = ?, calls = ?, mutations = ?, refusals = ?, errors = ?
       WHERE term = ?`,
    );
    const remove = this.db.prepare('DELETE FROM session WHERE term = ?');
    for (const term of this.sessions) {
      const { calls, first, last, mutations, refusals, errors } = count.get(term) as Record<string, number>;
      const { caller, principal } = (latest.get(term) ?? { caller: null, principal: null }) as Numbers;
      if (calls === 0) remove.run(term);
      else
        update.run(
          principal ?? null,
          caller ?? null,
          first ?? 0,
          last ?? 0,
          calls ?? 0,
          mutations ?? 0,
          refusals ?? 0,
          errors ?? 0,
          term,
        );
    }
    this.sessions.clear();
  }
}
