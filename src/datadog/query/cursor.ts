// Reads a query from left to right, and notes what could not be read. It only ever moves on, so reading is linear.
import type { Unread } from './tree.ts';

/** Names may have dots in them, `system.cpu.user`; a unit may stand behind a number, `10d`. */
const NAME = /[A-Za-z_$][\w.$]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const MAX_UNREAD = 100;
const MAX_UNREAD_TEXT = 256;

export class Cursor {
  readonly text: string;
  at = 0;
  /** Parentheses, braces and windows that are open. */
  depth = 0;
  readonly unread: Unread[] = [];

  constructor(text: string) {
    this.text = text;
  }

  skipSpace(): void {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || (code >= 9 && code <= 13) || code === 160) code = this.text.charCodeAt(++this.at);
  }

  /** Whether what is left, behind blanks, begins so. */
  sees(text: string): boolean {
    this.skipSpace();
    return this.text.startsWith(text, this.at);
  }

  /** Steps over the text when it stands next. */
  takes(text: string): boolean {
    const there = this.sees(text);
    if (there) this.at += text.length;
    return there;
  }

  get ended(): boolean {
    this.skipSpace();
    return this.at >= this.text.length;
  }

  name(): string | undefined {
    return this.#match(NAME);
  }

  number(): string | undefined {
    return this.#match(NUMBER);
  }

  /** A sticky pattern at the cursor. */
  matches(pattern: RegExp): string | undefined {
    return this.#match(pattern);
  }

  #match(pattern: RegExp): string | undefined {
    this.skipSpace();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** A text in single or double quotes, with backslash escapes; one that is never closed goes to the end. */
  quoted(): string | undefined {
    this.skipSpace();
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") return undefined;
    const start = this.at++;
    let from = this.at;
    let value = '';
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at];
      if (character === quote) {
        value += this.text.slice(from, this.at++);
        return value;
      }
      if (character !== '\\') continue;
      value += this.text.slice(from, this.at++);
      from = this.at;
    }
    this.miss(start, this.text.slice(start));
    return value + this.text.slice(from);
  }

  /** Notes a piece as not read; pieces side by side are one. */
  miss(at: number, text: string): Unread {
    const last = this.unread.at(-1);
    const end = last === undefined ? Number.POSITIVE_INFINITY : last.at + last.text.length;
    if (last !== undefined && end <= at && this.text.slice(end, at).trim() === '') {
      const joined = { at: last.at, text: this.text.slice(last.at, at + text.length).slice(0, MAX_UNREAD_TEXT) };
      this.unread[this.unread.length - 1] = joined;
      return joined;
    }
    const piece = { at, text: text.slice(0, MAX_UNREAD_TEXT) };
    if (this.unread.length < MAX_UNREAD) this.unread.push(piece);
    return piece;
  }

  /** Steps over the next token as something that could not be read. */
  skipToken(): Unread {
    this.skipSpace();
    const start = this.at;
    const quoted = this.quoted();
    if (quoted === undefined && this.name() === undefined && this.number() === undefined) {
      this.at = start + (this.text.codePointAt(start)! > 0xffff ? 2 : 1);
    }
    return this.miss(start, this.text.slice(start, this.at));
  }
}
