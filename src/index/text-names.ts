// The keyed name of a word: what stands in the index in the word's place. Without the key it tells nothing of the word.
import { type Cipheriv, createCipheriv, createHmac } from 'node:crypto';

/** What a word stands in: anywhere, or in a title, or in a search asked for. The latter two are words of their own kind. */
export type Scope = 'any' | 'title' | 'query';
const SCOPE = { title: '\x01', query: '\x02' } as const;

const encoder = new TextEncoder();

/** The bytes that a word is known by. */
export const scoped = (word: string, scope: Scope): Uint8Array =>
  encoder.encode(scope === 'any' ? word : SCOPE[scope] + word);

/** Where the two halves of a word's hash begin, and what each byte multiplies them by. Secret: they come from the index's key. */
export interface HashKeys {
  readonly seed: number;
  readonly seed2: number;
  readonly factor: number;
  readonly factor2: number;
}

/** Of the first half of a hash 26 bits count, all but the lowest, which are the weakest. */
export const HIGH = ~0x3f;

/** The keys of hashes. The factors differ in their lowest bits, so that the halves do as well. */
export function hashKeys(key: Uint8Array): HashKeys {
  const bytes = createHmac('sha256', key).update('dogwatch index hashes of words').digest();
  return {
    seed: bytes.readInt32LE(0),
    seed2: bytes.readInt32LE(4),
    factor: (bytes.readInt32LE(8) & ~7) | 3,
    factor2: (bytes.readInt32LE(12) & ~7) | 5,
  };
}

/** The hash of a word: 26 and 32 bits. The block's loop over bodies does the same in place. */
export function hashOf({ seed, seed2, factor, factor2 }: HashKeys, bytes: Uint8Array): { high: number; low: number } {
  let high = seed;
  let low = seed2;
  for (const byte of bytes) {
    high = Math.imul(high ^ byte, factor);
    low = Math.imul(low ^ byte, factor2);
  }
  return { high: high & HIGH, low };
}

const BLOCK = 16;

/**
 * Names words: the first 5 bytes of AES-256 of the word's hash, the first of which chooses the bucket, and the others (little-endian) name
 * the word in it. The hash tells words apart, and no more is asked of it: two that fell together, 1 of 2^58 pairs, would be found for each
 * other, and set aside when the journal is looked at. That nothing is learned from names is the cipher's doing.
 */
export class Namer {
  private readonly cipher: Cipheriv;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    const own = createHmac('sha256', key).update('dogwatch index names of words').digest();
    this.cipher = createCipheriv('aes-256-ecb', own, null).setAutoPadding(false);
  }

  /** Writes the names of the first `count` hashes to `buckets` and `names`, from `at` on. */
  name(
    hashes: { readonly highs: Int32Array; readonly lows: Int32Array },
    count: number,
    to: { readonly buckets: Uint8Array; readonly names: Uint32Array },
    at = 0,
  ): void {
    const input = Buffer.alloc(count * BLOCK);
    for (let n = 0; n < count; n++) {
      input.writeInt32LE(hashes.highs[n] as number, n * BLOCK);
      input.writeInt32LE(hashes.lows[n] as number, n * BLOCK + 4);
    }
    const output = this.cipher.update(input);
    for (let n = 0; n < count; n++) {
      to.buckets[at + n] = output[n * BLOCK] as number;
      to.names[at + n] = output.readUInt32LE(n * BLOCK + 1);
    }
  }
}

/** The keyed name of one word. */
export function nameOf(key: Uint8Array, word: string, scope: Scope = 'any'): { bucket: number; name: number } {
  const { high, low } = hashOf(hashKeys(key), scoped(word, scope));
  const named = { buckets: new Uint8Array(1), names: new Uint32Array(1) };
  new Namer(key).name({ highs: Int32Array.of(high), lows: Int32Array.of(low) }, 1, named);
  return { bucket: named.buckets[0] as number, name: named.names[0] as number };
}
