// Unusual hours: an identity with regular hours of the week is active at another time.
import { BoundedMap } from '../bounded-map.ts';
import type { Gone } from '../gone.ts';
import type { Observation } from '../observation.ts';
import type { Ear, Watcher } from '../signal.ts';

/** Hours of the week are known after so many days and so many hours of activity; who is there at most of them has none. */
export const HOURS = { days: 14, active: 40, irregular: 0.1, most: 0.75, quiet: 3_600_000, callers: 30_000 } as const;

interface Week {
  /** By hour of the week from Monday 0:00 UTC: in how many weeks there was activity, up to 255. */
  readonly weeks: Uint8Array;
  first: number;
  /** The latest hour with activity, as hours since the epoch. */
  hour: number;
  /** Hours with activity. */
  active: number;
  /** Is the current hour an unusual one? */
  unusual: boolean;
}

const HOUR = 3_600_000;
/** Hours of a week. */
const WEEK = 168;
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

export class UnusualHours implements Watcher {
  private readonly callers = new BoundedMap<Week>(HOURS.callers);

  observe(o: Observation, ear: Ear): void {
    const { caller } = o;
    if (!caller) return;
    const hour = Math.floor(o.time / HOUR);
    if (hour === caller.usualHour) return;
    let week = this.callers.get(caller.key);
    if (!week) {
      week = { weeks: new Uint8Array(WEEK), first: o.time, hour: -1, active: 0, unusual: false };
      this.callers.set(caller.key, week);
    }
    const at = hourOfWeek(hour);
    if (hour > week.hour) {
      week.unusual = isUnusual(week, at, o.time);
      week.hour = hour;
      week.active++;
      if (week.weeks[at]! < 255) week.weeks[at]!++;
    }
    if (hour !== week.hour) return;
    if (!week.unusual) {
      caller.usualHour = hour;
      return;
    }
    const days = Math.floor((o.time - week.first) / (24 * HOUR));
    ear.signal({
      detector: 'unusual-hours',
      key: caller.key,
      caller,
      ...(o.session !== undefined && { subject: { session: o.session } }),
      members: { caller },
      since: o.time,
      time: o.time,
      size: 1,
      severity: 'low',
      score: 50,
      quiet: HOURS.quiet,
      words: () => ({
        title: `${caller.name} is active on ${DAYS[Math.floor(at / 24)]} at ${at % 24}:00 UTC; in ${days} days it never was at such an hour`,
        reason: `The hours of ${caller.name} are regular, and this is not one of them. Somebody works late, or somebody else uses its credential.`,
      }),
    });
  }

  forget(gone: Gone): void {
    this.callers.drop((key) => gone.caller(key));
  }

  /** The hours of all in one piece: thousands of small ones take long to serialize. */
  save(): { callers: readonly [string, Omit<Week, 'weeks'>][]; weeks: Uint8Array } {
    const weeks = new Uint8Array(this.callers.size * WEEK);
    const callers = [...this.callers.entries()].map(([key, week], n): [string, Omit<Week, 'weeks'>] => {
      weeks.set(week.weeks, n * WEEK);
      const { first, hour, active, unusual } = week;
      return [key, { first, hour, active, unusual }];
    });
    return { callers, weeks };
  }

  load(state: unknown): void {
    const { callers, weeks } = state as ReturnType<UnusualHours['save']>;
    callers.forEach(([key, week], n) => {
      this.callers.set(key, { ...week, weeks: weeks.slice(n * WEEK, (n + 1) * WEEK) });
    });
  }
}

/** The epoch was a Thursday. */
export const hourOfWeek = (hour: number): number => (hour + 3 * 24) % WEEK;

function isUnusual({ weeks, first, active }: Week, at: number, now: number): boolean {
  const days = (now - first) / (24 * HOUR);
  if (days < HOURS.days || active < HOURS.active) return false;
  let usual = 0;
  let once = 0;
  for (let hour = 0; hour < WEEK; hour++) {
    if (near(weeks, hour)) usual++;
    // An hour that only one week knew, and none of its like either, is where no regularity is.
    if (weeks[hour] === 1 && !near(weeks, hour, hour)) once++;
  }
  if (usual > HOURS.most * WEEK || once / active > HOURS.irregular) return false;
  if (near(weeks, at)) {
    // The hour is one of its kind of day; whether that very day has ever been, is to be seen after four weeks.
    const day = Math.floor(at / 24);
    return days >= 28 && weeks.subarray(day * 24, day * 24 + 24).every((count) => count === 0);
  }
  return true;
}

/** Was there activity at that hour, give or take one, on a day of that kind (of the working week, or of the weekend)? */
function near(weeks: Uint8Array, at: number, but = -1): boolean {
  const weekend = at >= 120;
  for (let day = weekend ? 5 : 0; day < (weekend ? 7 : 5); day++)
    for (let off = -1; off <= 1; off++) {
      const hour = (day * 24 + (at % 24) + off + WEEK) % WEEK;
      if (hour !== but && weeks[hour]! > 0) return true;
    }
  return false;
}
