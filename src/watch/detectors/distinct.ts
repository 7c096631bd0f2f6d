// Counts distinct values within a window: a small bitmap for each key (linear counting, Whang et al. 1990), so memory does not grow.
import { BoundedMap } from '../bounded-map.ts';

/** 1,024 bits: of 500 distinct values about one in five is taken for one seen before, so counts are on the low side. */
const WORDS = 32;

/** What is known of one key. */
export interface Seen {
  readonly bits: Uint32Array;
  window: number;
  count: number;
}

export class Distinct {
  private readonly seen: BoundedMap<Seen>;
  private readonly window: number;

  /** @param window milliseconds after which everything is new again */
  constructor(window: number, most = 20_000) {
    this.window = window;
    this.seen = new BoundedMap(most);
  }

  /** How many distinct values the key has in this window, if that value is a new one; else 0. @param hash 32 bits */
  add(key: string, time: number, hash: number): number {
    return this.addTo(this.of(key), time, hash);
  }

  /** A key's place, good for adding to it within one window. */
  of(key: string): Seen {
    let seen = this.seen.get(key);
    if (!seen) {
      seen = { bits: new Uint32Array(WORDS), window: 0, count: 0 };
      this.seen.set(key, seen);
    }
    return seen;
  }

  addTo(seen: Seen, time: number, hash: number): number {
    const window = Math.floor(time / this.window);
    if (window > seen.window) {
      seen.bits.fill(0);
      seen.window = window;
      seen.count = 0;
    }
    // Numbers that follow each other have hashes that differ in their low bits only.
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    const word = (mixed >>> 5) % WORDS;
    const bit = 1 << (mixed & 31);
    if ((seen.bits[word]! & bit) !== 0) return 0;
    seen.bits[word]! |= bit;
    return ++seen.count;
  }
}
