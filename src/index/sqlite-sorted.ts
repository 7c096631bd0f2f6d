// Searches in another order than that of time: everything that matches is compared, so there is a bound on how much that may be.
import { DogwatchError } from '../exchange/error.ts';
import { limitOf } from './page.ts';
import type { Query } from './query-tree.ts';
import type { Page, Row, SearchPage } from './search-index.ts';
import { type ValueCursor, type ValueOrder, valueCursorOf, valueCursorText } from './search-order.ts';
import type { Line } from './sqlite-rows.ts';
import type { Searcher } from './sqlite-searcher.ts';

/** Index entries that are compared. */
const MOST = 500_000;
/** Rows whose text is read from the journal for one page. */
const CONFIRMED = 1_000;

const VALUES: Readonly<Record<ValueOrder, string>> = {
  slowest: 'coalesce(row.latency, -1)',
  largest: 'coalesce(row.request_bytes + coalesce(row.response_bytes, 0), -1)',
  riskiest: 'coalesce(row.risk, -1)',
};

/** One page. @throws DogwatchError `bad_parameter` when too much would have to be compared */
export function searchSorted(
  searcher: Searcher,
  query: Query,
  order: ValueOrder,
  page: SearchPage,
): Promise<Page<Row>> {
  const limit = limitOf(page);
  if (page.skip !== undefined && page.skip > 0)
    throw new DogwatchError('bad_parameter', `Rows cannot be passed over in the order '${order}'.`, {
      remedy: 'Go on with the cursor of the page before.',
    });
  let cursor = valueCursorOf(order, page.cursor);
  const value = VALUES[order];
  return searcher.withQuery(query, false, async (prepared) => {
    const { condition, span, meta } = prepared;
    const plan = prepared.plan();
    const within = `${plan.where} AND ${plan.time} BETWEEN ${span.from} AND ${span.to}`;
    if (plan.type === 'walk') {
      const { n } = searcher.db
        .prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM ${plan.source} WHERE ${within} LIMIT ${MOST + 1})`)
        .get() as { n: number };
      if (n > MOST)
        throw new DogwatchError(
          'bad_parameter',
          `More than ${MOST} rows would have to be compared for the order '${order}'.`,
          {
            remedy: 'Narrow the time with since: and until:, or name an operation, a caller, a session or a resource.',
          },
        );
    }
    const items: Row[] = [];
    const done = async (more: boolean): Promise<Page<Row>> => ({
      items: page.details === false ? items : await searcher.withDetails(items),
      ...(more && cursor ? { next: valueCursorText(order, cursor) } : {}),
      indexedThrough: meta.through,
    });
    for (let confirmed = 0; ; ) {
      const wanted = Math.max(limit + 1 - items.length, prepared.confirms ? 50 : 1);
      const after: ValueCursor | undefined = cursor;
      const lines = searcher.db
        .prepare(
          `SELECT row.*, ${value} AS value FROM ${plan.from} WHERE ${within} AND ${condition.text}
           ${after ? `AND (${value}, row.time, row.leaf) < (${after.value}, ${after.time}, ${after.leaf})` : ''}
           ORDER BY value DESC, row.time DESC, row.leaf DESC LIMIT ${wanted}`,
        )
        .all(
          ...(plan.type === 'few' && plan.leaves ? [JSON.stringify(plan.leaves)] : []),
          ...condition.values,
        ) as Line[];
      for (const line of lines) {
        if (items.length === limit) return done(true);
        const row = searcher.rows.row(line);
        if (await prepared.confirm(row, line)) items.push(searcher.flagged(row, line));
        cursor = { value: line.value as number, time: row.time, leaf: row.leaf };
        if (prepared.confirms && ++confirmed >= CONFIRMED) return done(true);
      }
      if (lines.length < wanted) return done(false);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
}
