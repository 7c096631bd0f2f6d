// Postings of the text index while they are in memory: a word's hash and a document, and how those of each word are brought together.

/**
 * Postings lie in parts by the first byte of the hash. One is two numbers: of the hash's first half the next 18 bits, then 14 bits of the
 * document's number; and the hash's other half.
 */
export const PARTS = 256;
export const DOCUMENT = 0x3fff;

/** The part that a hash belongs to. */
export const partOf = (high: number): number => high >>> 24;
/** The first number of a posting. */
export const posting = (high: number, document: number): number => ((high << 8) & ~DOCUMENT) | document;
/** The first half of the hash of a posting. */
export const highOf = (first: number, part: number): number => (part << 24) | ((first & ~DOCUMENT) >>> 8);

/** The words of a part, and the documents of one after the other: those of word n, rising, stand from `starts[n]` to `starts[n + 1]`. */
export interface SortedPart {
  readonly count: number;
  readonly highs: Int32Array;
  readonly lows: Int32Array;
  readonly starts: Uint32Array;
  readonly documents: Uint16Array;
}

/** Brings the postings of one part after the other in order; its memory is used again, so a result holds until the next one. */
export class PartSorter {
  private postings = new Int32Array(1 << 12);
  private size = 0;
  /** By the hash, 1 + the number of a word. */
  private table = new Int32Array(1 << 12);
  private highs = new Int32Array(0);
  private lows = new Int32Array(0);
  private starts = new Uint32Array(0);
  private documents = new Uint16Array(0);
  /** The last document of each word, and the word of each posting; -1 for one that is there already. */
  private lasts = new Int32Array(0);
  private words = new Int32Array(0);

  /** Adds postings of the part, those of earlier documents first. */
  add(postings: Int32Array): void {
    if (this.size + postings.length > this.postings.length) {
      const larger = new Int32Array(Math.max(this.postings.length * 2, this.size + postings.length));
      larger.set(this.postings.subarray(0, this.size));
      this.postings = larger;
    }
    this.postings.set(postings, this.size);
    this.size += postings.length;
  }

  /** Sorts what was added, and forgets it. */
  sort(part: number): SortedPart {
    const size = this.size / 2;
    this.size = 0;
    this.reserve(size);
    const { starts, documents, words, postings } = this;
    const count = this.numberWords(size, part);
    let sum = 0;
    for (let word = 0; word < count; word++) {
      const here = starts[word] as number;
      starts[word] = sum;
      sum += here;
    }
    for (let n = 0; n < size; n++) {
      const word = words[n] as number;
      if (word < 0) continue;
      const at = starts[word] as number;
      documents[at] = (postings[n * 2] as number) & DOCUMENT;
      starts[word] = at + 1;
    }
    // Each start has moved to where its word ends.
    starts.copyWithin(1, 0, count);
    starts[0] = 0;
    return { count, highs: this.highs, lows: this.lows, starts, documents };
  }

  /** Gives each word a number, and counts its documents in `starts`. Returns how many words there are. */
  private numberWords(size: number, part: number): number {
    const { postings, table, highs, lows, starts, lasts, words } = this;
    let slots = 1024;
    while (slots < size * 2) slots *= 2;
    const mask = slots - 1;
    table.fill(0, 0, slots);
    let count = 0;
    for (let n = 0; n < size; n++) {
      const first = postings[n * 2] as number;
      const low = postings[n * 2 + 1] as number;
      const high = highOf(first, part);
      const document = first & DOCUMENT;
      let slot = (low ^ (low >>> 15) ^ (high >>> 5)) & mask;
      let word = (table[slot] as number) - 1;
      while (word >= 0 && !(lows[word] === low && highs[word] === high)) {
        slot = (slot + 1) & mask;
        word = (table[slot] as number) - 1;
      }
      if (word < 0) {
        word = count++;
        table[slot] = count;
        highs[word] = high;
        lows[word] = low;
        starts[word] = 0;
        lasts[word] = -1;
      }
      if (lasts[word] === document) {
        words[n] = -1;
        continue;
      }
      lasts[word] = document;
      words[n] = word;
      starts[word] = (starts[word] as number) + 1;
    }
    return count;
  }

  /** Makes room for so many postings. */
  private reserve(size: number): void {
    let slots = this.table.length;
    while (slots < size * 2) slots *= 2;
    if (slots > this.table.length) this.table = new Int32Array(slots);
    if (size + 1 <= this.starts.length) return;
    const room = slots / 2 + 1;
    this.highs = new Int32Array(room);
    this.lows = new Int32Array(room);
    this.starts = new Uint32Array(room);
    this.documents = new Uint16Array(room);
    this.lasts = new Int32Array(room);
    this.words = new Int32Array(room);
  }
}
