// Hours that are beyond what is due, one after the other: climbs, new levels, and levels that stay far below.
import { countOf } from './code.ts';
import type { RateContext } from './context.ts';
import {
  bytesOf,
  CLIMB,
  CLIMB_HOURS,
  CLIMB_PEAK,
  COARSE,
  COARSE_LENGTH,
  DEVIATION,
  DROP,
  DROP_HOURS,
  DROP_PEAK,
  FALLEN,
  FLAGS,
  floatsOf,
  type Page,
  ROWS,
  SILENT,
  TREND_DUE,
  TREND_SEEN,
  UNKNOWN,
  UP,
} from './page.ts';
import { RATE, WINDOWS } from './parameters.ts';
import { aroundTheClock, busiestOf, dueIn, stageOf } from './profile.ts';
import { BINS, HOUR_LENGTH } from './store.ts';
import { scoreOf } from './upward.ts';
import { quantile } from './windows.ts';

/** Climbs and new levels: hours that are beyond what is due, one after the other. */
export function climb(context: RateContext, slot: number, hour: number, count: number): void {
  const page = context.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f } = page;
  const at = floatsOf(row);
  const flags = bytesOf(row) + FLAGS;
  const { slack, level, times, factor, calls, rising, held, longest } = RATE.climb;
  const end = (hour + 1) * HOUR_LENGTH;
  const stage = stageOf(page, row, hour);
  if (stage === 'none') return;
  const due = dueIn(page, row, hour);
  const deviation = Math.max(1.25 * f[at + DEVIATION]!, Math.sqrt(due + 1));
  const before = f[at + CLIMB]!;
  const { sum, hours } = gather(f, at + CLIMB, at + CLIMB_HOURS, Math.min(4, (count - due) / deviation), slack);
  const key = context.store.keys[slot]!;
  const up = context.ups.get(slot);
  if (up?.kind === 'surge') return;
  const stricter = stage === 'full' ? 1 : RATE.early.times;
  const isBeyond =
    count >= factor * due &&
    count - due >= calls &&
    (stage === 'full' || count >= RATE.early.busiest * busiestOf(page, row));
  if (up) {
    up.latest = isBeyond ? end : up.latest;
    if (up.kind === 'ramp' && isBeyond && hours < longest) return;
    // It is over, or it is what is usual from now on.
    if (up.kind === 'ramp' && isBeyond) adopt(f, at, count / Math.max(due, 1));
    f[at + CLIMB_PEAK] = Math.max(f[at + CLIMB_PEAK]!, Math.min(sum, f[at + CLIMB_PEAK]! * RATE.learned));
    f[at + CLIMB] = 0;
    f[at + CLIMB_HOURS] = 0;
    context.ups.delete(slot);
    page.b[flags]! &= ~UP;
    context.events.push({ key, kind: up.kind, ended: end });
    return;
  }
  if (!isBeyond || sum < stricter * Math.max(level, times * f[at + CLIMB_PEAK]!)) {
    // A climb that turned back was none.
    if (sum < before) f[at + CLIMB_PEAK] = Math.max(f[at + CLIMB_PEAK]!, before);
    return;
  }
  const isRising = countedIn(page, row, hour - 1, hour) > rising * countedIn(page, row, hour - 3, hour - 2);
  // Before that a step is not told apart from a climb.
  if (hours < (isRising ? held - 1 : held)) return;
  const kind = isRising ? 'ramp' : 'shift';
  const started = end - hours * HOUR_LENGTH;
  context.ups.set(slot, { kind, started, latest: end, window: WINDOWS - 1, peaks: new Array<number>(WINDOWS).fill(0) });
  page.b[flags]! |= UP;
  // A new level is told once, and is the usual one then.
  if (kind === 'shift') adopt(f, at, countedIn(page, row, hour - held + 2, hour) / Math.max(1, (held - 1) * due));
  const spread = deviation * deviation;
  const high = Math.ceil(quantile(due, spread, 1.645));
  const score = scoreOf(count / Math.max(high, 1));
  const low = Math.min(high, Math.floor(quantile(due, spread, -1.645)));
  const observed = Math.round(count);
  context.events.push({ key, kind, started, latest: end, observed, low, high, window: HOUR_LENGTH, score });
}

/** Levels that stay far below what is due, though some calls come: where none come it is a silence. */
export function drop(context: RateContext, slot: number, hour: number, count: number): void {
  const page = context.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f, b } = page;
  const at = floatsOf(row);
  const flags = bytesOf(row) + FLAGS;
  const stage = stageOf(page, row, hour);
  if (stage === 'none' || (stage === 'early' && !aroundTheClock(page, row))) return;
  const { slack, level, times, share, back, calls, held, longest } = RATE.drop;
  const due = dueIn(page, row, hour);
  // An hour in which little is due says nothing.
  if (due < calls) return;
  const key = context.store.keys[slot]!;
  const end = (hour + 1) * HOUR_LENGTH;
  const deviation = Math.max(1.25 * f[at + DEVIATION]!, Math.sqrt(due + 1));
  const before = f[at + DROP]!;
  const { sum, hours } = gather(f, at + DROP, at + DROP_HOURS, Math.min(4, (due - count) / deviation), slack);
  if ((b[flags]! & FALLEN) !== 0) {
    if (count < back * due && hours < longest) return;
    // It is back, or it is what is usual from now on.
    if (count < back * due) adopt(f, at, count / due);
    b[flags]! &= ~FALLEN;
    f[at + DROP] = 0;
    f[at + DROP_HOURS] = 0;
    context.events.push({ key, kind: 'shift', ended: end, down: true });
    return;
  }
  const stricter = stage === 'full' ? 1 : RATE.early.times;
  if (sum < before) f[at + DROP_PEAK] = Math.max(f[at + DROP_PEAK]!, before);
  if (count > share * due || count === 0 || hours < held || (b[flags]! & SILENT) !== 0) return;
  if (sum < stricter * Math.max(level, times * f[at + DROP_PEAK]!)) return;
  b[flags]! |= FALLEN;
  const spread = deviation * deviation;
  const low = Math.max(1, Math.floor(quantile(due, spread, -1.645)), Math.ceil(share * due));
  context.events.push({
    key,
    kind: 'shift',
    started: end - hours * HOUR_LENGTH,
    latest: end,
    observed: Math.round(count),
    low,
    high: Math.max(low, Math.ceil(quantile(due, spread, 1.645))),
    window: HOUR_LENGTH,
    score: scoreOf(due / Math.max(count, 1)),
    down: true,
  });
}

/** Adds an hour, less the slack, to a sum that never falls below zero (CUSUM), and to the hours since it was there last. */
function gather(
  f: Float32Array,
  at: number,
  hoursAt: number,
  by: number,
  slack: number,
): { sum: number; hours: number } {
  const sum = Math.max(0, f[at]! + by - slack);
  const hours = sum > 0 ? f[hoursAt]! + 1 : 0;
  f[at] = sum;
  f[hoursAt] = hours;
  return { sum, hours };
}

/** The trend follows at once. */
function adopt(f: Float32Array, at: number, factor: number): void {
  const trend = ((f[at + TREND_SEEN]! + 10) / (f[at + TREND_DUE]! + 10)) * factor;
  f[at + TREND_SEEN] = (f[at + TREND_DUE]! + 10) * Math.min(5, trend) - 10;
}

/** Calls in hours, both included, as far as they are kept. */
function countedIn(page: Page, row: number, from: number, to: number): number {
  let sum = 0;
  for (let bin = from * BINS; bin < (to + 1) * BINS; bin++) {
    const code = page.b[bytesOf(row) + COARSE + (bin % COARSE_LENGTH)]!;
    if (code !== UNKNOWN) sum += countOf(code);
  }
  return sum;
}
