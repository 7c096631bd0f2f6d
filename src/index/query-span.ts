// The time that a query is about.
import type { Node } from './query-tree.ts';

/** Bounds of time, inclusive, in milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The bounds of time that every matching row keeps. */
export function spanOf(root: Node, now: number): Span {
  let from = 0;
  let to = Number.MAX_SAFE_INTEGER;
  for (const node of root.type === 'and' ? root.items : [root]) {
    if (node.type !== 'field' || node.match.type !== 'time') continue;
    const { op, moment } = node.match;
    const at = 'at' in moment ? moment.at : now - moment.ago;
    if (op !== '<' && op !== '<=') from = Math.max(from, Math.floor(at));
    if (op !== '>' && op !== '>=') to = Math.min(to, Math.ceil(at));
  }
  return { from, to };
}
