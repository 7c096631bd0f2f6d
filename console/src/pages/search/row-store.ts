// Rows of one search, up to millions. From the top they are known page by page, by cursor, each once. Further down, where counts over time tell
// how many rows lie before, pages are fetched out of turn. What is far from view is let go, and fetched again.
import type { Row, SearchResult } from '../../api/types.ts';

/** Rows of the first page, so that something stands there at once; of the next ones; and of those of somebody who goes far. */
const SIZES = [50, 200, 500] as const;
const FAR = 10;
/** Rows of a page out of turn. */
const APART = 100;
/** Rows before the end of what is known at which the next page is fetched. */
const AHEAD = 100;
/** Rows beyond the end of what is known that are still reached page by page. */
const NEAR = 500;
/** Pages that are held: 20,000 rows at most, some 30 MB. */
const HELD = 40;
/** Milliseconds in which somebody who scrolls fast has gone elsewhere; pages out of turn wait so long, and are fetched one after the other. */
const REST = 50;

/** Where a page begins: after a cursor, or so many rows into those within a limit of time. */
export interface PageStart {
  readonly cursor?: string | undefined;
  /** A place that `place` was given. */
  readonly within?: Place | undefined;
  readonly skip?: number;
}

/** From the row of that index on, a term of time limits the search to it and what follows. */
export interface Place {
  readonly start: number;
  readonly term: string;
}

interface PageSlot {
  readonly at: PageStart;
  /** Index of its first row. */
  readonly start: number;
  readonly length: number;
  rows: readonly Row[] | undefined;
  seen: number;
}

export interface RowsState {
  /** Rows from the top that are known of: those of all pages fetched in turn. */
  readonly known: number;
  /** Rows there are, as far as they are known or were counted. */
  readonly total: number;
  /** Whether there may be more than `total`. */
  readonly open: boolean;
  readonly more: boolean;
  readonly loading: boolean;
  readonly error: unknown;
  /** Leaves of the journal that the first page took into account. */
  readonly through: number | undefined;
}

type Fetch = (at: PageStart, limit: number, signal: AbortSignal) => Promise<SearchResult>;

/** Fetches; a store is for one query and order. */
export class RowStore {
  readonly #fetch: Fetch;
  readonly #listeners = new Set<() => void>();
  readonly #pages: PageSlot[] = [];
  readonly #again = new Set<PageSlot>();
  readonly #stop = new AbortController();
  #places: readonly Place[] = [];
  #counted = 0;
  /** Pages out of turn by the index of their first row. */
  readonly #apart = new Map<number, PageSlot>();
  #far: readonly [from: number, to: number] | undefined;
  #travels = false;
  #next: string | undefined;
  #clock = 0;
  #version = 0;
  #state: RowsState = {
    known: 0,
    total: 0,
    open: true,
    more: true,
    loading: false,
    error: undefined,
    through: undefined,
  };

  constructor(fetch: Fetch) {
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
  /** A row stays where it is. */
  readonly moving = false;
  /** Another one whenever rows came or went; `snapshot` stays what it is when nothing of it is different. */
  readonly version = (): number => this.#version;

  /** The row, when its page is held. */
  readonly row = (index: number): Row | undefined => {
    const page = index < this.#state.known ? this.#pageOf(index) : this.#apartOf(index);
    return page?.rows?.[index - page.start];
  };

  /** Told how many rows there are, and what of time begins where: rows beyond those known can be had from now on. */
  place(places: readonly Place[], total: number): void {
    this.#places = places;
    this.#counted = places.length === 0 ? 0 : total;
    this.#apart.clear();
    this.#set({});
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
    const { known, more, loading, error, total } = this.#state;
    if (!more || error !== undefined) return;
    if (to >= known - AHEAD && (from < known + NEAR || this.#places.length === 0)) {
      if (!loading) void this.#fetchNext();
      return;
    }
    if (to < known) return;
    this.#far = [Math.max(known, from - AHEAD), Math.min(total - 1, to + AHEAD)];
    if (!this.#travels) void this.#travel();
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
        const result = await this.#fetch({ cursor }, size, this.#stop.signal);
        this.#pages.push({
          at: { cursor },
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
      const { items } = await this.#fetch(page.at, page.length, this.#stop.signal);
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

  /** Fetches what is in view out of turn, until all of it is there. What was in view in passing is not fetched. */
  async #travel(): Promise<void> {
    this.#travels = true;
    try {
      for (;;) {
        const before = this.#missing()?.start;
        if (before === undefined) return;
        await new Promise((done) => setTimeout(done, REST));
        const page = this.#stop.signal.aborted ? undefined : this.#missing();
        if (page === undefined) return;
        if (page.start !== before) continue;
        const { items } = await this.#fetch(page.at, page.length, this.#stop.signal);
        page.rows = items.slice(0, page.length);
        page.seen = ++this.#clock;
        this.#apart.set(page.start, page);
        this.#letGo();
        this.#set({});
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#set({ error });
    } finally {
      this.#travels = false;
    }
  }

  /** The page nearest to the middle of what is wanted that is not held. */
  #missing(): PageSlot | undefined {
    const [from, to] = this.#far ?? [0, -1];
    const middle = (from + to) / 2;
    let nearest: PageSlot | undefined;
    const far = (page: PageSlot): number => Math.abs(page.start + page.length / 2 - middle);
    for (let index = Math.max(from, this.#state.known); index <= to; ) {
      const page = this.#apartOf(index) ?? this.#slotAt(index);
      if (page === undefined) break;
      page.seen = ++this.#clock;
      if (page.rows === undefined && (nearest === undefined || far(page) < far(nearest))) nearest = page;
      index = page.start + page.length;
    }
    return nearest;
  }

  #letGo(): void {
    const held = [...this.#pages, ...this.#apart.values()].filter(({ rows }) => rows !== undefined);
    if (held.length <= HELD) return;
    for (const page of held.toSorted((a, b) => a.seen - b.seen).slice(0, held.length - HELD)) {
      page.rows = undefined;
      this.#apart.delete(page.start);
    }
  }

  #pageOf(index: number): PageSlot | undefined {
    const page = this.#pages[lastFrom(this.#pages, index)];
    return page !== undefined && index < page.start + page.length ? page : undefined;
  }

  #apartOf(index: number): PageSlot | undefined {
    const slot = this.#slotAt(index);
    return slot && this.#apart.get(slot.start);
  }

  /** The page out of turn that the row belongs to: each place is divided from its beginning on. */
  #slotAt(index: number): PageSlot | undefined {
    const at = lastFrom(this.#places, index);
    const within = this.#places[at];
    if (within === undefined || index >= this.#counted) return undefined;
    const skip = Math.floor((index - within.start) / APART) * APART;
    const start = within.start + skip;
    const end = this.#places[at + 1]?.start ?? this.#counted;
    return { at: { within, skip }, start, length: Math.min(APART, end - start), rows: undefined, seen: 0 };
  }

  #set(change: Partial<RowsState>): void {
    const next = { ...this.#state, ...change };
    const total = next.more ? Math.max(next.known, this.#counted) : next.known;
    const state: RowsState = { ...next, total, open: next.more && this.#counted === 0 };
    if (Object.entries(state).some(([name, value]) => this.#state[name as keyof RowsState] !== value))
      this.#state = state;
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}

/** The last of those that begin at the index or before, by halving; -1 when none does. */
function lastFrom(sorted: readonly { readonly start: number }[], index: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.start ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
