// Routes: calls of one caller that are alike. What is looked up for each call stands here, and is found once. Not kept.
import type { Caller, Route } from './caller.ts';
import { factsOf } from './facts.ts';

/** Whose routes they are: the one taken last comes first. */
export interface Routed {
  route: Route | undefined;
}

/** Routes of one caller; those not taken for longest are found anew. */
const MOST = 64;
const NONE: Route['kinds'] = [];

/** The route of a call. A list, not a map: most callers take a few routes again and again, and each look elsewhere in memory counts. */
export function routeOf(
  whose: Routed,
  caller: Caller | undefined,
  { operation, action, connection }: Pick<Route, 'operation' | 'action' | 'connection'>,
): Route {
  const first = whose.route;
  let before: Route | undefined;
  let length = 0;
  for (let route = first; route; route = route.next) {
    if (route.operation === operation && route.connection === connection && route.action === action) {
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
  const route: Route = {
    operation,
    action,
    connection,
    next: first,
    slot: -1,
    turn: 0,
    facts: factsOf(operation, action),
    caller,
    topSlot: -1,
    topRow: -1,
    likeness: -1,
    ofConnection: undefined,
    rateKey: '',
    ratePeer: '',
    things: undefined,
    kinds: NONE,
  };
  whose.route = route;
  return route;
}

/** A route of the same family whose calls are counted already. */
export function countedRoute(whose: Routed, family: string): Route | undefined {
  for (let route = whose.route; route; route = route.next)
    if (route.rateKey !== '' && route.facts.family === family) return route;
  return undefined;
}
