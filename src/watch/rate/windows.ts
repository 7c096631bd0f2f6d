// Surges: the calls of sliding windows, what windows usually hold, and from where on it is too much.
import { countCode } from './code.ts';
import {
  ACTIVE,
  BIN,
  BORN,
  bytesOf,
  CUR,
  DUE,
  doublesOf,
  FINE,
  FINE_LENGTH,
  FLAGS,
  FRESH,
  floatsOf,
  freshOf,
  intsOf,
  LAST,
  LIMIT,
  MEAN,
  NEAR,
  type Page,
  PEAK,
  PEER,
  PREV,
  R_MEAN,
  R_PEAK,
  R_VAR,
  SAMPLES,
  SPARE,
  SURGING,
  VAR,
} from './page.ts';
import { RATE, WINDOWS } from './parameters.ts';
import type { Peers } from './peers.ts';

/** A window is two halves; these are their milliseconds. Each divides the next. */
const HALVES = RATE.windows.map((width) => width / 2);
const [NARROWEST = 500] = HALVES;
const DAY_LENGTH = 86_400_000;

/** Takes the calls of this half second into windows and bin: whoever looks at those does that before. */
export function takeIn(page: Page, row: number): void {
  const { f } = page;
  const fresh = freshOf(row);
  const count = f[fresh + FRESH]!;
  if (count === 0) return;
  f[fresh + FRESH] = 0;
  f[fresh + SPARE]! -= count;
  const at = floatsOf(row);
  f[at + BIN]! += count;
  for (let w = 0; w < WINDOWS; w++) f[at + CUR + w]! += count;
}

/** How many calls more the windows take before one holds too many. */
function setSpare(page: Page, row: number): void {
  const { f } = page;
  const at = floatsOf(row);
  let spare = Number.POSITIVE_INFINITY;
  for (let w = 0; w < WINDOWS; w++) {
    const room = f[at + LIMIT + w]! - f[at + CUR + w]! - f[at + PREV + w]!;
    if (room < spare) spare = room;
  }
  f[freshOf(row) + SPARE] = Math.ceil(spare);
}

/** The narrowest window that holds too many; -1 when none does. All calls are taken in. */
export function fullOf(page: Page, row: number): number {
  const { f } = page;
  const at = floatsOf(row);
  for (let w = 0; w < WINDOWS; w++) if (f[at + CUR + w]! + f[at + PREV + w]! >= f[at + LIMIT + w]!) return w;
  return -1;
}

/** Lets a key's windows slide to that time, learning what they held. */
export function slide(page: Page, row: number, time: number): void {
  const times = doublesOf(row) + LAST;
  const last = page.t[times]!;
  page.t[times] = time;
  if (Math.floor(last / NARROWEST) === Math.floor(time / NARROWEST)) return;
  takeIn(page, row);
  const learns = (page.b[bytesOf(row) + FLAGS]! & SURGING) === 0;
  const at = floatsOf(row);
  for (let w = 0; w < WINDOWS; w++) {
    const half = HALVES[w]!;
    const from = Math.floor(last / half);
    const steps = Math.floor(time / half) - from;
    if (steps === 0) break;
    if (w === 1) keepFine(page, row, from, steps);
    const cur = page.f[at + CUR + w]!;
    const total = cur + page.f[at + PREV + w]!;
    if (learns && total > 0) {
      learn(page.f, at, w, total);
      // The half that ended last was also the first one of a window, which nothing more came into.
      if (steps > 1 && cur > 0) learn(page.f, at, w, cur);
    }
    page.f[at + PREV + w] = steps === 1 ? cur : 0;
    page.f[at + CUR + w] = 0;
  }
  setSpare(page, row);
}

function keepFine(page: Page, row: number, half: number, steps: number): void {
  const fine = bytesOf(row) + FINE;
  page.b[fine + (half % FINE_LENGTH)] = countCode(page.f[floatsOf(row) + CUR + 1]!);
  for (let step = 1; step < Math.min(steps, FINE_LENGTH + 1); step++) page.b[fine + ((half + step) % FINE_LENGTH)] = 0;
}

/** As high as one window may raise the highest one. */
const raised = (peak: number, least: number): number => Math.max(peak * RATE.rises.factor, least);

/** What counts as most in mean and variance: one window far out says little of the others, and must not make room for the next. */
function ordinary(f: Float32Array, at: number, w: number): number {
  if (f[at + ACTIVE]! < RATE.outlier.bins) return Number.POSITIVE_INFINITY;
  const mean = f[at + MEAN + w]!;
  return quantile(mean, Math.max(f[at + VAR + w]!, mean), RATE.outlier.sigma);
}

/** Variance, in squares of the mean, up to which that quantile is above the mean. */
const HEAVY = (3 * RATE.outlier.sigma) ** 2;

function learn(f: Float32Array, at: number, w: number, count: number): void {
  const a = at + w;
  const samples = Math.min(f[a + SAMPLES]! + 1, RATE.memory[w]!);
  f[a + SAMPLES] = samples;
  const weight = 1 / samples;
  const counted = f[at + ACTIVE]! < RATE.rises.bins ? count : Math.min(count, raised(f[a + PEAK]!, RATE.floor / 2));
  const mean = f[a + MEAN]!;
  const variance = f[a + VAR]!;
  // What is not above the mean is no outlier, and most windows are not.
  const isPlain = counted <= mean && variance <= HEAVY * mean * mean;
  const difference = (isPlain ? counted : Math.min(counted, ordinary(f, at, w))) - mean;
  f[a + MEAN] = mean + weight * difference;
  f[a + VAR] = (1 - weight) * (variance + weight * difference * difference);
  if (counted > f[a + PEAK]!) f[a + PEAK] = counted;
  const due = (f[at + DUE]! * RATE.windows[w]!) / 1000;
  if (w === 0 || due < RATE.due.calls) return;
  const part = count / due;
  const usual = f[a + R_MEAN]!;
  if (usual === 0) {
    f[a + R_MEAN] = part;
    f[a + R_VAR] = part * part;
  } else {
    const further = part - usual;
    // What is due was not known from the beginning: the first ones weigh more.
    const share = Math.max(weight, 0.002);
    f[a + R_MEAN]! += share * further;
    f[a + R_VAR] = (1 - share) * (f[a + R_VAR]! + share * further * further);
  }
  if (part > f[a + R_PEAK]!) f[a + R_PEAK] = part;
}

/** Quantile of the gamma distribution with that mean and variance, `z` standard deviations out (Wilson and Hilferty 1931). */
export function quantile(mean: number, variance: number, z: number): number {
  if (mean <= 0) return 0;
  const ninth = variance / (9 * mean * mean);
  const root = 1 - ninth + z * Math.sqrt(ninth);
  return root <= 0 ? 0 : mean * root * root * root;
}

const beyond = (mean: number, variance: number): number =>
  Math.min(RATE.beyond.most, RATE.beyond.steady + (RATE.beyond.uneven * Math.sqrt(variance)) / Math.max(mean, 1e-9));

/** Calls due within the window at an hour when that many come per second; 0 when too little is known to judge by it. */
function dueWithin(page: Page, row: number, w: number, perSecond: number): number {
  const due = (perSecond * RATE.windows[w]!) / 1000;
  if (w === 0 || due < RATE.due.calls || page.f[floatsOf(row) + R_MEAN + w] === 0) return 0;
  const age = page.t[doublesOf(row) + LAST]! - page.t[doublesOf(row) + BORN]!;
  return age < RATE.due.days * DAY_LENGTH ? 0 : due;
}

/** From how many calls within a window on it is a surge of that key. */
export function limitOf(page: Page, row: number, w: number, peers: Peers): number {
  const { f } = page;
  const at = floatsOf(row);
  const a = at + w;
  const active = f[at + ACTIVE]!;
  const prior = peers.limit(page.n[intsOf(row) + PEER]!, w);
  if (active === 0) return Math.max(RATE.floor, prior);
  const mean = f[a + MEAN]!;
  // Little was seen of it yet: it may vary more.
  const unsure = 1 + 4 / active;
  const variance = Math.max(f[a + VAR]!, mean) * unsure;
  const surprising = quantile(mean, variance, RATE.surprise);
  const higher = beyond(mean, f[a + VAR]!) * (1 + 2 / (1 + active)) * f[a + PEAK]!;
  // A highest window that is far beyond all others hides no more than this.
  let own = Math.max(surprising, Math.min(higher, RATE.hides * surprising));
  const due = dueWithin(page, row, w, f[at + NEAR]!);
  if (due > 0) {
    const part = f[a + R_MEAN]!;
    const spread = Math.max(f[a + R_VAR]!, part / due);
    own = Math.min(own, due * Math.max(quantile(part, spread, RATE.surprise), beyond(part, spread) * f[a + R_PEAK]!));
  }
  const weight = 1 / (1 + (active / RATE.prior) ** 2);
  const limit = own >= prior ? own : Math.exp((1 - weight) * Math.log(Math.max(own, 1)) + weight * Math.log(prior));
  return Math.max(RATE.floor, limit);
}

/** Computes anew what is too much. */
export function setLimits(page: Page, row: number, peers: Peers): void {
  const at = floatsOf(row) + LIMIT;
  for (let w = 0; w < WINDOWS; w++) page.f[at + w] = limitOf(page, row, w, peers);
  setSpare(page, row);
}

/** Nothing below that many calls is told within a window. */
export function raiseLimit(page: Page, row: number, w: number, limit: number): void {
  const at = floatsOf(row) + LIMIT + w;
  page.f[at] = Math.max(page.f[at]!, limit);
  setSpare(page, row);
}

/** What a window holds is gone. */
export function emptyWindow(page: Page, row: number, w: number): void {
  const at = floatsOf(row);
  page.f[at + PREV + w] = 0;
  page.f[at + CUR + w] = 0;
  setSpare(page, row);
}

/** Nine of ten windows with calls in them hold at least `low` and at most `high`, at an hour in which that many calls are due per second. */
export function usualOf(
  page: Page,
  row: number,
  w: number,
  peers: Peers,
  perSecond: number,
): { low: number; high: number } {
  const { f } = page;
  const at = floatsOf(row);
  const a = at + w;
  const active = f[at + ACTIVE]!;
  const mean = f[a + MEAN]!;
  let high = active === 0 ? 0 : quantile(mean, Math.max(f[a + VAR]!, mean), 1.645);
  if (active < 3) high = Math.max(high, RATE.newcomerUsual * peers.limit(page.n[intsOf(row) + PEER]!, w));
  let low = 0;
  const due = dueWithin(page, row, w, perSecond);
  if (due > 0) {
    const part = f[a + R_MEAN]!;
    const spread = Math.max(f[a + R_VAR]!, part / due);
    high = Math.min(high, due * quantile(part, spread, 1.645));
    low = Math.min(due * quantile(part, spread, -1.645), high);
  }
  return { low: Math.floor(low), high: Math.max(Math.floor(low), Math.ceil(high)) };
}
