// Episodes upwards: a surge from its first excess to calm, or until it is what is usual.
import {
  ACTIVE,
  bytesOf,
  CUR,
  DUE,
  doublesOf,
  FLAGS,
  floatsOf,
  HEARD,
  LAST,
  LIMIT,
  MEAN,
  type Page,
  PEAK,
  PREV,
  ROWS,
  SURGING,
  UP,
  VAR,
} from './page.ts';
import { RATE, WINDOWS } from './parameters.ts';
import type { RateAlarm, RateEnd, RateKind } from './rate.ts';
import type { Store } from './store.ts';
import { emptyWindow, limitOf, raiseLimit, setLimits, slide, takeIn, usualOf } from './windows.ts';

/** One that lasts. Plain data. */
export interface Upward {
  kind: RateKind;
  readonly started: number;
  /** When it was last beyond what is usual. */
  latest: number;
  /** The narrowest window that showed it. */
  readonly window: number;
  /** The most that each window held. */
  readonly peaks: number[];
}

/** 0 to 100: what is just beyond is 30, ten times that is 80. */
export const scoreOf = (ratio: number): number =>
  Math.max(0, Math.min(100, Math.round(30 + 50 * Math.log10(Math.max(ratio, 1)))));

const within = (page: Page, at: number, w: number): number => page.f[at + CUR + w]! + page.f[at + PREV + w]!;

/** A window holds too many: begins an episode, or tells the one there is again. */
export function surge(store: Store, ups: Map<number, Upward>, slot: number, w: number, time: number): RateAlarm {
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const at = floatsOf(row);
  const observed = within(page, at, w);
  const usual = usualOf(page, row, w, store.peers, page.f[at + DUE]!);
  let up = ups.get(slot);
  if (!up) {
    const started = firstExcess(page, at, w, time, usual.high);
    up = { kind: 'surge', started, latest: time, window: w, peaks: new Array<number>(WINDOWS).fill(0) };
    ups.set(slot, up);
    page.b[bytesOf(row) + FLAGS]! |= UP;
  }
  up.kind = 'surge';
  up.latest = time;
  page.b[bytesOf(row) + FLAGS]! |= SURGING;
  // It is told again when that window holds much more, or a wider one very much more.
  for (let other = 0; other < WINDOWS; other++) {
    up.peaks[other] = Math.max(up.peaks[other]!, within(page, at, other));
    raiseLimit(page, row, other, other < w ? Number.POSITIVE_INFINITY : observed * RATE.grown * 2 ** (other - w));
  }
  return {
    key: store.keys[slot]!,
    kind: 'surge',
    started: up.started,
    latest: time,
    observed,
    ...usual,
    window: RATE.windows[w]!,
    score: scoreOf(observed / Math.max(usual.high, 1)),
  };
}

/** When the calls of a window came to be more than what is usual, as far as its two halves tell. */
function firstExcess(page: Page, at: number, w: number, time: number, high: number): number {
  const half = RATE.windows[w]! / 2;
  const middle = Math.floor(time / half) * half;
  const [prev, cur] = [page.f[at + PREV + w]!, page.f[at + CUR + w]!];
  if (prev > high) return middle - half + (half * high) / prev;
  return middle + (time - middle) * Math.min(1, (high - prev) / Math.max(cur, 1));
}

/** A second passes for an episode of calls within windows. Returns its end, or that it is what is usual from now on. */
export function surgeGoesOn(
  store: Store,
  ups: Map<number, Upward>,
  slot: number,
  up: Upward,
  now: number,
): (RateAlarm | RateEnd)[] {
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const at = floatsOf(row);
  takeIn(page, row);
  if (now > page.t[doublesOf(row) + LAST]!) slide(page, row, now);
  for (let w = 0; w < WINDOWS; w++) up.peaks[w] = Math.max(up.peaks[w]!, within(page, at, w));
  const w = Math.max(1, up.window);
  const { high } = usualOf(page, row, w, store.peers, page.f[at + DUE]!);
  // Just after its half is over a window holds only that half.
  const pace = Math.max(within(page, at, w), 2 * page.f[at + PREV + w]!);
  if (pace > Math.max(high, limitOf(page, row, w, store.peers) / 2))
    up.latest = Math.max(up.latest, page.t[doublesOf(row) + HEARD]!);
  const key = store.keys[slot]!;
  if (now - up.latest >= RATE.calm) {
    remember(page, at, up, RATE.learned);
    end(store, ups, slot);
    return [{ key, kind: up.kind, ended: up.latest }];
  }
  if (now - up.started < RATE.adopt) return [];
  const widest = WINDOWS - 1;
  const observed = within(page, at, widest);
  const usual = usualOf(page, row, widest, store.peers, page.f[at + DUE]!);
  const score = scoreOf(observed / Math.max(usual.high, 1));
  const { started, latest } = up;
  remember(page, at, up, Number.POSITIVE_INFINITY);
  for (let each = 0; each < WINDOWS; each++) {
    // Windows were like this for as long as it takes: they are the usual ones.
    const held = 0.7 * up.peaks[each]!;
    if (page.f[at + MEAN + each]! >= held) continue;
    page.f[at + MEAN + each] = held;
    page.f[at + VAR + each] = (0.3 * held) ** 2 + held;
  }
  page.f[at + ACTIVE] = Math.max(page.f[at + ACTIVE]!, RATE.prior);
  end(store, ups, slot);
  return [
    { key, kind: 'shift', started, latest, observed, ...usual, window: RATE.windows[widest]!, score },
    { key, kind: 'shift', ended: now },
  ];
}

/** The highest windows are raised, that the same again is not as new; by a surge, only so much. */
function remember(page: Page, at: number, up: Upward, most: number): void {
  for (let w = 0; w < WINDOWS; w++) {
    const peak = page.f[at + PEAK + w]!;
    page.f[at + PEAK + w] = Math.max(peak, Math.min(up.peaks[w]!, Math.max(peak, RATE.floor / 2) * most));
  }
}

/** The episode is over; what it left in wider windows is told already. */
function end(store: Store, ups: Map<number, Upward>, slot: number): void {
  const page = store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const at = floatsOf(row);
  ups.delete(slot);
  page.b[bytesOf(row) + FLAGS]! &= ~(UP | SURGING);
  setLimits(page, row, store.peers);
  for (let w = 0; w < WINDOWS; w++) if (within(page, at, w) > page.f[at + LIMIT + w]! / 2) emptyWindow(page, row, w);
}
