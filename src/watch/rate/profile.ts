// What is due at an hour: the hour of the week, shrunk to the hour of the day, shrunk to the level; times the trend.
import { ditherOf, rateCode, rateOf } from './code.ts';
import {
  BORN,
  bytesOf,
  DAY,
  DEVIATION,
  DUE,
  doublesOf,
  floatsOf,
  HOURS,
  LEVEL,
  NEAR,
  type Page,
  TREND_DUE,
  TREND_SEEN,
  UNKNOWN,
  WEEK,
} from './page.ts';
import { RATE } from './parameters.ts';

const HOUR = 3_600_000;
export const hourOf = (time: number): number => Math.floor(time / HOUR);

/** Calls due in that hour (counted since the epoch). */
export function dueIn(page: Page, row: number, hour: number): number {
  const { f, b } = page;
  const at = floatsOf(row);
  const bytes = bytesOf(row);
  const level = f[at + LEVEL]!;
  const born = hourOf(page.t[doublesOf(row) + BORN]!);
  const day = b[bytes + DAY + (hour % 24)]!;
  const days = day === UNKNOWN ? 0 : Math.max(1, Math.floor((hour - born) / 24));
  const ofDay = (days * rateOf(day) + RATE.shrink.day * level) / (days + RATE.shrink.day);
  const week = b[bytes + WEEK + (hour % 168)]!;
  const weeks = week === UNKNOWN ? 0 : Math.max(1, Math.floor((hour - born) / 168));
  if (weeks === 0) return ofDay;
  return ((weeks * rateOf(week) + RATE.shrink.week * ofDay) / (weeks + RATE.shrink.week)) * trendOf(f, at);
}

/** How much is known of the key: nothing to judge an hour by, some days, or two weeks. */
export function stageOf(page: Page, row: number, hour: number): 'none' | 'early' | 'full' {
  const age = hour + 1 - page.t[doublesOf(row) + BORN]! / HOUR;
  if (age < 24 * RATE.early.days) return 'none';
  return age >= 24 * RATE.early.full && isKnown(page, row, hour) ? 'full' : 'early';
}

/** Does it call at all hours of the day? Who does so need not be expected to have free days. */
export function aroundTheClock(page: Page, row: number): boolean {
  const day = bytesOf(row) + DAY;
  const least = RATE.early.calmest * page.f[floatsOf(row) + LEVEL]!;
  for (let hour = 0; hour < 24; hour++) {
    const code = page.b[day + hour]!;
    if (code === UNKNOWN || rateOf(code) < least) return false;
  }
  return least > 0;
}

/** The most that any hour of the week had, on average. */
export function busiestOf(page: Page, row: number): number {
  const week = bytesOf(row) + WEEK;
  let most = 0;
  for (let hour = 0; hour < 168; hour++) {
    const code = page.b[week + hour]!;
    if (code !== UNKNOWN && rateOf(code) > most) most = rateOf(code);
  }
  return most;
}

/** Notes what is due per second from then on. */
export function expectHour(page: Page, row: number, hour: number): void {
  const at = floatsOf(row);
  const due = dueIn(page, row, hour);
  page.f[at + DUE] = due / 3600;
  page.f[at + NEAR] = Math.max(dueIn(page, row, hour - 1), due, dueIn(page, row, hour + 1)) / 3600;
}

/** Has that hour of the week ever been seen? */
export const isKnown = (page: Page, row: number, hour: number): boolean =>
  page.b[bytesOf(row) + WEEK + (hour % 168)] !== UNKNOWN;

const trendOf = (f: Float32Array, at: number): number =>
  Math.min(5, Math.max(0.5, (f[at + TREND_SEEN]! + 10) / (f[at + TREND_DUE]! + 10)));

/** Takes in an hour's calls, clipped when they were out of all proportion. */
export function learnHour(page: Page, row: number, hour: number, seen: number): void {
  const { f, b } = page;
  const at = floatsOf(row);
  const bytes = bytesOf(row);
  const born = hourOf(page.t[doublesOf(row) + BORN]!);
  const due = dueIn(page, row, hour);
  const hours = f[at + HOURS]!;
  const deviation = f[at + DEVIATION]!;
  const count = hours < 168 ? seen : Math.min(seen, due + RATE.clip * Math.max(deviation, Math.sqrt(due + 1)));
  const weight = Math.max(1 / (hours + 1), RATE.profile.level);
  f[at + LEVEL]! += weight * (count - f[at + LEVEL]!);
  f[at + DEVIATION]! += weight * (Math.abs(count - due) - deviation);
  f[at + HOURS] = hours + 1;
  if (isKnown(page, row, hour)) {
    const trend = trendOf(f, at);
    const kept = 1 - 1 / RATE.profile.trend;
    f[at + TREND_SEEN] = kept * f[at + TREND_SEEN]! + count;
    f[at + TREND_DUE] = kept * f[at + TREND_DUE]! + due / trend;
  }
  learnByte(b, bytes + WEEK + (hour % 168), count, hour, Math.floor((hour - born) / 168), RATE.profile.week);
  learnByte(b, bytes + DAY + (hour % 24), count, hour, Math.floor((hour - born) / 24), RATE.profile.day);
}

function learnByte(b: Uint8Array, at: number, count: number, hour: number, visits: number, least: number): void {
  const known = b[at]!;
  const weight = known === UNKNOWN ? 1 : Math.max(least, 1 / (visits + 1));
  const before = known === UNKNOWN ? 0 : rateOf(known);
  b[at] = rateCode(before + weight * (count - before), ditherOf(hour, at));
}
