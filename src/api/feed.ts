// The live feed: ids of what has just been recorded.
import type { Entry } from '../exchange/entry.ts';
import type { ExchangeOutcome } from '../exchange/exchange.ts';
import type { ApiJournal } from './context.ts';
import { summaryOf } from './read-exchange.ts';
import { Ring } from './ring.ts';

/** What has ended or happened: an exchange id or entry id, and the leaf that made it so. */
export interface FeedItem {
  readonly id: string;
  readonly leaf: number;
}

export class Feed extends Ring<FeedItem> {
  readonly #unsubscribe: () => void;

  constructor(journal: Pick<ApiJournal, 'onDurable'>, capacity = 4096) {
    super(capacity);
    this.#unsubscribe = journal.onDurable((entry, leaf) => this.#take(entry, leaf));
  }

  close(): void {
    this.#unsubscribe();
    this.wake();
  }

  #take(entry: Entry, leaf: number): void {
    // Nobody follows: what is not held need not be read. An intent or a chunk is not the end of anything.
    if (this.followers === 0 || entry.kind === 'exchange.intent' || entry.kind === 'exchange.chunk') return;
    const id = entry.kind === 'exchange.outcome' ? summaryOf<ExchangeOutcome>(entry).exchange : entry.id;
    this.push({ id, leaf });
  }
}
