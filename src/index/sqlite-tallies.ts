// Counts that are kept while rows are written, so that counting over long times need not look at every row: by hour and value, and by minute.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

export const HOUR = 3_600_000;
export const MINUTE = 60_000;

/** What exchanges are counted by; a value is the number that the column of `row` has. `client` is the agent, else the User-Agent. */
export const TALLIED = [
  'kind',
  'op',
  'caller',
  'session',
  'client',
  'source',
  'connection',
  'method',
  'action',
  'risk',
  'tags',
  'verdict',
  'rule',
  'outcome',
  'error',
  'status',
] as const;
export type Tallied = (typeof TALLIED)[number];

export const TALLY_TABLES = `
CREATE TABLE tally_hour(field INTEGER NOT NULL, hour INTEGER NOT NULL, value INTEGER NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY(field, hour, value)) WITHOUT ROWID;
CREATE TABLE tally_minute(minute INTEGER PRIMARY KEY, count INTEGER NOT NULL, failed INTEGER NOT NULL);
`;

/** Values of a row, by what it is counted by; null counts nowhere. */
export type TalliedValues = { readonly [Field in Tallied]?: number | null };

/** Sums up what a transaction adds, and writes it at its end. */
export class Tallies {
  /** Changes by hour, then by field, then by value. */
  readonly #hours = new Map<number, readonly Map<number, number>[]>();
  readonly #minutes = new Map<number, { count: number; failed: number }>();
  readonly #db: DatabaseSync;
  readonly #addHour: StatementSync;
  readonly #addMinute: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#addHour = db.prepare(
      'INSERT INTO tally_hour(field, hour, value, count) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    );
    this.#addMinute = db.prepare(
      `INSERT INTO tally_minute(minute, count, failed) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, failed = failed + excluded.failed`,
    );
  }

  /** Counts an exchange. */
  add(time: number, values: TalliedValues, failed: boolean): void {
    this.#count(time, values, 1);
    this.#minute(time, 1, failed ? 1 : 0);
  }

  /** Takes away an exchange as it is counted now. */
  remove(time: number, values: TalliedValues, failed: boolean): void {
    this.#count(time, values, -1);
    this.#minute(time, -1, failed ? -1 : 0);
  }

  /** Counts an exchange that is there already by other values than until now. @param failed 1 when it has failed now, and had not */
  change(time: number, before: TalliedValues, after: TalliedValues, failed: 0 | 1): void {
    this.#count(time, before, -1);
    this.#count(time, after, 1);
    this.#minute(time, 0, failed);
  }

  #count(time: number, values: TalliedValues, by: 1 | -1): void {
    const hour = Math.floor(time / HOUR);
    let fields = this.#hours.get(hour);
    if (!fields) {
      fields = TALLIED.map(() => new Map<number, number>());
      this.#hours.set(hour, fields);
    }
    for (let field = 0; field < TALLIED.length; field++) {
      const value = values[TALLIED[field] as Tallied];
      if (value === null || value === undefined) continue;
      const counts = fields[field] as Map<number, number>;
      counts.set(value, (counts.get(value) ?? 0) + by);
    }
  }

  #minute(time: number, count: number, failed: number): void {
    const minute = Math.floor(time / MINUTE);
    const sum = this.#minutes.get(minute);
    if (sum) {
      sum.count += count;
      sum.failed += failed;
    } else this.#minutes.set(minute, { count, failed });
  }

  /** Writes what has been summed up, and leaves no lines of that time that count nothing. */
  writeTidily(): void {
    const hours = [...this.#hours.keys()];
    const minutes = [...this.#minutes.keys()];
    this.write();
    const tidyHour = this.#db.prepare('DELETE FROM tally_hour WHERE field = ? AND hour = ? AND count = 0');
    for (const hour of hours) for (const field of TALLIED.keys()) tidyHour.run(field, hour);
    const tidyMinute = this.#db.prepare('DELETE FROM tally_minute WHERE minute = ? AND count = 0');
    for (const minute of minutes) tidyMinute.run(minute);
  }

  /** Writes what has been summed up. */
  write(): void {
    for (const [hour, fields] of this.#hours)
      for (const [field, counts] of fields.entries())
        for (const [value, count] of counts) if (count !== 0) this.#addHour.run(field, hour, value, count);
    for (const [minute, { count, failed }] of this.#minutes) this.#addMinute.run(minute, count, failed);
    this.forget();
  }

  forget(): void {
    this.#hours.clear();
    this.#minutes.clear();
  }
}

/** Counts of the values of a field in whole hours, `from` included and `to` not. */
export function tallied(db: DatabaseSync, field: Tallied, from: number, to: number): Map<number, number> {
  const lines = db
    .prepare(
      'SELECT value, sum(count) AS count FROM tally_hour WHERE field = ? AND hour >= ? AND hour < ? GROUP BY value',
    )
    .all(TALLIED.indexOf(field), from, to) as { value: number; count: number }[];
  return new Map(lines.map(({ value, count }) => [value, count]));
}

/** Counts of whole minutes, `from` included and `to` not, in buckets of that width and offset in milliseconds, whole minutes both. */
export function talliedMinutes(
  db: DatabaseSync,
  { from, to, width, offset }: { from: number; to: number; width: number; offset: number },
): { bucket: number; count: number; failed: number }[] {
  // Numbers that are bound are floating-point ones, and divide as such.
  return db
    .prepare(
      `SELECT (minute + ${offset / MINUTE}) / ${width / MINUTE} AS bucket, sum(count) AS count, sum(failed) AS failed FROM tally_minute
       WHERE minute >= ? AND minute < ? GROUP BY bucket`,
    )
    .all(from, to) as { bucket: number; count: number; failed: number }[];
}
