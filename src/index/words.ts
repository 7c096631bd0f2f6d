// What a word is: the unit of free text, for queries, for the index and for confirming a hit.

/** Bytes of a word that count; what is longer is compared by its beginning. */
export const WORD_BYTES = 64;

/** Scripts written without spaces: every character is a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu;
const BETWEEN = /[^\p{L}\p{N}\p{M}]+/u;
/** ASCII characters that are in no word. */
const ASCII_BETWEEN = /[\0-/:-@[-`{-\x7f]+/;
const ASCII_WORD = /^[0-9A-Za-z]*$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The words of a text, in order: runs of letters and digits, in lower case (NFKC), at most 64 bytes each.
 * `error_count:0.5` has the words error, count, 0 and 5.
 *
 * A text is parted at ASCII characters first and normalised then, so that bytes can be parted before it is known what they spell.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const add = (word: string): void => {
    if (word !== '') words.push(word.length * 3 <= WORD_BYTES ? word : cut(word));
  };
  for (const run of text.split(ASCII_BETWEEN)) {
    if (ASCII_WORD.test(run)) add(run.toLowerCase());
    else run.normalize('NFKC').toLowerCase().replace(UNSPACED, ' $& ').split(BETWEEN).forEach(add);
  }
  return words;
}

/** The first 64 bytes of a word's UTF-8, without a torn character at the end. */
function cut(word: string): string {
  const bytes = encoder.encode(word);
  if (bytes.length <= WORD_BYTES) return word;
  let end = WORD_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return decoder.decode(bytes.subarray(0, end));
}

/** Do these words follow each other somewhere in those? */
export function hasPhrase(words: readonly string[], phrase: readonly string[]): boolean {
  const first = phrase[0];
  if (first === undefined) return false;
  for (let at = words.indexOf(first); at >= 0; at = words.indexOf(first, at + 1))
    if (phrase.every((word, n) => words[at + n] === word)) return true;
  return false;
}
