// Lanes: calls that are alike, whoever makes them. Routes: one caller's calls of a lane. What is looked up for each call stands here. Not kept.
import type { Caller, Lane, Route, Routed } from './caller.ts';
import { factsOf } from './facts.ts';

/** Routes of one caller, and lanes; those not taken for longest, or all lanes, are found anew. */
const MOST = 64;
const MOST_LANES = 20_000;
const NONE: Route['kinds'] = [];

export class Lanes {
  /** By operation. */
  private readonly lanes = new Map<string, Lane[]>();
  private size = 0;

  of({ operation, action, connection }: Pick<Lane, 'operation' | 'action' | 'connection'>): Lane {
    const name = operation ?? '';
    const known = this.lanes.get(name);
    if (known !== undefined)
      for (const lane of known)
        if (lane.connection === connection && lane.action === action && lane.operation === operation) return lane;
    if (++this.size > MOST_LANES) {
      this.lanes.clear();
      this.size = 1;
    }
    const lane: Lane = { operation, action, connection, facts: factsOf(operation, action), ofConnection: undefined };
    const others = this.lanes.get(name);
    if (others) others.push(lane);
    else this.lanes.set(name, [lane]);
    return lane;
  }
}

/** The route of a call in that lane. */
export function routeOf(whose: Routed, caller: Caller | undefined, lane: Lane): Route {
  if (whose.lane0 === lane) return whose.route0!;
  if (whose.lane1 === lane) return whose.route1!;
  if (whose.lane2 === lane) return whose.route2!;
  if (whose.lane3 === lane) return whose.route3!;
  const route = listed(whose, lane) ?? added(whose, caller, lane);
  const at = whose.oldest;
  whose.oldest = (at + 1) & 3;
  if (at === 0) [whose.lane0, whose.route0] = [lane, route];
  else if (at === 1) [whose.lane1, whose.route1] = [lane, route];
  else if (at === 2) [whose.lane2, whose.route2] = [lane, route];
  else [whose.lane3, whose.route3] = [lane, route];
  return route;
}

/** Found in the list, and put first. */
function listed(whose: Routed, lane: Lane): Route | undefined {
  const first = whose.route;
  let before: Route | undefined;
  let length = 0;
  for (let route = first; route; route = route.next) {
    if (route.lane === lane) {
      if (before) {
        before.next = route.next;
        route.next = first;
        whose.route = route;
      }
      return route;
    }
    if (++length === MOST) route.next = undefined;
    before = route;
  }
  return undefined;
}

function added(whose: Routed, caller: Caller | undefined, lane: Lane): Route {
  const route: Route = {
    lane,
    caller,
    next: whose.route,
    slot: -1,
    turn: 0,
    topSlot: -1,
    topRow: -1,
    likeness: -1,
    things: undefined,
    kinds: NONE,
    rateKey: '',
    ratePeer: '',
  };
  whose.route = route;
  return route;
}

/** A route of the same family whose calls are counted already. */
export function countedRoute(whose: Routed, family: string): Route | undefined {
  for (let route = whose.route; route; route = route.next)
    if (route.rateKey !== '' && route.lane.facts.family === family) return route;
  return undefined;
}
