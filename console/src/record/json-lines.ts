// A body as lines: JSON laid out with what can be folded, anything else as it is. Lines are cut out of the body when they are shown: of half a
// million, some dozens are.
import { blankTo, endOfString, scanJson } from './json-scan.ts';

export interface Lines {
  readonly count: number;
  readonly line: (at: number) => string;
  /** For each line that opens an object or array: the line that closes it; else -1. */
  readonly closes: Int32Array;
  /** How deep a line lies, in steps of two spaces. */
  readonly depth: (at: number) => number;
  readonly json: boolean;
}

/**
 * @param text a body; JSON is laid out anew, numbers and doubled members as they were written
 * @param cut it is the beginning of one
 */
export function linesOf(text: string, cut = false): Lines {
  return laidOut(text, cut) ?? plainLines(text);
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

const [QUOTE, COLON] = [0x22, 0x3a];

/** @returns undefined when it is no JSON */
function laidOut(text: string, cut: boolean): Lines | undefined {
  const scanned = scanJson(text, cut);
  if (scanned === undefined) return undefined;
  const { from, to, depth, closes, compact } = scanned;
  return {
    count: from.length,
    line: (at) => '  '.repeat(depth[at] ?? 0) + readable(tidy(text.slice(from[at], to[at]), compact)),
    closes,
    depth: (at) => depth[at] ?? 0,
    json: true,
  };
}

/** One line's tokens as JSON.stringify sets them: `"name": value,`. */
function tidy(line: string, compact: boolean): string {
  let at = 0;
  if (line.charCodeAt(0) === QUOTE) {
    const quote = endOfString(line, 0);
    const colon = blankTo(line, quote);
    if (line.charCodeAt(colon) !== COLON) return compact ? line : line.replace(/\s+(?=,$)/, '');
    at = blankTo(line, colon + 1);
    return `${line.slice(0, quote)}: ${tidy(line.slice(at), compact)}`;
  }
  return compact ? line : line.replace(/^([[{])\s+([\]}])/, '$1$2').replace(/\s+(?=,$)/, '');
}

/** Characters that were written as escapes as they are, but for those that JSON must escape. */
const readable = (line: string): string =>
  line.includes('\\u') || line.includes('\\/')
    ? line.replace(/"(?:[^"\\]|\\.)*"/g, (string) => JSON.stringify(JSON.parse(string) as string))
    : line;

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
