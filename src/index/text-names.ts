// The keyed name of a word: what stands in the index in the word's place. Without the key it tells nothing of the word.
import { type Cipheriv, createCipheriv } from 'node:crypto';

/** 5 bytes a word: the first chooses the bucket, the other four (little-endian) name the word in it. */
export interface Names {
  readonly buckets: Uint8Array;
  readonly names: Uint32Array;
}

/** Words as byte ranges of one array: word n stands from `offsets[n]` to `offsets[n + 1]` and has at most 255 bytes. */
export interface WordRanges {
  readonly bytes: Uint8Array;
  readonly count: number;
  readonly offsets: Uint32Array;
}

const BLOCK = 16;
/** Words that go through the cipher together: what they take stays within the processor's caches. */
const TOGETHER = 2048;

/**
 * Names words by AES-256 in CBC-MAC over length and bytes. The length comes first, so no input is the beginning of another, which makes
 * CBC-MAC a pseudorandom function (Bellare, Kilian, Rogaway 2000). Many words go through the cipher together, a block of each at a time:
 * that is far cheaper than an HMAC for each.
 *
 * @param key 32 bytes
 */
export function nameWords(key: Uint8Array, words: WordRanges): Names {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const named = { buckets: new Uint8Array(words.count), names: new Uint32Array(words.count) };
  const input = Buffer.alloc(Math.min(words.count, TOGETHER) * BLOCK);
  for (let from = 0; from < words.count; from += TOGETHER)
    nameSome(cipher, words, from, Math.min(from + TOGETHER, words.count), input, named);
  return named;
}

/** Names the words `begin` (inclusive) to `end`. */
function nameSome(
  cipher: Cipheriv,
  { bytes, offsets }: WordRanges,
  begin: number,
  end: number,
  input: Buffer,
  { buckets, names }: Names,
): void {
  input.fill(0);
  let from = offsets[begin] as number;
  for (let n = begin; n < end; n++) {
    const next = offsets[n + 1] as number;
    const at = (n - begin) * BLOCK;
    input[at] = next - from;
    const first = Math.min(next - from, BLOCK - 1);
    for (let i = 0; i < first; i++) input[at + 1 + i] = bytes[from + i] as number;
    from = next;
  }
  let output = cipher.update(input.subarray(0, (end - begin) * BLOCK));
  /** Words that have a further block; undefined stands for all. */
  let left: number[] | undefined;
  for (let done = BLOCK - 1; ; done += BLOCK) {
    const longer: number[] = [];
    const count = left?.length ?? end - begin;
    for (let i = 0; i < count; i++) {
      const n = left ? (left[i] as number) : begin + i;
      const at = i * BLOCK;
      const from = (offsets[n] as number) + done;
      const size = Math.min((offsets[n + 1] as number) - from, BLOCK);
      if (size <= 0) {
        buckets[n] = output[at] as number;
        const low = (output[at + 1] as number) | ((output[at + 2] as number) << 8);
        names[n] = low | ((output[at + 3] as number) << 16) | ((output[at + 4] as number) << 24);
        continue;
      }
      const to = longer.length * BLOCK;
      if (to !== at) output.copyWithin(to, at, at + BLOCK);
      for (let b = 0; b < size; b++) output[to + b] = (output[to + b] as number) ^ (bytes[from + b] as number);
      longer.push(n);
    }
    if (longer.length === 0) return;
    left = longer;
    output = cipher.update(output.subarray(0, longer.length * BLOCK));
  }
}
