// How many matched over time, drawn by uPlot: drag to look at a part of it. What it shows is also told in words.
import { type ReactElement, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Histogram } from '../../api/types.ts';
import { count, localClock, localDay } from '../../design/format.ts';
import { cssColour, cssFont, useIsDark } from '../../design/theme.ts';
import styles from './search.module.css';

const HEIGHT = 92;

export function HistogramChart({
  data,
  onRange,
}: {
  data: Histogram;
  onRange: (from: number, to: number) => void;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const dark = useIsDark();
  const [hover, setHover] = useState<number>();
  const latest = useRef(onRange);
  latest.current = onRange;
  const filled = useRef(fill(data));
  filled.current = fill(data);

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = cssColour('--ink-3');
    const bars = uPlot.paths.bars?.({ size: [0.9, 40], align: 1 });
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [6, 16, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        scales: {
          // The last bar has its width too.
          x: { time: true, range: () => filled.current.range },
          y: { range: (_plot, _low, high) => [0, top(high)] },
        },
        axes: [
          {
            stroke: ink,
            font: axisFont(),
            grid: { show: false },
            ticks: { show: false },
            size: 22,
            gap: 2,
            values: (_plot, splits, _axis, _space, step) => splits.map((at) => tick(at, step)),
          },
          {
            stroke: ink,
            font: axisFont(),
            grid: { stroke: cssColour('--line-soft'), width: 1 },
            ticks: { show: false },
            size: 44,
            gap: 4,
            splits: (_plot, _axis, _low, high) => [0, high / 2, high],
            values: (_plot, splits) => splits.map((at) => (at >= 1000 ? `${+(at / 1000).toFixed(1)}k` : String(at))),
          },
        ],
        series: [
          {},
          {
            fill: cssColour('--blue-mark'),
            stroke: 'transparent',
            width: 0,
            ...(bars && { paths: bars }),
            points: { show: false },
          },
          {
            fill: cssColour('--red-mark'),
            stroke: 'transparent',
            width: 0,
            ...(bars && { paths: bars }),
            points: { show: false },
          },
        ],
        hooks: {
          setCursor: [(self) => setHover(self.cursor.idx ?? undefined)],
          setSelect: [
            (self) => {
              const { left, width } = self.select;
              if (width < 3) return;
              const from = self.posToVal(left, 'x') * 1000;
              const to = self.posToVal(left + width, 'x') * 1000;
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current(Math.floor(from), Math.ceil(to));
            },
          ],
        },
      },
      filled.current.table,
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [dark]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `filled` is made of the data
  useEffect(() => plot.current?.setData(filled.current.table), [data]);

  const { table, matched, failed, busiest } = filled.current;
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

const axisFont = (): string => `11px ${cssFont()}`;
const when = (time: number): string => `${localDay(time)} ${localClock(time, { ms: false })}`;

/** Where the axis ends: a round number that halves well. */
const top = (high: number): number => 2 * nice(Math.max(2, high) / 2);

/** A round number not below. */
function nice(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

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
