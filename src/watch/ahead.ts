// Looking ahead: what the next calls need is reached for in tight loops before they are judged. Each caller's memory is far from the others' and
// out of the caches; met call by call, one such place after the other is waited for, while in these loops a processor waits for many at once.
import type { FedCall } from '../index/row-feed.ts';
import type { Caller, Route } from './caller.ts';
import type { RateWatch } from './rate/rate-watch.ts';
import { type Lanes, routeOf } from './route.ts';

/** Finds the callers' routes, and notes them with the calls. @returns a number without meaning, so that nothing is left out as useless */
export function lookAhead(calls: readonly FedCall[], count: number, lanes: Lanes, rates: RateWatch): number {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const caller = calls[n]!.known as Caller | undefined;
    if (caller !== undefined) sum += caller.latest + caller.turn;
  }
  for (let n = 0; n < count; n++) {
    const call = calls[n]!;
    const caller = call.known as Caller | undefined;
    call.route = caller === undefined ? undefined : routeOf(caller, caller, lanes.of(call));
  }
  for (let n = 0; n < count; n++) {
    const route = calls[n]!.route as Route | undefined;
    if (route !== undefined) sum += rates.touch(route.caller!) + rates.touch(route);
  }
  return sum;
}
