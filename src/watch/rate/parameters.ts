// The rate detector's parameters: one fixed set for all keys. docs/detection.md says what each one trades.

/** Windows in which a surge is looked for, the narrowest first. */
export const WINDOWS = 4;

export const RATE = {
  /** Milliseconds of each window. It slides in steps of half its width: coarser costs delay at the edges, finer costs memory. */
  windows: [1000, 10_000, 60_000, 600_000],
  /** Windows with calls in them after which older ones fade, per window: more is steadier, and slower to take to a new habit. */
  memory: [20_000, 10_000, 4000, 1500],
  /** Fewer calls within a window are never a surge: higher misses what is small, lower tells what nobody cares for. */
  floor: 20,
  /** Standard deviations (after making the gamma distribution normal) that a surge is beyond usual windows: 4.2 is 13 in a million. */
  surprise: 4.2,
  /**
   * A surge is also beyond the key's own highest window by this factor: `steady` for a key whose windows are all alike, and more by
   * `uneven` times their coefficient of variation, up to `most`. Higher misses threefold surges, lower tells busy days.
   */
  beyond: { steady: 1.2, uneven: 0.4, most: 1.5 },
  /**
   * After so many active bins, windows count in mean and variance up to this many standard deviations: lower, and what is unusual hides
   * less of what comes next; higher, and keys with a heavy tail are told less often.
   */
  outlier: { sigma: 2.5, bins: 5 },
  /** The highest window counts up to this many times what is surprising by mean and variance alone. */
  hides: 1.5,
  /** Active bins of its own with which a key is judged as much by itself as by its peers: with five times as many, by itself alone. */
  prior: 6,
  /**
   * What is a surge of somebody nobody knows anything of, per window: agents make a few calls a second when they are busy, and a
   * fan-out of dozens at once. Lower tells of eager newcomers, higher lets a loop run for longer on a gateway without history.
   */
  newcomer: [60, 150, 300, 1500],
  /** Times as much for keys that count many callers. Lower tells of every busy new gateway; narrower keys find a loop anyway. */
  crowd: 50,
  /** Usual for a newcomer is up to this share of it. Peers that are calm lower it to a third at most. */
  newcomerUsual: 0.2,
  newcomerLeast: 1 / 3,
  /** Active bins of peers with which they count as much as the numbers above; and standard deviations (of logarithms) they are granted. */
  peers: { prior: 30, memory: 2000, spread: 2.5, beyond: 1.5, most: 4096 },
  /** Days after which half is left of a highest window: longer is calmer, shorter catches the second surge of a month. */
  peakHalfLife: 14,
  /** Calls due in a window from which on it is also judged by what is due at that hour, after so many days. */
  due: { calls: 5, days: 3 },
  /**
   * Once a key had so many active bins, a window raises the highest one by this factor at most, and counts as no more: what was too
   * little to be told makes no room for the next. Higher forgets sooner that something was unusual, lower tells a busier time for longer.
   */
  rises: { factor: 1.1, bins: 30 },
  /** The same of a surge, a silence or a climb that was told: it is not what is usual. More, and each one hides the next. */
  learned: 1,
  /** An episode that grew by this factor is told again. */
  grown: 1.5,
  /** Milliseconds of calm after which a surge is over; milliseconds after which it has become what is usual. */
  calm: 60_000,
  adopt: 3_600_000,
  /** Milliseconds without a sign of life that are a gap: the gateway was down, nobody was silent. */
  gap: 120_000,
  /** Weights by which a newer hour replaces the older: of the week, of the day, of the level; and hours of the trend's memory. */
  profile: { week: 0.25, day: 0.15, level: 1 / 168, trend: 168 },
  /** How many visits of an hour of the week, or of the day, count as much as what is behind them (hour of the day; level). */
  shrink: { week: 0.3, day: 2 },
  /** The profile's hours are clipped at what is due and so many mean deviations more. */
  clip: 5,
  /** Silence: calls that were due and did not come, at least; and times the most that ever failed to come. */
  silence: { calls: 15, times: 3 },
  /**
   * Climbs: a CUSUM over hours of standard deviations above `slack`; alarm above `level`, above the highest it ever was by `times`, with
   * an hour of `factor` times what is due and `calls` more. Lower finds slower ramps and tells more busy weeks.
   */
  climb: { slack: 0.75, level: 8, times: 2.5, factor: 1.5, calls: 50, rising: 1.2, held: 5, longest: 12 },
  /** Drops: the same downwards, of hours with at most this share of what is due; back when they are above the other. Told for so many hours. */
  drop: { slack: 0.75, level: 8, times: 2.5, share: 1 / 3, back: 0.5, calls: 20, held: 4, longest: 24 },
  /**
   * From so many days on, silences, climbs and drops are looked for; fully after two weeks, of which the second showed that the first was no
   * exception. Until then all of it must be more by this factor, of a key that calls around the clock (its calmest hour of the day has
   * this share of the usual), and an hour is beyond only when it is so much above the busiest ever. Sooner and laxer tells of weekends.
   */
  early: { days: 3, full: 14, times: 2, calmest: 0.2, busiest: 1.25 },
} as const;
