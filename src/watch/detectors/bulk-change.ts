// Bulk change: many resources changed, or deleted, by one identity in a short time.
import type { Action } from '../../exchange/operation.ts';
import type { Gone } from '../gone.ts';
import { Levels } from '../levels.ts';
import { hasSucceeded } from '../members.ts';
import type { Observation } from '../observation.ts';
import { type Ear, scoreOf, severityOf, spanText, type Watcher } from '../signal.ts';

/** Successful changes, and deletions, within the window. Creating is what agents that send data do, and has twice the room. */
export const BULK = { window: 600_000, deletes: 10, changes: 50, factor: 3, quiet: 900_000 } as const;

export class BulkChange implements Watcher {
  readonly skipsPlain = true;
  private readonly deletes = new Levels({ window: BULK.window, floor: BULK.deletes, factor: BULK.factor });
  private readonly changes = new Levels({ window: BULK.window, floor: BULK.changes, factor: BULK.factor });

  observe(o: Observation, ear: Ear): void {
    if (!o.caller || o.action === undefined || o.action === 'read' || o.action === 'execute') return;
    if (!hasSucceeded(o) || o.resources.length === 0) return;
    // One call may delete many: each resource counts.
    const amount = Math.max(1, o.resources.length);
    if (o.action === 'delete') this.noticed(o, this.deletes.add(o.caller.key, o.time, amount), ['delete'], ear);
    else if (o.action === 'update') this.noticed(o, this.changes.add(o.caller.key, o.time, amount), ['update'], ear);
    else this.noticed(o, this.changes.add(`${o.caller.key} create`, o.time, amount / 2), ['create'], ear);
  }

  private noticed(o: Observation, excess: ReturnType<Levels['add']>, actions: readonly Action[], ear: Ear): void {
    const { caller } = o;
    if (!excess || !caller) return;
    const { threshold, window, since } = excess;
    const times = actions[0] === 'create' ? 2 : 1;
    const observed = excess.observed * times;
    const usual = excess.usual * times;
    const done = actions[0] === 'delete' ? 'deleted' : actions[0] === 'update' ? 'changed' : 'created';
    ear.signal({
      detector: 'bulk-change',
      key: `${caller.key} ${actions[0]}`,
      caller,
      ...(o.session !== undefined && { subject: { session: o.session } }),
      members: { caller, actions, succeeded: true },
      since,
      time: o.time,
      size: observed,
      severity: severityOf(excess.observed / threshold, actions[0] === 'delete' ? 'medium' : 'low'),
      score: scoreOf(excess.observed / threshold),
      measure: { observed, low: 0, high: Math.round(usual), unit: `resources ${done}`, window },
      quiet: BULK.quiet,
      words: () => ({
        title: `${observed} resources ${done} in ${spanText(window)} by ${caller.name}; usual: at most ${Math.round(usual)}`,
        reason: `${caller.name} has ${done} far more than it usually does in so short a time. A migration looks like this; so does an agent that cleans up what it should not.`,
      }),
    });
  }

  forget(gone: Gone): void {
    this.deletes.forget(gone);
    this.changes.forget(gone);
  }

  save(): unknown {
    return [this.deletes.save(), this.changes.save()];
  }

  load(state: unknown): void {
    const [deletes, changes] = state as unknown[];
    this.deletes.load(deletes);
    this.changes.load(changes);
  }
}
