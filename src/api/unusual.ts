// Which times of a histogram stand out: far more than the ones before let expect, by the detector of series (docs/detection.md).
import type { Histogram } from '../index/search-index.ts';
import { SeriesDetector } from '../watch/rate/series-detector.ts';

/** Between what nine in ten of the buckets before were, both ends included. */
export interface Usual {
  readonly low: number;
  readonly high: number;
}

/** Longer buckets hide what hour it is, and days differ as working days and Sundays do. */
const WIDEST = 3_600_000;
/** Whole buckets from the first that is not empty; and the share of them that must not be: among few and far between nothing is usual. */
const ENOUGH = { buckets: 24, share: 0.5 } as const;
/** Less is never told. */
const FLOOR = 20;
/** What stands out for longer, in milliseconds and in buckets, is how busy that time of day is, for all that the histogram can tell. */
const LONGEST = { time: 3_600_000, buckets: 3 } as const;

/** By their time, those of the whole buckets within the span that stand out. */
export function unusualIn(
  { from, to }: { readonly from: number; readonly to: number },
  { width, buckets }: Pick<Histogram, 'width' | 'buckets'>,
): ReadonlyMap<number, Usual> {
  const found = new Map<number, Usual>();
  const whole = buckets.filter(({ time }) => time >= from && time + width <= to);
  const [first] = whole;
  if (!first || width > WIDEST) return found;
  const length = Math.floor((to - first.time) / width);
  if (length < ENOUGH.buckets || whole.length < ENOUGH.share * length) return found;
  const counts = new Map(whole.map(({ time, count }) => [time, count]));
  const detector = new SeriesDetector({ width });
  const most = Math.max(LONGEST.buckets, LONGEST.time / width);
  const before: number[] = [];
  let run: [time: number, usual: Usual][] = [];
  for (let n = 0, time = first.time; n <= length; n++, time += width) {
    const count = counts.get(time) ?? 0;
    const { alarm, high } = detector.update(time, count);
    if (n < length && alarm && count >= FLOOR && count > high) {
      run.push([time, usualOf(before)]);
    } else {
      if (run.length <= most) for (const [at, usual] of run) found.set(at, usual);
      run = [];
      before.push(count);
    }
  }
  return found;
}

function usualOf(counts: readonly number[]): Usual {
  const sorted = counts.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(0.05), high: at(0.95) };
}
