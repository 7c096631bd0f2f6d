// Routes: calls of one caller that are alike. What is looked up for each call stands here, and is found once. Not kept.
import type { Seen } from './detectors/distinct.ts';
import type { Facts } from './facts.ts';
import type { Place } from './rate/rate-watch.ts';

/** A caller's calls of one operation, with one action, for one connection. */
export interface Route {
  readonly facts: Facts;
  readonly connection: string | undefined;
  /** Where its rates are counted (rates.ts). */
  rates: RatePlaces | undefined;
  /** The slot of time in which it was counted last, and its row in there (top.ts). */
  topSlot: number;
  topRow: number;
  /** What such calls read, in one window of time (enumeration.ts). */
  things: Things | undefined;
}

export interface RatePlaces {
  readonly family: Place;
  readonly identity: Place;
  readonly connection: Place | undefined;
}

export interface Things {
  readonly kind: string;
  readonly key: string;
  window: number;
  seen: Seen;
}

/** Whoever has more is a caller of all sorts, and is looked up anew from time to time. */
const MOST = 64;

/** The routes of one caller. */
export class Routes {
  /** Apart from the routes, so that to look for one touches few cache lines. */
  private facts: Facts[] = [];
  private routes: Route[] = [];

  of(facts: Facts, connection: string | undefined): Route {
    const { facts: known } = this;
    for (let at = 0; at < known.length; at++) {
      if (known[at] !== facts) continue;
      const route = this.routes[at]!;
      if (route.connection === connection) return route;
    }
    return this.made(facts, connection);
  }

  /** One of the same family whose rates are counted. */
  counted(family: string): Route | undefined {
    return this.routes.find(({ facts, rates }) => rates !== undefined && facts.family === family);
  }

  private made(facts: Facts, connection: string | undefined): Route {
    if (this.routes.length >= MOST) {
      this.facts = [];
      this.routes = [];
    }
    const route = { facts, connection, rates: undefined, topSlot: -1, topRow: -1, things: undefined };
    this.facts.push(facts);
    this.routes.push(route);
    return route;
  }
}
