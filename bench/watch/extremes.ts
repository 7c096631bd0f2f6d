// What an agent does at most: the highest sliding windows of its calls, so that it is known which surges are beyond its own habits.

/** Milliseconds: the windows in which a surge of minutes could stand out. */
export const WIDTHS = [10_000, 60_000, 600_000] as const;

/** The highest number of calls within any window of each width. Told of calls in the order of time. */
export class Extremes {
  readonly most = WIDTHS.map(() => 0);
  private times: number[] = [];
  private readonly from = WIDTHS.map(() => 0);

  /** @returns what each window that ends with this call holds */
  add(time: number): readonly number[] {
    const { times, from, most } = this;
    times.push(time);
    const held = WIDTHS.map((width, w) => {
      while (times[from[w]!]! <= time - width) from[w]!++;
      const count = times.length - from[w]!;
      if (count > most[w]!) most[w] = count;
      return count;
    });
    // Nobody asks for calls older than the widest window.
    const gone = Math.min(...from);
    if (gone > 4096) {
      this.times = times.slice(gone);
      for (let w = 0; w < from.length; w++) from[w]! -= gone;
    }
    return held;
  }
}
