// The query language: its syntax tree, and the parser. One line of terms, like the log search the users know.
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS, type Field, fieldByName } from './fields.ts';
import { isTimeZone, type Moment, readAmount, readMoment } from './query-values.ts';
import { wordsOf } from './words.ts';

export type Comparison = '=' | '>' | '>=' | '<' | '<=';

/** What a field is compared with. */
export type Match =
  /** The value itself, without regard to case. */
  | { readonly type: 'is'; readonly value: string }
  /** Literal pieces with anything between them: `a*b` is `['a','b']`, `a*` is `['a','']`, `*` is `['','']` (any value). */
  | { readonly type: 'like'; readonly parts: readonly string[] }
  /** Numbers, bytes, milliseconds; the position of an `ordered` value. */
  | { readonly type: 'compare'; readonly op: Comparison; readonly value: number }
  | { readonly type: 'time'; readonly op: Comparison; readonly moment: Moment }
  /** Words that follow each other. */
  | { readonly type: 'words'; readonly text: string };

/** A node of the syntax tree. `at` is the 0-based column in the source. `and` and `or` have two items or more. */
export type Node =
  | { readonly type: 'all' }
  | { readonly type: 'and'; readonly items: readonly Node[] }
  | { readonly type: 'or'; readonly items: readonly Node[] }
  | { readonly type: 'not'; readonly item: Node }
  | { readonly type: 'field'; readonly field: string; readonly match: Match; readonly at: number }
  /** Free text: words that follow each other in a body, the path, a title or a name. */
  | { readonly type: 'text'; readonly text: string; readonly at: number };

/** A parsed query. Relative times are still relative; they are taken from the moment of the search. */
export interface Query {
  readonly source: string;
  readonly root: Node;
}

/** Bounds of one query. */
export const QUERY_LIMITS = { length: 4096, terms: 100, depth: 20, value: 512, wildcards: 8 } as const;

/** The query that every exchange matches. */
export const EVERYTHING: Query = { source: '', root: { type: 'all' } };

/**
 * Parses one line of the query language (docs/search.md).
 *
 * `timeZone` (IANA name, UTC when absent) is where absolute times without an offset are; `now` is the moment that `today` means.
 * @throws DogwatchError `bad_query`, whose message shows the column; `bad_parameter` for a time zone that is none.
 */
export function parseQuery(source: string, options: { timeZone?: string; now?: number } = {}): Query {
  if (source.length > QUERY_LIMITS.length)
    throw new DogwatchError(
      'bad_query',
      `The query has ${source.length} characters; ${QUERY_LIMITS.length} are allowed.`,
    );
  const timeZone = options.timeZone ?? 'UTC';
  if (!isTimeZone(timeZone))
    throw new DogwatchError('bad_parameter', `'${timeZone.slice(0, 64)}' is no time zone.`, {
      remedy: 'Name one as Europe/Paris or UTC.',
    });
  return new Parser(source, timeZone, options.now ?? Date.now()).parse();
}

/** A piece of source text that stands for a value, with its wildcards told from escaped asterisks. */
interface Raw {
  readonly at: number;
  readonly quoted: boolean;
  readonly parts: readonly string[];
  /** Operator in front of it. */
  readonly op?: Comparison;
}

class Parser {
  private position = 0;
  private terms = 0;
  private readonly source: string;
  private readonly timeZone: string;
  private readonly now: number;

  constructor(source: string, timeZone: string, now: number) {
    this.source = source;
    this.timeZone = timeZone;
    this.now = now;
  }

  parse(): Query {
    this.space();
    if (this.ended()) return { source: this.source, root: { type: 'all' } };
    const root = this.either(0);
    if (!this.ended()) this.fail('This parenthesis closes nothing.');
    return { source: this.source, root };
  }

  private either(depth: number): Node {
    if (depth > QUERY_LIMITS.depth) this.fail(`Parentheses and negations nest deeper than ${QUERY_LIMITS.depth}.`);
    const items = [this.every(depth)];
    while (this.keyword('OR')) items.push(this.every(depth));
    return gather('or', items);
  }

  private every(depth: number): Node {
    const items = [this.one(depth)];
    for (;;) {
      this.space();
      if (this.ended() || this.peek() === ')' || this.ahead('OR')) return gather('and', items);
      this.keyword('AND');
      items.push(this.one(depth));
    }
  }

  private one(depth: number): Node {
    this.space();
    const start = this.position;
    if (this.ended()) this.fail('Something should follow here.');
    if (this.ahead('OR') || this.ahead('AND')) this.fail('Something should stand before this word.');
    if (this.keyword('NOT') || this.take('-')) {
      if (this.ended() || this.blank()) this.fail('Something to exclude should follow here.', start);
      if (depth >= QUERY_LIMITS.depth) this.fail(`Parentheses and negations nest deeper than ${QUERY_LIMITS.depth}.`);
      return { type: 'not', item: this.one(depth + 1) };
    }
    if (this.take('(')) {
      const node = this.either(depth + 1);
      this.space();
      if (!this.take(')')) this.fail('This parenthesis is not closed.', start);
      return node;
    }
    if (++this.terms > QUERY_LIMITS.terms) this.fail(`A query has at most ${QUERY_LIMITS.terms} terms.`);
    const name = /^[A-Za-z][\w-]*(?=:)/.exec(this.source.slice(this.position, this.position + 64))?.[0];
    if (name === undefined) return this.text();
    const field = fieldByName(name);
    if (!field) this.fail(`There is no field '${name}'.`, start, unknownField(name));
    this.position += name.length + 1;
    return this.values(field);
  }

  private text(): Node {
    const raw = this.raw('');
    if (raw.parts.length > 1)
      this.fail(
        'Free text has no wildcards: it is matched by whole words.',
        raw.at,
        'Leave the * away, or name a field.',
      );
    const text = raw.parts[0] ?? '';
    this.needWords(text, raw.at);
    return { type: 'text', text, at: raw.at };
  }

  private needWords(text: string, at: number): void {
    if (wordsOf(text).length === 0) this.fail('There is no letter or digit to search for.', at);
  }

  /** What follows `field:` — one value, a range, or values in parentheses. */
  private values(field: Field): Node {
    const start = this.position;
    if (this.ended() || this.blank() || this.peek() === ')')
      this.fail(`A value should follow '${field.name}:'.`, start, `For example ${field.example}`);
    if (this.peek() === '[') return this.range(field);
    if (!this.take('(')) return this.value(field, this.raw(''));
    const items: Node[] = [];
    for (;;) {
      this.space();
      if (this.ended()) this.fail('This parenthesis is not closed.', start);
      if (this.peek() === ')') this.fail('A value should stand here.');
      if (++this.terms > QUERY_LIMITS.terms) this.fail(`A query has at most ${QUERY_LIMITS.terms} terms.`);
      items.push(this.peek() === '[' ? this.range(field) : this.value(field, this.raw('')));
      this.space();
      if (this.take(')')) return gather('or', items);
      if (!this.keyword('OR'))
        this.fail(this.ended() ? 'A parenthesis is not closed.' : 'OR should stand between values.');
    }
  }

  /** `[a TO b]`, both ends included; `*` leaves an end open. */
  private range(field: Field): Node {
    const start = this.position++;
    if (!isComparable(field)) this.fail(`'${field.name}' has no order, so it has no ranges.`, start);
    const ends: Node[] = [];
    for (const op of ['>=', '<='] as const) {
      this.space();
      const raw = this.raw(']');
      if (raw.op) this.fail('An end of a range has no comparison sign.', raw.at);
      if (raw.parts.length > 1 && raw.parts.some((part) => part !== ''))
        this.fail('An end of a range has no wildcards.', raw.at);
      if (raw.parts.length === 1) ends.push(this.compare(field, op, raw.parts[0] ?? '', raw.at));
      this.space();
      if (op === '>=' && !this.keyword('TO')) this.fail("'TO' should stand between the ends of a range.");
    }
    if (!this.take(']')) this.fail('This range is not closed.', start);
    return ends.length === 0
      ? { type: 'field', field: field.name, match: { type: 'like', parts: ['', ''] }, at: start }
      : gather('and', ends);
  }

  private value(field: Field, raw: Raw): Node {
    const node = (match: Match): Node => ({ type: 'field', field: field.name, match, at: raw.at });
    if (raw.op) {
      if (!isComparable(field)) this.fail(`'${field.name}' has no order to compare by.`, raw.at);
      if (raw.parts.length > 1) this.fail('A comparison has no wildcards.', raw.at);
      return this.compare(field, raw.op, raw.parts[0] ?? '', raw.at);
    }
    const any = raw.parts.length === 2 && raw.parts[0] === '' && raw.parts[1] === '';
    if (any && field.type !== 'time') return node({ type: 'like', parts: raw.parts });
    if (raw.parts.length > 1) return node({ type: 'like', parts: this.pattern(field, raw) });
    const text = raw.parts[0] ?? '';
    switch (field.type) {
      case 'keyword':
        return node(keyword(field, text));
      case 'text':
        this.needWords(text, raw.at);
        return node({ type: 'words', text });
      case 'enum':
        return node({ type: 'is', value: this.known(field, text, raw.at) });
      case 'id':
        return node({ type: 'is', value: this.hex(text, raw.at, 32) });
      case 'time':
        if (field.name === 'time')
          this.fail("'time:' needs a comparison or a range.", raw.at, 'For example time:>=2026-11-22T10:00');
        return this.compare(field, field.name === 'since' ? '>=' : '<=', text, raw.at);
      default: {
        const hundred = field.name === 'status' ? /^([1-5])xx$/i.exec(text)?.[1] : undefined;
        if (hundred === undefined) return this.compare(field, '=', text, raw.at);
        const from = Number(hundred) * 100;
        return gather('and', [
          node({ type: 'compare', op: '>=', value: from }),
          node({ type: 'compare', op: '<=', value: from + 99 }),
        ]);
      }
    }
  }

  private pattern(field: Field, raw: Raw): readonly string[] {
    if (field.type === 'keyword') {
      if (raw.parts.length - 1 > QUERY_LIMITS.wildcards)
        this.fail(`A value has at most ${QUERY_LIMITS.wildcards} wildcards.`, raw.at);
      return raw.parts;
    }
    if (field.type === 'enum') {
      if (!(field.values ?? []).some((value) => like(raw.parts, value)))
        this.fail(`No value of '${field.name}' looks like that.`, raw.at, `It has ${(field.values ?? []).join(', ')}.`);
      return raw.parts.map((part) => part.toLowerCase());
    }
    if (field.type === 'id' && raw.parts.length === 2 && raw.parts[1] === '')
      return [this.hex(raw.parts[0] ?? '', raw.at), ''];
    const instead =
      field.type === 'id' ? 'an id is found by its beginning, as id:0192ab*' : 'use a comparison or a range';
    return this.fail(`'${field.name}' has no wildcards here; ${instead}.`, raw.at);
  }

  private known(field: Field, text: string, at: number): string {
    const value = (field.values ?? []).find((known) => known === text.toLowerCase());
    if (value === undefined)
      this.fail(`'${text}' is no value of '${field.name}'.`, at, `It has ${(field.values ?? []).join(', ')}.`);
    return value;
  }

  /** The hexadecimal digits of a UUID, hyphens left away. */
  private hex(text: string, at: number, exactly?: number): string {
    const digits = text.toLowerCase().replaceAll('-', '');
    if (!/^[0-9a-f]{1,32}$/.test(digits)) this.fail('An id has hexadecimal digits and hyphens.', at);
    if (exactly !== undefined && digits.length !== exactly)
      this.fail('An id has 32 hexadecimal digits.', at, 'To search by its beginning, put a * after it.');
    return digits;
  }

  private compare(field: Field, op: Comparison, text: string, at: number): Node {
    const node = (match: Match): Node => ({
      type: 'field',
      field: field.name === 'since' || field.name === 'until' ? 'time' : field.name,
      match,
      at,
    });
    if (field.type === 'ordered')
      return node({ type: 'compare', op, value: (field.values ?? []).indexOf(this.known(field, text, at)) });
    if (field.type === 'time') {
      const read = readMoment(text, { timeZone: this.timeZone, now: this.now });
      if (typeof read === 'string') return this.fail(read, at, 'For example 24h, 7d, 2026-11-22 or 2026-11-22T10:00Z');
      // A whole day is meant when only its date is named.
      if (read.nextDay !== undefined && (op === '<=' || op === '>'))
        return node({ type: 'time', op: op === '<=' ? '<' : '>=', moment: { at: read.nextDay } });
      return node({ type: 'time', op, moment: read.moment });
    }
    const value = readAmount(
      text,
      field.type === 'duration' ? 'duration' : field.type === 'bytes' ? 'bytes' : 'number',
    );
    if (typeof value === 'string') return this.fail(value, at, `For example ${field.example}`);
    return node({ type: 'compare', op, value });
  }

  /** Reads a word or a quoted string; `stop` ends a word besides space and parentheses. */
  private raw(stop: string): Raw {
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

  private peek(): string {
    return this.source[this.position] ?? '';
  }

  private ended(): boolean {
    return this.position >= this.source.length;
  }

  private blank(): boolean {
    return /\s/.test(this.peek());
  }

  private space(): void {
    while (!this.ended() && this.blank()) this.position++;
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.position++;
    return true;
  }

  /** Is this word, in capitals, next? */
  private ahead(word: string): boolean {
    if (!this.source.startsWith(word, this.position)) return false;
    const after = this.source[this.position + word.length];
    return after === undefined || /[\s()"]/.test(after);
  }

  private keyword(word: string): boolean {
    this.space();
    if (!this.ahead(word)) return false;
    this.position += word.length;
    this.space();
    return true;
  }

  private fail(message: string, at = this.position, remedy?: string): never {
    const column = Math.min(at, this.source.length);
    // A long line is shown as the part around the column.
    const from = Math.max(0, column - 60);
    const shown = this.source.slice(from, column + 40).replace(/\s/g, ' ');
    const text = `${message} (column ${column + 1})\n  ${shown}\n  ${' '.repeat(column - from)}^`;
    throw new DogwatchError('bad_query', text, remedy === undefined ? {} : { remedy });
  }
}

const isComparable = (field: Field): boolean => !['keyword', 'enum', 'id', 'text'].includes(field.type);

/** A keyword as meant: an operation without its version, and a resource kind without an id, stand for all of them. */
function keyword(field: Field, text: string): Match {
  if (field.name === 'op' && !text.includes('.')) return { type: 'like', parts: ['', `.${text}`] };
  if (field.name === 'resource' && !text.includes('/')) return { type: 'like', parts: [`${text}/`, ''] };
  return { type: 'is', value: text };
}

/** One node out of several: those of the same type are flattened, a single one stands for itself. */
function gather(type: 'and' | 'or', items: readonly Node[]): Node {
  if (items.length === 1 && items[0]) return items[0];
  return { type, items: items.flatMap((item) => (item.type === type ? item.items : [item])) };
}

/** Does the value look like the pattern? Case does not matter. */
export function like(parts: readonly string[], value: string): boolean {
  const text = value.toLowerCase();
  const pieces = parts.map((part) => part.toLowerCase());
  const first = pieces[0] ?? '';
  const last = pieces[pieces.length - 1] ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}

function unknownField(name: string): string {
  const wanted = name.toLowerCase();
  const near = FIELDS.flatMap((field) => [field.name, ...(field.aliases ?? [])]).filter(
    (known) => known.startsWith(wanted.slice(0, 3)) || wanted.startsWith(known),
  );
  const said =
    near.length > 0 ? `Perhaps ${near.join(' or ')}. ` : `Fields are ${FIELDS.map((f) => f.name).join(', ')}. `;
  return `${said}To search for the text itself, quote it.`;
}
