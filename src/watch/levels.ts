// Amounts within a sliding window, by key, beside what is usual for that key: the day's highest window of days past.
import { BoundedMap, type Slot } from './bounded-map.ts';
import { type Gone, isOfGone } from './gone.ts';

export interface LevelOptions {
  /** Milliseconds. */
  readonly window: number;
  /** Below this, no window is too much. */
  readonly floor: number;
  /** Times the usual that is too much. */
  readonly factor: number;
  /** Keys that are kept. */
  readonly most?: number;
}

/** What one window holds when it is too much. */
export interface Excess {
  readonly observed: number;
  readonly usual: number;
  /** From here on it is too much. */
  readonly threshold: number;
  readonly window: number;
  /** Milliseconds since the epoch: where the window begins, or the key's first call in it. */
  readonly since: number;
}

/** What is known of one key; read and written here alone. */
export interface Level {
  bins: number[];
  /** Number of the latest bin. */
  at: number;
  sum: number;
  usual: number;
  /** The highest window of the day, and that day. */
  peak: number;
  day: number;
}

const BINS = 6;
const DAY = 86_400_000;
/** What was usual fades: after a week half of it is left. */
const FADING = 0.9;
/** One day raises the usual by this factor at most, so that an attack is not what is usual tomorrow. */
const RISE = 3;

export class Levels {
  readonly options: LevelOptions;
  private readonly width: number;
  private readonly levels: BoundedMap<Level>;

  constructor(options: LevelOptions) {
    this.options = options;
    this.width = options.window / BINS;
    this.levels = new BoundedMap(options.most ?? 10_000);
  }

  /** Adds an amount. Returns what the window holds when that is too much for this key. */
  add(key: string, time: number, amount = 1): Excess | undefined {
    return this.addAt(this.slot(key, time), time, amount);
  }

  /** Where that is added: good until it is gone. */
  slot(key: string, time: number): Slot<Level> {
    return (
      this.levels.slot(key) ??
      this.levels.set(key, {
        bins: new Array<number>(BINS).fill(0),
        at: Math.floor(time / this.width),
        sum: 0,
        usual: 0,
        peak: 0,
        day: Math.floor(time / DAY),
      })
    );
  }

  addAt(slot: Slot<Level>, time: number, amount: number): Excess | undefined {
    const bin = Math.floor(time / this.width);
    const level = slot.value;
    if (bin > level.at) this.advance(level, bin, time);
    // What comes late counts as if it came now.
    level.bins[level.at % BINS]! += amount;
    level.sum += amount;
    if (level.sum > level.peak) level.peak = level.sum;
    const { floor, factor, window } = this.options;
    const threshold = Math.max(floor, level.usual * factor);
    if (level.sum < threshold) return undefined;
    return { observed: level.sum, usual: level.usual, threshold, window, since: (level.at - BINS + 1) * this.width };
  }

  private advance(level: Level, bin: number, time: number): void {
    const steps = Math.min(bin - level.at, BINS);
    for (let step = 1; step <= steps; step++) {
      const at = (level.at + step) % BINS;
      level.sum -= level.bins[at]!;
      level.bins[at] = 0;
    }
    if (steps === BINS) {
      level.bins.fill(0);
      level.sum = 0;
    }
    level.at = bin;
    const day = Math.floor(time / DAY);
    if (day > level.day) {
      const risen = Math.min(level.peak, Math.max(this.options.floor, level.usual * RISE));
      level.usual = Math.max(risen, level.usual * FADING ** (day - level.day));
      level.peak = level.sum;
      level.day = day;
    }
  }

  forget(gone: Gone): void {
    this.levels.drop((key) => isOfGone(key, gone));
  }

  save(): unknown {
    return [...this.levels.entries()];
  }

  load(state: unknown): void {
    for (const [key, level] of state as [string, Level][]) this.levels.set(key, level);
  }
}
