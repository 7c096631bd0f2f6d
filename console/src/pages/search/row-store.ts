// Rows of one search, page by page by cursor, up to millions: what is far from view is let go, and fetched again by its cursor.
import type { Row, SearchResult } from '../../api/types.ts';

/** Rows of the first page, so that something stands there at once; of the next ones; and of those of somebody who goes far. */
const SIZES = [50, 200, 500] as const;
const FAR = 10;
/** Rows before the end of what is known at which the next page is fetched. */
const AHEAD = 100;
/** Pages that are held: 20,000 rows at most, some 30 MB. */
const HELD = 40;

interface PageSlot {
  readonly cursor: string | undefined;
  /** Index of its first row. */
  readonly start: number;
  readonly length: number;
  rows: readonly Row[] | undefined;
  seen: number;
}

export interface RowsState {
  /** Rows that are known of: those of all pages fetched so far. */
  readonly known: number;
  readonly more: boolean;
  readonly loading: boolean;
  readonly error: unknown;
  /** Leaves of the journal that the first page took into account. */
  readonly through: number | undefined;
}

/** Fetches; a store is for one query and order. */
export class RowStore {
  readonly #fetch: (cursor: string | undefined, limit: number, signal: AbortSignal) => Promise<SearchResult>;
  readonly #listeners = new Set<() => void>();
  readonly #pages: PageSlot[] = [];
  readonly #again = new Set<PageSlot>();
  readonly #stop = new AbortController();
  #next: string | undefined;
  #clock = 0;
  #state: RowsState = { known: 0, more: true, loading: false, error: undefined, through: undefined };

  constructor(fetch: (cursor: string | undefined, limit: number, signal: AbortSignal) => Promise<SearchResult>) {
    this.#fetch = fetch;
  }

  get state(): RowsState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): RowsState => this.#state;

  /** The row, when its page is held. */
  row(index: number): Row | undefined {
    const page = this.#pageOf(index);
    return page?.rows?.[index - page.start];
  }

  /** Sees to it that these rows are held, or under way. */
  want(from: number, to: number): void {
    for (let index = from; index <= to && index < this.#state.known; ) {
      const page = this.#pageOf(index);
      if (!page) break;
      page.seen = ++this.#clock;
      if (page.rows === undefined && !this.#again.has(page)) void this.#fetchAgain(page);
      index = page.start + Math.max(1, page.length);
    }
    if (to >= this.#state.known - AHEAD && this.#state.more && !this.#state.loading && this.#state.error === undefined)
      void this.#fetchNext();
  }

  /** After a failure. */
  retry(): void {
    this.#set({ error: undefined });
    void this.#fetchNext();
  }

  close(): void {
    this.#stop.abort();
    this.#listeners.clear();
  }

  async #fetchNext(): Promise<void> {
    this.#set({ loading: true });
    try {
      // A page may be empty and not the last (docs/search.md): the search goes on until it finds something, or its end.
      for (;;) {
        const cursor = this.#next;
        const size = SIZES[this.#pages.length === 0 ? 0 : this.#pages.length < FAR ? 1 : 2];
        const result = await this.#fetch(cursor, size, this.#stop.signal);
        this.#pages.push({
          cursor,
          start: this.#state.known,
          length: result.items.length,
          rows: result.items,
          seen: ++this.#clock,
        });
        this.#next = result.next;
        this.#letGo();
        this.#set({
          known: this.#state.known + result.items.length,
          more: result.next !== undefined,
          through: this.#state.through ?? result.indexedThrough,
        });
        if (result.next === undefined || result.items.length > 0) break;
      }
      this.#set({ loading: false });
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#set({ loading: false, error });
    }
  }

  async #fetchAgain(page: PageSlot): Promise<void> {
    this.#again.add(page);
    try {
      const { items } = await this.#fetch(page.cursor, page.length, this.#stop.signal);
      // A call that ended since may have moved; the page keeps its length.
      page.rows = items.slice(0, page.length);
      this.#letGo();
      this.#set({});
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#set({ error });
    } finally {
      this.#again.delete(page);
    }
  }

  #letGo(): void {
    const held = this.#pages.filter(({ rows }) => rows !== undefined);
    if (held.length <= HELD) return;
    for (const page of held.toSorted((a, b) => a.seen - b.seen).slice(0, held.length - HELD)) page.rows = undefined;
  }

  #pageOf(index: number): PageSlot | undefined {
    let [low, high] = [0, this.#pages.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const page = this.#pages[middle] as PageSlot;
      if (index < page.start) high = middle - 1;
      else if (index >= page.start + page.length) low = middle + 1;
      else return page;
    }
    return undefined;
  }

  #set(change: Partial<RowsState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
