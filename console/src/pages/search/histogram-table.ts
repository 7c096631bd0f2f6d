// A histogram as columns for its chart, and what is to be said of it.
import type { Histogram } from '../../api/types.ts';

type Bucket = Histogram['buckets'][number];
type Unusual = Bucket & { readonly usual: NonNullable<Bucket['usual']> };

/** Buckets with the empty ones in between, in seconds, as uPlot wants them; never more than 2,000. */
export function tableOf({ from, to, width, buckets }: Histogram): {
  /** Times, all that matched, the same where it stands out, what failed. */
  table: [number[], number[], number[], number[]];
  range: [number, number];
  matched: number;
  failed: number;
  busiest: Bucket | undefined;
  unusual: Unusual[];
} {
  const byTime = new Map(buckets.map((bucket) => [bucket.time, bucket]));
  const first = buckets[0]?.time ?? from;
  const begin = first - Math.ceil(Math.max(0, first - from) / width) * width;
  const table: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let time = begin, steps = 0; time <= to && steps < 2000; time += width, steps++) {
    const bucket = byTime.get(time);
    table[0].push(time / 1000);
    table[1].push(bucket?.count ?? 0);
    table[2].push(bucket?.usual ? bucket.count : 0);
    table[3].push(bucket?.failed ?? 0);
  }
  return {
    table,
    range: [begin / 1000, (table[0].at(-1) ?? to / 1000) + width / 1000],
    matched: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
    failed: buckets.reduce((sum, bucket) => sum + bucket.failed, 0),
    busiest: buckets.reduce<Bucket | undefined>(
      (most, bucket) => (bucket.count > (most?.count ?? 0) ? bucket : most),
      undefined,
    ),
    unusual: buckets.filter((bucket): bucket is Unusual => bucket.usual !== undefined),
  };
}
