// The query language: its syntax tree, and the parser. One line of terms, like the log search the users know.
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS, type Field, fieldByName } from './fields.ts';
import { QueryReader, type Raw } from './query-reader.ts';
import { type Comparison, like, type Match, type Node, QUERY_LIMITS, type Query } from './query-tree.ts';
import { isTimeZone, readAmount, readMoment } from './query-values.ts';
import { wordsOf } from './words.ts';

export type { Comparison, Match, Node, Query } from './query-tree.ts';
export { QUERY_LIMITS } from './query-tree.ts';

/** The query that every exchange matches. */
export const EVERYTHING: Query = { source: '', root: { type: 'all' } };

export interface ParseOptions {
  /** IANA name of the time zone that absolute times without an offset are in; UTC when absent. */
  readonly timeZone?: string;
  /** The moment that `today` means. */
  readonly now?: number;
  /** The text of a saved query. */
  readonly saved?: (name: string) => string | undefined;
  /** The query that finds the exchanges of a finding. */
  readonly finding?: (id: string) => string | undefined;
}

/**
 * Parses one line of the query language (docs/search.md).
 *
 * @throws DogwatchError `bad_query`, whose message shows the column; `bad_parameter` for a time zone that is none.
 */
export function parseQuery(source: string, options: ParseOptions = {}): Query {
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
  return new Parser(source, timeZone, options.now ?? Date.now(), options).parse();
}

/** The time of day that may follow a date after a blank, and the zone that may follow a time. */
const CLOCK = / +(\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)(?=[\s)\]]|$)/iy;
const ZONE = / +([A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+|UTC|GMT|[+-]\d\d:\d\d)(?=[\s)\]]|$)/y;

class Parser extends QueryReader {
  private terms = 0;
  private readonly timeZone: string;
  private readonly now: number;
  private readonly named: Pick<ParseOptions, 'saved' | 'finding'>;

  constructor(source: string, timeZone: string, now: number, named: Pick<ParseOptions, 'saved' | 'finding'> = {}) {
    super(source);
    this.timeZone = timeZone;
    this.now = now;
    this.named = named;
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
    return field.type === 'saved' ? this.savedQuery(field) : this.values(field);
  }

  /** What a saved query, or that of a finding, says, in its place. It counts with its own terms, and names no other. */
  private savedQuery(field: Field): Node {
    const at = this.position;
    if (this.ended() || this.blank())
      this.fail(`A name should follow '${field.name}:'.`, at, `For example ${field.example}`);
    const raw = this.raw('');
    const name = raw.parts.join('*');
    const ofFinding = field.name === 'finding';
    const text = raw.op || raw.parts.length > 1 ? undefined : this.named[ofFinding ? 'finding' : 'saved']?.(name);
    const what = ofFinding ? 'finding' : 'saved query';
    if (text === undefined)
      this.fail(
        `There is no ${what} '${name}'.`,
        at,
        `\`dogwatch ${ofFinding ? 'findings' : 'queries'}\` lists those that there are.`,
      );
    // A detector knows of no time zone.
    const inner = new Parser(text, ofFinding ? 'UTC' : this.timeZone, this.now);
    inner.terms = this.terms;
    try {
      const { root } = inner.parse();
      this.terms = inner.terms;
      return root;
    } catch (error) {
      if (!(error instanceof DogwatchError)) throw error;
      return this.fail(`In the ${what} '${name}': ${error.message.split('\n')[0]}`, at);
    }
  }

  /** A value; a date may be followed by a time of day, and that by a zone, without quotation marks. */
  private operand(field: Field, stop: string): Raw {
    const raw = this.raw(stop);
    let text = raw.parts[0] ?? '';
    if (field.type !== 'time' || raw.quoted || raw.parts.length > 1) return raw;
    if (/^(\d{4}-\d\d-\d\d|today|yesterday)$/i.test(text)) {
      const clock = this.following(CLOCK);
      if (clock !== undefined) text += ` ${clock}`;
    }
    if (text.includes(':')) {
      const zone = this.following(ZONE);
      if (zone !== undefined) text += ` ${zone}`;
    }
    return { ...raw, parts: [text] };
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
    if (!this.take('(')) return this.value(field, this.operand(field, ''));
    const items: Node[] = [];
    for (;;) {
      this.space();
      if (this.ended()) this.fail('This parenthesis is not closed.', start);
      if (this.peek() === ')') this.fail('A value should stand here.');
      if (++this.terms > QUERY_LIMITS.terms) this.fail(`A query has at most ${QUERY_LIMITS.terms} terms.`);
      items.push(this.peek() === '[' ? this.range(field) : this.value(field, this.operand(field, '')));
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
      const raw = this.operand(field, ']');
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
        return this.compare(field, MEANT[field.name] ?? '=', text, raw.at);
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
      field: field.type === 'time' ? 'time' : field.name,
      match,
      at,
    });
    if (field.type === 'ordered')
      return node({ type: 'compare', op, value: (field.values ?? []).indexOf(this.known(field, text, at)) });
    if (field.type === 'time') {
      const read = readMoment(text, { timeZone: this.timeZone, now: this.now });
      if (typeof read === 'string')
        return this.fail(read, at, 'For example 24h, 2026-11-22, 2026-11-22T10:00Z or "yesterday 10:00 Europe/Berlin"');
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
}

/** How fields that are a moment compare with it. */
const MEANT: Readonly<Record<string, Comparison>> = { since: '>=', until: '<=', before: '<' };

const isComparable = (field: Field): boolean => !['keyword', 'enum', 'id', 'text', 'saved'].includes(field.type);

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

function unknownField(name: string): string {
  const wanted = name.toLowerCase();
  const near = FIELDS.flatMap((field) => [field.name, ...(field.aliases ?? [])]).filter(
    (known) => known.startsWith(wanted.slice(0, 3)) || wanted.startsWith(known),
  );
  const said =
    near.length > 0 ? `Perhaps ${near.join(' or ')}. ` : `Fields are ${FIELDS.map((f) => f.name).join(', ')}. `;
  return `${said}To search for the text itself, quote it.`;
}
