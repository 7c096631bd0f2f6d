// Counts for people: facets as bars by value, a histogram as bars over time.
import type { CountedTime } from '../api/counts.ts';
import type { Facet } from '../index/search-index.ts';
import { columnsOf, fitted, printable } from './printable.ts';
import { type Paint, widthOf } from './terminal.ts';

/** A facet's heading, and a line for each value: the value, a bar, the count. */
export function facetLines({ field, values, since }: Facet, colour: Paint, width = widthOf()): string[] {
  const heading = colour.bold(field);
  if (values.length === 0) return [heading, colour.dim('  (none)')];
  const names = values.map(({ value }) => printable(value));
  const wide = Math.min(48, Math.max(...names.map(columnsOf)), Math.max(12, width - 40));
  const most = Math.max(...values.map(({ count }) => count));
  return [
    heading,
    ...values.map(({ count }, at) =>
      `  ${fitted(names[at] ?? '', wide)}  ${fitted(bar(count, most), 20)}  ${count.toLocaleString('en')}`.trimEnd(),
    ),
    ...sinceLines(since, colour),
  ];
}

const sinceLines = (since: number | undefined, colour: Paint): string[] =>
  since === undefined ? [] : [colour.yellow(`only what was from ${new Date(since).toISOString()} on has been counted`)];

/** A line for each bucket: its beginning in the time zone, a bar, the count, how many of them failed, and what is usual where it stands out. */
export function histogramLines(counted: CountedTime, timeZone: string, colour: Paint): string[] {
  const { buckets, width, since } = counted;
  if (buckets.length === 0) return [];
  const most = Math.max(...buckets.map(({ count }) => count));
  const counts = new Map(buckets.map((bucket) => [bucket.time, bucket]));
  const [first, last] = [buckets[0]?.time ?? 0, buckets.at(-1)?.time ?? 0];
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  const lines: string[] = [];
  // Empty buckets between are shown, since a gap says something.
  for (let time = first; time <= last && lines.length < 1001; time += width) {
    const { count = 0, failed = 0, usual } = counts.get(time) ?? {};
    const failures = failed > 0 ? colour.red(`  ${failed.toLocaleString('en')} failed`) : '';
    const aside = usual
      ? colour.yellow(`  usual: ${usual.low.toLocaleString('en')} to ${usual.high.toLocaleString('en')}`)
      : '';
    const begins = `${format.format(time)}${width < 1000 ? `.${String(time % 1000).padStart(3, '0')}` : ''}`;
    lines.push(
      `${begins}  ${fitted(bar(count, most), 30)}  ${count.toLocaleString('en')}${failures}${aside}`.trimEnd(),
    );
  }
  return [...lines, ...sinceLines(since, colour)];
}

const bar = (count: number, most: number): string =>
  count === 0 ? '' : '█'.repeat(Math.max(1, Math.round((count / most) * 20)));
