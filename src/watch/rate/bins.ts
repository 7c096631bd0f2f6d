// Bins of ten minutes and hours: what is due is learned from them, and silences, climbs and new levels are seen in them.
import { countCode } from './code.ts';
import type { RateContext } from './context.ts';
import { climb, drop } from './hours.ts';
import {
  ACTIVE,
  BIN,
  BIN_NO,
  bytesOf,
  CLIMB_PEAK,
  COARSE,
  COARSE_LENGTH,
  DROP_PEAK,
  DUE,
  FLAGS,
  floatsOf,
  HOUR,
  HOUR_BINS,
  intsOf,
  MISSED_PEAK,
  type Page,
  PEAK,
  PEER,
  R_PEAK,
  ROWS,
  SURGING,
  UNKNOWN,
} from './page.ts';
import { RATE, WINDOWS } from './parameters.ts';
import { expectHour, learnHour } from './profile.ts';
import { hear } from './silence.ts';
import { BIN_LENGTH, BINS, binOf } from './store.ts';
import { setLimits, takeIn } from './windows.ts';

const DAY_LENGTH = 86_400_000;
/** What is left of a highest value after a bin. */
const FADING = 0.5 ** (BIN_LENGTH / DAY_LENGTH / RATE.peakHalfLife);
/** Bins that are gone through at most; of a longer absence, only the end. */
const LONGEST = 1008;

/** Closes a key's bins that are over by then. */
export function settle(context: RateContext, slot: number, time: number): void {
  const page = context.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const number = intsOf(row) + BIN_NO;
  const now = binOf(time);
  if (page.n[number]! < now) takeIn(page, row);
  while (page.n[number]! < now) {
    const bin = page.n[number]!;
    const gap = context.gaps.endOf(bin);
    closeBin(context, slot, bin, gap !== undefined);
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

function closeBin(context: RateContext, slot: number, bin: number, isGap: boolean): void {
  const { store } = context;
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
    hear(context, slot, bin, count, due);
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
  if (isHour) closeHour(context, slot, Math.floor(bin / BINS));
  if ((count > 0 || isHour) && (b[flags]! & SURGING) === 0) setLimits(page, row, store.peers);
}

function closeHour(context: RateContext, slot: number, hour: number): void {
  const page = context.store.pageOf(slot);
  const row = slot & (ROWS - 1);
  const { f } = page;
  const at = floatsOf(row);
  const learned = f[at + HOUR_BINS]!;
  if (learned > 0) {
    const count = (f[at + HOUR]! * BINS) / learned;
    if (learned >= BINS / 2) {
      climb(context, slot, hour, count);
      drop(context, slot, hour, count);
    }
    learnHour(page, row, hour, count);
  }
  f[at + HOUR] = 0;
  f[at + HOUR_BINS] = 0;
  expectHour(page, row, hour + 1);
}
