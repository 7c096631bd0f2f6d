// Routes: calls of one caller that are alike. What is looked up for each call stands here, and is found once. Not kept.
import type { Action } from '../exchange/operation.ts';
import type { Caller } from './caller.ts';
import type { Seen } from './detectors/distinct.ts';
import { type Facts, factsOf } from './facts.ts';
import type { Place } from './rate/rate-watch.ts';

/** A caller's calls of one operation, with one action, for one connection. It is where the caller's calls of the family are counted, too. */
export interface Route extends Place {
  readonly operation: string | undefined;
  readonly action: Action | undefined;
  readonly connection: string | undefined;
  readonly facts: Facts;
  /** Absent when nobody knows who calls. */
  readonly caller: Caller | undefined;
  /** The caller's route that was taken before this one. */
  next: Route | undefined;
  /** Where the connection's calls of the family are counted (rates.ts). */
  ofConnection: Place | undefined;
  /** The slot of time in which it was counted last, and its row in there (top.ts). */
  topSlot: number;
  topRow: number;
  /** The caller's number when its last call was looked at (novelty.ts). */
  likeness: number;
  /** What such calls read, in one window of time (enumeration.ts). */
  things: Things | undefined;
  /** The kind of thing that its last call was about (recent.ts). */
  kinds: readonly { readonly kind: string }[];
}

export interface Things {
  readonly kind: string;
  readonly key: string;
  window: number;
  seen: Seen;
}

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
