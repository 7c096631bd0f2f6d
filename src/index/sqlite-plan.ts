// How a search goes about it: which index it walks along. SQLite has no statistics here that fit skewed data; counting the first matches does.
import type { DatabaseSync } from 'node:sqlite';
import type { Span } from './query-span.ts';
import { conjunctsOf, type Node } from './query-tree.ts';
import { type Compiler, codesOf, isCallerField } from './sqlite-compile.ts';
import { CODES, READ, RISKY } from './sqlite-schema.ts';
import type { LeafSet } from './text-search.ts';

/** Entries of several values that are few enough to be sorted, and candidates of text that are looked at all at once. */
const FEW = 10_000;
/** Values of one index that are counted. */
const VALUES = 1_000;

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
/** Rows by their number; SQLite would rather walk along a time. */
const fewRows = (where: string, leaves?: readonly number[]): Plan => ({
  type: 'few',
  from: 'row NOT INDEXED',
  where,
  ...OF_ROW,
  ...(leaves && { leaves }),
});
/** Along the time of all rows. */
const ALONG_TIME = walkRows('row_time', '1');

/** A way to reach the rows of one condition. */
interface Access {
  readonly table: 'row_op' | 'row_session' | 'row_principal' | 'reference' | 'change_reference';
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
  const conjuncts = conjunctsOf(root);
  const changes = conjuncts.some(excludesReads);
  let best: Plan | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const node of conjuncts) {
    const leaves = texts.get(node);
    if (leaves && leaves.size < Math.min(fewest, FEW)) {
      fewest = leaves.size;
      best = fewRows('row.leaf IN (SELECT value FROM json_each(?))', [...leaves]);
    }
    if (node.type === 'field' && node.field === 'id')
      return { type: 'few', from: 'row INDEXED BY row_id', where: '1', ...OF_ROW };
    const access = accessOf(node, compiler, changes);
    if (!access) continue;
    if (access.values.length === 0) return fewRows('row.leaf < 0');
    const count = countOf(db, access, span, Math.min(fewest, FEW));
    if (count >= fewest) continue;
    // Many entries of one value are in order of time; those of several would have to be sorted.
    if (count >= FEW && (access.values.length !== 1 || best)) continue;
    fewest = Math.min(fewest, count);
    best = walkOf(access, span);
  }
  return best ?? conjuncts.map(partialIndex).find((plan) => plan !== undefined) ?? ALONG_TIME;
}

function accessOf(node: Node, compiler: Compiler, changes: boolean): Access | undefined {
  if (node.type === 'or') {
    const all = node.items.map((item) => accessOf(item, compiler, changes));
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
  if (field === 'resource' || field === 'metric')
    return access(changes ? 'change_reference' : 'reference', 'term', compiler.terms([field], match));
  return isCallerField(field) ? access('row_principal', 'principal', compiler.principals(field, match)) : undefined;
}

const isReference = (table: Access['table']): boolean => table === 'reference' || table === 'change_reference';

/** How many entries of the index there are, counted up to a limit. */
function countOf(db: DatabaseSync, { table, column, values }: Access, span: Span, limit: number): number {
  const from = isReference(table) ? table : `row INDEXED BY ${table}`;
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

function walkOf({ table, column, values }: Access, span: Span): Plan {
  const [value = 0] = values;
  const list = `${column} IN (${values.join(',')})`;
  if (!isReference(table)) return walkRows(table, values.length === 1 ? `${column} = ${value}` : list);
  // A row may have several of the values.
  const several = `(SELECT DISTINCT time, leaf FROM ${table} WHERE ${list} AND time BETWEEN ${span.from} AND ${span.to})`;
  const source = values.length === 1 ? table : `${several} AS ${table}`;
  return {
    type: 'walk',
    source,
    from: `${source} CROSS JOIN row ON row.leaf = ${table}.leaf`,
    where: values.length === 1 ? `${table}.term = ${value}` : '1',
    time: `${table}.time`,
    leaf: `${table}.leaf`,
  };
}

/** Does the condition hold for no read? */
function excludesReads(node: Node): boolean {
  if (node.type === 'not')
    return node.item.type === 'field' && node.item.field === 'action' && holdsForReads(node.item);
  const items = node.type === 'or' ? node.items : [node];
  return items.every((item) => item.type === 'field' && item.field === 'action' && !holdsForReads(item));
}
const holdsForReads = (node: Node & { type: 'field' }): boolean => codesOf('action', node.match).includes(READ);

/** The partial index that holds every row that meets the condition. */
function partialIndex(node: Node): Plan | undefined {
  const items = node.type === 'or' ? node.items : [node];
  const among = (field: string, codes: (code: number) => boolean): boolean =>
    items.every((item) => item.type === 'field' && item.field === field && codesOf(field, item.match).every(codes));
  const atLeast = (field: string, least: number): boolean =>
    items.every(
      (item) =>
        item.type === 'field' &&
        item.field === field &&
        item.match.type === 'compare' &&
        ['>', '>=', '='].includes(item.match.op) &&
        item.match.value >= least,
    );
  if (among('kind', (code) => code !== 0)) return walkRows('row_other', 'kind <> 0');
  const ended = [CODES.outcome.indexOf('complete'), CODES.outcome.indexOf('pending')];
  const denied = CODES.verdict.indexOf('deny');
  if (
    atLeast('status', 400) ||
    among('outcome', (code) => !ended.includes(code)) ||
    among('verdict', (code) => code === denied)
  )
    return walkRows('row_failed', 'failed = 1');
  if (atLeast('risk', RISKY)) return walkRows('row_risky', `risk >= ${RISKY}`);
  if (items.every((item) => item.type === 'field' && item.field === 'tag')) return walkRows('row_tagged', 'tags <> 0');
  return excludesReads(node) ? walkRows('row_change', `action IS NOT ${READ}`) : undefined;
}
