// The rate around an episode: what was counted and what was usual, by 10 s, a minute or ten minutes.
import type { RatePoint } from '../../exchange/finding.ts';
import { countOf } from './code.ts';
import {
  BIN,
  BIN_NO,
  BORN,
  bytesOf,
  COARSE,
  COARSE_LENGTH,
  CUR,
  doublesOf,
  FINE,
  FINE_LENGTH,
  floatsOf,
  intsOf,
  LAST,
  type Page,
  ROWS,
  UNKNOWN,
} from './page.ts';
import { RATE } from './parameters.ts';
import { dueIn, hourOf } from './profile.ts';
import type { RateBand } from './rate.ts';
import { BIN_LENGTH, type Store } from './store.ts';
import { takeIn, usualOf } from './windows.ts';

/** Milliseconds of what is kept finely: half of the second window. */
export const FINE_WIDTH = RATE.windows[1] / 2;
const MOST_POINTS = 240;
/** Fine counts that are kept of one episode: four hours. */
const LONGEST = 2880;

/** The fine counts of a key that is, or was just, in an episode. Plain data. */
export interface Trace {
  /** Number of the first one. */
  first: number;
  readonly counts: number[];
  /** When it is forgotten; undefined while the episode lasts. */
  until: number | undefined;
}

const fineOf = (time: number): number => Math.floor(time / FINE_WIDTH);

/** Begins with what the last four minutes held. */
export function traceOf(page: Page, row: number): Trace {
  const now = fineOf(page.t[doublesOf(row) + LAST]!);
  const trace: Trace = {
    first: Math.max(now - FINE_LENGTH, fineOf(page.t[doublesOf(row) + BORN]!)),
    counts: [],
    until: undefined,
  };
  extend(trace, page, row);
  return trace;
}

/** Takes in the counts that are complete by now. */
export function extend(trace: Trace, page: Page, row: number): void {
  const now = fineOf(page.t[doublesOf(row) + LAST]!);
  const { counts } = trace;
  for (let fine = trace.first + counts.length; fine < now; fine++)
    counts.push(fine >= now - FINE_LENGTH ? countOf(page.b[bytesOf(row) + FINE + (fine % FINE_LENGTH)]!) : 0);
  const more = counts.length - LONGEST;
  if (more <= 0) return;
  counts.splice(0, more);
  trace.first += more;
}

/** Nothing is drawn of what is not kept any more, nor of gaps. */
export function bandOf(store: Store, slot: number, trace: Trace | undefined, from: number, to: number): RateBand {
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  takeIn(page, row);
  const last = page.t[doublesOf(row) + LAST]!;
  const now = fineOf(last);
  const oldest = Math.max(now - FINE_LENGTH, fineOf(page.t[doublesOf(row) + BORN]!));
  const first = trace ? Math.min(trace.first, oldest) : oldest;
  const fine = (n: number): number => {
    if (n === now) return page.f[floatsOf(row) + CUR + 1]!;
    if (n >= oldest && n < now) return countOf(page.b[bytesOf(row) + FINE + (n % FINE_LENGTH)]!);
    return trace?.counts[n - trace.first] ?? 0;
  };
  const until = Math.min(to, last + 1);
  // Fine counts will do when they hold most of what is wanted.
  const isFine = first * FINE_WIDTH <= from + 0.6 * (to - from);
  const w = isFine ? [1, 2].find((each) => (to - from) / RATE.windows[each]! < MOST_POINTS - 1) : undefined;
  const width = w === undefined ? BIN_LENGTH : RATE.windows[w]!;
  const start = w === undefined ? from : Math.max(from, first * FINE_WIDTH);
  const points: RatePoint[] = [];
  let usual = { low: 0, high: 0 };
  let hour = -1;
  const begin = Math.max(Math.floor(start / width), Math.floor(until / width) - MOST_POINTS + 1);
  for (let bin = begin; bin * width < until; bin++) {
    const time = bin * width;
    const observed = w === undefined ? coarse(page, row, bin) : sum(fine, time / FINE_WIDTH, width / FINE_WIDTH);
    if (observed === undefined) continue;
    if (hourOf(time) !== hour) {
      hour = hourOf(time);
      usual = usualOf(page, row, w ?? 3, store.peers, dueIn(page, row, hour) / 3600);
    }
    points.push({ time, observed, ...usual });
  }
  return { width, points };
}

function sum(fine: (n: number) => number, from: number, count: number): number {
  let total = 0;
  for (let n = 0; n < count; n++) total += fine(from + n);
  return total;
}

function coarse(page: Page, row: number, bin: number): number | undefined {
  const current = page.n[intsOf(row) + BIN_NO]!;
  if (bin === current) return page.f[floatsOf(row) + BIN]!;
  if (bin > current || bin <= current - COARSE_LENGTH) return undefined;
  const code = page.b[bytesOf(row) + COARSE + (bin % COARSE_LENGTH)]!;
  return code === UNKNOWN ? undefined : countOf(code);
}
