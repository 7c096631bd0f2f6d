// A rate over time as text: what was counted above what is usual, on one scale, and where it left the usual range.
import type { Finding, RatePoint } from '../exchange/finding.ts';
import { shortTime } from './row-table.ts';
import type { Paint } from './terminal.ts';

const BARS = '▁▂▃▄▅▆▇█';
const LABEL = 'observed  '.length;

/** The lines; none for a rate without points. @param width columns of the terminal */
export function ratePlotLines(
  { width: bin, points }: NonNullable<Finding['rate']>,
  colour: Paint,
  width: number,
): string[] {
  const columns = gathered(points, Math.max(10, Math.min(120, width - LABEL - 2)));
  const [first] = columns;
  if (!first) return [];
  const most = Math.max(1, ...columns.map(({ observed, high }) => Math.max(observed, high)));
  const bar = (value: number): string =>
    BARS[Math.min(BARS.length - 1, Math.max(0, Math.ceil((value / most) * BARS.length) - 1))] ?? '▁';
  const odd = ({ observed, low, high }: RatePoint): '▲' | '▼' | ' ' =>
    observed > high ? '▲' : observed < low ? '▼' : ' ';
  const each = Math.ceil(points.length / columns.length) * bin;
  const peak = columns.reduce((best, point) => (point.observed > best.observed ? point : best), first);
  const low = Math.min(...columns.map((point) => point.low));
  const high = Math.max(...columns.map((point) => point.high));
  const [begins, ends] = [shortTime(first.time), shortTime((points.at(-1)?.time ?? first.time) + bin)];
  return [
    `observed  ${columns.map((point) => (odd(point) === ' ' ? bar(point.observed) : colour.red(bar(point.observed)))).join('')}`,
    `          ${colour.red(columns.map(odd).join('').trimEnd())}`.trimEnd(),
    `usual     ${colour.dim(columns.map((point) => bar(point.high)).join(''))}`,
    colour.dim(`          ${begins}${' '.repeat(Math.max(2, columns.length - begins.length - ends.length))}${ends}`),
    `          up to ${number(peak.observed)} in ${seconds(each)}; usual: ${number(low)} to ${number(high)}`,
  ].filter((line) => line !== '');
}

/** At most so many points; several become one that holds the most of them. */
function gathered(points: readonly RatePoint[], most: number): RatePoint[] {
  const size = Math.ceil(points.length / most);
  const columns: RatePoint[] = [];
  for (let at = 0; at < points.length; at += size) {
    const some = points.slice(at, at + size);
    const oddest = some.reduce((best, point) => (excess(point) > excess(best) ? point : best));
    columns.push({ ...oddest, time: some[0]?.time ?? oddest.time });
  }
  return columns;
}

/** How far a point is outside of what is usual. */
const excess = ({ observed, low, high }: RatePoint): number =>
  observed > high ? observed - high : observed < low ? low - observed : Math.min(0, observed - high);

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });

/** `10 s`, `5 min`, `2 h`. */
export function seconds(ms: number): string {
  if (ms < 120_000) return `${number(ms / 1000)} s`;
  return ms < 7_200_000 ? `${number(ms / 60_000)} min` : `${number(ms / 3_600_000)} h`;
}
