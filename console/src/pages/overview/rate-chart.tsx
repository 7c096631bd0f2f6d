// Calls a second over the last quarter of an hour, drawn by uPlot as they come.
import { type ReactElement, useMemo } from 'react';
import uPlot from 'uplot';
import { localClock } from '../../design/format.ts';
import { amountAxis, amountScale, timeAxis, usePlot } from '../../design/plot.ts';
import { cssColour } from '../../design/theme.ts';
import styles from './overview.module.css';
import { type RatePoint, SPAN } from './rates.ts';

const HEIGHT = 156;

export function RateChart({ points }: { points: readonly RatePoint[] }): ReactElement {
  const data = useMemo(
    () => [points.map(({ time }) => time / 1000), points.map(({ calls }) => calls), points.map(({ failed }) => failed)],
    [points],
  );
  const box = usePlot(HEIGHT, options, data as uPlot.AlignedData);
  return <div ref={box} className={styles.plot} aria-hidden="true" />;
}

function options(): ReturnType<Parameters<typeof usePlot>[1]> {
  const stepped = uPlot.paths.stepped?.({ align: -1 });
  const area = (colour: string, strong: number) => ({
    stroke: cssColour(colour),
    width: 1.5,
    fill: `color-mix(in srgb, ${cssColour(colour)} ${strong}%, transparent)`,
    points: { show: false },
    ...(stepped && { paths: stepped }),
  });
  return {
    padding: [8, 4, 0, 0],
    cursor: { show: false },
    scales: {
      x: { time: true, range: () => [(Date.now() - SPAN) / 1000, Date.now() / 1000] },
      y: amountScale,
    },
    axes: [
      timeAxis((_plot, splits) => splits.map((at) => localClock(at * 1000, { ms: false }).slice(0, 5))),
      amountAxis(40),
    ],
    series: [{}, area('--blue-mark', 18), area('--red-mark', 40)],
  };
}
