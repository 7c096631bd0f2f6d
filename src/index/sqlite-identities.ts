// Identities that were seen: who calls, who works with the console, since when, and how much of it changed something or was refused.
import type { IdentitiesAsked, IdentityList, IdentityRow } from './search-index.ts';
import { CODES, READ, termField } from './sqlite-schema.ts';
import type { Searcher } from './sqlite-searcher.ts';
import { HOUR, TALLIED } from './sqlite-tallies.ts';
import { principalOf } from './sqlite-terms.ts';

const DAY = 86_400_000;
const REFUSED = CODES.outcome.indexOf('refused');
const PENDING = CODES.outcome.indexOf('pending');
/** Entries that are no exchange, looked at from the latest on: enough for who worked with the record lately. */
const OTHER_ROWS = 200_000;

interface Sums {
  caller: number | null;
  first: number;
  last: number;
  sessions: number;
  calls: number;
  changes: number;
  refusals: number;
  views: number;
}

/** Identities, latest first. Counts are of the time asked for, and of whole hours; `first` is of all that is recorded. */
export async function identities(searcher: Searcher, asked: IdentitiesAsked): Promise<IdentityList> {
  const { db, rows } = searcher;
  const { from, identity, limit = 500 } = asked;
  const one = identity === undefined ? undefined : principalNumber(searcher, identity);
  const found = new Map<number, Sums>();
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const all = <T>(sql: string, ...values: (number | null)[]): T[] => db.prepare(sql).all(...values) as T[];
  const through = (db.prepare("SELECT value FROM meta WHERE key = 'through'").get() as { value: number } | undefined)
    ?.value;
  const result = (items: IdentityRow[], more: boolean): IdentityList => ({ items, more, indexedThrough: through ?? 0 });
  if (identity !== undefined && one === undefined) return result([], false);
  const only = one === undefined ? 'principal IS NOT NULL' : `principal = ${one}`;

  const sums = (principal: number): Sums => {
    const known = found.get(principal);
    if (known) return known;
    const made = {
      caller: null,
      first: Number.POSITIVE_INFINITY,
      last: 0,
      sessions: 0,
      calls: 0,
      changes: 0,
      refusals: 0,
      views: 0,
    };
    found.set(principal, made);
    return made;
  };
  // The caller of the latest session: with max() alone, SQLite takes the other columns from the row that has it.
  for (const line of all<{ principal: number; caller: number | null; last: number }>(
    `SELECT principal, caller, max(last) AS last FROM session WHERE ${only} GROUP BY principal`,
  )) {
    const sum = sums(line.principal);
    sum.caller = line.caller;
    sum.last = line.last;
  }
  for (const { principal, first, sessions } of all<{ principal: number; first: number; sessions: number }>(
    `SELECT principal, min(first) AS first, sum(last >= ?) AS sessions FROM session WHERE ${only} GROUP BY principal`,
    from,
  )) {
    const sum = sums(principal);
    sum.first = first;
    sum.sessions = sessions;
  }
  await turn();
  // Who only looks at the record has no session.
  for (const line of all<{ principal: number; caller: number | null; first: number; last: number; views: number }>(
    `SELECT principal, max(caller) AS caller, min(time) AS first, max(time) AS last, sum(time >= ?) AS views FROM
       (SELECT principal, caller, time FROM row INDEXED BY row_other WHERE kind <> 0 ORDER BY time DESC LIMIT ${OTHER_ROWS})
     WHERE ${only} GROUP BY principal`,
    from,
  )) {
    const sum = sums(line.principal);
    sum.caller ??= line.caller;
    sum.first = Math.min(sum.first, line.first);
    sum.last = Math.max(sum.last, line.last);
    sum.views = line.views;
  }
  await turn();
  // Every number here is SQLite's own: what is bound divides as a floating-point number.
  for (const { principal, calls } of all<{ principal: number; calls: number }>(
    `SELECT principal, sum(count) AS calls FROM tally_hour JOIN caller ON caller.id = value
     WHERE field = ${TALLIED.indexOf('caller')} AND hour >= ? AND ${only} GROUP BY principal`,
    Math.floor(from / HOUR),
  ))
    sums(principal).calls = calls;
  const begin = Math.floor(from / HOUR) * HOUR;
  const end = latest(found);
  for (let day = begin; day <= end; day += DAY) {
    const until = Math.min(day + DAY, end + 1);
    for (const { principal, changes } of all<{ principal: number; changes: number }>(
      `SELECT principal, count(*) AS changes FROM row INDEXED BY row_change
       WHERE action IS NOT ${READ} AND time >= ? AND time < ? AND kind = 0 AND action IS NOT NULL
         AND outcome NOT IN (${REFUSED}, ${PENDING}) AND ${only} GROUP BY principal`,
      day,
      until,
    ))
      sums(principal).changes += changes;
    for (const { principal, refusals } of all<{ principal: number; refusals: number }>(
      `SELECT principal, count(*) AS refusals FROM row INDEXED BY row_failed
       WHERE failed = 1 AND time >= ? AND time < ? AND kind = 0 AND outcome = ${REFUSED} AND ${only} GROUP BY principal`,
      day,
      until,
    ))
      sums(principal).refusals += refusals;
    // Other searches have their turn.
    await turn();
  }

  const items: IdentityRow[] = [];
  for (const { caller, ...sum } of found.values()) {
    const seen = caller === null ? undefined : rows.identity(caller);
    if (seen && (one !== undefined || sum.last >= from)) items.push({ identity: seen, ...sum });
  }
  items.sort((a, b) => b.last - a.last);
  return result(items.slice(0, limit), items.length > limit);
}

const latest = (found: ReadonlyMap<number, Sums>): number =>
  Math.max(0, ...[...found.values()].map(({ last }) => last));

/** The number of an identity; undefined when it was never seen. */
function principalNumber(
  { db }: Searcher,
  identity: { readonly issuer: string; readonly subject: string },
): number | undefined {
  const principal = principalOf(identity);
  const line = db
    .prepare('SELECT id FROM term WHERE field = ? AND folded = ? AND value = ?')
    .get(termField('principal'), principal.toLowerCase(), principal) as { id: number } | undefined;
  return line?.id;
}
