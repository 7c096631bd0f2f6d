// How far a value is from what was predicted, in units of what it takes for an alarm: usual errors, and how often the unusual ones come.
import { SERIES } from './series-parameters.ts';

const { tail, memory, change, error } = SERIES;
const HOUR = 3_600_000;

/** One side of a distribution, as its upper tenth and the mean excess above it: an exponential tail, which of logarithms is a power law. */
class Tail {
  private tenth: number = tail.tenth;
  private excess: number = tail.excess;
  private points = 0;
  private exceedances = 0;
  /** How many mean excesses above the upper tenth an alarm is. */
  private readonly far: number;

  constructor(chance: number) {
    this.far = Math.log(0.1 / chance);
  }

  get threshold(): number {
    return Math.max(SERIES.least, this.tenth + this.excess * this.far);
  }

  /** @param size in usual errors, 0 when the error was on the other side */
  learn(size: number): void {
    const value = Math.min(size, this.threshold * tail.clip);
    this.points++;
    if (value > this.tenth) {
      this.exceedances++;
      this.excess += (value - this.tenth - this.excess) / Math.min(this.exceedances + tail.exceedances, memory.excess);
    }
    const step = (4 * Math.max(0.3, this.excess)) / Math.min(this.points + tail.points, memory.tail);
    this.tenth = Math.max(0.5, this.tenth + step * (value > this.tenth ? 0.9 : -0.1));
  }
}

export class Predictor {
  private readonly above: Tail;
  private readonly below: Tail;
  private usual: number = error.first;
  points = 0;

  /** @param width of a point, in milliseconds: shorter ones must be rarer to be alarms */
  constructor(width: number) {
    const chance = (SERIES.chance * width) / HOUR;
    this.above = new Tail(chance);
    this.below = new Tail(chance);
  }

  /** The usual error. */
  get spread(): number {
    return this.usual;
  }

  /** The usual error, or that of a count where it is larger. @param noise of a count, 0 when it is none */
  errorWith(noise: number): number {
    return Math.hypot(Math.max(this.usual, error.least), noise);
  }

  /** The least errors that are alarms. */
  limits(noise: number): { up: number; down: number } {
    const usual = this.errorWith(noise);
    const up = usual * this.above.threshold;
    const capped = up < change.capUp ? up : change.capUp + change.excused * (up - change.capUp);
    const down = Math.min(usual * this.below.threshold * SERIES.downwards, change.capDown);
    const least = Math.max(change.least, noise * SERIES.poisson);
    return { up: Math.max(least, capped), down: Math.max(least, down) };
  }

  /** The error relative to an alarm's, with its sign. */
  judge(off: number, noise: number): number {
    const { up, down } = this.limits(noise);
    return off / (off >= 0 ? up : down);
  }

  learn(off: number, noise: number): void {
    this.points++;
    const usual = this.errorWith(noise);
    this.above.learn(Math.max(0, off / usual));
    this.below.learn(Math.max(0, -off / usual));
    this.usual += (Math.min(Math.abs(off) * 1.25, 3 * usual) - this.usual) / Math.min(this.points + 6, memory.error);
  }
}
