// A strict, bounded JSON scanner (RFC 8259) over bytes that tells where values stand, so that bytes can be replaced in place.

/** What the scanner calls. Positions are byte offsets; a string's span includes its quotes. */
export interface JsonVisitor {
  /** Before the value of an object's field. */
  field(name: string): void;
  /** Before an array's item. */
  item(): void;
  /** After the value of a field or item. */
  leave(): void;
  /** A string or a number. */
  scalar(start: number, end: number, isString: boolean): void;
}

const MAX_DEPTH = 256;
const MAX_BYTES = 64 * 1024 * 1024;

const [QUOTE, BACKSLASH, COMMA, COLON, MINUS, PLUS, DOT, ZERO] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d, 0x2b, 0x2e, 0x30];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const WORDS = ['true', 'false', 'null'];
const ESCAPES = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)));

class Malformed extends Error {}

/**
 * Reads one JSON text and tells a visitor what it holds. Returns false, possibly after some calls, when the bytes are not
 * exactly one JSON text, are deeper than 256 levels or longer than 64 MiB.
 */
export const scanJson = (text: Uint8Array, visitor: JsonVisitor): boolean => scan(text, visitor);

/** Whether scanJson would read the bytes as one JSON text. */
export const isJson = (text: Uint8Array): boolean => scan(text, undefined);

function scan(text: Uint8Array, visitor: JsonVisitor | undefined): boolean {
  if (text.length > MAX_BYTES) return false;
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  try {
    const end = skipSpace(bytes, value(bytes, skipSpace(bytes, 0), visitor, 0));
    return end === bytes.length;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

/** The text that a string's span means, for a span that scanJson told. */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  const inner = bytes.toString('utf8', start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner;
}

function value(bytes: Buffer, at: number, visitor: JsonVisitor | undefined, depth: number): number {
  if (depth > MAX_DEPTH) throw new Malformed();
  const first = bytes[at];
  if (first === QUOTE) {
    const end = string(bytes, at);
    visitor?.scalar(at, end, true);
    return end;
  }
  if (first === OPEN_OBJECT) return object(bytes, at, visitor, depth);
  if (first === OPEN_ARRAY) return array(bytes, at, visitor, depth);
  if (first === MINUS || isDigit(first)) {
    const end = number(bytes, at);
    visitor?.scalar(at, end, false);
    return end;
  }
  for (const word of WORDS) if (startsWith(bytes, at, word)) return at + word.length;
  throw new Malformed();
}

function object(bytes: Buffer, start: number, visitor: JsonVisitor | undefined, depth: number): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    if (bytes[at] !== QUOTE) throw new Malformed();
    const end = string(bytes, at);
    visitor?.field(stringAt(bytes, at, end));
    at = skipSpace(bytes, end);
    if (bytes[at] !== COLON) throw new Malformed();
    at = skipSpace(bytes, value(bytes, skipSpace(bytes, at + 1), visitor, depth + 1));
    visitor?.leave();
    if (bytes[at] === CLOSE_OBJECT) return at + 1;
    if (bytes[at] !== COMMA) throw new Malformed();
    at = skipSpace(bytes, at + 1);
  }
}

function array(bytes: Buffer, start: number, visitor: JsonVisitor | undefined, depth: number): number {
  let at = skipSpace(bytes, start + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (;;) {
    visitor?.item();
    at = skipSpace(bytes, value(bytes, at, visitor, depth + 1));
    visitor?.leave();
    if (bytes[at] === CLOSE_ARRAY) return at + 1;
    if (bytes[at] !== COMMA) throw new Malformed();
    at = skipSpace(bytes, at + 1);
  }
}

/** The end of the string that begins at a quote. */
function string(bytes: Buffer, start: number): number {
  for (let at = start + 1; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined || byte < 0x20) throw new Malformed();
    if (byte !== BACKSLASH) continue;
    at++;
    if (bytes[at] === 0x75) {
      for (let i = 1; i <= 4; i++) if (!isHex(bytes[at + i])) throw new Malformed();
      at += 4;
    } else if (!ESCAPES.has(bytes[at] ?? 0)) throw new Malformed();
  }
}

function number(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  at = bytes[at] === ZERO ? at + 1 : digits(bytes, at);
  if (bytes[at] === DOT) at = digits(bytes, at + 1);
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    const sign = bytes[at + 1];
    at = digits(bytes, sign === PLUS || sign === MINUS ? at + 2 : at + 1);
  }
  return at;
}

function digits(bytes: Buffer, start: number): number {
  let at = start;
  while (isDigit(bytes[at])) at++;
  if (at === start) throw new Malformed();
  return at;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

function startsWith(bytes: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
