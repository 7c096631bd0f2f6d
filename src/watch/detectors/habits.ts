// Habits: what a kind of caller has done on several days before is no news when it does it again.
import { BoundedMap } from '../bounded-map.ts';
import type { Gone } from '../gone.ts';

interface Habit {
  /** Days since the epoch: the latest one, and how many there were. */
  last: number;
  days: number;
}

const DAY = 86_400_000;
/** Distinct days before today that make a habit, and days after which it is forgotten. */
export const HABIT = { days: 3, forgotten: 45 } as const;

export class Habits {
  private readonly habits: BoundedMap<Habit>;

  constructor(most = 20_000) {
    this.habits = new BoundedMap(most);
  }

  /** Notes that it was done. Was it a habit before today? */
  note(key: string, time: number): boolean {
    const day = Math.floor(time / DAY);
    const habit = this.habits.get(key);
    if (!habit || day - habit.last > HABIT.forgotten) {
      this.habits.set(key, { last: day, days: 1 });
      return false;
    }
    const before = habit.last === day ? habit.days - 1 : habit.days;
    if (day > habit.last) {
      habit.days++;
      habit.last = day;
    }
    return before >= HABIT.days;
  }

  forget(gone: Gone): void {
    this.habits.drop((key) => gone.peers(key.slice(0, key.lastIndexOf(' '))));
  }

  save(): unknown {
    return [...this.habits.entries()];
  }

  load(state: unknown): void {
    for (const [key, habit] of state as [string, Habit][]) this.habits.set(key, habit);
  }
}
