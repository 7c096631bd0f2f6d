// Matches the items of two arrays: which stayed, which moved, which are new, which are gone.
import { identifyingField, matchKey } from './identity.ts';

/** What became of the items of an array. */
export interface Alignment {
  /** The field that identifies items, if one does. */
  readonly field: string | undefined;
  /** For each new position the old one, or -1 for an item that is new. */
  readonly from: readonly number[];
  /** Old positions whose items are gone, ascending. */
  readonly gone: readonly number[];
  /** New positions of matched items that did not keep their order among the others. */
  readonly moved: ReadonlySet<number>;
}

/**
 * Aligns two arrays: items are matched by a field that identifies them, else when they are equal; what is left between the
 * same neighbours is matched in order. O(n log n).
 */
export function align(before: readonly unknown[], after: readonly unknown[]): Alignment {
  const field = identifyingField(before, after);
  const from = new Array<number>(after.length).fill(-1);
  const taken = new Set<number>();
  const places = new Map<string, number[]>();
  for (let i = before.length - 1; i >= 0; i--) {
    const key = matchKey(before[i], field);
    const list = places.get(key);
    if (list === undefined) places.set(key, [i]);
    else list.push(i);
  }
  for (const [i, item] of after.entries()) {
    const old = places.get(matchKey(item, field))?.pop();
    if (old === undefined) continue;
    from[i] = old;
    taken.add(old);
  }
  if (field === undefined) matchLeftovers(before, from, taken);
  const gone = [...before.keys()].filter((i) => !taken.has(i));
  return { field, from, gone, moved: movedOf(from) };
}

/** Items that have no equal are taken for changed ones where they stand between the same neighbours. */
function matchLeftovers(before: readonly unknown[], from: number[], taken: Set<number>): void {
  let old = 0;
  for (let i = 0; i < from.length; i++) {
    if (from[i]! >= 0) {
      old = from[i]! + 1;
      continue;
    }
    if (old < before.length && !taken.has(old)) {
      from[i] = old;
      taken.add(old++);
    }
  }
}

/** Of the matched items, those outside a longest ascending run (patience sorting): the fewest that must have moved. */
function movedOf(from: readonly number[]): Set<number> {
  const tails: number[] = [];
  const previous = new Map<number, number>();
  const moved = new Set<number>();
  for (const [i, old] of from.entries()) {
    if (old < 0) continue;
    moved.add(i);
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (from[tails[middle]!]! < old) low = middle + 1;
      else high = middle;
    }
    if (low > 0) previous.set(i, tails[low - 1]!);
    tails[low] = i;
  }
  for (let i = tails.at(-1); i !== undefined; i = previous.get(i)) moved.delete(i);
  return moved;
}
