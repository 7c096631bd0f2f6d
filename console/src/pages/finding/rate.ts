// The rate of a finding in words and as columns of a chart: where it lay outside of what was expected.
import type { Finding } from '../../api/types.ts';

export type Rate = NonNullable<Finding['rate']>;
export type Point = Rate['points'][number];

export const isOutside = ({ observed, low, high }: Point): boolean => observed > high || observed < low;

export interface RateSummary {
  readonly from: number;
  readonly to: number;
  readonly outside: number;
  /** The point furthest from its band. */
  readonly peak: Point | undefined;
}

export function summaryOf({ width, points }: Rate): RateSummary {
  const away = ({ observed, low, high }: Point): number => Math.max(observed - high, low - observed);
  const peak = points.reduce<Point | undefined>(
    (most, point) => (!most || away(point) > away(most) ? point : most),
    undefined,
  );
  return {
    from: points[0]?.time ?? 0,
    to: (points.at(-1)?.time ?? 0) + width,
    outside: points.filter(isOutside).length,
    peak,
  };
}

/** Columns of uPlot: seconds, the band, what was counted inside of it and what outside. */
export function columnsOf({ points }: Rate): [number[], number[], number[], (number | null)[], (number | null)[]] {
  return [
    points.map(({ time }) => time / 1000),
    points.map(({ high }) => high),
    points.map(({ low }) => low),
    points.map((point) => (isOutside(point) ? null : point.observed)),
    points.map((point) => (isOutside(point) ? point.observed : null)),
  ];
}
