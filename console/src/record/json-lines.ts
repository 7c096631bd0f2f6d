// A body as lines: JSON laid out with what can be folded, anything else as it is. Lines are cut out of the body when they are shown: of half a
// million, some dozens are.

export interface Lines {
  readonly count: number;
  readonly line: (at: number) => string;
  /** For each line that opens an object or array: the line that closes it; else -1. */
  readonly closes: Int32Array;
  /** How deep a line lies, in steps of two spaces. */
  readonly depth: (at: number) => number;
  readonly json: boolean;
}

/** @param text a body; JSON is laid out anew, numbers and doubled members as they were written */
export function linesOf(text: string): Lines {
  return laidOut(text) ?? plainLines(text);
}

/** As `linesOf`, of a value. */
export const linesOfValue = (value: unknown): Lines => linesOf(JSON.stringify(value) ?? 'undefined');

/** All of them, as one text. */
export function wholeText(lines: Lines): string {
  return allLines(lines).join('\n');
}

export const allLines = ({ count, line }: Lines): string[] => Array.from({ length: count }, (_, at) => line(at));

function plainLines(text: string): Lines {
  const lines = text.split('\n');
  return {
    count: lines.length,
    line: (at) => lines[at] ?? '',
    closes: new Int32Array(lines.length).fill(-1),
    depth: () => 0,
    json: false,
  };
}

/** Whether it is an object or array that JSON.parse takes: what it makes of it is let go. */
function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

const [QUOTE, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN, CLOSE, ESCAPE] = [
  0x22, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d, 0x5c,
];

/**
 * One pass over JSON, which notes where each line begins and ends in it. Numbers stay as they were written, also those that a double cannot
 * hold, and members that are there twice are shown twice: it is evidence.
 * @returns undefined when it is no JSON
 */
function laidOut(text: string): Lines | undefined {
  if (!isJson(text)) return undefined;
  const ends = new Numbers();
  const starts = new Numbers();
  const depths = new Numbers();
  const closes: { at: number; line: number }[] = [];
  const open: number[] = [];
  let start = -1;
  /** No blanks between tokens: what most programs send. */
  let compact = true;
  const end = (at: number): void => {
    starts.push(start);
    ends.push(at);
    depths.push(open.length);
    start = -1;
  };
  const length = text.length;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) {
      compact = false;
      continue;
    }
    if (code === CLOSE || code === CLOSE_LIST) {
      if (start >= 0) end(lastOf(text, at));
      const opener = open.pop();
      if (opener !== undefined) closes.push({ at: opener, line: starts.length });
      start = at;
      continue;
    }
    if (code === COMMA) {
      end(at + 1);
      continue;
    }
    if (start < 0) start = at;
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === OPEN || code === OPEN_LIST) {
      const next = blankTo(text, at + 1);
      const closing = text.charCodeAt(next);
      // What is empty stands on one line.
      if (closing === CLOSE || closing === CLOSE_LIST) {
        compact &&= next === at + 1;
        at = next;
      } else {
        end(at + 1);
        open.push(starts.length - 1);
      }
    }
  }
  if (start >= 0) end(lastOf(text, length));
  const [from, to, deep] = [starts.taken(), ends.taken(), depths.taken()];
  const closing = new Int32Array(from.length).fill(-1);
  for (const { at, line } of closes) closing[at] = line;
  return {
    count: from.length,
    line: (at) => '  '.repeat(deep[at] ?? 0) + readable(tidy(text.slice(from[at], to[at]), compact)),
    closes: closing,
    depth: (at) => deep[at] ?? 0,
    json: true,
  };
}

/** Where the string that begins there ends: its closing quote. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === ESCAPE) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length;
}

/** The first place from there on that is no blank. */
function blankTo(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** The end of what stands before, without blanks. */
function lastOf(text: string, before: number): number {
  let at = before;
  while (text.charCodeAt(at - 1) <= 0x20) at -= 1;
  return at;
}

/** One line's tokens as JSON.stringify sets them: `"name": value,`. */
function tidy(line: string, compact: boolean): string {
  let at = 0;
  if (line.charCodeAt(0) === QUOTE) {
    const quote = endOfString(line, 0);
    const colon = blankTo(line, quote + 1);
    if (line.charCodeAt(colon) !== COLON) return compact ? line : line.replace(/\s+(?=,$)/, '');
    at = blankTo(line, colon + 1);
    return `${line.slice(0, quote + 1)}: ${tidy(line.slice(at), compact)}`;
  }
  return compact ? line : line.replace(/^([[{])\s+([\]}])/, '$1$2').replace(/\s+(?=,$)/, '');
}

/** Characters that were written as escapes as they are, but for those that JSON must escape. */
const readable = (line: string): string =>
  line.includes('\\u') || line.includes('\\/')
    ? line.replace(/"(?:[^"\\]|\\.)*"/g, (string) => JSON.stringify(JSON.parse(string) as string))
    : line;

/** Whole numbers, many of them. */
class Numbers {
  #numbers = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const more = new Int32Array(2 * this.#length);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.#length++] = value;
  }

  taken(): Int32Array {
    return this.#numbers.slice(0, this.#length);
  }
}

/** The lines that show while those in `folded` are folded. */
export function shownLines({ count, closes }: Lines, folded: ReadonlySet<number>): Int32Array {
  const shown = new Int32Array(count);
  let next = 0;
  for (let at = 0; at < count; at++) {
    shown[next++] = at;
    const close = closes[at] ?? -1;
    // The closing bracket stands on the folded line itself.
    if (close >= 0 && folded.has(at)) at = close;
  }
  return shown.subarray(0, next);
}

/** What opens at the line, for the count on a folded one: its direct members. */
export function membersOf({ closes }: Lines, at: number): number {
  const close = closes[at] ?? -1;
  let count = 0;
  for (let next = at + 1; next < close; next++) {
    count += 1;
    const inner = closes[next] ?? -1;
    if (inner >= 0) next = inner;
  }
  return count;
}

/** Folds what lies deeper than so many levels. */
export function foldedBelow({ count, closes, depth }: Lines, least: number): Set<number> {
  const folded = new Set<number>();
  for (let at = 0; at < count; at++) {
    if ((closes[at] ?? -1) < 0 || depth(at) < least) continue;
    folded.add(at);
    at = closes[at] ?? at;
  }
  return folded;
}

/** Indexes of the lines that hold the text, without regard to case; at most so many. */
export function findLines({ count, line }: Lines, wanted: string, most = 10_000): number[] {
  const needle = wanted.toLowerCase();
  const found: number[] = [];
  for (let at = 0; at < count && found.length < most; at++) {
    if (line(at).toLowerCase().includes(needle)) found.push(at);
  }
  return found;
}

export type TokenKind = 'key' | 'string' | 'number' | 'word' | 'mark';
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)|([{}[\],:]+|\s+|[^\s"{}[\],:]+)/g;

/** The parts of one line of JSON, for colouring. What is very long is left as one. */
export function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  for (const [all, text, colon, number, word] of line.matchAll(TOKEN)) {
    if (text !== undefined && colon !== undefined) tokens.push({ kind: 'key', text }, { kind: 'mark', text: colon });
    else if (text !== undefined) tokens.push({ kind: 'string', text });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else tokens.push({ kind: word === undefined ? 'mark' : 'word', text: all });
  }
  return tokens;
}
