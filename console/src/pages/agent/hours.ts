// The hours of a week in which somebody calls, out of an hourly histogram: in the viewer's zone, Monday first.

export interface Hours {
  /** Calls by day of the week (0 is Monday) and hour. */
  readonly cells: readonly (readonly number[])[];
  readonly most: number;
  readonly total: number;
}

/** @param buckets hourly, in milliseconds since the epoch */
export function hoursOf(buckets: readonly { readonly time: number; readonly count: number }[]): Hours {
  const cells = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  let total = 0;
  for (const { time, count } of buckets) {
    const at = new Date(time);
    const day = cells[(at.getDay() + 6) % 7] as number[];
    day[at.getHours()] = (day[at.getHours()] ?? 0) + count;
    total += count;
  }
  return { cells, most: Math.max(0, ...cells.flat()), total };
}

/** How dark a cell is, 0 to 4: by the square root, so that quiet hours are told from none. */
export const shadeOf = (count: number, most: number): number =>
  count === 0 || most === 0 ? 0 : Math.max(1, Math.ceil(Math.sqrt(count / most) * 4));

/** The hour of the week with most calls; undefined when there is none. */
export function busiest({ cells, most }: Hours): { readonly day: number; readonly hour: number } | undefined {
  if (most === 0) return undefined;
  const day = cells.findIndex((hours) => hours.includes(most));
  return { day, hour: cells[day]?.indexOf(most) ?? 0 };
}
