// What may be used once only: ids of assertions and ID tokens, remembered until they would have expired anyway.

/** A bounded set of ids, each with its end. When it is full of live ones, nothing more is accepted: forgetting one would allow its replay. */
export class UsedIds {
  readonly #max: number;
  readonly #ends = new Map<string, number>();
  #nextSweep = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /**
   * Marks an id as used until `end`. Times are in milliseconds.
   * @returns `used` when it was before, `full` when no more can be remembered; it is to be refused in both cases
   */
  use(id: string, end: number, now: number): 'first' | 'used' | 'full' {
    const known = this.#ends.get(id);
    if (known !== undefined && known > now) return 'used';
    if (this.#ends.size >= this.#max && now >= this.#nextSweep) {
      for (const [each, until] of this.#ends) if (until <= now) this.#ends.delete(each);
      // A flood must not make every call walk the whole set.
      this.#nextSweep = now + 1000;
    }
    if (known === undefined && this.#ends.size >= this.#max) return 'full';
    this.#ends.set(id, end);
    return 'first';
  }

  get size(): number {
    return this.#ends.size;
  }
}
