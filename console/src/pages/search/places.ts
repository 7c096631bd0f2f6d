// From how many match over time to where in the result what time begins.
import type { Histogram } from '../../api/types.ts';
import type { Place } from './row-store.ts';

/** A place for each bucket, in the order of the result; none when the buckets do not tell of every row. */
export function placesOf(
  { buckets, width, since, approximate }: Histogram,
  order: string,
): { readonly places: readonly Place[]; readonly total: number } {
  const places: Place[] = [];
  let total = 0;
  if (since !== undefined || approximate || (order !== 'newest' && order !== 'oldest')) return { places, total };
  for (const { time, count } of order === 'newest' ? buckets.toReversed() : buckets) {
    const term = order === 'newest' ? `before:${at(time + width)}` : `since:${at(time)}`;
    if (count > 0) places.push({ start: total, term });
    total += count;
  }
  return { places, total };
}

const at = (time: number): string => new Date(time).toISOString();

/** The query with one more term that all rows must meet. */
export const within = (q: string, term: string): string => (q.trim() === '' ? term : `(${q}) ${term}`);
