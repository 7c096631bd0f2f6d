// The rules by which alarms on a labelled series are scored: the same for every method.

export interface Scored {
  /** Labelled episodes, and how many of them had an alarm. */
  readonly events: number;
  readonly found: number;
  /** Episodes of alarms, and how many of them have to do with no labelled episode. */
  readonly episodes: number;
  readonly wrong: number;
  /** Point-adjusted: a labelled episode with an alarm within it counts as wholly found, any alarm outside of one as wrong. */
  readonly points: { readonly hit: number; readonly missed: number; readonly wrong: number };
  /** Of each episode found: points from its beginning to the first alarm, never below 0. */
  readonly delays: readonly number[];
}

/** Labels often begin or end a point or two beside what is to be seen. */
export const TOLERANCE = 2;
/** Alarms at most so many points apart are one episode. */
export const GAP = 3;

type Span = readonly [first: number, last: number];

/** Runs of marked points; those at most `gap` points apart are one. */
function spans(marked: readonly boolean[], gap: number): Span[] {
  const found: [number, number][] = [];
  marked.forEach((mark, at) => {
    if (!mark) return;
    const last = found.at(-1);
    if (last && at - last[1] <= gap) last[1] = at;
    else found.push([at, at]);
  });
  return found;
}

export function score(labels: readonly boolean[], alarms: readonly boolean[]): Scored {
  const events = spans(labels, 1);
  const episodes = spans(alarms, GAP);
  const delays: number[] = [];
  const touches = ([from, to]: Span, [first, last]: Span): boolean =>
    first <= to + TOLERANCE && last >= from - TOLERANCE;
  let [hit, missed] = [0, 0];
  for (const [from, to] of events) {
    const first = alarms.findIndex((alarm, at) => alarm && at >= from - TOLERANCE && at <= to + TOLERANCE);
    if (first >= 0) delays.push(Math.max(0, first - from));
    if (first >= 0) hit += to - from + 1;
    else missed += to - from + 1;
  }
  const near = (at: number): boolean => labels.slice(Math.max(0, at - TOLERANCE), at + TOLERANCE + 1).includes(true);
  return {
    events: events.length,
    found: delays.length,
    episodes: episodes.length,
    wrong: episodes.filter((episode) => !events.some((event) => touches(event, episode))).length,
    points: { hit, missed, wrong: alarms.filter((alarm, at) => alarm && !near(at)).length },
    delays,
  };
}

export interface Rates {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** F1 of points, adjusted. */
  readonly pointF1: number;
  /** Points, median and mean; NaN when nothing was found. */
  readonly delay: number;
  readonly meanDelay: number;
}

const share = (part: number, whole: number, otherwise: number): number => (whole > 0 ? part / whole : otherwise);
const harmonic = (a: number, b: number): number => (a + b > 0 ? (2 * a * b) / (a + b) : 0);

/** Of one series, or pooled over many. Without a label recall is 1; without an alarm precision is 1. */
export function rates(scored: readonly Scored[]): Rates {
  const sum = (of: (one: Scored) => number): number => scored.reduce((total, one) => total + of(one), 0);
  const episodes = sum((one) => one.episodes);
  const precision = share(episodes - sum((one) => one.wrong), episodes, 1);
  const recall = share(
    sum((one) => one.found),
    sum((one) => one.events),
    1,
  );
  const hit = sum((one) => one.points.hit);
  const delays = scored.flatMap((one) => one.delays).sort((a, b) => a - b);
  return {
    precision,
    recall,
    f1: harmonic(precision, recall),
    pointF1: share(2 * hit, 2 * hit + sum((one) => one.points.missed) + sum((one) => one.points.wrong), 1),
    delay: delays[Math.floor(delays.length / 2)] ?? Number.NaN,
    meanDelay: delays.reduce((total, delay) => total + delay, 0) / delays.length,
  };
}
