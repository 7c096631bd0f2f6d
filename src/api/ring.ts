// The last few of something, for any number of followers that each go at their own pace.

export interface RingBatch<T> {
  readonly items: readonly T[];
  /** Position to go on from. */
  readonly next: number;
  /** Items that were overwritten before this follower came for them. */
  readonly lost: number;
}

/** Holds the last `capacity` items while anybody follows; memory does not grow with slow followers. */
export class Ring<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  readonly #waiting = new Set<() => void>();
  #next = 0;
  #followers = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get followers(): number {
    return this.#followers;
  }

  /** Begins to follow. @returns the position from now on; `leave` must be called in the end */
  join(): number {
    this.#followers += 1;
    return this.#next;
  }

  leave(): void {
    this.#followers -= 1;
    if (this.#followers === 0) this.#items.length = 0;
  }

  /** At most `max` items from a position on; waits for the first until `signal` aborts, then answers with none. */
  async after(position: number, max: number, signal: AbortSignal): Promise<RingBatch<T>> {
    while (position >= this.#next && !signal.aborted) await this.#news(signal);
    const oldest = this.#next - this.#items.length;
    const from = Math.max(position, oldest);
    const items = this.#items.slice(from - oldest, from - oldest + max);
    return { items, next: from + items.length, lost: from - position };
  }

  push(item: T): void {
    if (this.#followers === 0) return;
    this.#items.push(item);
    this.#next += 1;
    if (this.#items.length > this.#capacity) this.#items.shift();
    this.wake();
  }

  /** Has all who wait look again. */
  wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
