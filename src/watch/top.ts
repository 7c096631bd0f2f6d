// Who calls what, how often, right now: counts of the last minute by identity, connection and operation.
import { ACTIONS, type Action } from '../exchange/operation.ts';
import type { Caller, Route } from './caller.ts';
import type { Observation } from './observation.ts';
import type { TopOptions, TopRates, TopRow } from './watch.ts';

/** A minute in slots of five seconds; the latest two of them make the calls per second. */
const SLOT = 5000;
const SLOTS = 12;
const LATEST = 2;
/** Rows of one slot, each a caller's calls of one route; what is more is in the totals only. */
const MOST = 20_000;

/** Calls that have something in common. */
interface Counter {
  readonly caller: Caller | undefined;
  readonly operation: string | undefined;
  calls: number;
  latest: number;
  readonly actions: number[];
  refusals: number;
  errors: number;
}

const counter = (caller?: Caller, operation?: string): Counter => ({
  caller,
  operation,
  calls: 0,
  latest: 0,
  actions: ACTIONS.map(() => 0),
  refusals: 0,
  errors: 0,
});

/** Columns in place of objects, used again and again: what lives for a minute outlives the collector's quick rounds. */
interface Slot {
  at: number;
  rows: number;
  readonly routes: Route[];
  /** Calls, refusals, errors of each row; then, by action, of what no row was left for. */
  counts: Uint32Array;
  readonly rest: Uint32Array;
}

const NUMBERS = 3;
/** The row of what has that action; the first one is of none. */
const restOf = (action: Action | undefined): number => 1 + (action === undefined ? -1 : ACTIONS.indexOf(action));

export class Top {
  private readonly slots: Slot[] = [];

  count(o: Observation): void {
    if (o.refusedToken) return;
    const at = Math.floor(o.time / SLOT);
    let slot = this.slots[this.slots.length - 1];
    if (!slot || at > slot.at) slot = this.begin(at);
    else if (at < slot.at) {
      const older = this.slots.find((each) => each.at === at);
      if (!older) return;
      slot = older;
    }
    const { route } = o;
    if (route.topSlot !== at) assign(slot, o);
    const isRest = route.topRow < 0;
    const counts = isRest ? slot.rest : slot.counts;
    const first = (isRest ? restOf(o.action) : route.topRow) * NUMBERS;
    counts[first]!++;
    if (o.outcome === 'refused') counts[first + 1]!++;
    else if (o.failed) counts[first + 2]!++;
  }

  private begin(at: number): Slot {
    const slot = (this.slots.length > SLOTS ? this.slots.shift() : undefined) ?? {
      at,
      rows: 0,
      routes: [],
      counts: new Uint32Array(64 * NUMBERS),
      rest: new Uint32Array((1 + ACTIONS.length) * NUMBERS),
    };
    slot.at = at;
    slot.rows = 0;
    slot.counts.fill(0);
    slot.rest.fill(0);
    this.slots.push(slot);
    return slot;
  }

  rates(now: number, { by = 'both', identity, connection, limit = 50 }: TopOptions = {}): TopRates {
    const newest = Math.floor(now / SLOT);
    const total = counter();
    const rows = new Map<string, Counter>();
    for (const slot of this.slots) {
      if (slot.at <= newest - SLOTS || slot.at > newest) continue;
      const latest = slot.at > newest - LATEST;
      const isAll = identity === undefined && connection === undefined;
      if (isAll)
        for (let rest = 0; rest <= ACTIONS.length; rest++) add(total, slot.rest, rest, ACTIONS[rest - 1], latest);
      for (let at = 0; at < slot.rows; at++) {
        const { caller, lane } = slot.routes[at]!;
        const { facts, connection: called } = lane;
        if (identity !== undefined && caller?.key !== identity) continue;
        if (connection !== undefined && called !== connection) continue;
        add(total, slot.counts, at, facts.action, latest);
        const operation = facts.operation === '' ? undefined : facts.operation;
        const key = `${by === 'operation' ? '' : caller?.key}\u0000${by === 'identity' ? '' : operation}`;
        let row = rows.get(key);
        if (!row) {
          row = counter(by === 'operation' ? undefined : caller, by === 'identity' ? undefined : operation);
          rows.set(key, row);
        }
        add(row, slot.counts, at, facts.action, latest);
      }
    }
    // The slot that is under way holds less than five seconds.
    const seconds = (now - (newest - LATEST + 1) * SLOT) / 1000;
    const sorted = [...rows.values()].sort((one, other) => other.calls - one.calls);
    const most = Math.max(1, Math.min(limit, 500));
    return {
      time: now,
      window: SLOT * SLOTS,
      total: rowOf(total, seconds),
      rows: sorted.slice(0, most).map((each) => rowOf(each, seconds)),
      more: Math.max(0, sorted.length - most),
    };
  }
}

/** Gives the route a row in that slot, while there are any. */
function assign(slot: Slot, { route }: Observation): void {
  route.topSlot = slot.at;
  route.topRow = -1;
  if (slot.rows >= MOST) return;
  const row = slot.rows++;
  route.topRow = row;
  slot.routes[row] = route;
  if (slot.counts.length >= slot.rows * NUMBERS) return;
  const larger = new Uint32Array(slot.counts.length * 2);
  larger.set(slot.counts);
  slot.counts = larger;
}

/** Adds what stands in that row. */
function add(to: Counter, counts: Uint32Array, row: number, action: Action | undefined, latest: boolean): void {
  const first = row * NUMBERS;
  const calls = counts[first]!;
  to.calls += calls;
  if (latest) to.latest += calls;
  if (action !== undefined) to.actions[ACTIONS.indexOf(action)]! += calls;
  to.refusals += counts[first + 1]!;
  to.errors += counts[first + 2]!;
}

function rowOf({ caller, operation, calls, latest, actions, refusals, errors }: Counter, seconds: number): TopRow {
  return {
    ...(caller && { identity: { issuer: caller.issuer, subject: caller.subject, name: caller.name } }),
    ...(operation !== undefined && { operation }),
    calls,
    perSecond: Math.round((latest / Math.max(seconds, 1)) * 10) / 10,
    actions: Object.fromEntries(ACTIONS.map((action, at) => [action, actions[at]])) as Record<Action, number>,
    refusals,
    errors,
  };
}
