// How often one address may ask: a token bucket for each, in bounded memory.

export interface RateLimitOptions {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests a second in the long run. */
  readonly perSecond: number;
  /** Milliseconds, monotonic or not. */
  readonly now: () => number;
}

const MAX_ADDRESSES = 10_000;

export class RateLimit {
  readonly #options: RateLimitOptions;
  #buckets = new Map<string, { left: number; at: number }>();

  constructor(options: RateLimitOptions) {
    this.#options = options;
  }

  /** Takes `cost` requests from the address's bucket. @returns false when there are none left */
  take(address: string, cost = 1): boolean {
    const { burst, perSecond, now } = this.#options;
    const time = now();
    const bucket = this.#buckets.get(address) ?? { left: burst, at: time };
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    // The one that was not heard of for longest is forgotten: it has most likely a full bucket again.
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    bucket.left = Math.min(burst, bucket.left + (Math.max(0, time - bucket.at) / 1000) * perSecond);
    bucket.at = time;
    if (bucket.left < 1) return false;
    bucket.left -= cost;
    return true;
  }
}
