// Consecutive leaves as an entry bundle holds them, computed straight from records: what verifying does a hundred thousand times a second.
import { hash } from 'node:crypto';
import { COMMITMENT, partOf, SALT } from './leaf.ts';

// A leaf's text as a string would be put together, flattened, and encoded twice, for its hash and for its bundle.

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const BEGIN = ascii('{"c":{');
const ID = ascii('},"i":"');
const KIND = ascii('","k":"');
const TIME = ascii('","t":');
const END = ascii(',"v":1}');
const HEX = ascii('0123456789abcdef');
const [QUOTE, COLON, COMMA, DASH, ZERO] = [0x22, 0x3a, 0x2c, 0x2d, 0x30];
/** Length of a commitment in base64url. */
const COMMITMENT_TEXT = 43;
/** What precedes each leaf in a bundle. */
const LENGTH = 2;
/** A record's bytes before its parts, its kind left out, and before the bytes of a part. */
const RECORD_FIXED = 28;
const PART_FIXED = 6;
/** No leaf of a record is longer: kind and number of parts are bytes. */
const MOST = LENGTH + 128 + 255 + 255 * (COMMITMENT_TEXT + 6);

/** Told of a part that is erased, by its letter. */
export type OnErased = (letter: string) => void;

/** Up to a bundle's worth of leaves. Its memory is used again after `clear`. */
export class LeafGroup {
  /** Leaf index of the first. */
  first = 0;
  /** By place in the group; undefined where the entry cannot be read. */
  readonly hashes: (string | undefined)[] = [];
  /** Where each leaf ends in the bytes. */
  readonly #ends: number[] = [];
  #bytes = Buffer.allocUnsafeSlow(128 * 1024);
  #used = 0;
  #missing = 0;

  get count(): number {
    return this.hashes.length;
  }

  /** The first `count` leaves as an entry bundle; undefined when one of the group is missing. A view that holds until `clear`. */
  bundle(count: number): Buffer | undefined {
    return this.#missing > 0 ? undefined : this.#bytes.subarray(0, count === 0 ? 0 : this.#ends[count - 1]);
  }

  /** A leaf's text; undefined where the entry cannot be read. */
  text(at: number): string | undefined {
    if (this.hashes[at] === undefined) return undefined;
    return this.#bytes.toString('latin1', (at === 0 ? 0 : this.#ends[at - 1]!) + LENGTH, this.#ends[at]);
  }

  /** Empties it. @param first leaf index of the next leaf */
  clear(first: number): void {
    this.first = first;
    this.hashes.length = 0;
    this.#ends.length = 0;
    this.#used = 0;
    this.#missing = 0;
  }

  /** The entry cannot be read. */
  addMissing(): void {
    this.hashes.push(undefined);
    this.#ends.push(this.#used);
    this.#missing++;
  }

  /**
   * Adds the leaf of the record from `at` to `end`.
   *
   * @returns whether these bytes are a record; if not, the leaf counts as missing
   */
  add(records: Buffer, at: number, end: number, onErased: OnErased): boolean {
    if (this.#used + MOST > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(this.#bytes.length * 2);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    const from = this.#used;
    const to = writeLeaf(this.#bytes, from + LENGTH, records, at, end, onErased);
    if (to === undefined) {
      this.addMissing();
      return false;
    }
    // RFC 6962 has a zero before the leaf, and the bundle its length: first the one, then the other.
    this.#bytes[from + 1] = 0;
    this.hashes.push(hash('sha256', this.#bytes.subarray(from + 1, to), 'binary'));
    this.#bytes.writeUInt16BE(to - from - LENGTH, from);
    this.#ends.push(to);
    this.#used = to;
    return true;
  }
}

/** Writes the leaf of a record, every commitment computed from salt and bytes; undefined when it is no record. @returns its end */
function writeLeaf(
  leaf: Buffer,
  start: number,
  records: Buffer,
  at: number,
  end: number,
  onErased: OnErased,
): number | undefined {
  const kind = at + 27;
  const kindEnd = kind + records[kind - 1]!;
  if (end - at < RECORD_FIXED || kindEnd >= end) return undefined;
  let to = put(leaf, start, BEGIN);
  let from = kindEnd + 1;
  for (let left = records[kindEnd]!; left > 0; left--) {
    if (from + PART_FIXED > end) return undefined;
    const letter = records[from]!;
    const state = records[from + 1]!;
    if (state > 1 || partOf(String.fromCharCode(letter)) === undefined) return undefined;
    const length = records.readUInt32LE(from + 2) + (state === 0 ? SALT : 0);
    from += PART_FIXED;
    if (from + length > end || (state === 1 && length !== COMMITMENT)) return undefined;
    const bytes = records.subarray(from, from + length);
    if (state === 1) onErased(String.fromCharCode(letter));
    const commitment = state === 1 ? bytes.toString('base64url') : hash('sha256', bytes, 'base64url');
    if (to > start + BEGIN.length) leaf[to++] = COMMA;
    leaf[to] = QUOTE;
    leaf[to + 1] = letter;
    leaf[to + 2] = QUOTE;
    leaf[to + 3] = COLON;
    leaf[to + 4] = QUOTE;
    to += 5;
    for (let n = 0; n < COMMITMENT_TEXT; n++) leaf[to + n] = commitment.charCodeAt(n);
    to += COMMITMENT_TEXT;
    leaf[to++] = QUOTE;
    from += length;
  }
  if (from !== end) return undefined;
  to = putId(leaf, put(leaf, to, ID), records, at + 4);
  to = put(leaf, to, KIND);
  for (let n = kind; n < kindEnd; n++) leaf[to++] = records[n]!;
  to = putNumber(leaf, put(leaf, to, TIME), records.readUIntLE(at + 20, 6));
  return put(leaf, to, END);
}

function put(target: Buffer, at: number, text: Uint8Array): number {
  for (let n = 0; n < text.length; n++) target[at + n] = text[n]!;
  return at + text.length;
}

function putId(target: Buffer, at: number, records: Buffer, from: number): number {
  let to = at;
  for (let n = 0; n < 16; n++) {
    if (n === 4 || n === 6 || n === 8 || n === 10) target[to++] = DASH;
    const byte = records[from + n]!;
    target[to++] = HEX[byte >> 4]!;
    target[to++] = HEX[byte & 15]!;
  }
  return to;
}

const HALF = 10_000_000;
/** Writes a number below 2^48 in decimal. In two halves, since the engine is quick with small integers only. */
function putNumber(target: Buffer, at: number, value: number): number {
  const high = Math.floor(value / HALF);
  const from = high === 0 ? at : putDigits(target, at, high, 1);
  return putDigits(target, from, value - high * HALF, high === 0 ? 1 : 7);
}

function putDigits(target: Buffer, at: number, value: number, least: number): number {
  let digits = least;
  for (let more = 10 ** least; more <= value; more *= 10) digits++;
  for (let to = at + digits - 1, left = value; to >= at; to--) {
    target[to] = ZERO + (left % 10);
    left = (left / 10) | 0;
  }
  return at + digits;
}
