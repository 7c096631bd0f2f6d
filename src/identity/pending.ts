// Sign-ins that have begun and not ended: found by unguessable keys, ended by their first answer, bounded in number and time.
import { hash, timingSafeEqual } from 'node:crypto';

/** Milliseconds. A device code may take as long as somebody takes to find another screen. */
export const PENDING_LIFETIME = 15 * 60_000;

interface Held<Value> {
  readonly value: Value;
  readonly until: number;
}

/** A bounded map from secret keys to what is pending under them; kept by hash, so the time of a look-up tells nothing of a key. */
export class Pending<Value> {
  readonly #max: number;
  readonly #now: () => number;
  readonly #held = new Map<string, Held<Value>>();

  constructor(max: number, now: () => number) {
    this.#max = max;
    this.#now = now;
  }

  /** @returns whether there was room; when all is taken by live ones, the newcomer is the one that waits */
  add(key: string, value: Value, lifetime = PENDING_LIFETIME): boolean {
    const now = this.#now();
    // In the order in which they were added, which is nearly the order in which they end.
    for (const [each, { until }] of this.#held) {
      if (until > now) break;
      this.#held.delete(each);
    }
    if (this.#held.size >= this.#max) return false;
    this.#held.set(hashOf(key), { value, until: now + lifetime });
    return true;
  }

  /** What is pending, which stays so. */
  peek(key: string): Value | undefined {
    const held = this.#held.get(hashOf(key));
    return held !== undefined && held.until > this.#now() ? held.value : undefined;
  }

  /** What was pending, and is not any more: a second answer finds nothing. */
  take(key: string): Value | undefined {
    const value = this.peek(key);
    this.#held.delete(hashOf(key));
    return value;
  }

  get size(): number {
    return this.#held.size;
  }
}

const hashOf = (key: string): string => hash('sha256', key, 'base64url');

/** Whether two texts are the same, in constant time. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}
