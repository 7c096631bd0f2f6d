// What each identity did, summed up by hour and by day while rows are written: a list of identities looks at no rows to count them.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HOUR } from './sqlite-tallies.ts';

/** `hours` is how many a line sums up, 1 or 24; `at` counts such spans since the epoch. */
export const PRINCIPAL_TABLES = `
CREATE TABLE principal_sum(hours INTEGER NOT NULL, at INTEGER NOT NULL, principal INTEGER NOT NULL, calls INTEGER NOT NULL,
  changes INTEGER NOT NULL, refusals INTEGER NOT NULL, views INTEGER NOT NULL, PRIMARY KEY(hours, at, principal)) WITHOUT ROWID;
`;

const DAY_HOURS = 24;

/** Calls, those that were sent and are no reads, those that Dogwatch refused, and entries that are no exchange. */
export interface Did {
  calls: number;
  changes: number;
  refusals: number;
  views: number;
}

/** Sums up what a transaction adds, and writes it at its end. */
export class PrincipalSums {
  /** By hour, then by principal. */
  readonly #hours = new Map<number, Map<number, Did>>();
  readonly #add: StatementSync;
  readonly #tidy: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare(
      `INSERT INTO principal_sum(hours, at, principal, calls, changes, refusals, views) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, changes = changes + excluded.changes,
         refusals = refusals + excluded.refusals, views = views + excluded.views`,
    );
    this.#tidy = db.prepare(
      'DELETE FROM principal_sum WHERE hours = ? AND at = ? AND principal = ? AND calls = 0 AND changes = 0 AND refusals = 0 AND views = 0',
    );
  }

  /** @param by -1 takes it away */
  add(time: number, principal: number, { calls, changes, refusals, views }: Did, by: 1 | -1 = 1): void {
    const hour = Math.floor(time / HOUR);
    let ofHour = this.#hours.get(hour);
    if (!ofHour) {
      ofHour = new Map();
      this.#hours.set(hour, ofHour);
    }
    const did = ofHour.get(principal);
    if (!did) {
      ofHour.set(principal, { calls: by * calls, changes: by * changes, refusals: by * refusals, views: by * views });
      return;
    }
    did.calls += by * calls;
    did.changes += by * changes;
    did.refusals += by * refusals;
    did.views += by * views;
  }

  write(): void {
    for (const [hour, ofHour] of this.#hours)
      for (const [principal, did] of ofHour) {
        this.#write(1, hour, principal, did);
        this.#write(DAY_HOURS, Math.floor(hour / DAY_HOURS), principal, did);
      }
    this.forget();
  }

  #write(hours: number, at: number, principal: number, { calls, changes, refusals, views }: Did): void {
    if (calls === 0 && changes === 0 && refusals === 0 && views === 0) return;
    this.#add.run(hours, at, principal, calls, changes, refusals, views);
    if (Math.min(calls, changes, refusals, views) < 0) this.#tidy.run(hours, at, principal);
  }

  forget(): void {
    this.#hours.clear();
  }
}

/** What each did since the hour in which that time is, by principal. Whole days are taken as such. */
export function didSince(db: DatabaseSync, from: number, only?: number): Map<number, Did> {
  const hour = Math.floor(from / HOUR);
  const day = Math.ceil(hour / DAY_HOURS);
  const one = only === undefined ? '' : 'AND principal = ?';
  const values = only === undefined ? [] : [only];
  // Numbers that are bound are floating-point ones; nothing is computed with these.
  const lines = db
    .prepare(
      `SELECT principal, sum(calls) AS calls, sum(changes) AS changes, sum(refusals) AS refusals, sum(views) AS views FROM
         (SELECT * FROM principal_sum WHERE hours = 1 AND at >= ? AND at < ? ${one}
          UNION ALL SELECT * FROM principal_sum WHERE hours = ${DAY_HOURS} AND at >= ? ${one}) GROUP BY principal`,
    )
    .all(hour, day * DAY_HOURS, ...values, day, ...values) as unknown as (Did & { principal: number })[];
  return new Map(lines.map(({ principal, ...did }) => [principal, did]));
}
