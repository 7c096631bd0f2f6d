// The time axis of a session: bursts keep their shape, long idle times shrink to a mark, so that a day of an agent can be read at once.

/** A stretch without idle time, in milliseconds since the epoch and in parts of the width (0 to 1). */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
}

export interface Axis {
  readonly stretches: readonly Stretch[];
  /** Where a moment stands, 0 to 1. */
  at(time: number): number;
  /** The moment that stands there. */
  timeAt(part: number): number;
}

/** Idle time that is left out, at least, in milliseconds; and at least so many times the median pause. */
const IDLE = 20_000;
const TIMES = 40;
/** What one left-out idle time takes of the width, and all of them together at most. */
const MARK = 0.025;
const ALL_MARKS = 0.3;

/** @param times of the calls, ascending; at least one */
export function axisOf(times: readonly number[]): Axis {
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? first;
  const pauses = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const median = [...pauses].sort((one, other) => one - other)[Math.floor(pauses.length / 2)] ?? 0;
  const idle = Math.max(IDLE, median * TIMES, (last - first) / 50);
  const runs: { from: number; to: number }[] = [{ from: first, to: first }];
  for (const time of times) {
    const run = runs.at(-1)!;
    if (time - run.to > idle) runs.push({ from: time, to: time });
    else run.to = time;
  }
  const marks = Math.min(ALL_MARKS, MARK * (runs.length - 1));
  const mark = runs.length > 1 ? marks / (runs.length - 1) : 0;
  // A run of one call has some width too.
  const lengths = runs.map(({ from, to }) => Math.max(to - from, 1));
  const sum = lengths.reduce((total, length) => total + length, 0);
  const least = 0.4 / runs.length;
  const wide = lengths.map((length) => Math.max(least, length / sum));
  const scale = (1 - marks) / wide.reduce((total, each) => total + each, 0);
  let left = 0;
  const stretches = runs.map(({ from, to }, at) => {
    const right = left + (wide[at] ?? 0) * scale;
    const stretch = { from, to: Math.max(to, from + 1), left, right };
    left = right + mark;
    return stretch;
  });
  return {
    stretches,
    at(time) {
      for (const { from, to, left: start, right: end } of stretches) {
        if (time < from) return start;
        if (time <= to) return start + ((time - from) / (to - from)) * (end - start);
      }
      return 1;
    },
    timeAt(part) {
      for (const { from, to, left: start, right: end } of stretches) {
        if (part < start) return from;
        if (part <= end) return from + ((part - start) / (end - start)) * (to - from);
      }
      return last;
    },
  };
}
