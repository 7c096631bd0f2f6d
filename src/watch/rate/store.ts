// The keys: their places in the pages, and who makes room when there are too many.
import {
  BIN,
  BIN_NO,
  BORN,
  bytesOf,
  clear,
  doublesOf,
  FALLEN,
  FLAGS,
  floatsOf,
  HEARD,
  intsOf,
  LAST,
  Page,
  PEAK,
  PEER,
  ROWS,
  SILENT,
  UP,
  USED,
} from './page.ts';
import { Peers, type PeersState } from './peers.ts';
import { takeIn } from './windows.ts';

/** Milliseconds of a bin. */
export const BIN_LENGTH = 600_000;
export const HOUR_LENGTH = 3_600_000;
/** Bins of an hour. */
export const BINS = HOUR_LENGTH / BIN_LENGTH;
export const binOf = (time: number): number => Math.floor(time / BIN_LENGTH);

export interface StoreState {
  readonly keys: readonly string[];
  readonly hand: number;
  readonly peers: PeersState;
}

export class Store {
  readonly slots = new Map<string, number>();
  readonly keys: string[] = [];
  readonly pages: Page[] = [];
  readonly peers: Peers;
  private hand = 0;
  /** Places of keys that were forgotten. */
  private readonly free: number[] = [];
  private readonly most: number;

  constructor(most: number, crowds: readonly string[], state?: StoreState) {
    this.most = Math.max(1, most);
    this.peers = new Peers(crowds, state?.peers);
    for (const key of state?.keys ?? []) {
      if (key === '') this.free.push(this.keys.length);
      else this.slots.set(key, this.keys.length);
      this.keys.push(key);
    }
    this.hand = state?.hand ?? 0;
  }

  pageOf(slot: number): Page {
    return this.pages[slot >>> 10]!;
  }

  /** A place for a key that has none. `evicted` hears whose place it was when that one was in an episode. */
  add(key: string, peer: string, time: number, evicted: (slot: number) => void): number {
    const slot = this.free.pop() ?? (this.keys.length < this.most ? this.keys.length : this.freed(evicted));
    const row = slot & (ROWS - 1);
    if (slot >>> 10 === this.pages.length) this.pages.push(new Page());
    this.keys[slot] = key;
    this.slots.set(key, slot);
    this.beginAt(slot, time);
    this.pageOf(slot).n[intsOf(row) + PEER] = this.peers.numberOf(peer);
    return slot;
  }

  /** Nothing is known of the key, nor of whose place it was; that is free for another. */
  forget(key: string, time: number): void {
    const slot = this.slots.get(key);
    if (slot === undefined) return;
    this.slots.delete(key);
    this.keys[slot] = '';
    this.free.push(slot);
    this.beginAt(slot, time);
  }

  private beginAt(slot: number, time: number): void {
    const page = this.pageOf(slot);
    const row = slot & (ROWS - 1);
    clear(page, row);
    const times = doublesOf(row);
    page.t[times + LAST] = time;
    page.t[times + HEARD] = time;
    page.t[times + BORN] = time;
    page.n[intsOf(row) + BIN_NO] = binOf(time);
  }

  save(): StoreState {
    return { keys: this.keys, hand: this.hand, peers: this.peers.save() };
  }

  /** Second chance (the clock algorithm): whoever was not heard of since the hand passed, and is in no episode. */
  private freed(evicted: (slot: number) => void): number {
    const count = this.keys.length;
    for (let tries = 0; ; tries++) {
      const slot = this.hand % count;
      this.hand = (slot + 1) % count;
      const page = this.pageOf(slot);
      const row = slot & (ROWS - 1);
      const flags = bytesOf(row) + FLAGS;
      const isSpared = (page.b[flags]! & (USED | UP | SILENT | FALLEN)) !== 0;
      page.b[flags]! &= ~USED;
      if (isSpared && tries < 2 * count) continue;
      if (tries >= 2 * count) evicted(slot);
      takeIn(page, row);
      // What it did in its last bin is known to its peers.
      if (page.f[floatsOf(row) + BIN]! > 0) this.peers.learn(page.n[intsOf(row) + PEER]!, page.f, floatsOf(row) + PEAK);
      this.slots.delete(this.keys[slot]!);
      return slot;
    }
  }
}
