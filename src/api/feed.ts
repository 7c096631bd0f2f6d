// The live feed: ids of what has just been recorded, for any number of followers that each go at their own pace.
import type { Entry } from '../exchange/entry.ts';
import type { ExchangeOutcome } from '../exchange/exchange.ts';
import type { ApiJournal } from './context.ts';
import { summaryOf } from './read-exchange.ts';

/** What has ended or happened: an exchange id or entry id, and the leaf that made it so. */
export interface FeedItem {
  readonly id: string;
  readonly leaf: number;
}

export interface FeedBatch {
  readonly items: readonly FeedItem[];
  /** Position to go on from. */
  readonly next: number;
  /** Items that were overwritten before this follower came for them. */
  readonly lost: number;
}

/** Holds the last `capacity` items while anybody follows; memory does not grow with slow followers. */
export class Feed {
  readonly #items: FeedItem[] = [];
  readonly #capacity: number;
  readonly #unsubscribe: () => void;
  readonly #waiting = new Set<() => void>();
  #next = 0;
  #followers = 0;

  constructor(journal: Pick<ApiJournal, 'onDurable'>, capacity = 4096) {
    this.#capacity = capacity;
    this.#unsubscribe = journal.onDurable((entry, leaf) => this.#take(entry, leaf));
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
  async after(position: number, max: number, signal: AbortSignal): Promise<FeedBatch> {
    while (position >= this.#next && !signal.aborted) await this.#news(signal);
    const oldest = this.#next - this.#items.length;
    const from = Math.max(position, oldest);
    const items = this.#items.slice(from - oldest, from - oldest + max);
    return { items, next: from + items.length, lost: from - position };
  }

  close(): void {
    this.#unsubscribe();
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

  #take(entry: Entry, leaf: number): void {
    // Nobody follows: what is not held need not be read. An intent or a chunk is not the end of anything.
    if (this.#followers === 0 || entry.kind === 'exchange.intent' || entry.kind === 'exchange.chunk') return;
    const id = entry.kind === 'exchange.outcome' ? summaryOf<ExchangeOutcome>(entry).exchange : entry.id;
    this.#items.push({ id, leaf });
    this.#next += 1;
    if (this.#items.length > this.#capacity) this.#items.shift();
    for (const wake of this.#waiting) wake();
  }
}
