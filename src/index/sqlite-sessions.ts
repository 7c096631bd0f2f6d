// Sessions: all of them, those of a query, one of them, and the last one of an identity.
import { cursorOf, cursorText, limitOf } from './page.ts';
import type { Query } from './query-tree.ts';
import type { Page, PageRequest, SessionRow } from './search-index.ts';
import type { Line } from './sqlite-rows.ts';
import { termField } from './sqlite-schema.ts';
import type { Prepared, Searcher } from './sqlite-searcher.ts';
import { principalOf } from './sqlite-terms.ts';

/** Sessions that one page looks at; then it ends short. */
const LOOKED_AT = 5_000;
/** Matching rows of a session whose text is looked at before the next ones are fetched. */
const ROWS = 50;

/** Sessions with at least one matching exchange, latest first. */
export function searchSessions(searcher: Searcher, query: Query, page: PageRequest = {}): Promise<Page<SessionRow>> {
  const limit = limitOf(page);
  let cursor = cursorOf(page);
  return searcher.withQuery(query, false, async (prepared) => {
    const all = query.root.type === 'all';
    const items: SessionRow[] = [];
    const done = (more: boolean): Page<SessionRow> => ({
      items,
      ...(more && cursor ? { next: cursorText({ time: cursor.time, leaf: cursor.leaf }) } : {}),
      indexedThrough: prepared.meta.through,
    });
    for (let lookedAt = 0; lookedAt < LOOKED_AT; ) {
      const wanted = all ? limit + 1 - items.length : 500;
      const lines = searcher.db
        .prepare(
          `SELECT * FROM session WHERE last >= ? AND first <= ? ${cursor ? 'AND (last, term) < (?, ?)' : ''}
           ORDER BY last DESC, term DESC LIMIT ?`,
        )
        .all(prepared.span.from, prepared.span.to, ...(cursor ? [cursor.time, cursor.leaf] : []), wanted) as Line[];
      for (const line of lines) {
        if (items.length === limit) return done(true);
        if (all || (await hasMatch(searcher, prepared, line.term as number))) items.push(searcher.rows.session(line));
        cursor = { time: line.last as number, leaf: line.term as number };
        lookedAt++;
      }
      if (lines.length < wanted) return done(false);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return done(true);
  });
}

/** Has the session a matching exchange? */
async function hasMatch(searcher: Searcher, prepared: Prepared, session: number): Promise<boolean> {
  const plan = {
    type: 'walk',
    source: 'row INDEXED BY row_session',
    from: 'row INDEXED BY row_session',
    where: `row.session = ${session}`,
    time: 'row.time',
    leaf: 'row.leaf',
  } as const;
  for (let cursor: { time: number; leaf: number } | undefined; ; ) {
    const limit = prepared.confirms ? ROWS : 1;
    const lines = searcher.lines(plan, prepared, { cursor, descending: true, limit });
    for (const line of lines) {
      const row = searcher.rows.row(line);
      if (await prepared.confirm(row, line)) return true;
      cursor = { time: row.time, leaf: row.leaf };
    }
    if (lines.length < limit) return false;
  }
}

/** The session of that id. */
export function sessionById(searcher: Searcher, id: string): SessionRow | undefined {
  const line = searcher.db
    .prepare(
      'SELECT session.* FROM session JOIN term ON term.id = session.term WHERE field = ? AND folded = ? AND value = ?',
    )
    .get(termField('session'), id.toLowerCase(), id) as Line | undefined;
  return line && searcher.rows.session(line);
}

/** The most recent session of an identity. */
export function lastSession(searcher: Searcher, identity: { issuer: string; subject: string }): SessionRow | undefined {
  const principal = principalOf(identity);
  const line = searcher.db
    .prepare(
      `SELECT session.* FROM session WHERE principal = (SELECT id FROM term WHERE field = ? AND folded = ? AND value = ?)
       ORDER BY last DESC LIMIT 1`,
    )
    .get(termField('principal'), principal.toLowerCase(), principal) as Line | undefined;
  return line && searcher.rows.session(line);
}
