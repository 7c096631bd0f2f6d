// The words of up to 4,096 documents as an inverted index in memory, until they are stored as a block.
import { randomBytes } from 'node:crypto';
import { type BodyText, resolveEscapes } from './body-text.ts';
import { encodeBlock, type Postings, type StoredBlock } from './text-format.ts';
import { nameWords } from './text-names.ts';
import { WORD_BYTES, wordsOf } from './words.ts';

/** Documents of one block, and the memory at which it counts as full before that. */
const BLOCK_DOCUMENTS = 4096;
const POSTINGS = 4_000_000;
const WORDS = 100_000;
const WORD_MEMORY = 16 << 20;

/** What a word stands in: anywhere, or in a title, or in a search asked for. The latter two are words of their own kind. */
export type Scope = 'any' | 'title' | 'query';
const SCOPE = { title: '\x01', query: '\x02' } as const;

/** What a byte is to words: 0 parts them, else the byte in lower case; bytes of non-ASCII characters are themselves. */
const CLASS = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 ? byte : (/[0-9a-z]/i.exec(String.fromCharCode(byte))?.[0].toLowerCase().charCodeAt(0) ?? 0),
);
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
/** Numbers of a slot of the table, the first half of the hash and 1 + the word's number; and of a word, the other half and 1 + its last document. */
const PAIR = 2;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An odd number of 32 bits, signed. */
const randomNumber = (): number => randomBytes(4).readInt32LE() | 1;

/** An inverted index that grows: words are added document by document, and looked up at any time. */
export class TextBlock {
  /** Leaf whose entry a document came from, and leaf of the row it belongs to. */
  readonly documents: number[] = [];
  readonly rows: number[] = [];
  private words = 0;
  private postings = 0;
  private used = 0;
  /**
   * Open addressing, by the first half of the hash. Words are told apart by a hash of 64 bits whose factors are random and unknown outside
   * this block, so words that fall together cannot be looked for. Slots are small, since most looks into them miss the processor's caches;
   * words that every document has are numbered first, so what is kept of those lies together.
   */
  private table = new Int32Array(PAIR << 14);
  private known = new Int32Array(PAIR << 12);
  /** Where each word begins in `memory`, and where the last one ends. */
  private offsets = new Uint32Array((1 << 12) + 1);
  private memory = new Uint8Array(1 << 16);
  /** The word of each posting, document after document, and where each document's postings begin. */
  private postingWords = new Int32Array(1 << 16);
  private readonly begins: number[] = [];
  private readonly seed = randomNumber();
  private readonly seed2 = randomNumber();
  private readonly factor = randomNumber();
  private readonly factor2 = randomNumber();

  private readonly limit: number;

  /** @param limit documents at which it counts as full, at most 2^13 */
  constructor(limit = BLOCK_DOCUMENTS) {
    this.limit = limit;
  }

  get full(): boolean {
    return (
      this.documents.length >= this.limit ||
      this.postings >= POSTINGS ||
      this.words >= WORDS ||
      this.used >= WORD_MEMORY
    );
  }

  /** Forgets everything; its memory is used again. */
  clear(): void {
    this.documents.length = 0;
    this.rows.length = 0;
    this.begins.length = 0;
    this.words = 0;
    this.postings = 0;
    this.used = 0;
    this.table.fill(0);
  }

  /** Begins a document; what is added next belongs to it. */
  begin(documentLeaf: number, rowLeaf: number): void {
    this.documents.push(documentLeaf);
    this.rows.push(rowLeaf);
    this.begins.push(this.postings);
  }

  /** Adds the words of a text that is not from a body. */
  addText(text: string, scope: Scope = 'any'): void {
    if (scope === 'any') this.addBody({ bytes: Buffer.from(text), escaped: false });
    else for (const word of wordsOf(text)) this.addWord(scoped(word, scope));
  }

  /** Adds the words of a body. This is the hot path of indexing: one pass over the bytes, one look into the table a word. */
  addBody({ bytes, escaped }: BodyText): void {
    const end = bytes.length;
    const { seed, seed2, factor, factor2 } = this;
    const document = this.documents.length;
    let at = 0;
    while (at < end) {
      let kind = CLASS[bytes[at] as number] as number;
      if (kind === 0) {
        if (escaped && bytes[at] === BACKSLASH) {
          // Escapes of characters change words: the body is taken again with them resolved.
          if (at + 1 < end && bytes[at + 1] === LETTER_U) {
            this.addBody(resolveEscapes(bytes));
            return;
          }
          at++;
        }
        at++;
        continue;
      }
      const start = at;
      let hash = seed;
      let hash2 = seed2;
      /** 0x80 or more when a byte of a non-ASCII character was among them. */
      let mixed = 0;
      while (kind !== 0) {
        hash = Math.imul(hash ^ kind, factor);
        hash2 = Math.imul(hash2 ^ kind, factor2);
        mixed |= kind;
        if (++at === end) break;
        kind = CLASS[bytes[at] as number] as number;
      }
      if (mixed >= 0x80) {
        for (const word of wordsOf(decoder.decode(bytes.subarray(start, at)))) this.addWord(encoder.encode(word));
        continue;
      }
      const { table, known } = this;
      const mask = table.length - PAIR;
      let slot = ((hash ^ (hash >>> 15)) * PAIR) & mask;
      for (;;) {
        const word = table[slot + 1] as number;
        if (word === 0) {
          this.addNew(slot, bytes, start, Math.min(at - start, WORD_BYTES), hash, hash2);
          break;
        }
        if (table[slot] === hash && known[word * PAIR - 2] === hash2) {
          if (known[word * PAIR - 1] !== document) this.addKnown(word - 1);
          break;
        }
        slot = (slot + PAIR) & mask;
      }
    }
  }

  private addWord(bytes: Uint8Array): void {
    const { seed, seed2, factor, factor2 } = this;
    let hash = seed;
    let hash2 = seed2;
    for (const byte of bytes) {
      hash = Math.imul(hash ^ byte, factor);
      hash2 = Math.imul(hash2 ^ byte, factor2);
    }
    const { table, known } = this;
    const mask = table.length - PAIR;
    let slot = ((hash ^ (hash >>> 15)) * PAIR) & mask;
    for (let word = table[slot + 1] as number; word !== 0; word = table[slot + 1] as number) {
      if (table[slot] === hash && known[word * PAIR - 2] === hash2) {
        if (known[word * PAIR - 1] !== this.documents.length) this.addKnown(word - 1);
        return;
      }
      slot = (slot + PAIR) & mask;
    }
    this.addNew(slot, bytes, 0, bytes.length, hash, hash2);
  }

  /** Adds the present document to a word that has not had it yet. */
  private addKnown(word: number): void {
    this.known[word * PAIR + 1] = this.documents.length;
    if (this.postings === this.postingWords.length)
      this.postingWords = widen(this.postingWords, new Int32Array(this.postings * 2));
    this.postingWords[this.postings++] = word;
  }

  /** Adds a word with the present document. */
  private addNew(slot: number, bytes: Uint8Array, from: number, length: number, hash: number, hash2: number): void {
    const word = this.words++;
    if (word + 1 === this.offsets.length) {
      this.offsets = widen(this.offsets, new Uint32Array(word * 2 + 1));
      this.known = widen(this.known, new Int32Array(word * 2 * PAIR));
    }
    const { used } = this;
    if (used + length > this.memory.length) this.memory = widen(this.memory, new Uint8Array(this.memory.length * 2));
    const { memory } = this;
    for (let i = 0; i < length; i++) {
      const byte = bytes[from + i] as number;
      memory[used + i] = (CLASS[byte] as number) || byte;
    }
    this.used = used + length;
    this.offsets[word + 1] = this.used;
    this.table[slot] = hash;
    this.table[slot + 1] = word + 1;
    this.known[word * PAIR] = hash2;
    this.addKnown(word);
    if (this.words * 3 > this.table.length) this.grow();
  }

  private grow(): void {
    const before = this.table;
    const after = new Int32Array(before.length * 2);
    const mask = after.length - PAIR;
    for (let from = 0; from < before.length; from += PAIR) {
      const word = before[from + 1] as number;
      if (word === 0) continue;
      const hash = before[from] as number;
      let slot = ((hash ^ (hash >>> 15)) * PAIR) & mask;
      while (after[slot + 1] !== 0) slot = (slot + PAIR) & mask;
      after[slot] = hash;
      after[slot + 1] = word;
    }
    this.table = after;
  }

  /** Numbers of the documents that have the word, rising. Looks at everything: it is for the few searches, not for indexing. */
  lookUp(word: string, scope: Scope = 'any'): number[] {
    const bytes = scoped(word, scope);
    const wanted = new Set<number>();
    for (let n = 0; n < this.words; n++) {
      const at = this.offsets[n] as number;
      if ((this.offsets[n + 1] as number) - at !== bytes.length) continue;
      if (bytes.every((byte, i) => this.memory[at + i] === byte)) wanted.add(n);
    }
    const documents: number[] = [];
    if (wanted.size > 0)
      for (let document = 0; document < this.begins.length; document++) {
        const end = this.begins[document + 1] ?? this.postings;
        for (let posting = this.begins[document] as number; posting < end; posting++) {
          if (!wanted.has(this.postingWords[posting] as number)) continue;
          documents.push(document);
          break;
        }
      }
    return documents;
  }

  /** The block as stored: every word under its keyed name. */
  seal(key: Uint8Array): StoredBlock {
    const { memory: bytes, words: count, offsets } = this;
    return encodeBlock(this.documents, this.rows, nameWords(key, { bytes, count, offsets }), this.byWord());
  }

  private byWord(): Postings {
    const starts = new Uint32Array(this.words + 1);
    for (let posting = 0; posting < this.postings; posting++) {
      const next = (this.postingWords[posting] as number) + 1;
      starts[next] = (starts[next] as number) + 1;
    }
    for (let word = 0; word < this.words; word++)
      starts[word + 1] = (starts[word + 1] as number) + (starts[word] as number);
    const at = starts.slice();
    const documents = new Uint16Array(this.postings);
    for (let document = 0; document < this.begins.length; document++) {
      const end = this.begins[document + 1] ?? this.postings;
      for (let posting = this.begins[document] as number; posting < end; posting++) {
        const word = this.postingWords[posting] as number;
        documents[at[word] as number] = document;
        at[word] = (at[word] as number) + 1;
      }
    }
    return { starts, documents };
  }
}

/** The bytes that a word is known by. */
function scoped(word: string, scope: Scope): Uint8Array {
  return encoder.encode(scope === 'any' ? word : SCOPE[scope] + word);
}

function widen<T extends Uint8Array | Uint16Array | Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The keyed name of one word. */
export function nameOf(key: Uint8Array, word: string, scope: Scope = 'any'): { bucket: number; name: number } {
  const bytes = scoped(word, scope);
  const { buckets, names } = nameWords(key, {
    bytes,
    count: 1,
    offsets: Uint32Array.of(0, bytes.length),
  });
  return { bucket: buckets[0] as number, name: names[0] as number };
}
