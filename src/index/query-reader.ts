// Reads the characters of a query: words, quoted strings, keywords; and shows where a mistake is.
import { DogwatchError } from '../exchange/error.ts';
import { type Comparison, QUERY_LIMITS } from './query-tree.ts';

/** A piece of source text that stands for a value, with its wildcards told from escaped asterisks. */
export interface Raw {
  readonly at: number;
  readonly quoted: boolean;
  readonly parts: readonly string[];
  /** Operator in front of it. */
  readonly op?: Comparison;
}

/** A place in the source of a query. */
export class QueryReader {
  readonly source: string;
  position = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Reads a word or a quoted string; `stop` ends a word besides space and parentheses. */
  raw(stop: string): Raw {
    const at = this.position;
    const op = /^(>=|<=|>|<|=)/.exec(this.source.slice(at, at + 2))?.[1] as Comparison | undefined;
    if (op) this.position += op.length;
    const quoted = this.take('"');
    const parts: string[] = [];
    let part = '';
    let length = 0;
    for (;;) {
      if (this.ended()) {
        if (quoted) this.fail('This quotation mark is not closed.', at);
        break;
      }
      let character = this.peek();
      if (quoted ? character === '"' : this.blank() || character === '(' || character === ')' || character === stop)
        break;
      if (!quoted && character === '"') break;
      this.position++;
      if (character === '\\') {
        if (this.ended()) this.fail('Nothing follows this backslash.', this.position - 1);
        character = this.peek();
        this.position++;
        part += character;
      } else if (character === '*' && !quoted) {
        parts.push(part);
        part = '';
      } else part += character;
      if (++length > QUERY_LIMITS.value) this.fail(`A value has at most ${QUERY_LIMITS.value} characters.`, at);
    }
    if (quoted) this.position++;
    else if (this.position === at + (op?.length ?? 0)) this.fail('A value should stand here.', at);
    if (!this.ended() && !this.blank() && this.peek() !== ')' && this.peek() !== stop)
      this.fail(
        'A space should stand here.',
        this.position,
        'Quote a value that has quotation marks or parentheses in it.',
      );
    parts.push(part);
    return { at, quoted, parts, ...(op ? { op } : {}) };
  }

  /** Takes what the pattern, which is sticky, finds here; undefined when it finds nothing. */
  following(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.source)?.[1];
    if (found !== undefined) this.position = pattern.lastIndex;
    return found;
  }

  peek(): string {
    return this.source[this.position] ?? '';
  }

  ended(): boolean {
    return this.position >= this.source.length;
  }

  blank(): boolean {
    return /\s/.test(this.peek());
  }

  space(): void {
    while (!this.ended() && this.blank()) this.position++;
  }

  take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position++;
    return true;
  }

  /** Is this word, in capitals, next? */
  ahead(word: string): boolean {
    if (!this.source.startsWith(word, this.position)) return false;
    const after = this.source[this.position + word.length];
    return after === undefined || /[\s()"]/.test(after);
  }

  keyword(word: string): boolean {
    this.space();
    if (!this.ahead(word)) return false;
    this.position += word.length;
    this.space();
    return true;
  }

  fail(message: string, at = this.position, remedy?: string): never {
    const column = Math.min(at, this.source.length);
    // A long line is shown as the part around the column.
    const from = Math.max(0, column - 60);
    const shown = this.source.slice(from, column + 40).replace(/\s/g, ' ');
    const text = `${message} (column ${column + 1})\n  ${shown}\n  ${' '.repeat(column - from)}^`;
    throw new DogwatchError('bad_query', text, remedy === undefined ? {} : { remedy });
  }
}
