// Counting what matches over time, and the values that there are. Free text counts by its words, without looking at their order.
import { DogwatchError } from '../exchange/error.ts';
import { fieldByName } from './fields.ts';
import { looksAtText } from './matches.ts';
import type { Query } from './query-tree.ts';
import type { Histogram, HistogramSpan } from './search-index.ts';
import { scan, split } from './sqlite-scan.ts';
import { TERM_FIELDS, termField } from './sqlite-schema.ts';
import type { Searcher } from './sqlite-searcher.ts';
import { HOUR, MINUTE, talliedMinutes } from './sqlite-tallies.ts';

const SECOND = 1000;
const DAY = 24 * HOUR;
/** Buckets of a histogram. */
const MOST_BUCKETS = 1000;
/** Widths that a person reads easily, in milliseconds. */
const WIDTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * SECOND))
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * HOUR))
  .concat([1, 7, 30, 90, 365].map((n) => n * DAY));

/** Matching rows in buckets of time. @throws DogwatchError `bad_parameter` */
export function histogram(searcher: Searcher, query: Query, span: HistogramSpan): Promise<Histogram> {
  const { from, to, buckets = 60, offset = 0 } = span;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from)
    throw new DogwatchError(
      'bad_parameter',
      'The span of a histogram begins and ends at milliseconds since the epoch.',
    );
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > MOST_BUCKETS)
    throw new DogwatchError('bad_parameter', `A histogram has 1 to 1,000 buckets, not ${buckets}.`);
  if (!Number.isSafeInteger(offset)) throw new DogwatchError('bad_parameter', 'An offset is whole milliseconds.');
  const least = (to - from + 1) / buckets;
  const width = span.width ?? WIDTHS.find((candidate) => candidate >= least) ?? Math.ceil(least / DAY) * DAY;
  if (!Number.isSafeInteger(width) || width < 1 || (to - from + 1) / width > MOST_BUCKETS)
    throw new DogwatchError('bad_parameter', `Buckets of that width would be more than ${MOST_BUCKETS}.`, {
      remedy: 'Make them wider, or the time shorter with since: and until:.',
    });
  return searcher.withQuery(query, true, async (prepared) => {
    const buckets = new Map<number, { count: number; failed: number }>();
    const add = (bucket: number, count: number, failed: number): void => {
      const sum = buckets.get(bucket);
      if (sum) {
        sum.count += count;
        sum.failed += failed;
      } else buckets.set(bucket, { count, failed });
    };
    const whole = width % MINUTE === 0 && offset % MINUTE === 0;
    const { inside, outside, most } = split(prepared, { from, to }, whole ? MINUTE : undefined);
    if (inside) {
      const found = talliedMinutes(searcher.db, { ...inside, width, offset });
      for (const { bucket, count, failed } of found) add(bucket, count, failed);
    }
    let since: number | undefined;
    for (const within of outside) {
      since ??= await scan(
        searcher,
        prepared,
        { columns: ['row.time', 'row.failed'], within, most },
        ([time, failed]) => add(Math.floor((Number(time) + offset) / width), 1, Number(failed)),
      );
    }
    return {
      width,
      buckets: [...buckets]
        .map(([bucket, counts]) => ({ time: bucket * width - offset, ...counts }))
        .sort((a, b) => a.time - b.time),
      ...(since !== undefined && { since }),
      ...(looksAtText(query.root) && { approximate: true as const }),
    };
  });
}

/** Values of a field that begin so, in order. @throws DogwatchError `bad_parameter` */
export function valuesOf(searcher: Searcher, name: string, prefix: string, limit = 20): readonly string[] {
  if (!Number.isInteger(limit) || limit < 1 || limit > 100)
    throw new DogwatchError('bad_parameter', `1 to 100 values can be had, not ${limit}.`);
  const field = fieldByName(name);
  if (!field) throw new DogwatchError('bad_parameter', `There is no field '${name.slice(0, 64)}'.`);
  const folded = prefix.slice(0, 512).toLowerCase();
  if (field.values) return field.values.filter((value) => value.startsWith(folded)).slice(0, limit);
  const vocabulary = field.name === 'who' ? 'name' : TERM_FIELDS.find((known) => known === field.name);
  if (field.type !== 'keyword' || !vocabulary) return [];
  const lines = searcher.db
    .prepare('SELECT value FROM term WHERE field = ? AND folded >= ? AND folded < ? ORDER BY folded LIMIT ?')
    .all(termField(vocabulary), folded, `${folded}\u{10ffff}`, limit) as { value: string }[];
  return lines.map(({ value }) => value);
}
