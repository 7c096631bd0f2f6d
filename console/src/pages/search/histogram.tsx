// How many matched over time, drawn by uPlot: drag to look at a part of it. What it shows is also told in words.
import { type ReactElement, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { Histogram } from '../../api/types.ts';
import { count, localClock, localDay } from '../../design/format.ts';
import { amountAxis, amountScale, timeAxis, usePlot } from '../../design/plot.ts';
import { cssColour } from '../../design/theme.ts';
import styles from './search.module.css';

const HEIGHT = 92;

export function HistogramChart({
  data,
  onRange,
}: {
  data: Histogram;
  onRange: (from: number, to: number) => void;
}): ReactElement {
  const [hover, setHover] = useState<number>();
  const filled = useMemo(() => fill(data), [data]);
  const latest = useRef({ onRange, range: filled.range });
  latest.current = { onRange, range: filled.range };

  const box = usePlot(
    HEIGHT,
    () => {
      const bars = uPlot.paths.bars?.({ size: [0.9, 40], align: 1 });
      const bar = (colour: string) => ({
        fill: cssColour(colour),
        stroke: 'transparent',
        width: 0,
        ...(bars && { paths: bars }),
        points: { show: false },
      });
      return {
        padding: [6, 16, 0, 0],
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        // The last bar has its width too.
        scales: { x: { time: true, range: () => latest.current.range }, y: amountScale },
        axes: [
          timeAxis((_plot, splits, _axis, _space, step) => splits.map((at) => tick(at, step))),
          amountAxis(44, (at) => (at >= 1000 ? `${+(at / 1000).toFixed(1)}k` : String(at))),
        ],
        series: [{}, bar('--blue-mark'), bar('--red-mark')],
        hooks: {
          setCursor: [(self) => setHover(self.cursor.idx ?? undefined)],
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 3) return;
              const from = self.posToVal(left, 'x') * 1000;
              const to = self.posToVal(left + width, 'x') * 1000;
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onRange(Math.floor(from), Math.ceil(to));
            },
          ],
        },
      };
    },
    filled.table,
  );

  const { table, matched, failed, busiest } = filled;
  const at = hover === undefined ? undefined : table[0][hover];
  const words = `${count(matched)} matched from ${when(data.from)} to ${when(data.to)}, ${count(failed)} of them failed or were refused${
    busiest ? `; most, ${count(busiest.count)}, around ${when(busiest.time)}` : ''
  }.`;
  return (
    <figure className={styles.chart}>
      <figcaption className="visually-hidden">{words}</figcaption>
      <div ref={box} className={styles.plot} aria-hidden="true" />
      <p className={styles.hint} aria-hidden="true">
        {at === undefined || hover === undefined ? (
          'Drag to look at a part of it'
        ) : (
          <>
            {when(at * 1000)} · <strong>{count(table[1][hover] ?? 0)}</strong>
            {(table[2][hover] ?? 0) > 0 && <span className={styles.failed}> {count(table[2][hover] ?? 0)} failed</span>}
          </>
        )}
      </p>
    </figure>
  );
}

const when = (time: number): string => `${localDay(time)} ${localClock(time, { ms: false })}`;

function tick(at: number, step: number): string {
  const time = at * 1000;
  const clock = localClock(time, { ms: false });
  if (step >= 86_400) return localDay(time).slice(5);
  if (clock === '00:00:00') return localDay(time).slice(5);
  return step >= 60 ? clock.slice(0, 5) : clock;
}

/** Buckets with the empty ones in between, in seconds, as uPlot wants them; never more than 2,000. */
function fill({ from, to, width, buckets }: Histogram): {
  table: [number[], number[], number[]];
  range: [number, number];
  matched: number;
  failed: number;
  busiest: Histogram['buckets'][number] | undefined;
} {
  const byTime = new Map(buckets.map((bucket) => [bucket.time, bucket]));
  const first = buckets[0]?.time ?? from;
  const begin = first - Math.ceil(Math.max(0, first - from) / width) * width;
  const table: [number[], number[], number[]] = [[], [], []];
  for (let time = begin, steps = 0; time <= to && steps < 2000; time += width, steps++) {
    const bucket = byTime.get(time);
    table[0].push(time / 1000);
    table[1].push(bucket?.count ?? 0);
    table[2].push(bucket?.failed ?? 0);
  }
  return {
    table,
    range: [begin / 1000, (table[0].at(-1) ?? to / 1000) + width / 1000],
    matched: buckets.reduce((sum, bucket) => sum + bucket.count, 0),
    failed: buckets.reduce((sum, bucket) => sum + bucket.failed, 0),
    busiest: buckets.reduce<Histogram['buckets'][number] | undefined>(
      (most, bucket) => (bucket.count > (most?.count ?? 0) ? bucket : most),
      undefined,
    ),
  };
}
