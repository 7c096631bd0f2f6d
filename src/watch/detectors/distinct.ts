// Tells whether a value is new within a window: a small bitmap for each key (linear counting, Whang et al. 1990), so memory does not grow.
import { BoundedMap } from '../bounded-map.ts';

/** 1,024 bits: of 500 distinct values about one in five is taken for one seen before, so counts are on the low side. */
const WORDS = 32;

interface Seen {
  readonly bits: Uint32Array;
  window: number;
}

export class Distinct {
  private readonly seen: BoundedMap<Seen>;
  private readonly window: number;

  /** @param window milliseconds after which everything is new again */
  constructor(window: number, most = 10_000) {
    this.window = window;
    this.seen = new BoundedMap(most);
  }

  /** Is that value new to the key? @param hash 32 bits */
  add(key: string, time: number, hash: number): boolean {
    const window = Math.floor(time / this.window);
    let seen = this.seen.get(key);
    if (!seen) {
      seen = { bits: new Uint32Array(WORDS), window };
      this.seen.set(key, seen);
    } else if (window > seen.window) {
      seen.bits.fill(0);
      seen.window = window;
    }
    // Numbers that follow each other have hashes that differ in their low bits only.
    const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    const word = (mixed >>> 5) % WORDS;
    const bit = 1 << (mixed & 31);
    if ((seen.bits[word]! & bit) !== 0) return false;
    seen.bits[word]! |= bit;
    return true;
  }
}
