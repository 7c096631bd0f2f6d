// What an hour of the day is used to be, beside the level of the days.
import { SERIES } from './series-parameters.ts';

const HOUR = 3_600_000;
const HOURS = 24;
/** Points in an hour, or days of a longer one, before its habit is believed. */
const ENOUGH = { within: 30, visits: 2 };

export class Hours {
  private readonly habits = new Float64Array(HOURS);
  private readonly points = new Float64Array(HOURS);
  private readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  private get fine(): boolean {
    return this.width < HOUR;
  }

  /** How far this time of the day usually is from the level; between the middles of two hours, of both. `undefined` when not known yet. */
  at(time: number): number | undefined {
    const hour = hourOf(time);
    if (!this.fine) {
      const whole = Math.floor(hour);
      return this.points[whole]! >= ENOUGH.visits ? this.habits[whole] : undefined;
    }
    const first = Math.floor(hour - 0.5 + HOURS) % HOURS;
    const second = (first + 1) % HOURS;
    if (Math.min(this.points[first]!, this.points[second]!) <= ENOUGH.within) return undefined;
    const share = (hour - 0.5 + HOURS) % 1;
    return this.habits[first]! * (1 - share) + this.habits[second]! * share;
  }

  /** @param off from the level @param most by which a habit may be found wrong at once */
  learn(time: number, off: number, most: number): void {
    const hour = Math.floor(hourOf(time));
    const count = ++this.points[hour]!;
    const memory = SERIES.hours.visits * (this.fine ? HOUR / this.width : 1);
    const wrong = Math.max(-most, Math.min(most, off - this.habits[hour]!));
    this.habits[hour]! += wrong / Math.min(count, memory);
  }
}

const hourOf = (time: number): number => (((time / HOUR) % HOURS) + HOURS) % HOURS;
