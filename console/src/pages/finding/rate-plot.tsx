// The rate as bars before the band of what was expected, by uPlot; bars outside of it are red, and the episode is shaded.
import { type ReactElement, useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { localClock } from '../../design/format.ts';
import { cssColour, cssFont, useIsDark } from '../../design/theme.ts';
import { amountText, rangeText } from '../../response/finding-words.ts';
import styles from './finding.module.css';
import { ceiling, columnsOf, type Rate } from './rate.ts';

const HEIGHT = 240;

export default function RatePlot({
  rate,
  unit,
  started,
  ended,
}: {
  rate: Rate;
  unit: string;
  /** The episode, in milliseconds. */
  started: number;
  ended: number;
}): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const dark = useIsDark();
  const [at, setAt] = useState<number>();

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = cssColour('--ink-3');
    const font = `11px ${cssFont()}`;
    const stepped = uPlot.paths.stepped?.({ align: 1 });
    const bars = uPlot.paths.bars?.({ size: [0.8, 40, 1], align: 1 });
    const soft = (name: string, strong: number): string =>
      `color-mix(in srgb, ${cssColour(name)} ${strong}%, transparent)`;
    const edge = {
      stroke: soft('--green-mark', 70),
      width: 1,
      points: { show: false },
      ...(stepped && { paths: stepped }),
    };
    const bar = (name: string) => ({
      stroke: cssColour(name),
      fill: cssColour(name),
      width: 0,
      points: { show: false },
      ...(bars && { paths: bars }),
    });
    const [first = 0] = columnsOf(rate)[0];
    const last = ((rate.points.at(-1)?.time ?? 0) + rate.width) / 1000;
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [12, 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: {
          x: { time: true, range: () => [first, last] },
          y: { range: (_plot, _low, high) => [0, ceiling(high)] },
        },
        bands: [{ series: [1, 2], fill: soft('--green-mark', 24) }],
        axes: [
          {
            stroke: ink,
            font,
            grid: { show: false },
            ticks: { show: false },
            size: 24,
            gap: 4,
            values: (_plot, splits) =>
              splits.map((second) => localClock(second * 1000, { ms: false }).slice(0, last - first < 600 ? 8 : 5)),
          },
          {
            stroke: ink,
            font,
            grid: { stroke: cssColour('--line-soft'), width: 1 },
            ticks: { show: false },
            size: unit.startsWith('bytes') ? 68 : 44,
            gap: 6,
            splits: (_plot, _axis, _low, high) => [0, high / 2, high],
            values: (_plot, splits) => splits.map((value) => amountText(value, unit)),
          },
        ],
        series: [{}, edge, edge, bar('--blue-mark'), bar('--red-mark')],
        hooks: {
          drawClear: [
            (plot) => {
              const [left, right] = [started, ended].map((time) => Math.min(last, Math.max(first, time / 1000))) as [
                number,
                number,
              ];
              const x = plot.valToPos(left, 'x', true);
              const wide = Math.max(2 * devicePixelRatio, plot.valToPos(right, 'x', true) - x);
              plot.ctx.fillStyle = soft('--brass', 14);
              plot.ctx.fillRect(x, plot.bbox.top, wide, plot.bbox.height);
            },
          ],
          setCursor: [(plot) => setAt(plot.cursor.idx ?? undefined)],
        },
      },
      columnsOf(rate),
      element,
    );
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [rate, dark, started, ended, unit]);

  const point = at === undefined ? undefined : rate.points[at];
  return (
    <div aria-hidden="true">
      <div ref={box} className={styles.plot} />
      <p className={styles.legend}>
        {point ? (
          <>
            <b>{localClock(point.time, { ms: false })}</b>
            <span>
              {amountText(point.observed, unit)}; expected {rangeText({ ...point, unit })}
            </span>
          </>
        ) : (
          <>
            <span className={styles.keyBand}>expected</span>
            <span className={styles.keyIn}>counted</span>
            <span className={styles.keyOut}>outside of what was expected</span>
            <span className={styles.keyEpisode}>the episode</span>
          </>
        )}
      </p>
    </div>
  );
}
