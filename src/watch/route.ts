// Routes: calls of one caller that are alike. What is looked up for each call stands here, and is found once. Not kept.
import type { Seen } from './detectors/distinct.ts';
import type { Memo } from './detectors/known.ts';
import type { Facts } from './facts.ts';
import type { Place } from './rate/rate-watch.ts';

/** A caller's calls of one operation, with one action, for one connection. */
export interface Route {
  readonly facts: Facts;
  readonly connection: string | undefined;
  /** The caller's route that was taken before this one. */
  next: Route | undefined;
  /** Where the caller's calls of the family are counted, and the connection's (rates.ts). */
  ofFamily: Place | undefined;
  ofConnection: Place | undefined;
  /** The slot of time in which it was counted last, and its row in there (top.ts). */
  topSlot: number;
  topRow: number;
  /** What its last call had in common with others of the caller (novelty.ts). */
  memo: Memo | undefined;
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
export function routeOf(whose: Routed, facts: Facts, connection: string | undefined): Route {
  const first = whose.route;
  let before: Route | undefined;
  let length = 0;
  for (let route = first; route; route = route.next) {
    if (route.facts === facts && route.connection === connection) {
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
    facts,
    connection,
    next: first,
    ofFamily: undefined,
    ofConnection: undefined,
    topSlot: -1,
    topRow: -1,
    memo: undefined,
    things: undefined,
    kinds: NONE,
  };
  whose.route = route;
  return route;
}

/** Where the caller's calls of that family are counted, when one of its routes knows. */
export function placeOfFamily(whose: Routed, family: string): Place | undefined {
  for (let route = whose.route; route; route = route.next)
    if (route.ofFamily && route.facts.family === family) return route.ofFamily;
  return undefined;
}
