// Probing: refused, then tried in another way, and in yet another, until something gives.
import { BoundedMap } from '../bounded-map.ts';
import type { Caller } from '../caller.ts';
import { type Gone, isOfGone } from '../gone.ts';
import type { Observation } from '../observation.ts';
import { type Ear, spanText, type Watcher } from '../signal.ts';

/** So many different ways of one family refused within the window; and so many when another way then works. */
export const PROBING = {
  window: 600_000,
  ways: 3,
  beforeSuccess: 2,
  quiet: 900_000,
  callers: 10_000,
  kept: 16,
} as const;

/** Refused ways of one identity into one family. */
interface Tries {
  /** Way and time, oldest first. */
  ways: { way: string; time: number }[];
}

export class Probing implements Watcher {
  readonly skipsPlain = true;
  private readonly tries = new BoundedMap<Tries>(PROBING.callers);
  /** Until when refusals of before this run count, by key of the caller. */
  private readonly earlier = new Map<string, number>();

  observe(o: Observation, ear: Ear): void {
    const { caller } = o;
    if (!caller) return;
    const refused = o.status === 401 || o.status === 403;
    if (refused) caller.refusedUntil = o.time + PROBING.window;
    else {
      // Who was not refused lately need not be looked at.
      caller.refusedUntil ??= this.earlier.get(caller.key) ?? 0;
      if (o.failed || o.time >= caller.refusedUntil || isHarmless(o)) return;
    }
    const key = `${caller.key} ${o.facts.family}`;
    const tries = this.tries.get(key);
    if (refused) this.refused(o, caller, key, tries ?? { ways: [] }, ear);
    else if (tries && tries.ways.length > 0) this.worked(o, caller, key, tries, ear);
  }

  private refused(o: Observation, caller: Caller, key: string, tries: Tries, ear: Ear): void {
    const way = wayOf(o);
    tries.ways = tries.ways.filter((each) => each.way !== way && each.time > o.time - PROBING.window);
    tries.ways.push({ way, time: o.time });
    if (tries.ways.length > PROBING.kept) tries.ways.shift();
    this.tries.set(key, tries);
    if (tries.ways.length >= PROBING.ways) tell(o, caller, key, tries, undefined, ear);
  }

  private worked(o: Observation, caller: Caller, key: string, tries: Tries, ear: Ear): void {
    const ways = tries.ways.filter(({ time }) => time > o.time - PROBING.window);
    if (ways.length === 0) {
      tries.ways = [];
      return;
    }
    const way = wayOf(o);
    if (ways.length < PROBING.beforeSuccess || ways.some((each) => each.way === way)) return;
    tell(o, caller, key, { ways }, o.facts.operation, ear);
  }

  forget(gone: Gone): void {
    this.tries.drop((key) => isOfGone(key, gone));
    for (const key of this.earlier.keys()) if (gone.caller(key)) this.earlier.delete(key);
  }

  save(): unknown {
    return [...this.tries.entries()];
  }

  load(state: unknown): void {
    for (const [key, tries] of state as [string, Tries][]) {
      this.tries.set(key, tries);
      const caller = key.slice(0, key.lastIndexOf(' '));
      const until = (tries.ways.at(-1)?.time ?? 0) + PROBING.window;
      this.earlier.set(caller, Math.max(until, this.earlier.get(caller) ?? 0));
    }
  }
}

const isHarmless = ({ action, tags, risk }: Observation): boolean => action === 'read' && tags === 0 && risk === 'low';

/** The same call again is no other way; the same operation for another organisation is, and so is another path nobody knows. */
const wayOf = (o: Observation): string =>
  `${o.facts.operation} ${o.connection ?? ''}${o.facts.family === 'unknown' ? ` ${o.target}` : ''}`;

function tell(
  o: Observation,
  caller: Caller,
  key: string,
  { ways }: Tries,
  worked: string | undefined,
  ear: Ear,
): void {
  const { family } = o.facts;
  ear.signal({
    detector: 'probing',
    key,
    caller,
    subject: { family, ...(o.session !== undefined && { session: o.session }) },
    members: { caller, family, statuses: [401, 403] },
    since: ways[0]?.time ?? o.time,
    time: o.time,
    size: ways.length + (worked === undefined ? 0 : 10),
    severity: worked !== undefined ? 'high' : ways.length >= 2 * PROBING.ways ? 'medium' : 'low',
    score: Math.min(95, 30 + 8 * ways.length + (worked === undefined ? 0 : 30)),
    measure: {
      observed: ways.length,
      low: 0,
      high: 1,
      unit: 'refused ways',
      window: PROBING.window,
    },
    quiet: PROBING.quiet,
    words: () => ({
      title: `${caller.name} was refused in ${ways.length} different ways of ${family} within ${spanText(PROBING.window)}${worked === undefined ? '' : `, then ${worked} worked`}`,
      reason: `After a refusal ${caller.name} does not stop: it tries other operations, organisations or paths to the same end. An agent that works around a rule does this, and so does somebody who looks for a gap in it.`,
    }),
  });
}
