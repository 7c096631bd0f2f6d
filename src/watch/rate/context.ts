// What every step over a key's bins works on.
import type { Gaps } from './gaps.ts';
import type { RateAlarm, RateEnd } from './rate.ts';
import type { Store } from './store.ts';
import type { Upward } from './upward.ts';

export interface RateContext {
  readonly store: Store;
  readonly gaps: Gaps;
  /** Episodes upwards, by the key's place. */
  readonly ups: Map<number, Upward>;
  /** What is told at the next tick. */
  readonly events: (RateAlarm | RateEnd)[];
}
