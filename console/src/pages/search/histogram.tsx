// How many matched over time, drawn by uPlot: drag to look at a part of it. What it shows is also told in words.
import { type ReactElement, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { Histogram } from '../../api/types.ts';
import { count, localClock, localDay } from '../../design/format.ts';
import { amountAxis, amountScale, timeAxis, usePlot } from '../../design/plot.ts';
import { cssColour } from '../../design/theme.ts';
import { tableOf } from './histogram-table.ts';
import styles from './search.module.css';

const HEIGHT = 92;
/** Times that stand out of which each is told in words. */
const SAID = 5;

export function HistogramChart({
  data,
  onRange,
}: {
  data: Histogram;
  onRange: (from: number, to: number) => void;
}): ReactElement {
  const [hover, setHover] = useState<number>();
  const filled = useMemo(() => tableOf(data), [data]);
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
        series: [{}, bar('--blue-mark'), bar('--amber-mark'), bar('--red-mark')],
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

  const { table, matched, failed, busiest, unusual } = filled;
  const at = hover === undefined ? undefined : table[0][hover];
  const usual = at === undefined ? undefined : unusual.find(({ time }) => time === at * 1000)?.usual;
  const words = `${count(matched)} matched from ${when(data.from)} to ${when(data.to)}, ${count(failed)} of them failed or were refused${
    busiest ? `; most, ${count(busiest.count)}, around ${when(busiest.time)}` : ''
  }.${unusual
    .slice(0, SAID)
    .map((bucket) => ` ${count(bucket.count)} from ${when(bucket.time)} on stand out; usual: ${band(bucket.usual)}.`)
    .join('')}`;
  return (
    <figure className={styles.chart}>
      <figcaption className="visually-hidden">{words}</figcaption>
      <div ref={box} className={styles.plot} aria-hidden="true" />
      <p className={styles.hint} aria-hidden="true">
        {at === undefined || hover === undefined ? (
          <>
            {unusual.length > 0 && <span className={styles.unusual}>{standOut(unusual.length)} · </span>}
            Drag to look at a part of it
          </>
        ) : (
          <>
            {when(at * 1000)} · <strong>{count(table[1][hover] ?? 0)}</strong>
            {(table[3][hover] ?? 0) > 0 && <span className={styles.failed}> {count(table[3][hover] ?? 0)} failed</span>}
            {usual && <span className={styles.unusual}> usual: {band(usual)}</span>}
          </>
        )}
      </p>
    </figure>
  );
}

const band = ({ low, high }: { low: number; high: number }): string => `${count(low)} to ${count(high)}`;
const standOut = (times: number): string => (times === 1 ? 'One time stands out' : `${times} times stand out`);

const when = (time: number): string => `${localDay(time)} ${localClock(time, { ms: false })}`;

function tick(at: number, step: number): string {
  const time = at * 1000;
  const clock = localClock(time, { ms: false });
  if (step >= 86_400) return localDay(time).slice(5);
  if (clock === '00:00:00') return localDay(time).slice(5);
  return step >= 60 ? clock.slice(0, 5) : clock;
}
