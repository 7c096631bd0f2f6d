// Watches the rate of many keys at once, call by call, in constant memory for each.
import type { RateAlarm, RateBand, RateEnd } from './rate.ts';

export interface RateWatchOptions {
  /** How many keys are kept at most; beyond that, the key unheard of for longest makes room. */
  readonly maxKeys?: number;
}

export class RateWatch {
  constructor(_options: RateWatchOptions = {}) {}

  /** How many keys are kept. */
  get size(): number {
    return 0;
  }

  /**
   * Counts a call. Returns an alarm at once when this very call makes a surge evident.
   * @param key an opaque string such as identity x family
   * @param peer the population whose habits a key without history is judged by, such as the operation family
   * @param time milliseconds since the epoch; a call older than the latest one of its key counts as if it came now
   */
  observe(_key: string, _peer: string, _time: number, _count = 1): RateAlarm | undefined {
    return undefined;
  }

  /**
   * Lets time pass: ramps, shifts, silences and ends come from here. Called about once a second. Time in which it was not called
   * for minutes (the gateway was down) is a gap: nobody is silent in it, and nothing is learned from it.
   */
  tick(_now: number): readonly (RateAlarm | RateEnd)[] {
    return [];
  }

  /** What was counted and what was expected between two times (milliseconds), as far as it is still kept (24 hours). */
  band(_key: string, _from: number, _to: number): RateBand | undefined {
    return undefined;
  }

  /** Everything that is known, as bytes; `restore` goes on as if nothing had happened. */
  snapshot(): Uint8Array {
    return new Uint8Array();
  }

  /** @throws DogwatchError `watch-state` when the bytes are of another version or damaged */
  static restore(_bytes: Uint8Array, options: RateWatchOptions = {}): RateWatch {
    return new RateWatch(options);
  }
}
