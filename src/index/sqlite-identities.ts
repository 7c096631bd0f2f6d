// Identities that were seen: who calls, who works with the console, since when, and how much of it changed something or was refused.
import type { IdentitiesAsked, IdentityList, IdentityRow } from './search-index.ts';
import { didSince } from './sqlite-principal-sums.ts';
import { readMeta, termField } from './sqlite-schema.ts';
import type { Searcher } from './sqlite-searcher.ts';
import { principalOf } from './sqlite-terms.ts';

/** Identities that are looked at before other searches have their turn. */
const SLICE = 500;
const NOTHING = { calls: 0, changes: 0, refusals: 0, views: 0 } as const;

/** Identities, latest first. Counts are of the time asked for, and of whole hours; `first` is of all that is recorded. */
export async function identities(searcher: Searcher, asked: IdentitiesAsked): Promise<IdentityList> {
  const { db, rows } = searcher;
  const { from, identity, limit = 500 } = asked;
  const one = identity === undefined ? undefined : principalNumber(searcher, identity);
  const indexedThrough = readMeta(db).through;
  if (identity !== undefined && one === undefined) return { items: [], more: false, indexedThrough };
  const did = didSince(db, from, one);
  if (one !== undefined && !did.has(one)) did.set(one, NOTHING);

  // All of these are seeks, whatever there is of each.
  const latestSession = db.prepare(
    'SELECT caller, last FROM session INDEXED BY session_principal WHERE principal = ? ORDER BY last DESC LIMIT 1',
  );
  const latestRow = db.prepare(
    'SELECT caller, time AS last FROM row INDEXED BY row_principal WHERE principal = ? ORDER BY time DESC LIMIT 1',
  );
  const firstRow = db.prepare('SELECT min(time) AS first FROM row INDEXED BY row_principal WHERE principal = ?');
  const sessionsSince = db.prepare(
    'SELECT count(*) AS n FROM session INDEXED BY session_principal WHERE principal = ? AND last >= ?',
  );

  const seen: { principal: number; caller: number | null; last: number }[] = [];
  let looked = 0;
  for (const principal of did.keys()) {
    // The caller as of the latest session: entries about somebody, and who only looks at the record, have none.
    const session = latestSession.get(principal) as { caller: number | null; last: number } | undefined;
    const row = latestRow.get(principal) as { caller: number | null; last: number } | undefined;
    const last = Math.max(session?.last ?? 0, row?.last ?? 0);
    if (one !== undefined || last >= from)
      seen.push({ principal, caller: session?.caller ?? row?.caller ?? null, last });
    if (++looked % SLICE === 0) await turn();
  }
  seen.sort((a, b) => b.last - a.last);
  const items: IdentityRow[] = [];
  let more = false;
  for (const { principal, caller, last } of seen) {
    const known = caller === null ? undefined : rows.identity(caller);
    if (!known) continue;
    more = items.length === limit;
    if (more) break;
    const { first } = firstRow.get(principal) as { first: number | null };
    const { n: sessions } = sessionsSince.get(principal, from) as { n: number };
    items.push({ identity: known, first: first ?? last, last, sessions, ...(did.get(principal) ?? NOTHING) });
    if (items.length % SLICE === 0) await turn();
  }
  return { items, more, indexedThrough };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
