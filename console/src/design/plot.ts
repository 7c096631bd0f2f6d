// What the charts that uPlot draws have in common: made anew with the theme, as wide as their box, axes that read alike.
import { type RefObject, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { ceiling } from './scale.ts';
import { cssColour, cssFont, useIsDark } from './theme.ts';

/**
 * Draws a chart into the element that the returned ref is given to.
 *
 * @param height pixels
 * @param options made each time the chart is, so that colours are those of the theme
 * @param data put into the chart each time it is another
 * @param causes what the options depend on besides the theme: when one changes, the chart is made anew
 */
export function usePlot(
  height: number,
  options: () => Omit<uPlot.Options, 'width' | 'height' | 'legend'>,
  data: uPlot.AlignedData,
  causes: readonly unknown[] = [],
): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const latest = useRef(data);
  latest.current = data;
  const dark = useIsDark();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the options are made of the theme and the causes
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const size = () => ({ width: element.clientWidth, height });
    const made = new uPlot({ ...options(), ...size(), legend: { show: false } }, latest.current, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(size()));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [dark, height, ...causes]);
  useEffect(() => plot.current?.setData(data), [data]);
  return box;
}

/** An axis of times, without lines. @param words what stands at each, given in seconds */
export const timeAxis = (words: NonNullable<uPlot.Axis['values']>): uPlot.Axis => ({
  stroke: cssColour('--ink-3'),
  font: axisFont(),
  grid: { show: false },
  ticks: { show: false },
  size: 22,
  gap: 2,
  values: words,
});

/** An axis of amounts with three lines: none, half and all. @param size its width in pixels @param words what stands at each */
export const amountAxis = (size: number, words?: (value: number) => string): uPlot.Axis => ({
  stroke: cssColour('--ink-3'),
  font: axisFont(),
  grid: { stroke: cssColour('--line-soft'), width: 1 },
  ticks: { show: false },
  size,
  gap: 4,
  splits: (_plot, _axis, _low, high) => [0, high / 2, high],
  ...(words && { values: (_plot, splits) => splits.map(words) }),
});

/** The range of amounts: from 0 to a round number. */
export const amountScale: uPlot.Scale = { range: (_plot, _low, high) => [0, ceiling(high)] };

const axisFont = (): string => `11px ${cssFont()}`;
