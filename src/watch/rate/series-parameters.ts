// The parameters of the series detector: one set for every series. What each trades is told in docs/detection.md.

export const SERIES = {
  /** Points before the first alarm. */
  warmUp: 8,
  /** Points over which what is learned fades: the magnitude, the level, the recent level, their errors, and the frequency of errors. */
  memory: { magnitude: 250, level: 90, recent: 5, error: 150, tail: 250, excess: 50 },
  /** Values well below this share of the usual magnitude are all as good as nothing; likewise of the magnitude of those above 0. */
  small: { ofAll: 0.1, ofActive: 0.2 },
  /** Errors count for learning the level up to so many usual errors; while there is an alarm, with this weight. */
  clip: 2,
  weightInAlarm: 0.4,
  /** An error usual before anything is known, and the least that is believed (both of the logarithm). */
  error: { first: 0.4, least: 0.08 },
  /** Of errors, in usual ones: their upper tenth and its mean excess before anything is known, and for how many points that is believed. */
  tail: { tenth: 1.3, excess: 0.75, points: 50, exceedances: 3, clip: 1.3 },
  /** How often an alarm may come by chance: once in so many hourly points, or in as many hours of shorter ones. */
  chance: 0.01,
  /** Usual errors that an alarm takes at least, and so many times more downwards. */
  least: 4.5,
  downwards: 1.35,
  /** The logarithm of a change: less is never an alarm; above `capUp` bursts are only partly excused by bursts, drops above `capDown` never. */
  change: { least: 0.45, capUp: 1.6, excused: 0.15, capDown: 2 },
  /** Standard deviations of a Poisson count that an alarm takes at least, in a series of whole numbers. */
  poisson: 3,
  /** An alarm begins where the recent level is left as well, by this share of what would be an alarm there. */
  leavesRecent: 0.6,
  /** An alarm goes on while its reason holds to this share. */
  goesOn: 0.75,
  /** After so many points in alarm, what they have in common is the new level. */
  adopt: 12,
  /** Next to nothing: below this share of the level, at least so many usual errors away, and as rare as this among hourly points. */
  nothing: { below: 0.15, errors: 1.4, chance: 0.007, byWidth: 0.8, memory: 20_000 },
  /** Of hours: days over which the level of the day fades, and visits of an hour over which its habit does; the logarithm
   * by which a habit may be found wrong at once; below which share of the
   * plain level's error that of the hours leads. */
  hours: { days: 4, visits: 5, atOnce: 2, leads: 0.8 },
  /** How much of a verdict by the hour needs the plain level to agree: nothing when the hour's error is below `none` of the level's. */
  agree: { most: 0.7, none: 0.3, full: 0.7 },
} as const;
