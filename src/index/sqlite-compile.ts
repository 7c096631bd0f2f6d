// From a syntax tree to SQL over the tables of the index. Strings are resolved to their numbers first, in the dictionary.
import type { DatabaseSync } from 'node:sqlite';
import { fieldByName } from './fields.ts';
import { namesKind } from './matches.ts';
import { like, type Match, type Node } from './query-tree.ts';
import { CODES, type TermField, termField } from './sqlite-schema.ts';

/** A condition, and the values of its question marks, in order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

/** Numbers written out in a condition; when a pattern means more of them, a subquery stands in their place. */
export const WRITTEN_OUT = 1000;
/** Numbers that a subquery gathers, once for a statement; of still more, each row's is looked up instead: few rows may do. */
const GATHERED = 10_000;

const ALL: Sql = { text: '1', values: [] };
// No constant: SQLite would fold it, and then an index that a statement names may be left unused, which is an error.
const NONE: Sql = { text: '(row.leaf < 0)', values: [] };

/** Columns of `row` that hold one term each. */
const COLUMNS: Readonly<Record<string, { column: string; field: TermField }>> = {
  op: { column: 'row.op', field: 'op' },
  session: { column: 'row.session', field: 'session' },
  source: { column: 'row.source', field: 'source' },
  connection: { column: 'row.connection', field: 'connection' },
  host: { column: 'row.host', field: 'host' },
  method: { column: 'row.method', field: 'method' },
  path: { column: 'row.path', field: 'path' },
  rule: { column: 'row.rule', field: 'rule' },
  error: { column: 'row.error', field: 'error' },
};
/** Fields that a caller has, and the vocabularies that each looks at. */
const CALLER: Readonly<Record<string, readonly TermField[]>> = {
  who: ['name', 'subject', 'email'],
  subject: ['subject'],
  issuer: ['issuer'],
  email: ['email'],
  identity: ['identity'],
  group: ['group'],
  behalf: ['behalf'],
  claim: ['claim'],
};
const NUMBERS: Readonly<Record<string, string>> = {
  status: 'row.status',
  latency: 'row.latency',
  'request-bytes': 'row.request_bytes',
  'response-bytes': 'row.response_bytes',
  bytes: '(row.request_bytes + coalesce(row.response_bytes, 0))',
  time: 'row.time',
  risk: 'row.risk',
};

/** Compiles queries against one database, at one moment. */
export class Compiler {
  private readonly db: DatabaseSync;
  private readonly now: number;
  private readonly text: (node: Node, negated: boolean) => Sql;
  private negated = false;

  /** @param text the condition for a node that looks at text; whether it stands under a negation decides on which side it may err */
  constructor(db: DatabaseSync, now: number, text: (node: Node, negated: boolean) => Sql) {
    this.db = db;
    this.now = now;
    this.text = text;
  }

  /** The condition that rows meet. A query that does not name `kind:` finds exchanges only. */
  query(root: Node): Sql {
    const condition = this.node(root);
    return namesKind(root) ? condition : { text: `row.kind = 0 AND ${condition.text}`, values: condition.values };
  }

  node(node: Node): Sql {
    switch (node.type) {
      case 'all':
        return ALL;
      case 'and':
      case 'or': {
        const items = node.items.map((item) => this.node(item));
        return {
          text: `(${items.map((item) => item.text).join(node.type === 'and' ? ' AND ' : ' OR ')})`,
          values: items.flatMap((item) => item.values),
        };
      }
      case 'not': {
        this.negated = !this.negated;
        const { text, values } = this.node(node.item);
        this.negated = !this.negated;
        return { text: `NOT ${text}`, values };
      }
      case 'text':
        return this.text(node, this.negated);
      case 'field':
        return this.field(node);
    }
  }

  // Every condition is 0 or 1, never NULL, so that NOT means what it says.
  private field(node: Node & { type: 'field' }): Sql {
    const { field, match } = node;
    if (match.type === 'words') return this.text(node, this.negated);
    const number = NUMBERS[field];
    if (match.type === 'compare' || match.type === 'time') {
      const value =
        match.type === 'compare' ? match.value : 'at' in match.moment ? match.moment.at : this.now - match.moment.ago;
      return number === undefined
        ? NONE
        : { text: `(${number} IS NOT NULL AND ${number} ${match.op} ?)`, values: [value] };
    }
    const any = isAny(match);
    if (any && number !== undefined) return { text: `(${number} IS NOT NULL)`, values: [] };
    const column = COLUMNS[field];
    if (column) {
      if (any) return { text: `(${column.column} IS NOT NULL)`, values: [] };
      return this.columnIn(column, match);
    }
    const caller = CALLER[field];
    if (caller) {
      const terms = this.termsIn(caller, match);
      return {
        text: `(row.caller IS NOT NULL AND row.caller IN (SELECT caller FROM caller_term WHERE term ${terms.text}))`,
        values: terms.values,
      };
    }
    switch (field) {
      case 'client': {
        const terms = this.termsIn(['client'], match);
        const one = (name: string) => `(${name} IS NOT NULL AND ${name} ${terms.text})`;
        return {
          text: `(${one('row.agent')} OR ${one('row.user_agent')})`,
          values: [...terms.values, ...terms.values],
        };
      }
      case 'resource':
      case 'metric': {
        const terms = this.termsIn([field], match);
        return {
          text: `(row.refs IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(row.refs) WHERE json_each.value ${terms.text}))`,
          values: terms.values,
        };
      }
      case 'title':
        return any ? { text: '(row.titled = 1)', values: [] } : NONE;
      case 'query':
        return any ? { text: '(row.asked = 1)', values: [] } : NONE;
      case 'id':
        return this.id(match);
      case 'tag': {
        const mask = codesOf(field, match).reduce((bits, code) => bits | (1 << code), 0);
        return { text: `((row.tags & ${mask}) <> 0)`, values: [] };
      }
      default: {
        const codes = codesOf(field, match);
        return codes.length === 0
          ? NONE
          : { text: `(row.${field} IS NOT NULL AND row.${field} IN (${codes.join(',')}))`, values: [] };
      }
    }
  }

  private id(match: Match): Sql {
    const digits = match.type === 'is' ? match.value : match.type === 'like' ? (match.parts[0] ?? '') : '';
    const bound = (fill: string) => `x'${digits.padEnd(32, fill)}'`;
    // Only hexadecimal digits get here (query.ts); anything else must not reach the text of a statement.
    return /^[0-9a-f]{0,32}$/.test(digits)
      ? { text: `(row.id BETWEEN ${bound('0')} AND ${bound('f')})`, values: [] }
      : NONE;
  }

  /** Whether a column's term matches. */
  private columnIn({ column, field }: { column: string; field: TermField }, match: Match): Sql {
    const condition = termCondition([field], match);
    const count = this.db.prepare(
      `SELECT count(*) AS n FROM (SELECT 1 FROM term WHERE ${condition.text} LIMIT ${GATHERED + 1})`,
    );
    if ((count.get(...condition.values) as { n: number }).n > GATHERED)
      return {
        text: `(${column} IS NOT NULL AND EXISTS (SELECT 1 FROM term WHERE id = ${column} AND ${condition.text}))`,
        values: condition.values,
      };
    const terms = this.termsIn([field], match);
    return { text: `(${column} IS NOT NULL AND ${column} ${terms.text})`, values: terms.values };
  }

  /** `IN (…)` over the terms of these vocabularies that match. */
  private termsIn(fields: readonly TermField[], match: Match): Sql {
    const terms = this.terms(fields, match);
    if (terms) return { text: `IN (${terms.join(',') || '-1'})`, values: [] };
    const condition = termCondition(fields, match);
    return { text: `IN (SELECT id FROM term WHERE ${condition.text})`, values: condition.values };
  }

  /** The terms that match, or undefined when they are too many to write out. */
  terms(fields: readonly TermField[], match: Match): readonly number[] | undefined {
    const { text, values } = termCondition(fields, match);
    const found = this.db.prepare(`SELECT id FROM term WHERE ${text} LIMIT ${WRITTEN_OUT + 1}`).all(...values);
    return found.length > WRITTEN_OUT ? undefined : found.map(({ id }) => id as number);
  }

  /** The principals of the callers that match, or undefined when they are too many. */
  principals(field: string, match: Match): readonly number[] | undefined {
    const terms = this.terms(CALLER[field] ?? [], match);
    if (!terms) return undefined;
    const found = this.db
      .prepare(
        `SELECT DISTINCT principal FROM caller WHERE id IN (SELECT caller FROM caller_term WHERE term IN (${terms.join(',')})) LIMIT ${WRITTEN_OUT + 1}`,
      )
      .all();
    return found.length > WRITTEN_OUT ? undefined : found.map(({ principal }) => principal as number);
  }
}

export const isCallerField = (field: string): boolean => field in CALLER;

const isAny = (match: Match): boolean =>
  match.type === 'like' && match.parts.length === 2 && match.parts[0] === '' && match.parts[1] === '';

/** Codes of the values of an enumeration that match. */
export function codesOf(field: string, match: Match): number[] {
  const values: readonly string[] = fieldByName(field)?.values ?? [];
  const codes = (CODES as Readonly<Record<string, readonly string[]>>)[field] ?? [];
  const wanted = values.filter((value) =>
    match.type === 'is' ? value === match.value : match.type === 'like' && like(match.parts, value),
  );
  return wanted.map((value) => codes.indexOf(value)).filter((code) => code >= 0);
}

/** The condition over `term`: an equality, a range of beginnings, or a pattern. */
function termCondition(fields: readonly TermField[], match: Match): Sql {
  const within = `field IN (${fields.map(termField).join(',')})`;
  if (match.type === 'is') return { text: `${within} AND folded = ?`, values: [match.value.toLowerCase()] };
  if (match.type !== 'like') return { text: '0', values: [] };
  const parts = match.parts.map((part) => part.toLowerCase());
  const [first = ''] = parts;
  const beginning = first === '' ? '' : ' AND folded >= ? AND folded < ?';
  const range = first === '' ? [] : [first, `${first}\u{10ffff}`];
  if (parts.length === 2 && parts[1] === '') return { text: `${within}${beginning}`, values: range };
  const glob = parts.map((part) => part.replace(/[*?[]/g, '[$&]')).join('*');
  return { text: `${within}${beginning} AND folded GLOB ?`, values: [...range, glob] };
}
