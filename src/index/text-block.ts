// The words of up to 4,096 documents as an inverted index in memory, until they are stored as a block.
import { type BodyText, resolveEscapes } from './body-text.ts';
import { BlockEncoder, type StoredBlock } from './text-format.ts';
import { type HashKeys, HIGH, hashKeys, hashOf, Namer, type Scope, scoped } from './text-names.ts';
import { DOCUMENT, highOf, PARTS, PartSorter, partOf, posting } from './text-postings.ts';
import { WORD_BYTES, wordsOf } from './words.ts';

/** Documents of one block. */
const BLOCK_DOCUMENTS = 4096;
/** Numbers that postings take when the block counts as full, and that there is room for without growing any more. */
const FULL = (1 << 21) - (1 << 18);
const LARGEST = 1 << 21;

/** What a byte is to words: 0 parts them, and so does a backslash, 1; else the byte in lower case. Bytes of non-ASCII characters are themselves. */
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 ? byte : (/[0-9a-z]/i.exec(String.fromCharCode(byte))?.[0].toLowerCase().charCodeAt(0) ?? 0),
);
const BACKSLASH = 0x5c;
CLASS[BACKSLASH] = 1;
const LETTER_U = 0x75;
const decoder = new TextDecoder();

/** Postings of a part lie in chunks of 63; a further number says where the next chunk begins. So adding one touches little memory. */
const CHUNK = 128;
const LINK = CHUNK - 2;

/** Slots of the words of the present document that are remembered, so that most of its repeated words are not added again. */
const SEEN = 2048;

/** Where a body lies while it is read, with two bytes behind it. */
let scratch = Buffer.alloc(1 << 16);

/** An inverted index that grows: words are added document by document, and looked up at any time. */
export class TextBlock {
  /** The leaf of the row that each document belongs to. */
  readonly rows: number[] = [];
  private readonly key: Uint8Array;
  private readonly hash: HashKeys;
  private readonly limit: number;
  private postings = new Int32Array(PARTS * CHUNK * 2);
  /** Where the next posting of each part goes; and how much of `postings` belongs to chunks. */
  private readonly ends = new Uint32Array(PARTS);
  private used = 0;
  private readonly seen = new Int32Array(SEEN * 2);

  /**
   * @param key the 32 bytes that name words
   * @param limit documents at which it counts as full; there may be more, up to 2^14
   */
  constructor(key: Uint8Array, limit = BLOCK_DOCUMENTS) {
    this.key = key;
    this.hash = hashKeys(key);
    this.limit = limit;
    this.clear();
  }

  get full(): boolean {
    return this.rows.length >= this.limit || this.used >= FULL;
  }

  /** Forgets everything; its memory is used again. */
  clear(): void {
    this.rows.length = 0;
    if (this.postings.length > LARGEST) this.postings = new Int32Array(LARGEST);
    for (let part = 0; part < PARTS; part++) this.ends[part] = part * CHUNK;
    this.used = PARTS * CHUNK;
  }

  /** Begins a document; what is added next belongs to it. */
  begin(row: number): void {
    this.rows.push(row);
    this.seen.fill(0);
  }

  /** Adds the words of a text that is not from a body. */
  addText(text: string, scope: Scope = 'any'): void {
    if (scope === 'any') this.addBytes(undefined, text, false);
    else for (const word of wordsOf(text)) this.addWord(scoped(word, scope));
  }

  /** Adds the words of a body. */
  addBody({ bytes, escaped }: BodyText): void {
    if (!this.addBytes(bytes, '', escaped)) this.addBody(resolveEscapes(bytes));
  }

  /**
   * This is the hot path of indexing: one pass over the bytes.
   * @returns false when escapes of characters change words: the body is to be taken again with them resolved
   */
  private addBytes(body: Uint8Array | undefined, text: string, escaped: boolean): boolean {
    const needed = (body?.length ?? text.length * 3) + 2;
    if (needed > scratch.length) scratch = Buffer.alloc(needed);
    const bytes = scratch;
    const end = body?.length ?? bytes.write(text);
    if (body) bytes.set(body);
    // Nothing runs past these.
    bytes[end] = BACKSLASH;
    bytes[end + 1] = BACKSLASH;
    const { seed, seed2, factor, factor2 } = this.hash;
    for (let at = 0; ; ) {
      let kind = CLASS[bytes[at] as number] as number;
      while (kind === 0) kind = CLASS[bytes[++at] as number] as number;
      if (kind === 1) {
        if (at >= end) return true;
        if (!escaped) at++;
        else if (bytes[at + 1] === LETTER_U) return false;
        else at += 2;
        continue;
      }
      const start = at;
      let high = seed;
      let low = seed2;
      /** 0x80 or more when a byte of a non-ASCII character was among them. */
      let mixed = 0;
      do {
        high = Math.imul(high ^ kind, factor);
        low = Math.imul(low ^ kind, factor2);
        mixed |= kind;
        kind = CLASS[bytes[++at] as number] as number;
      } while (kind > 1);
      if (mixed >= 0x80) {
        for (const word of wordsOf(decoder.decode(bytes.subarray(start, at)))) this.addWord(scoped(word, 'any'));
        continue;
      }
      if (at - start > WORD_BYTES) {
        high = seed;
        low = seed2;
        for (let n = 0; n < WORD_BYTES; n++) {
          kind = CLASS[bytes[start + n] as number] as number;
          high = Math.imul(high ^ kind, factor);
          low = Math.imul(low ^ kind, factor2);
        }
      }
      this.add(high, low);
    }
  }

  private addWord(bytes: Uint8Array): void {
    const { high, low } = hashOf(this.hash, bytes);
    this.add(high, low);
  }

  private add(high: number, low: number): void {
    const { seen } = this;
    const slot = ((high >>> 6) & (SEEN - 1)) * 2;
    const first = high & HIGH;
    if (seen[slot] === first && seen[slot + 1] === low) return;
    seen[slot] = first;
    seen[slot + 1] = low;
    const part = partOf(high);
    const at = this.ends[part] as number;
    const { postings } = this;
    postings[at] = posting(high, this.rows.length - 1);
    postings[at + 1] = low;
    this.ends[part] = (at & (CHUNK - 1)) === LINK - 2 ? this.chunkAfter(at + 2) : at + 2;
  }

  /** Begins a further chunk, and notes in the one that ends where. */
  private chunkAfter(link: number): number {
    const chunk = this.used;
    this.used += CHUNK;
    if (this.used > this.postings.length) {
      const larger = new Int32Array(this.postings.length * 2);
      larger.set(this.postings);
      this.postings = larger;
    }
    this.postings[link] = chunk;
    return chunk;
  }

  /** Where the postings of a part lie, oldest first. */
  private *chunks(part: number): Generator<Int32Array> {
    const end = this.ends[part] as number;
    for (let chunk = part * CHUNK; ; ) {
      if (end >= chunk && end < chunk + CHUNK) {
        yield this.postings.subarray(chunk, end);
        return;
      }
      yield this.postings.subarray(chunk, chunk + LINK);
      chunk = this.postings[chunk + LINK] as number;
    }
  }

  /** Numbers of the documents that have the word, rising. */
  lookUp(word: string, scope: Scope = 'any'): number[] {
    const { high, low } = hashOf(this.hash, scoped(word, scope));
    const documents: number[] = [];
    const part = partOf(high);
    for (const chunk of this.chunks(part))
      for (let at = 0; at < chunk.length; at += 2) {
        const here = chunk[at] as number;
        if (chunk[at + 1] !== low || highOf(here, part) !== high) continue;
        if (documents.at(-1) !== (here & DOCUMENT)) documents.push(here & DOCUMENT);
      }
    return documents;
  }

  /** The block as stored: every word under its keyed name. */
  seal(): StoredBlock {
    const encoder = new BlockEncoder(this.rows.length, new Namer(this.key));
    const sorter = new PartSorter();
    for (let part = 0; part < PARTS; part++) {
      for (const chunk of this.chunks(part)) sorter.add(chunk);
      encoder.add(sorter.sort(part));
    }
    return encoder.finish(this.rows);
  }
}
