// Going through everything that matches, to count it: newest first, slice by slice, so that other searches have their turn.
import type { Cursor } from './page.ts';
import { onlySpan, type Span } from './query-span.ts';
import type { Prepared, Searcher } from './sqlite-searcher.ts';

/** Index entries of a slice, and of all slices together. */
const SLICE = 20_000;
const MOST = 2_000_000;

/**
 * Gives the columns of each match to `take`.
 * @param within the time to look at
 * @param most index entries that are looked at, about
 * @returns when it stopped early, because there is too much to look at: the time from which on everything was looked at
 */
export async function scan(
  searcher: Searcher,
  prepared: Prepared,
  options: {
    readonly columns: readonly string[];
    readonly within: Span;
    readonly most: number;
    readonly slice?: number;
  },
  take: (values: readonly (number | string | null)[]) => void,
): Promise<number | undefined> {
  const { columns, within, most, slice = SLICE } = options;
  const span = overlap(prepared.span, within);
  const plan = prepared.plan(span);
  let cursor: Cursor | undefined;
  for (let lookedAt = 0; ; lookedAt += slice) {
    const end =
      plan.type === 'walk' ? searcher.boundary(plan, span, { cursor, descending: true, size: slice }) : undefined;
    const page = { columns: columns.join(', '), span, cursor, end, descending: true };
    for (const line of searcher.columns(plan, prepared, page)) take(line);
    if (!end) return undefined;
    if (lookedAt + slice >= most) return end.time + 1;
    cursor = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Divides a time into what tallies of that width tell of, in whole units from and to, and the rest, in milliseconds, newest first. Without a
 * width, or when the query names more than a time, all of it is the rest, of which at most `most` entries are looked at.
 */
export function split(
  { root, span, now }: Prepared,
  within: Span | undefined,
  width: number | undefined,
): { readonly inside?: Span; readonly outside: readonly Span[]; readonly most: number } {
  const only = width === undefined ? undefined : onlySpan(root, now);
  if (!only || width === undefined) return { outside: [within ? overlap(span, within) : span], most: MOST };
  const { from, to } = within ? overlap(only, within) : only;
  const inside = { from: Math.ceil(from / width), to: Math.floor((to + 1) / width) };
  if (inside.to <= inside.from) return { outside: from > to ? [] : [{ from, to }], most: MOST };
  const edges = [
    { from: inside.to * width, to },
    { from, to: inside.from * width - 1 },
  ];
  return { inside, outside: edges.filter((edge) => edge.from <= edge.to), most: Number.POSITIVE_INFINITY };
}

const overlap = (one: Span, other: Span): Span => ({
  from: Math.max(one.from, other.from),
  to: Math.min(one.to, other.to),
});
