// How a search goes about it: which index it walks along. SQLite has no statistics here that fit skewed data; counting the first matches does.
import type { DatabaseSync } from 'node:sqlite';
import type { Span } from './query-span.ts';
import { conjunctsOf, type Node } from './query-tree.ts';
import { type Compiler, codesOf, isCallerField } from './sqlite-compile.ts';
import { CODES, READ, RISKY } from './sqlite-schema.ts';
import type { LeafSet } from './text-search.ts';

/** Entries of several values that are few enough to be sorted, and candidates of text that are looked at all at once. */
const FEW = 10_000;
/** Entries of several values that are sorted where they stand in the index: only those of a page are looked up. */
const MANY = 50_000;
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
/** The conditions of partial indexes. */
const FAILED = 'failed = 1';
const CHANGED = `action IS NOT ${READ}`;
/** Along the time of all rows. */
const ALONG_TIME = walkRows('row_time', '1');

/** A way to reach the rows of one condition. */
interface Access {
  /** The index along which rows are reached, or the table of references. */
  readonly table: string;
  readonly column: string;
  readonly values: readonly number[];
  /** What else holds for every entry of the index. */
  readonly only: string | undefined;
}

/** What is known of every row that matches: partial indexes hold these alone. */
interface Known {
  readonly changes: boolean;
  readonly failed: boolean;
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
  const known = { changes: conjuncts.some(excludesReads), failed: conjuncts.some(holdsForFailed) };
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
    const access = accessOf(node, compiler, known);
    if (!access) continue;
    if (access.values.length === 0) return fewRows('row.leaf < 0');
    // Many entries of one value are in order of time; those of several are sorted.
    const most = access.values.length === 1 ? FEW : MANY;
    const count = countOf(db, access, span, Math.min(fewest, most));
    if (count >= fewest || (count >= FEW && best)) continue;
    if (count >= most && access.values.length !== 1) continue;
    fewest = Math.min(fewest, count);
    best = walkOf(access, span);
  }
  return best ?? conjuncts.map(partialIndex).find((plan) => plan !== undefined) ?? ALONG_TIME;
}

function accessOf(node: Node, compiler: Compiler, known: Known): Access | undefined {
  if (node.type === 'or') {
    const all = node.items.map((item) => accessOf(item, compiler, known));
    const [first] = all;
    if (!first || all.some((one) => one?.table !== first.table)) return undefined;
    const values = [...new Set(all.flatMap((one) => one?.values ?? []))];
    return values.length > VALUES ? undefined : { ...first, values };
  }
  if (node.type !== 'field' || (node.match.type !== 'is' && node.match.type !== 'like')) return undefined;
  const { field, match } = node;
  const access = (
    table: string,
    column: string,
    values: readonly number[] | undefined,
    only?: string,
  ): Access | undefined => (values && values.length <= VALUES ? { table, column, values, only } : undefined);
  if (match.type === 'like' && match.parts.every((part) => part === '')) return undefined;
  if (field === 'op') {
    const operations = compiler.terms([field], match);
    return known.failed ? access('row_failed_op', 'op', operations, FAILED) : access('row_op', 'op', operations);
  }
  if (field === 'session') return access('row_session', field, compiler.terms([field], match));
  if (field === 'resource' || field === 'metric')
    return access(known.changes ? 'change_reference' : 'reference', 'term', compiler.terms([field], match));
  if (!isCallerField(field)) return undefined;
  const principals = compiler.principals(field, match);
  if (known.failed) return access('row_failed_principal', 'principal', principals, FAILED);
  if (known.changes) return access('row_change_principal', 'principal', principals, CHANGED);
  return access('row_principal', 'principal', principals);
}

const isReference = (table: string): boolean => table === 'reference' || table === 'change_reference';

/** How many entries of the index there are, counted up to a limit. */
function countOf(db: DatabaseSync, { table, column, values, only = '1' }: Access, span: Span, limit: number): number {
  const from = isReference(table) ? table : `row INDEXED BY ${table}`;
  const statement = db.prepare(
    `SELECT count(*) AS n FROM
       (SELECT 1 FROM ${from} WHERE ${column} IN (${values.join(',')}) AND time BETWEEN ? AND ? AND ${only} LIMIT ?)`,
  );
  return (statement.get(span.from, span.to, limit) as { n: number }).n;
}

function walkOf({ table, column, values, only }: Access, span: Span): Plan {
  const [value = 0] = values;
  const list = `${column} IN (${values.join(',')})`;
  if (!isReference(table)) {
    const where = values.length === 1 ? `${column} = ${value}` : list;
    return walkRows(table, only === undefined ? where : `${where} AND ${only}`);
  }
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

/** The fields and codes by which a condition holds only for what is told by them; of an alternative, each item. */
const itemsOf = (node: Node): readonly Node[] => (node.type === 'or' ? node.items : [node]);
const among = (node: Node, field: string, codes: (code: number) => boolean): boolean =>
  itemsOf(node).every(
    (item) => item.type === 'field' && item.field === field && codesOf(field, item.match).every(codes),
  );
const atLeast = (node: Node, field: string, least: number): boolean =>
  itemsOf(node).every(
    (item) =>
      item.type === 'field' &&
      item.field === field &&
      item.match.type === 'compare' &&
      ['>', '>=', '='].includes(item.match.op) &&
      item.match.value >= least,
  );

const ENDED_WELL = [CODES.outcome.indexOf('complete'), CODES.outcome.indexOf('pending')];
const DENIED = CODES.verdict.indexOf('deny');

/** Does the condition hold only for what has failed? */
const holdsForFailed = (node: Node): boolean =>
  atLeast(node, 'status', 400) ||
  among(node, 'outcome', (code) => !ENDED_WELL.includes(code)) ||
  among(node, 'verdict', (code) => code === DENIED);

/** The partial index that holds every row that meets the condition. */
function partialIndex(node: Node): Plan | undefined {
  if (among(node, 'kind', (code) => code !== 0)) return walkRows('row_other', 'kind <> 0');
  if (holdsForFailed(node)) return walkRows('row_failed', FAILED);
  if (atLeast(node, 'risk', RISKY)) return walkRows('row_risky', `risk >= ${RISKY}`);
  if (itemsOf(node).every((item) => item.type === 'field' && item.field === 'tag'))
    return walkRows('row_tagged', 'tags <> 0');
  return excludesReads(node) ? walkRows('row_change', CHANGED) : undefined;
}
