// How much of a connection's rate limits the gateway's own reads may use, learned from the answers to them.
import type { Header } from '../exchange/exchange.ts';
import { headerValue } from './headers.ts';

/** One of Datadog's rate limits of one organisation, in its current period. */
interface Window {
  readonly limit: number;
  /** Milliseconds. */
  readonly period: number;
  /** On the clock that is given to `take`, milliseconds. */
  until: number;
  /** Reads of the gateway's own in this period. */
  used: number;
  /** What Datadog said is left, of which agents use some as well. */
  remaining: number;
}

/** A limit, as people are told of it. */
export interface KnownLimit {
  readonly name: string;
  readonly limit: number;
  readonly remaining: number;
  /** Milliseconds; `left` of the period that runs. */
  readonly period: number;
  readonly left: number;
  /** Reads of the gateway's own in the period, and how many it may make. */
  readonly own: number;
  readonly share: number;
}

/** When an answer of 429 says nothing of how long to wait. */
const UNTOLD_PERIOD = 10_000;
/** Limits of a longer period than this are of no use here; the number would be a mistake. */
const LONGEST = 24 * 3_600_000;

/** Counts the gateway's own reads by connection and limit. What Datadog tells no limit of is not limited here. */
export class RateShare {
  readonly #share: number;
  /** Which limit an operation falls under, by connection and operation; Datadog tells with each answer. */
  readonly #limitOf = new Map<string, string>();
  readonly #windows = new Map<string, Window>();

  /** @param share of each limit that may be used, 0 to 1; of any limit at least one read a period */
  constructor(share: number) {
    this.#share = share;
  }

  /** Counts one read, unless it would be more than the share or nothing is left. */
  take(connection: string, operation: string, now: number): boolean {
    const window = this.#windows.get(this.#limitOf.get(`${connection} ${operation}`) ?? '');
    if (window === undefined) return true;
    if (now >= window.until) {
      window.until = now + window.period;
      window.used = 0;
      window.remaining = window.limit;
    }
    if (window.remaining <= 0 || window.used >= Math.max(1, Math.floor(window.limit * this.#share))) return false;
    window.used++;
    window.remaining--;
    return true;
  }

  /** What is known of the limits of a connection. @param now as for `take` */
  limitsOf(connection: string, now: number): KnownLimit[] {
    const known: KnownLimit[] = [];
    for (const [key, { limit, remaining, period, until, used }] of this.#windows) {
      if (!key.startsWith(`${connection} `)) continue;
      const over = now >= until;
      known.push({
        name: key.slice(connection.length + 1),
        limit,
        remaining: over ? limit : remaining,
        period,
        left: Math.max(0, until - now),
        own: over ? 0 : used,
        share: Math.max(1, Math.floor(limit * this.#share)),
      });
    }
    return known;
  }

  /** Learns from an answer to a read. */
  learn(connection: string, operation: string, status: number, headers: readonly Header[], now: number): void {
    const number = (name: string, scale: number): number | undefined => {
      const text = headerValue(headers, `x-ratelimit-${name}`);
      if (text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
      const value = Number(text) * scale;
      return value <= LONGEST ? value : undefined;
    };
    const limit = number('limit', 1);
    if (limit === undefined && status !== 429) return;
    const name = headerValue(headers, 'x-ratelimit-name')?.slice(0, 128) ?? operation;
    const key = `${connection} ${name}`;
    this.#limitOf.set(`${connection} ${operation}`, key);
    const period = number('period', 1000) ?? UNTOLD_PERIOD;
    const until = now + (number('reset', 1000) ?? period);
    const before = this.#windows.get(key);
    const remaining = status === 429 ? 0 : (number('remaining', 1) ?? limit ?? 0);
    if (before === undefined || before.limit !== (limit ?? before.limit) || before.period !== period) {
      // The read that was answered is the first of those that are counted.
      this.#windows.set(key, { limit: limit ?? 1, period, until, used: (before?.used ?? 0) + 1, remaining });
      return;
    }
    // A period that ended meanwhile is noticed by `take`; within one, its end comes no earlier for what is asked later.
    if (now >= before.until) before.used = 1;
    before.until = until;
    before.remaining = remaining;
  }
}
