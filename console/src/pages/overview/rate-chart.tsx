// Calls a second over the last quarter of an hour, drawn by uPlot as they come.
import { type ReactElement, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { localClock } from '../../design/format.ts';
import { cssColour, cssFont, useIsDark } from '../../design/theme.ts';
import styles from './overview.module.css';
import { type RatePoint, SPAN } from './rates.ts';

const HEIGHT = 156;

export function RateChart({ points }: { points: readonly RatePoint[] }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const dark = useIsDark();
  const data = useRef<uPlot.AlignedData>([[], [], []]);
  data.current = [
    points.map(({ time }) => time / 1000),
    points.map(({ calls }) => calls),
    points.map(({ failed }) => failed),
  ];

  // biome-ignore lint/correctness/useExhaustiveDependencies: colours are read anew when the theme changes
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const ink = cssColour('--ink-3');
    const font = `11px ${cssFont()}`;
    const stepped = uPlot.paths.stepped?.({ align: -1 });
    const area = (colour: string, strong: number) => ({
      stroke: cssColour(colour),
      width: 1.5,
      fill: `color-mix(in srgb, ${cssColour(colour)} ${strong}%, transparent)`,
      points: { show: false },
      ...(stepped && { paths: stepped }),
    });
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 4, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true, range: () => [(Date.now() - SPAN) / 1000, Date.now() / 1000] },
          y: { range: (_plot, _low, high) => [0, ceiling(high)] },
        },
        axes: [
          {
            stroke: ink,
            font,
            grid: { show: false },
            ticks: { show: false },
            size: 22,
            gap: 2,
            values: (_plot, splits) => splits.map((at) => localClock(at * 1000, { ms: false }).slice(0, 5)),
          },
          {
            stroke: ink,
            font,
            grid: { stroke: cssColour('--line-soft'), width: 1 },
            ticks: { show: false },
            size: 40,
            gap: 4,
            splits: (_plot, _axis, _low, high) => [0, high / 2, high],
          },
        ],
        series: [{}, area('--blue-mark', 18), area('--red-mark', 40)],
      },
      data.current,
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: the data is made of the points
  useEffect(() => plot.current?.setData(data.current), [points]);
  return <div ref={box} className={styles.plot} aria-hidden="true" />;
}

/** A round number not below, that halves well. */
function ceiling(high: number): number {
  if (high <= 2) return 2;
  const power = 10 ** Math.floor(Math.log10(high / 2));
  return 2 * power * ([1, 2, 5, 10].find((factor) => 2 * factor * power >= high) ?? 10);
}
