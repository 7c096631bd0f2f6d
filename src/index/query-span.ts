// The time that a query is about.
import { conjunctsOf, type Node } from './query-tree.ts';

/** Bounds of time, inclusive, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The bounds of time that every matching row keeps. */
export function spanOf(root: Node, now: number): Span {
  let from = 0;
  let to = Number.MAX_SAFE_INTEGER;
  for (const node of conjunctsOf(root)) {
    if (node.type !== 'field' || node.match.type !== 'time') continue;
    const { op, moment } = node.match;
    const at = 'at' in moment ? moment.at : now - moment.ago;
    if (op !== '<' && op !== '<=') from = Math.max(from, Math.floor(at));
    if (op !== '>' && op !== '>=') to = Math.min(to, Math.ceil(at));
  }
  return { from, to };
}

/** The bounds of time of a query that says nothing else: every row within them matches. Undefined for any other query. */
export function onlySpan(root: Node, now: number): Span | undefined {
  let from = 0;
  let to = Number.MAX_SAFE_INTEGER;
  for (const node of root.type === 'all' ? [] : conjunctsOf(root)) {
    if (node.type !== 'field' || node.field !== 'time' || node.match.type !== 'time') return undefined;
    const { op, moment } = node.match;
    const at = 'at' in moment ? moment.at : now - moment.ago;
    if (op === '>') from = Math.max(from, Math.floor(at) + 1);
    if (op === '>=' || op === '=') from = Math.max(from, Math.ceil(at));
    if (op === '<') to = Math.min(to, Math.ceil(at) - 1);
    if (op === '<=' || op === '=') to = Math.min(to, Math.floor(at));
  }
  return { from, to };
}
