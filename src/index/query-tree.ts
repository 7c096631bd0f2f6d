// The syntax tree of the query language, and its bounds.
import type { Moment } from './query-values.ts';

export type Comparison = '=' | '>' | '>=' | '<' | '<=';

/** What a field is compared with. */
export type Match =
  /** The value itself, without regard to case. */
  | { readonly type: 'is'; readonly value: string }
  /** Literal pieces with anything between them: `a*b` is `['a','b']`, `a*` is `['a','']`, `*` is `['','']` (any value). */
  | { readonly type: 'like'; readonly parts: readonly string[] }
  /** Numbers, bytes, milliseconds; the position of an `ordered` value. */
  | { readonly type: 'compare'; readonly op: Comparison; readonly value: number }
  | { readonly type: 'time'; readonly op: Comparison; readonly moment: Moment }
  /** Words that follow each other. */
  | { readonly type: 'words'; readonly text: string };

/** A node of the syntax tree. `at` is the 0-based column in the source. `and` and `or` have two items or more. */
export type Node =
  | { readonly type: 'all' }
  | { readonly type: 'and'; readonly items: readonly Node[] }
  | { readonly type: 'or'; readonly items: readonly Node[] }
  | { readonly type: 'not'; readonly item: Node }
  | { readonly type: 'field'; readonly field: string; readonly match: Match; readonly at: number }
  /** Free text: words that follow each other in a body, the path, a title or a name. */
  | { readonly type: 'text'; readonly text: string; readonly at: number };

/** A parsed query. Relative times are still relative; they are taken from the moment of the search. */
export interface Query {
  readonly source: string;
  readonly root: Node;
}

/** Bounds of one query. */
export const QUERY_LIMITS = { length: 4096, terms: 100, depth: 20, value: 512, wildcards: 8 } as const;

/** Does the value look like the pattern? Case does not matter. */
export function like(parts: readonly string[], value: string): boolean {
  const text = value.toLowerCase();
  const pieces = parts.map((part) => part.toLowerCase());
  const first = pieces[0] ?? '';
  const last = pieces[pieces.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

/** The nodes that all must hold, however deep they stand in parentheses. */
export const conjunctsOf = (node: Node): readonly Node[] =>
  node.type === 'and' ? node.items.flatMap(conjunctsOf) : [node];
