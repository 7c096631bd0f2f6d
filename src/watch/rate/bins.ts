// Bins of ten minutes and hours: what is due is learned from them, and silences, climbs and new levels are seen in them.
import { countCode, countOf } from './code.ts';
import type { Gaps } from './gaps.ts';
import {
  ACTIVE,
  BIN,
  BIN_NO,
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
  DUE,
  doublesOf,
  FALLEN,
  FLAGS,
  floatsOf,
  HEARD,
  HOUR,
  HOUR_BINS,
  intsOf,
  MISSED,
  MISSED_PEAK,
  type Page,
  PEAK,
  PEER,
  R_PEAK,
  ROWS,
  SILENT,
  SURGING,
  TREND_DUE,
  TREND_SEEN,
  UNKNOWN,
  UP,
} from './page.ts';
import { RATE, WINDOWS } from './parameters.ts';
import { aroundTheClock, busiestOf, dueIn, expectHour, isKnown, learnHour, stageOf } from './profile.ts';
import type { RateAlarm, RateEnd } from './rate.ts';
import { BIN_LENGTH, binOf, type Store } from './store.ts';
import { scoreOf, type Upward } from './upward.ts';
import { quantile, setLimits, takeIn } from './windows.ts';

const HOUR_LENGTH = 3_600_000;
const DAY_LENGTH = 86_400_000;
/** Bins of an hour. */
const BINS = HOUR_LENGTH / BIN_LENGTH;
/** What is left of a highest value after a bin. */
const FADING = 0.5 ** (BIN_LENGTH / DAY_LENGTH / RATE.peakHalfLife);
/** Bins that are gone through at most; of a longer absence, only the end. */
const LONGEST = 1008;

export interface Bins {
  readonly store: Store;
  readonly gaps: Gaps;
  readonly ups: Map<number, Upward>;
  readonly events: (RateAlarm | RateEnd)[];
}

/** Closes a key's bins that are over by then. */
export function settle(bins: Bins, slot: number, time: number): void {
  const page = bins.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const number = intsOf(row) + BIN_NO;
  const now = binOf(time);
  if (page.n[number]! < now) takeIn(page, row);
  while (page.n[number]! < now) {
    const bin = page.n[number]!;
    const gap = bins.gaps.endOf(bin);
    closeBin(bins, slot, bin, gap !== undefined);
    let next = bin + 1;
    if (gap !== undefined && binOf(gap) > next) next = Math.min(now, binOf(gap));
    if (now - next > LONGEST) next = now - LONGEST;
    if (next > bin + 1) forget(page, row, bin + 1, next);
    page.n[number] = next;
  }
}

/** Bins of which nothing is known. */
function forget(page: Page, row: number, from: number, to: number): void {
  const coarse = bytesOf(row) + COARSE;
  for (let bin = from; bin < Math.min(to, from + COARSE_LENGTH); bin++)
    page.b[coarse + (bin % COARSE_LENGTH)] = UNKNOWN;
  const at = floatsOf(row);
  page.f[at + HOUR] = 0;
  page.f[at + HOUR_BINS] = 0;
  expectHour(page, row, Math.floor(to / BINS));
}

function closeBin(bins: Bins, slot: number, bin: number, isGap: boolean): void {
  const { store } = bins;
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f, b } = page;
  const at = floatsOf(row);
  const flags = bytesOf(row) + FLAGS;
  const count = f[at + BIN]!;
  f[at + BIN] = 0;
  b[bytesOf(row) + COARSE + (bin % COARSE_LENGTH)] = isGap ? UNKNOWN : countCode(count);
  const isSurge = (b[flags]! & SURGING) !== 0;
  if (!isGap) {
    const due = (f[at + DUE]! * BIN_LENGTH) / 1000;
    f[at + HOUR]! += isSurge ? Math.min(count, 1.5 * due) : count;
    f[at + HOUR_BINS]! += 1;
    hear(bins, slot, bin, count, due);
  }
  if (count > 0 && !isSurge) {
    f[at + ACTIVE]! += 1;
    store.peers.learn(page.n[intsOf(row) + PEER]!, f, at + PEAK);
  }
  for (let w = 0; w < WINDOWS; w++) {
    f[at + PEAK + w]! *= FADING;
    f[at + R_PEAK + w]! *= FADING;
  }
  f[at + MISSED_PEAK]! *= FADING;
  f[at + CLIMB_PEAK]! *= FADING;
  f[at + DROP_PEAK]! *= FADING;
  const isHour = (bin + 1) % BINS === 0;
  if (isHour) closeHour(bins, slot, Math.floor(bin / BINS));
  if ((count > 0 || isHour) && (b[flags]! & SURGING) === 0) setLimits(page, row, store.peers);
}

/** Silence: calls that were due failed to come, more than ever before. */
function hear({ store, events }: Bins, slot: number, bin: number, count: number, due: number): void {
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f, b } = page;
  const at = floatsOf(row);
  const flags = bytesOf(row) + FLAGS;
  const { calls, times } = RATE.silence;
  const missed = f[at + MISSED]!;
  const key = store.keys[slot]!;
  if (count > 0) {
    let most = Number.POSITIVE_INFINITY;
    if ((b[flags]! & SILENT) !== 0) {
      b[flags]! &= ~SILENT;
      events.push({ key, kind: 'silence', ended: bin * BIN_LENGTH });
      most = Math.max(f[at + MISSED_PEAK]!, calls / times) * RATE.learned;
    }
    f[at + MISSED_PEAK] = Math.max(f[at + MISSED_PEAK]!, Math.min(missed, most));
    f[at + MISSED] = 0;
    return;
  }
  const heard = page.t[doublesOf(row) + HEARD]!;
  const end = (bin + 1) * BIN_LENGTH;
  // Before a week has passed it is not known which days are free.
  const stage = stageOf(page, row, Math.floor(bin / BINS));
  const isRound = stage !== 'full' && aroundTheClock(page, row);
  if (!isKnown(page, row, Math.floor(bin / BINS)) && !isRound) return;
  f[at + MISSED] = missed + due;
  if (stage === 'none' || (stage === 'early' && !isRound)) return;
  const stricter = stage === 'full' ? 1 : RATE.early.times;
  const enough = stricter * Math.max(calls, times * f[at + MISSED_PEAK]!);
  if (missed + due < enough || (b[flags]! & SILENT) !== 0) return;
  b[flags]! |= SILENT;
  const total = missed + due;
  const hourly = due * BINS;
  const spread = total + ((1.25 * f[at + DEVIATION]!) / Math.max(hourly, 1)) ** 2 * total * hourly;
  const low = Math.max(1, Math.floor(quantile(total, spread, -1.645)));
  events.push({
    key,
    kind: 'silence',
    started: heard,
    latest: end,
    observed: 0,
    low,
    high: Math.max(low, Math.ceil(quantile(total, spread, 1.645))),
    window: end - heard,
    score: scoreOf(total / Math.max(f[at + MISSED_PEAK]!, calls / times)),
  });
}

function closeHour(bins: Bins, slot: number, hour: number): void {
  const page = bins.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f } = page;
  const at = floatsOf(row);
  const learned = f[at + HOUR_BINS]!;
  if (learned > 0) {
    const count = (f[at + HOUR]! * BINS) / learned;
    if (learned >= BINS / 2) {
      climb(bins, slot, hour, count);
      drop(bins, slot, hour, count);
    }
    learnHour(page, row, hour, count);
  }
  f[at + HOUR] = 0;
  f[at + HOUR_BINS] = 0;
  expectHour(page, row, hour + 1);
}

/** Climbs and new levels: hours that are beyond what is due, one after the other. */
function climb(bins: Bins, slot: number, hour: number, count: number): void {
  const page = bins.store.pageOf(slot);
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
  const sum = Math.max(0, before + Math.min(4, (count - due) / deviation) - slack);
  f[at + CLIMB] = sum;
  f[at + CLIMB_HOURS] = sum > 0 ? f[at + CLIMB_HOURS]! + 1 : 0;
  const hours = f[at + CLIMB_HOURS]!;
  const key = bins.store.keys[slot]!;
  const up = bins.ups.get(slot);
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
    bins.ups.delete(slot);
    page.b[flags]! &= ~UP;
    bins.events.push({ key, kind: up.kind, ended: end });
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
  bins.ups.set(slot, { kind, started, latest: end, window: WINDOWS - 1, peaks: new Array<number>(WINDOWS).fill(0) });
  page.b[flags]! |= UP;
  // A new level is told once, and is the usual one then.
  if (kind === 'shift') adopt(f, at, countedIn(page, row, hour - held + 2, hour) / Math.max(1, (held - 1) * due));
  const spread = deviation * deviation;
  const high = Math.ceil(quantile(due, spread, 1.645));
  const score = scoreOf(count / Math.max(high, 1));
  const low = Math.min(high, Math.floor(quantile(due, spread, -1.645)));
  const observed = Math.round(count);
  bins.events.push({ key, kind, started, latest: end, observed, low, high, window: HOUR_LENGTH, score });
}

/** Levels that stay far below what is due, though some calls come: where none come it is a silence. */
function drop(bins: Bins, slot: number, hour: number, count: number): void {
  const page = bins.store.pageOf(slot);
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
  const key = bins.store.keys[slot]!;
  const end = (hour + 1) * HOUR_LENGTH;
  const deviation = Math.max(1.25 * f[at + DEVIATION]!, Math.sqrt(due + 1));
  const before = f[at + DROP]!;
  const sum = Math.max(0, before + Math.min(4, (due - count) / deviation) - slack);
  f[at + DROP] = sum;
  f[at + DROP_HOURS] = sum > 0 ? f[at + DROP_HOURS]! + 1 : 0;
  const hours = f[at + DROP_HOURS]!;
  if ((b[flags]! & FALLEN) !== 0) {
    if (count < back * due && hours < longest) return;
    // It is back, or it is what is usual from now on.
    if (count < back * due) adopt(f, at, count / due);
    b[flags]! &= ~FALLEN;
    f[at + DROP] = 0;
    f[at + DROP_HOURS] = 0;
    bins.events.push({ key, kind: 'shift', ended: end, down: true });
    return;
  }
  const stricter = stage === 'full' ? 1 : RATE.early.times;
  if (sum < before) f[at + DROP_PEAK] = Math.max(f[at + DROP_PEAK]!, before);
  if (count > share * due || count === 0 || hours < held || (b[flags]! & SILENT) !== 0) return;
  if (sum < stricter * Math.max(level, times * f[at + DROP_PEAK]!)) return;
  b[flags]! |= FALLEN;
  const spread = deviation * deviation;
  const low = Math.max(1, Math.floor(quantile(due, spread, -1.645)), Math.ceil(share * due));
  bins.events.push({
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
