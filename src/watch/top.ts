// Who calls what, how often, right now: counts of the last minute by identity, connection and operation.
import { ACTIONS, type Action } from '../exchange/operation.ts';
import type { Caller } from './caller.ts';
import type { Observation } from './observation.ts';
import type { TopOptions, TopRates, TopRow } from './watch.ts';

/** A minute in slots of five seconds; the latest two of them make the calls per second. */
const SLOT = 5000;
const SLOTS = 12;
const LATEST = 2;
/** Combinations that one slot counts; what is more is in the totals only. */
const MOST = 20_000;

interface Counter {
  readonly caller: Caller | undefined;
  readonly connection: string | undefined;
  readonly operation: string | undefined;
  calls: number;
  latest: number;
  readonly actions: number[];
  refusals: number;
  errors: number;
}

interface Slot {
  at: number;
  /** By number of the caller and of what was called. */
  readonly counters: Map<number, Counter>;
  readonly total: Counter;
}

const counter = (caller?: Caller, connection?: string, operation?: string): Counter => ({
  caller,
  connection,
  operation,
  calls: 0,
  latest: 0,
  actions: ACTIONS.map(() => 0),
  refusals: 0,
  errors: 0,
});

/** Connections and operations that have a number at the same time. */
const ROUTES = 65_536;

export class Top {
  private readonly slots: Slot[] = [];
  private readonly routes = new Map<string | undefined, Map<string | undefined, number>>();
  private route = 0;

  count(o: Observation): void {
    if (o.refusedToken) return;
    const at = Math.floor(o.time / SLOT);
    let slot = this.slots[this.slots.length - 1];
    if (!slot || at > slot.at) {
      slot = { at, counters: new Map(), total: counter() };
      this.slots.push(slot);
      if (this.slots.length > SLOTS + 1) this.slots.shift();
    } else if (at < slot.at) {
      const older = this.slots.find((each) => each.at === at);
      if (!older) return;
      slot = older;
    }
    add(slot.total, o);
    const key = (o.caller?.number ?? 0) * ROUTES + this.routeOf(o);
    let found = slot.counters.get(key);
    if (!found) {
      if (slot.counters.size >= MOST) return;
      found = counter(o.caller, o.connection, o.operation);
      slot.counters.set(key, found);
    }
    add(found, o);
  }

  /** When there are too many, numbers and counts begin anew. */
  private routeOf({ connection, operation }: Observation): number {
    let operations = this.routes.get(connection);
    let number = operations?.get(operation);
    if (number !== undefined) return number;
    if (this.route >= ROUTES - 1) {
      this.routes.clear();
      this.slots.length = 0;
      this.route = 0;
      operations = undefined;
    }
    if (!operations) {
      operations = new Map();
      this.routes.set(connection, operations);
    }
    number = ++this.route;
    operations.set(operation, number);
    return number;
  }

  rates(now: number, { by = 'both', identity, connection, limit = 50 }: TopOptions = {}): TopRates {
    const newest = Math.floor(now / SLOT);
    const total = counter();
    const rows = new Map<string, Counter>();
    for (const slot of this.slots) {
      if (slot.at <= newest - SLOTS || slot.at > newest) continue;
      const latest = slot.at > newest - LATEST;
      if (identity === undefined && connection === undefined) merge(total, slot.total, latest);
      for (const each of slot.counters.values()) {
        if (identity !== undefined && each.caller?.key !== identity) continue;
        if (connection !== undefined && each.connection !== connection) continue;
        if (identity !== undefined || connection !== undefined) merge(total, each, latest);
        const key = `${by === 'operation' ? '' : each.caller?.key}\u0000${by === 'identity' ? '' : each.operation}`;
        let row = rows.get(key);
        if (!row) {
          row = counter(
            by === 'operation' ? undefined : each.caller,
            undefined,
            by === 'identity' ? undefined : each.operation,
          );
          rows.set(key, row);
        }
        merge(row, each, latest);
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

function add(to: Counter, o: Observation): void {
  to.calls++;
  if (o.action !== undefined) to.actions[ACTIONS.indexOf(o.action)]!++;
  if (o.outcome === 'refused') to.refusals++;
  else if (o.failed) to.errors++;
}

function merge(to: Counter, from: Counter, latest: boolean): void {
  to.calls += from.calls;
  if (latest) to.latest += from.calls;
  for (let at = 0; at < ACTIONS.length; at++) to.actions[at]! += from.actions[at]!;
  to.refusals += from.refusals;
  to.errors += from.errors;
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
