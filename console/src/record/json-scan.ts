// One pass over a body that may be JSON (RFC 8259): whether it is, and where each of its lines would begin and end, were it laid out. Nothing is made of
// its values: of half a million lines, some dozens are looked at.

export interface Scanned {
  /** For each line, where it begins and ends in the text, and how deep it lies. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly depth: Int32Array;
  /** For each line that opens an object or array: the line that closes it; else -1. */
  readonly closes: Int32Array;
  /** No blanks between tokens: what most programs send. */
  readonly compact: boolean;
}

const [QUOTE, PLUS, COMMA, MINUS, DOT, ZERO, NINE, COLON] = [0x22, 0x2b, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x3a];
const [OPEN_LIST, ESCAPE, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5c, 0x5d, 0x7b, 0x7d];

/** What the grammar wants next. */
const [VALUE, NAME, COLON_NEXT, COMMA_OR_CLOSE, NOTHING] = [0, 1, 2, 3, 4];

/**
 * An object or array with nothing but blanks around it. Numbers stay as they were written, also those that a double cannot hold, and members that are
 * there twice stand there twice: it is evidence.
 * @param cut it is the beginning of a text, and may end anywhere
 * @returns undefined when it is no such JSON
 */
export function scanJson(text: string, cut = false): Scanned | undefined {
  const { length } = text;
  let [from, to, depth, closes] = [room(1024), room(1024), room(1024), room(1024)];
  let count = 0;
  /** The lines that opened what is open, innermost last; of an array, its complement. */
  let open = room(64);
  let deep = 0;
  let next = VALUE;
  let compact = true;
  let start = -1;
  let last = 0;
  for (let at = blankTo(text, 0); at < length; at = blankTo(text, last)) {
    if (at > last) compact = false;
    const code = text.charCodeAt(at);
    last = at + 1;
    /** Where the line ends that is told of here. */
    let end = -1;
    if (code === COMMA) {
      if (next !== COMMA_OR_CLOSE) return undefined;
      next = (open[deep - 1] ?? 0) < 0 ? VALUE : NAME;
      end = last;
    } else if (code === COLON) {
      if (next !== COLON_NEXT) return undefined;
      next = VALUE;
      continue;
    } else if (code === CLOSE || code === CLOSE_LIST) {
      if (next !== COMMA_OR_CLOSE || deep === 0 || (open[deep - 1] ?? 0) < 0 !== (code === CLOSE_LIST))
        return undefined;
      end = endBefore(text, at);
    } else {
      if (start < 0) start = at;
      if (code === QUOTE && next === NAME) {
        last = endOfString(text, at);
        next = COLON_NEXT;
      } else if (next !== VALUE) return undefined;
      else if (code === OPEN || code === OPEN_LIST) {
        const closing = blankTo(text, last);
        if (text.charCodeAt(closing) === (code === OPEN ? CLOSE : CLOSE_LIST)) {
          // What is empty stands on one line.
          compact &&= closing === last;
          last = closing + 1;
          next = deep === 0 ? NOTHING : COMMA_OR_CLOSE;
        } else end = last;
      } else {
        if (deep === 0) return undefined;
        last =
          code === QUOTE
            ? endOfString(text, at)
            : isDigit(code) || code === MINUS
              ? endOfNumber(text, at)
              : endOfWord(text, at);
        next = COMMA_OR_CLOSE;
      }
      if (last < 0) {
        if (!cut || !UNFINISHED.test(text.slice(at))) return undefined;
        last = length;
      }
    }
    if (end < 0) continue;
    // One is left for the last line.
    if (count + 1 === from.length)
      [from, to, depth, closes] = [larger(from), larger(to), larger(depth), larger(closes)];
    from[count] = start;
    to[count] = end;
    depth[count] = deep;
    closes[count++] = -1;
    start = -1;
    if (code === OPEN || code === OPEN_LIST) {
      if (deep === open.length) open = larger(open);
      open[deep++] = code === OPEN ? count - 1 : ~(count - 1);
      next = code === OPEN ? NAME : VALUE;
    } else if (code !== COMMA) {
      const opener = open[--deep] ?? 0;
      closes[opener < 0 ? ~opener : opener] = count;
      start = at;
      next = deep === 0 ? NOTHING : COMMA_OR_CLOSE;
    }
  }
  if (next !== NOTHING && !cut) return undefined;
  // What was cut right after a comma has no line begun.
  if (start < 0) start = length;
  from[count] = start;
  to[count] = endBefore(text, length);
  depth[count] = deep;
  closes[count++] = -1;
  const part = (numbers: Int32Array): Int32Array => numbers.subarray(0, count);
  return { from: part(from), to: part(to), depth: part(depth), closes: part(closes), compact };
}

const room = (numbers: number): Int32Array<ArrayBuffer> => new Int32Array(numbers);

/** The beginning of a string, a number or a word. */
const UNFINISHED = /^(?:"(?:[^"\\]|\\.)*\\?|[-+.\w]*)$/s;

function larger(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * numbers.length);
  more.set(numbers);
  return more;
}

/** After the string that begins there; -1 when it is none: it has no end, a bare control character, or an escape that there is not. */
export function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code < 0x20) return -1;
    if (code !== ESCAPE) continue;
    at += 1;
    if (text[at] === 'u') {
      if (!/^[\da-f]{4}$/i.test(text.slice(at + 1, at + 5))) return -1;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(text[at] ?? '?')) return -1;
  }
  return -1;
}

/** After the number that begins there (RFC 8259 section 6); -1 when it is none. */
function endOfNumber(text: string, from: number): number {
  let at = text.charCodeAt(from) === MINUS ? from + 1 : from;
  const first = text.charCodeAt(at);
  let end = digitsFrom(text, at);
  if (end === at || (first === ZERO && end > at + 1)) return -1;
  if (text.charCodeAt(end) === DOT) {
    at = end + 1;
    end = digitsFrom(text, at);
    if (end === at) return -1;
  }
  if ((text.charCodeAt(end) | 0x20) !== 0x65) return end;
  at = end + 1;
  const sign = text.charCodeAt(at);
  if (sign === PLUS || sign === MINUS) at += 1;
  end = digitsFrom(text, at);
  return end === at ? -1 : end;
}

function digitsFrom(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;

function endOfWord(text: string, from: number): number {
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, from)) return from + word.length;
  return -1;
}

/** What JSON takes for a blank. */
const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** The first place from there on that is no blank. */
export function blankTo(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** The end of what stands before, without blanks. */
function endBefore(text: string, before: number): number {
  let at = before;
  while (isBlank(text.charCodeAt(at - 1))) at -= 1;
  return at;
}
