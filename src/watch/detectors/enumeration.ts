// Enumeration: many distinct things of one kind read in a short time, or many things asked for that are not there.
import type { Caller, Things } from '../caller.ts';
import type { Gone } from '../gone.ts';
import { Levels } from '../levels.ts';
import type { Observation } from '../observation.ts';
import { type Ear, scoreOf, severityOf, spanText, type Watcher } from '../signal.ts';
import { Distinct } from './distinct.ts';

/** Distinct things of one kind that one identity reads in the window, and distinct paths that are not there (404). */
export const ENUMERATION = { window: 120_000, distinct: 60, missing: 15, factor: 3, quiet: 300_000 } as const;

/** Most callers never read so much in a window that it is worth to look at. */
const FEW = 15;

export class Enumeration implements Watcher {
  private readonly things = new Levels({
    window: ENUMERATION.window,
    floor: ENUMERATION.distinct,
    factor: ENUMERATION.factor,
  });
  private readonly missing = new Levels({
    window: ENUMERATION.window,
    floor: ENUMERATION.missing,
    factor: ENUMERATION.factor,
  });
  private readonly seen = new Distinct(ENUMERATION.window);

  observe(o: Observation, ear: Ear): void {
    const { caller } = o;
    if (!caller || o.denied) return;
    if (o.status === 404) this.lost(o, caller, ear);
    else if (o.action === 'read' && o.resources.length === 1) this.found(o, caller, ear);
  }

  private found(o: Observation, caller: Caller, ear: Ear): void {
    const [thing] = o.resources;
    if (!thing) return;
    const window = Math.floor(o.time / ENUMERATION.window);
    if (caller.readWindow !== window) {
      caller.readWindow = window;
      caller.reads = 0;
    }
    if (++caller.reads <= FEW) return;
    const things = this.thingsOf(o, caller, window, thing.kind);
    const { key } = things;
    if (this.seen.addTo(things.seen, o.time, thing.hash) === 0) return;
    if (things.level === undefined || things.level.gone) things.level = this.things.slot(key, o.time);
    things.level.used = true;
    const excess = this.things.addAt(things.level, o.time, 1);
    if (!excess) return;
    const { observed, threshold, since, usual } = excess;
    ear.signal({
      detector: 'enumeration',
      key,
      caller,
      subject: { family: o.facts.family, ...(o.session !== undefined && { session: o.session }) },
      members: { caller, resourceKind: thing.kind, actions: ['read'] },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(observed / threshold),
      score: scoreOf(observed / threshold),
      measure: {
        observed,
        low: 0,
        high: Math.round(usual),
        unit: `distinct ${thing.kind}s read`,
        window: ENUMERATION.window,
      },
      quiet: ENUMERATION.quiet,
      words: () => ({
        title: `${observed} different ${thing.kind}s read in ${spanText(ENUMERATION.window)} by ${caller.name}; usual: at most ${Math.round(usual)}`,
        reason: `${caller.name} reads one ${thing.kind} after the other, each by its id. That is how an inventory is taken, by a script or by somebody who looks for what to take.`,
      }),
    });
  }

  private thingsOf({ route }: Observation, caller: Caller, window: number, kind: string): Things {
    let { things } = route;
    if (things?.kind !== kind) {
      const key = `${caller.key} ${kind}`;
      things = { kind, key, window, seen: this.seen.of(key), level: undefined };
      route.things = things;
    } else if (things.window !== window) {
      things.window = window;
      things.seen = this.seen.of(things.key);
    }
    return things;
  }

  private lost(o: Observation, caller: Caller, ear: Ear): void {
    if (this.seen.add(`${caller.key} 404`, o.time, o.target) === 0) return;
    const excess = this.missing.add(caller.key, o.time);
    if (!excess) return;
    const { observed, threshold, window, since, usual } = excess;
    ear.signal({
      detector: 'enumeration',
      key: `${caller.key} 404`,
      caller,
      ...(o.session !== undefined && { subject: { session: o.session } }),
      members: { caller, statuses: [404] },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(observed / threshold, 'medium'),
      score: scoreOf(observed / threshold),
      measure: { observed, low: 0, high: Math.round(usual), unit: 'paths that are not there', window },
      quiet: ENUMERATION.quiet,
      words: () => ({
        title: `${observed} different things asked for that are not there (404) in ${spanText(window)} by ${caller.name}; usual: at most ${Math.round(usual)}`,
        reason: `${caller.name} guesses: most of what it asks for does not exist. Ids are being tried, or a script works from a list that is out of date.`,
      }),
    });
  }

  forget(gone: Gone): void {
    this.things.forget(gone);
    this.missing.forget(gone);
  }

  save(): unknown {
    return { things: this.things.save(), missing: this.missing.save() };
  }

  load(state: unknown): void {
    const { things, missing } = state as { things: unknown; missing: unknown };
    this.things.load(things);
    this.missing.load(missing);
  }
}
