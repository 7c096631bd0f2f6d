// A body as lines: JSON laid out with what can be folded, anything else as it is.

export interface Lines {
  readonly lines: readonly string[];
  /** For each line that opens an object or array: the line that closes it; else -1. */
  readonly closes: Int32Array;
  readonly json: boolean;
}

/** @param text a body; JSON is laid out anew, with members in their order */
export function linesOf(text: string): Lines {
  let laidOut: string | undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) laidOut = JSON.stringify(value, undefined, 2);
  } catch {
    // It is shown as it is.
  }
  const lines = (laidOut ?? text).split('\n');
  return {
    lines,
    closes: laidOut === undefined ? new Int32Array(lines.length).fill(-1) : foldsOf(lines),
    json: laidOut !== undefined,
  };
}

/** As `linesOf`, of a value. */
export const linesOfValue = (value: unknown): Lines => {
  const lines = (JSON.stringify(value, undefined, 2) ?? 'undefined').split('\n');
  return { lines, closes: foldsOf(lines), json: true };
};

/** Works on what JSON.stringify lays out: a line that opens ends with its bracket, and one that closes begins with it. */
function foldsOf(lines: readonly string[]): Int32Array {
  const closes = new Int32Array(lines.length).fill(-1);
  const open: number[] = [];
  for (const [at, line] of lines.entries()) {
    const first = line.charCodeAt(indentOf(line));
    if (first === 0x7d || first === 0x5d) {
      const opener = open.pop();
      if (opener !== undefined) closes[opener] = at;
    }
    const last = line.charCodeAt(line.length - 1);
    if (last === 0x7b || last === 0x5b) open.push(at);
  }
  return closes;
}

export function indentOf(line: string): number {
  let at = 0;
  while (line.charCodeAt(at) === 0x20) at += 1;
  return at;
}

/** The lines that show while those in `folded` are folded. */
export function shownLines({ lines, closes }: Lines, folded: ReadonlySet<number>): Int32Array {
  const shown = new Int32Array(lines.length);
  let count = 0;
  for (let at = 0; at < lines.length; at++) {
    shown[count++] = at;
    const close = closes[at] ?? -1;
    // The closing bracket stands on the folded line itself.
    if (close >= 0 && folded.has(at)) at = close;
  }
  return shown.subarray(0, count);
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
export function foldedBelow({ lines, closes }: Lines, depth: number): Set<number> {
  const folded = new Set<number>();
  for (let at = 0; at < lines.length; at++) {
    if ((closes[at] ?? -1) < 0 || indentOf(lines[at] ?? '') / 2 < depth) continue;
    folded.add(at);
    at = closes[at] ?? at;
  }
  return folded;
}

/** Indexes of the lines that hold the text, without regard to case; at most so many. */
export function findLines({ lines }: Lines, wanted: string, most = 10_000): number[] {
  const needle = wanted.toLowerCase();
  const found: number[] = [];
  for (const [at, line] of lines.entries()) {
    if (found.length >= most) break;
    if (line.toLowerCase().includes(needle)) found.push(at);
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
