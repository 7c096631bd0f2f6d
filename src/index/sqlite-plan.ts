// How a search goes about it: which index it walks along. SQLite has no statistics here that fit skewed data; counting the first matches does.
import type { DatabaseSync } from 'node:sqlite';
import type { Span } from './query-span.ts';
import type { Node } from './query-tree.ts';
import { type Compiler, codesOf, isCallerField } from './sqlite-compile.ts';
import { CODES, READ } from './sqlite-schema.ts';
import type { LeafSet } from './text-search.ts';

/** Rows that are few enough to be looked at all at once. */
const FEW = 10_000;
/** Values of one index that are counted. */
const VALUES = 200;

/**
 * `walk`: rows in order of time along an index, `source` for its entries alone and `from` with the rows; `where` is the condition on it.
 * `few`: all rows of `where` are looked at and sorted. `time` and `leaf` are the columns that the order is by.
 */
export type Plan = { readonly from: string; readonly where: string; readonly time: string; readonly leaf: string } & (
  | { readonly type: 'walk'; readonly source: string }
  | { readonly type: 'few'; readonly leaves?: readonly number[] }
);

const OF_ROW = { time: 'row.time', leaf: 'row.leaf' } as const;
const walkRows = (index: string, where: string): Plan => {
  const from = `row INDEXED BY ${index}`;
  return { type: 'walk', source: from, from, where, ...OF_ROW };
};
/** Along the time of all rows. */
const ALONG_TIME = walkRows('row_time', '1');

/** A way to reach the rows of one condition. */
interface Access {
  readonly table: 'row_op' | 'row_session' | 'row_principal' | 'reference';
  readonly column: string;
  readonly values: readonly number[];
}

/** Chooses the index that leads to the fewest rows. `texts` are the candidates of the nodes that look at text. */
export function choosePlan(
  db: DatabaseSync,
  compiler: Compiler,
  root: Node,
  span: Span,
  texts: ReadonlyMap<Node, LeafSet>,
): Plan {
  const conjuncts = root.type === 'and' ? root.items : [root];
  let best: Plan = ALONG_TIME;
  let fewest = Number.POSITIVE_INFINITY;
  for (const node of conjuncts) {
    const leaves = texts.get(node);
    if (leaves && leaves.size < Math.min(fewest, FEW)) {
      fewest = leaves.size;
      best = {
        type: 'few',
        from: 'row',
        where: 'row.leaf IN (SELECT value FROM json_each(?))',
        ...OF_ROW,
        leaves: [...leaves],
      };
    }
    if (node.type === 'field' && node.field === 'id')
      return { type: 'few', from: 'row INDEXED BY row_id', where: '1', ...OF_ROW };
    const access = accessOf(node, compiler);
    if (!access) continue;
    const count = countOf(db, access, span, Math.min(fewest, FEW));
    if (count >= fewest || (count >= FEW && access.values.length !== 1)) continue;
    if (count >= FEW && best !== ALONG_TIME) continue;
    fewest = Math.min(fewest, count);
    best = count >= FEW ? walkOf(access) : fewOf(access, span);
  }
  if (best !== ALONG_TIME) return best;
  return conjuncts.map(partialIndex).find((plan) => plan !== undefined) ?? ALONG_TIME;
}

function accessOf(node: Node, compiler: Compiler): Access | undefined {
  if (node.type === 'or') {
    const all = node.items.map((item) => accessOf(item, compiler));
    const [first] = all;
    if (!first || all.some((one) => one?.table !== first.table)) return undefined;
    const values = [...new Set(all.flatMap((one) => one?.values ?? []))];
    return values.length > VALUES ? undefined : { ...first, values };
  }
  if (node.type !== 'field' || (node.match.type !== 'is' && node.match.type !== 'like')) return undefined;
  const { field, match } = node;
  const access = (table: Access['table'], column: string, values: readonly number[] | undefined): Access | undefined =>
    values && values.length <= VALUES ? { table, column, values } : undefined;
  if (match.type === 'like' && match.parts.every((part) => part === '')) return undefined;
  if (field === 'op' || field === 'session') return access(`row_${field}`, field, compiler.terms([field], match));
  if (field === 'resource' || field === 'metric') return access('reference', 'term', compiler.terms([field], match));
  return isCallerField(field) ? access('row_principal', 'principal', compiler.principals(field, match)) : undefined;
}

/** How many entries of the index there are, counted up to a limit. */
function countOf(db: DatabaseSync, { table, column, values }: Access, span: Span, limit: number): number {
  const from = table === 'reference' ? 'reference' : `row INDEXED BY ${table}`;
  const statement = db.prepare(
    `SELECT count(*) AS n FROM (SELECT 1 FROM ${from} WHERE ${column} = ? AND time BETWEEN ? AND ? LIMIT ?)`,
  );
  let count = 0;
  for (const value of values) {
    count += (statement.get(value, span.from, span.to, limit - count) as { n: number }).n;
    if (count >= limit) break;
  }
  return count;
}

function walkOf({ table, column, values }: Access): Plan {
  const [value = 0] = values;
  if (table !== 'reference') return walkRows(table, `${column} = ${value}`);
  return {
    type: 'walk',
    source: table,
    from: 'reference CROSS JOIN row ON row.leaf = reference.leaf',
    where: `reference.term = ${value}`,
    time: 'reference.time',
    leaf: 'reference.leaf',
  };
}

function fewOf({ table, column, values }: Access, span: Span): Plan {
  if (values.length === 0) return { type: 'few', from: 'row', where: 'row.leaf < 0', ...OF_ROW };
  const list = `IN (${values.join(',')})`;
  if (table !== 'reference')
    return { type: 'few', from: `row INDEXED BY ${table}`, where: `${column} ${list}`, ...OF_ROW };
  return {
    type: 'few',
    from: 'row',
    where: `row.leaf IN (SELECT leaf FROM reference WHERE term ${list} AND time BETWEEN ${span.from} AND ${span.to})`,
    ...OF_ROW,
  };
}

/** The partial index that holds every row that meets the condition. */
function partialIndex(node: Node): Plan | undefined {
  const items = node.type === 'or' ? node.items : [node];
  const among = (field: string, codes: (code: number) => boolean): boolean =>
    items.every((item) => item.type === 'field' && item.field === field && codesOf(field, item.match).every(codes));
  if (among('kind', (code) => code !== 0)) return walkRows('row_other', 'kind <> 0');
  if (among('action', (code) => code !== READ)) return walkRows('row_change', `action <> ${READ}`);
  const failed = [CODES.outcome.indexOf('complete'), CODES.outcome.indexOf('pending')];
  const status = items.every(
    (item) =>
      item.type === 'field' &&
      item.field === 'status' &&
      item.match.type === 'compare' &&
      ['>', '>=', '='].includes(item.match.op) &&
      item.match.value >= 400,
  );
  return status || among('outcome', (code) => !failed.includes(code))
    ? walkRows('row_failed', 'failed = 1')
    : undefined;
}
