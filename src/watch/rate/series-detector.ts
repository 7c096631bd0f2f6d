// Judges a series of rates, one value per interval, as it comes: each by the past alone, in constant memory, with one set of parameters for every series.
import { Hours } from './series-hours.ts';
import { SERIES } from './series-parameters.ts';
import { Predictor } from './series-predictor.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Points after which the hour's habit may be the better prediction. */
const HABIT = 24;
/** Points without an alarm after which a run of alarms is over. */
const OVER = 2;
/** Of values; and what is as good as 0 in any series. */
const [LARGEST, SMALLEST] = [1e100, 1e-100];

export interface Judgement {
  /** 1 and more is an alarm, unless the series has just begun. */
  readonly score: number;
  /** The band of what is usual, both ends included. */
  readonly low: number;
  readonly high: number;
  readonly alarm: boolean;
}

const clamp = (value: number, most: number): number => Math.max(-most, Math.min(most, value));

export class SeriesDetector {
  private readonly width: number;
  private readonly level: Predictor;
  private readonly recent: Predictor;
  private readonly daily: Predictor;
  private readonly hours: Hours;
  /** Levels are values, not logarithms: what a logarithm is relative to changes. */
  private levels = { level: 0, recent: 0, day: 0 };
  private magnitude = 0;
  private active = 0;
  private activePoints = 0;
  private points = 0;
  private whole = true;
  private nothings = 0;
  private errors = { level: 0, daily: 0 };
  /** Of the hour of the value before. */
  private habit: number | undefined;
  private direction = 0;
  private run = 0;
  private quiet = 0;
  private readonly latest = new Float64Array(SERIES.adopt);
  /** What the logarithm is relative to. */
  private unit = 1;

  /** @param options.width milliseconds from one value to the next */
  constructor({ width }: { readonly width: number }) {
    this.width = width;
    this.level = new Predictor(width);
    this.recent = new Predictor(width);
    this.daily = new Predictor(width);
    this.hours = new Hours(width);
  }

  /**
   * Judges a value, then learns from it. Gaps and repeated times do no harm; a value that is not finite is passed over.
   * @param time milliseconds since the epoch
   */
  update(time: number, given: number): Judgement {
    const { level, recent, daily, hours, levels } = this;
    if (!Number.isFinite(given)) return { score: 0, low: levels.level, high: levels.level, alarm: false };
    const value = clamp(given, LARGEST);
    this.scaleTo(value);
    const log = this.toLog(value);
    if (this.points === 1) this.levels = { level: value, recent: value, day: value };
    const at = {
      level: this.toLog(this.levels.level),
      recent: this.toLog(this.levels.recent),
      day: this.toLog(this.levels.day),
    };
    const habit = hours.at(time);
    const expected = at.day + (habit ?? 0);
    // Where the hours explain much, what is recent goes along with them.
    const trust = this.errors.level > 0 ? this.errors.daily / this.errors.level : 1;
    const known = habit !== undefined && daily.points > HABIT;
    const along = known && this.habit !== undefined && trust < SERIES.hours.leads ? habit - this.habit : 0;
    this.habit = habit;
    const off = { level: log - at.level, recent: log - at.recent - along, daily: log - expected };
    const noise = {
      level: this.noiseAt(this.levels.level),
      recent: this.noiseAt(this.levels.recent),
      daily: this.noiseAt(this.toValue(expected)),
    };

    const byHour = known && trust < 1;
    const byLevel = level.judge(off.level, noise.level);
    const long = byHour ? agreed(daily.judge(off.daily, noise.daily), byLevel, trust) : byLevel;
    const short = recent.judge(off.recent, noise.recent);
    const size = Math.abs(long);
    const leaves = Math.sign(short) === Math.sign(long) ? Math.abs(short) : 0;
    let score = Math.min(size, leaves / SERIES.leavesRecent);
    if (this.direction === Math.sign(long)) score = Math.max(score, Math.min(1, size / SERIES.goesOn));
    score = Math.max(score, this.nothingAt(value, -off.level / level.errorWith(noise.level)));
    const alarm = this.points > SERIES.warmUp && score >= 1;

    const limits = byHour ? daily.limits(noise.daily) : level.limits(noise.level);
    const middle = byHour ? expected : at.level;
    const judgement = {
      score,
      low: this.toValue(middle - limits.down),
      high: this.toValue(middle + limits.up),
      alarm,
    };

    this.direction = alarm ? Math.sign(long) : 0;
    this.run = alarm ? this.run + 1 : this.quiet >= OVER ? 0 : this.run;
    this.quiet = alarm ? 0 : this.quiet + 1;
    this.latest[this.points % SERIES.adopt] = value;
    level.learn(off.level, noise.level);
    recent.learn(off.recent, noise.recent);
    const most = 4 * level.spread;
    this.errors.level += (Math.min(Math.abs(off.level), most) - this.errors.level) / this.fade(SERIES.memory.error);
    if (habit !== undefined) {
      daily.learn(off.daily, noise.daily);
      this.errors.daily +=
        (Math.min(Math.abs(off.daily), most) - this.errors.daily) / Math.min(daily.points, SERIES.memory.error);
    }
    const weight = alarm ? SERIES.weightInAlarm : 1;
    const { clip, memory } = SERIES;
    const daysMost = 3 * level.spread;
    const move = (from: number, by: number, over: number): number => this.toValue(from + by / this.fade(over));
    this.levels = {
      level: move(at.level, weight * clamp(off.level, clip * level.spread), memory.level),
      recent: move(log - off.recent, clamp(off.recent, clip * recent.spread), memory.recent),
      day: move(at.day, clamp(off.daily, daysMost), (SERIES.hours.days * DAY) / this.width),
    };
    hours.learn(time, log - at.day, Math.max(daysMost, SERIES.hours.atOnce));
    if (this.run >= SERIES.adopt) this.adopt(byHour ? (habit ?? 0) : 0);
    return judgement;
  }

  /** Takes what the latest values have in common as the level: a shift is one episode. */
  private adopt(habit: number): void {
    const middle = this.latest.toSorted()[SERIES.adopt >> 1]!;
    this.levels.level = middle;
    this.levels.day = this.toValue(this.toLog(middle) - habit);
    this.magnitude = Math.max(this.magnitude / 2, Math.abs(middle));
    this.run = 0;
    this.direction = 0;
  }

  /** How surprising next to nothing is: by how seldom there was. @param errors below the level, in usual errors */
  private nothingAt(value: number, errors: number): number {
    const { below, chance, byWidth, memory, errors: least } = SERIES.nothing;
    const nothing = Math.abs(value) <= below * Math.abs(this.levels.level);
    const seldom = (this.nothings + 0.5) / Math.min(this.points, memory);
    if (nothing || value === 0) this.nothings++;
    if (this.points > memory) this.nothings *= 1 - 1 / memory;
    if (!nothing || this.points <= HABIT || errors <= least) return 0;
    return Math.max(0, Math.log(seldom) / Math.log(chance * (this.width / HOUR) ** byWidth));
  }

  /** Learns what large and small are here: the mean magnitude, outliers clipped, of all values and of those that are not 0. */
  private scaleTo(value: number): void {
    this.points++;
    if (!Number.isInteger(value)) this.whole = false;
    const size = Math.abs(value);
    if (this.points === 1) this.magnitude = size;
    if (size > 0) {
      this.activePoints++;
      const most = this.active > 0 ? 4 * this.active : size;
      this.active += (Math.min(size, most) - this.active) / Math.min(this.activePoints, SERIES.memory.magnitude);
    }
    const { ofAll, ofActive } = SERIES.small;
    this.unit = 2 * Math.max(ofAll * this.magnitude, ofActive * this.active, this.whole ? 1 : SMALLEST);
    const most = this.magnitude > 0 ? 4 * this.magnitude : size;
    this.magnitude += (Math.min(size, most) - this.magnitude) / Math.min(this.points + 1, SERIES.memory.magnitude);
  }

  /** Like a logarithm of what is large, and linear about 0. */
  private toLog(value: number): number {
    return Math.asinh(value / this.unit);
  }

  private toValue(log: number): number {
    return clamp(Math.sinh(log) * this.unit, LARGEST);
  }

  /** The standard deviation of a Poisson count of this mean, on the scale of `toLog`; 0 when values are no counts. */
  private noiseAt(mean: number): number {
    return this.whole ? Math.sqrt(Math.max(0, mean) + 0.5) / Math.hypot(mean, this.unit) : 0;
  }

  private fade(memory: number): number {
    return Math.min(this.points + 1, memory);
  }
}

/**
 * The verdict by the hour, held back where the plain level finds less of it.
 * @param trust the error by the hour relative to that of the plain level: the smaller, the less is held back
 */
function agreed(byHour: number, byLevel: number, trust: number): number {
  if (Math.sign(byHour) !== Math.sign(byLevel)) return byHour;
  const { most, none, full } = SERIES.agree;
  const share = most * Math.max(0, Math.min(1, (trust - none) / (full - none)));
  const size = Math.abs(byHour);
  return Math.sign(byHour) * (size * (1 - share) + share * Math.min(size, Math.abs(byLevel)));
}
