// A bounded map from token hash to what was found out about the token. What was used least recently goes first.

interface Entry<Value> {
  readonly value: Value;
  readonly until: number;
  readonly weight: number;
}

/**
 * Two generations: what is used moves to the young one; when that is full it becomes the old one, and what was in the old
 * one is gone. So the half of the capacity that was used last always stays, and a hit is one look-up: moving an entry to
 * the end of a Map at each hit would leave a tail of deleted ones behind, which the next look-up has to walk.
 *
 * Bounded by count and by total weight, so that many large tokens cannot take more memory than many small ones may.
 */
export class TokenCache<Value> {
  readonly #maxEntries: number;
  readonly #maxWeight: number;
  #young = new Map<string, Entry<Value>>();
  #old = new Map<string, Entry<Value>>();
  #youngWeight = 0;

  /** The bounds are of both generations together. */
  constructor(maxEntries: number, maxWeight: number) {
    this.#maxEntries = maxEntries / 2;
    this.#maxWeight = maxWeight / 2;
  }

  /** How many entries are held in memory. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The value, unless it has ended at `now` (milliseconds). */
  get(key: string, now: number): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.until > now ? young.value : undefined;
    const old = this.#old.get(key);
    if (old === undefined || old.until <= now) return undefined;
    this.#add(key, old);
    return old.value;
  }

  /** Keeps a value until `until` (milliseconds). */
  set(key: string, value: Value, until: number, weight: number): void {
    this.#add(key, { value, until, weight });
  }

  #add(key: string, entry: Entry<Value>): void {
    const replaced = this.#young.get(key);
    const size = this.#young.size + (replaced === undefined ? 1 : 0);
    const weight = this.#youngWeight - (replaced?.weight ?? 0) + entry.weight;
    const full = size > this.#maxEntries || weight > this.#maxWeight;
    if (full) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#youngWeight = full ? entry.weight : weight;
    this.#young.set(key, entry);
  }
}
