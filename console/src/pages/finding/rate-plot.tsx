// The rate as bars before the band of what was expected, by uPlot; bars outside of it are red, and the episode is shaded.
import { type ReactElement, useMemo, useState } from 'react';
import uPlot from 'uplot';
import { localClock } from '../../design/format.ts';
import { amountAxis, amountScale, timeAxis, usePlot } from '../../design/plot.ts';
import { cssColour } from '../../design/theme.ts';
import { amountText, rangeText } from '../../response/finding-words.ts';
import styles from './finding.module.css';
import { columnsOf, type Rate } from './rate.ts';

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
  const [at, setAt] = useState<number>();
  const columns = useMemo(() => columnsOf(rate), [rate]);

  const box = usePlot(
    HEIGHT,
    () => {
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
      const [first = 0] = columns[0];
      const last = ((rate.points.at(-1)?.time ?? 0) + rate.width) / 1000;
      const digits = last - first < 600 ? 8 : 5;
      return {
        padding: [12, 8, 0, 0],
        cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
        scales: { x: { time: true, range: () => [first, last] }, y: amountScale },
        bands: [{ series: [1, 2], fill: soft('--green-mark', 24) }],
        axes: [
          timeAxis((_plot, splits) =>
            splits.map((second) => localClock(second * 1000, { ms: false }).slice(0, digits)),
          ),
          amountAxis(unit.startsWith('bytes') ? 68 : 44, (value) => amountText(value, unit)),
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
      };
    },
    columns,
    [rate, started, ended, unit],
  );

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
