// The latest observations, so that an episode knows the exchanges that were too much before it was noticed.

import type { Route } from './caller.ts';
import { type Candidate, isMember, type Members } from './members.ts';
import type { Observation } from './observation.ts';

/** What an episode notes of an exchange. */
export type Noted = Pick<Observation, 'id' | 'time' | 'operation'>;

type Kinds = Candidate['resources'];
const NONE: Kinds = [];

/**
 * Columns in place of objects: what is kept of each would otherwise outlive the collector's quick rounds. Observations of one caller
 * are linked, newest first, so that to look for those of an episode costs nothing for those of others.
 */
export class Recent {
  private readonly most: number;
  /** How many there were ever; the number of an observation counts from 1. */
  private made = 0;
  private readonly times: Float64Array;
  /** Number of the one before of the same caller. */
  private readonly before: Float64Array;
  private readonly status: Uint16Array;
  private readonly refused: Uint8Array;
  private readonly ids: string[] = [];
  /** Of the same caller, connection, operation and action. */
  private readonly routes: Route[] = [];
  private readonly sources: Observation['source'][] = [];
  private readonly outcomes: Observation['outcome'][] = [];
  private readonly resources: Kinds[] = [];
  /** One list for each kind of thing. */
  private readonly kinds = new Map<string, Kinds>();

  constructor(most = 16_384) {
    this.most = most;
    this.times = new Float64Array(most);
    this.before = new Float64Array(most);
    this.status = new Uint16Array(most);
    this.refused = new Uint8Array(most);
  }

  add(o: Observation): void {
    const at = this.made++ % this.most;
    const { caller } = o;
    if (caller) {
      this.before[at] = caller.latest;
      caller.latest = this.made;
    }
    this.times[at] = o.time;
    this.status[at] = o.status;
    this.refused[at] = o.refusedToken ? 1 : 0;
    this.ids[at] = o.id;
    this.routes[at] = o.route;
    this.sources[at] = o.source;
    this.outcomes[at] = o.outcome;
    this.resources[at] = this.kindsOf(o);
  }

  /** Those that belong, from a time on, oldest first. @param latest number of the latest of the caller whose they are, when that is known */
  members(members: Members, since: number, latest?: number): Noted[] {
    const found: Noted[] = [];
    const oldest = Math.max(1, this.made - this.most + 1);
    const one = latest !== undefined && members.caller !== undefined;
    for (let number = one ? latest : this.made; number >= oldest; ) {
      const at = (number - 1) % this.most;
      const time = this.times[at]!;
      if (time >= since && isMember(members, this.candidate(at)))
        found.push({ id: this.ids[at]!, time, operation: this.routes[at]!.lane.operation });
      number = one ? this.before[at]! : number - 1;
    }
    return found.reverse();
  }

  private candidate(at: number): Candidate {
    const { caller, lane } = this.routes[at]!;
    const { connection, facts, operation, action } = lane;
    return {
      refusedToken: this.refused[at] === 1,
      caller,
      connection,
      source: this.sources[at],
      facts,
      operation,
      action,
      outcome: this.outcomes[at],
      status: this.status[at]!,
      resources: this.resources[at]!,
    };
  }

  private kindsOf({ resources, route }: Observation): Kinds {
    if (resources.length === 0) return NONE;
    if (resources.length > 1) return resources.map(({ kind }) => ({ kind }));
    const { kind } = resources[0]!;
    if (route.kinds[0]?.kind === kind) return route.kinds;
    let kinds = this.kinds.get(kind);
    if (!kinds) {
      if (this.kinds.size >= 1000) this.kinds.clear();
      kinds = [{ kind }];
      this.kinds.set(kind, kinds);
    }
    route.kinds = kinds;
    return kinds;
  }
}
