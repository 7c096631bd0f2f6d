// Silences: calls that were due fail to come.
import type { RateContext } from './context.ts';
import { bytesOf, DEVIATION, doublesOf, FLAGS, floatsOf, HEARD, MISSED, MISSED_PEAK, ROWS, SILENT } from './page.ts';
import { RATE } from './parameters.ts';
import { aroundTheClock, isKnown, stageOf } from './profile.ts';
import { BIN_LENGTH, BINS } from './store.ts';
import { scoreOf } from './upward.ts';
import { quantile } from './windows.ts';

/** Silence: calls that were due failed to come, more than ever before. */
export function hear({ store, events }: RateContext, slot: number, bin: number, count: number, due: number): void {
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
