// Does a row match a query? Decides over a single row what the index decides over all of them: for live tails, and to confirm hits.
import { RISK_LEVELS } from '../exchange/operation.ts';
import { fieldByName } from './fields.ts';
import { type Comparison, like, type Match, type Node } from './query-tree.ts';
import type { Row } from './search-index.ts';

/** What free text is looked up in. */
export interface TextOf {
  /** Do these words stand there, one after the other? */
  has(phrase: string, scope: 'any' | 'title' | 'query'): boolean;
  /** Is there a title, or a search asked for? */
  any(scope: 'title' | 'query'): boolean;
}

/**
 * Whether the row matches. `now` is what relative times are taken from. A query that does not name `kind:` matches exchanges only.
 */
export function matchesQuery(root: Node, row: Row, text: TextOf, now: number): boolean {
  return (row.kind === 'exchange' || namesKind(root)) && matches(root, row, text, now);
}

/** Does the query name the field `kind`? */
export function namesKind(node: Node): boolean {
  if (node.type === 'and' || node.type === 'or') return node.items.some(namesKind);
  return node.type === 'not' ? namesKind(node.item) : node.type === 'field' && node.field === 'kind';
}

/** Does the query look at text, which the index alone cannot decide? */
export function looksAtText(node: Node): boolean {
  if (node.type === 'and' || node.type === 'or') return node.items.some(looksAtText);
  if (node.type === 'not') return looksAtText(node.item);
  return node.type === 'text' || (node.type === 'field' && fieldByName(node.field)?.type === 'text');
}

export function matches(node: Node, row: Row, text: TextOf, now: number): boolean {
  switch (node.type) {
    case 'all':
      return true;
    case 'and':
      return node.items.every((item) => matches(item, row, text, now));
    case 'or':
      return node.items.some((item) => matches(item, row, text, now));
    case 'not':
      return !matches(node.item, row, text, now);
    case 'text':
      return text.has(node.text, 'any');
    case 'field':
      return matchesField(node.field, node.match, row, text, now);
  }
}

function matchesField(field: string, match: Match, row: Row, text: TextOf, now: number): boolean {
  switch (match.type) {
    case 'words':
      return text.has(match.text, field === 'title' ? 'title' : 'query');
    case 'is':
      return stringsOf(field, row).some((value) => value.toLowerCase() === match.value.toLowerCase());
    case 'like': {
      const any = match.parts.length === 2 && match.parts[0] === '' && match.parts[1] === '';
      if (any && numberOf(field, row) !== undefined) return true;
      if (any && (field === 'title' || field === 'query')) return text.any(field);
      return stringsOf(field, row).some((value) => like(match.parts, value));
    }
    case 'compare':
      return compares(numberOf(field, row), match.op, match.value);
    case 'time':
      return compares(row.time, match.op, 'at' in match.moment ? match.moment.at : now - match.moment.ago);
  }
}

function compares(value: number | undefined, op: Comparison, with_: number): boolean {
  if (value === undefined) return false;
  switch (op) {
    case '=':
      return value === with_;
    case '>':
      return value > with_;
    case '>=':
      return value >= with_;
    case '<':
      return value < with_;
    case '<=':
      return value <= with_;
  }
}

function numberOf(field: string, row: Row): number | undefined {
  switch (field) {
    case 'status':
      return row.status;
    case 'latency':
      return row.latency;
    case 'request-bytes':
      return row.requestBytes;
    case 'response-bytes':
      return row.responseBytes;
    case 'bytes':
      return row.requestBytes === undefined ? undefined : row.requestBytes + (row.responseBytes ?? 0);
    case 'time':
      return row.time;
    case 'risk':
      return row.risk === undefined ? undefined : RISK_LEVELS.indexOf(row.risk);
    default:
      return undefined;
  }
}

/** The values of a field by which a row is found. */
export function stringsOf(field: string, row: Row): readonly string[] {
  const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);
  const { identity } = row;
  switch (field) {
    case 'op':
      return one(row.operation);
    case 'action':
      return one(row.action);
    case 'resource':
      return row.resources.map((resource) => `${resource.kind}/${resource.id}`);
    case 'metric':
      return row.asked.metrics ?? [];
    case 'who':
      return identity ? [identity.name, identity.subject, ...one(identity.email)] : [];
    case 'subject':
      return one(identity?.subject);
    case 'issuer':
      return one(identity?.issuer);
    case 'email':
      return one(identity?.email);
    case 'identity':
      return one(identity?.kind);
    case 'group':
      return identity?.groups ?? [];
    case 'behalf':
      return (identity?.onBehalfOf ?? []).map((actor) => actor.subject);
    case 'claim':
      return Object.entries(identity?.claims ?? {}).map(([name, value]) => `${name}=${value}`);
    case 'client':
      return [...one(row.client.agent), ...one(row.client.userAgent)];
    case 'tag':
      return row.tags;
    case 'verdict':
      return one(row.verdict?.decision);
    case 'rule':
      return one(row.verdict?.rule);
    case 'id':
      return one(row.id.replaceAll('-', ''));
    case 'session':
    case 'source':
    case 'connection':
    case 'host':
    case 'method':
    case 'path':
    case 'outcome':
    case 'error':
    case 'kind':
      return one(row[field]);
    default:
      return [];
  }
}
