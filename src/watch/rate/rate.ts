// What the rate detector says: alarms, their ends, and the band of what is usual, as plain data.
import type { RatePoint } from '../../exchange/finding.ts';

/**
 * `surge`: many more calls than usual, seen within seconds. `ramp`: a rate that climbs over hours. `shift`: a rate that stays
 * at another level than before. `silence`: the calls that always come do not.
 */
export const RATE_KINDS = ['surge', 'ramp', 'shift', 'silence'] as const;
export type RateKind = (typeof RATE_KINDS)[number];
export const isRateKind = (name: string): name is RateKind => (RATE_KINDS as readonly string[]).includes(name);

/** One key behaves as it never does. Told once when it begins; an ongoing one is told again when it grew much (same `started`). */
export interface RateAlarm {
  readonly key: string;
  readonly kind: RateKind;
  /** Milliseconds since the epoch: the first call that was too much; of a silence, when calls were last as usual. */
  readonly started: number;
  readonly latest: number;
  /** What was counted within `window`, and what is usual for that long, at this hour, both ends included. */
  readonly observed: number;
  readonly low: number;
  readonly high: number;
  /** Milliseconds. */
  readonly window: number;
  /** 0 to 100: how unusual it is. */
  readonly score: number;
  /** A shift to a lower level. */
  readonly down?: true;
}

/** The episode of that kind is over: the key is back to what is usual, or the new level has become usual. */
export interface RateEnd {
  readonly key: string;
  readonly kind: RateKind;
  readonly ended: number;
  readonly down?: true;
}

/** Counted and expected, oldest first, of equal `width` (milliseconds), at most 240 points. */
export interface RateBand {
  readonly width: number;
  readonly points: readonly RatePoint[];
}

/** Fewer calls than usual? */
export const isDown = ({ kind, down }: RateAlarm | RateEnd): boolean => kind === 'silence' || down === true;

export const isEnd = (event: RateAlarm | RateEnd): event is RateEnd => 'ended' in event;
