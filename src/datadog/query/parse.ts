// A parser for Datadog's query language: metric queries, formulas and the queries of monitors. It never throws.
import { Cursor } from './cursor.ts';
import { readFilter, readGroups } from './filter.ts';
import type { Argument, Call, Operator, ParsedQuery, QueryNode } from './tree.ts';

/** A query longer than this is read up to here. */
const MAX_QUERY = 65_536;
/** Parentheses, windows and arguments within each other; what is deeper is not read. */
const MAX_DEPTH = 64;

/** By precedence, weakest first; of operators that begin alike the longest first. */
const PRECEDENCE: readonly (readonly Operator[])[] = [
  ['||'],
  ['&&'],
  ['>=', '<=', '==', '!=', '>', '<'],
  ['+', '-'],
  ['*', '/'],
];
const SUMS = 3;
/** `error-tracking-rum("…")`: a source with dashes in its name, not a subtraction. */
const DASHED_SOURCE = /[a-z]+(?:-[a-z]+)+(?=\(\s*["'])/y;
const UNIT = /[A-Za-z]\w*/y;
const BY = /by(?=\s*\{)/iy;
/** How a window says how long it is: `last_5m`, `current_1mo`, `next_1w`. */
const SPAN = /^(?:last|current|next|calendar)_/;

/**
 * Reads a query: `avg:system.cpu.user{env:prod} by {host}.rollup(avg, 60)`, `avg(last_5m):sum:x{*} > 5`,
 * `logs("…").index("*").rollup("count").last("5m") > 1`, `"check".over("*").last(2).count_by_status()`, `1 && 2`.
 *
 * Never throws. What it does not understand it steps over and tells in `unread`, so that what stands around it is still
 * read. Time and memory are linear in the query's length, of which 65,536 characters are read.
 */
export function parseQuery(text: string): ParsedQuery {
  const cursor = new Cursor(text.slice(0, MAX_QUERY));
  const parts: QueryNode[] = [];
  while (!cursor.ended) {
    if (parts.length > 0 && cursor.takes(',')) continue;
    const before = cursor.at;
    const part = readChain(cursor, 0);
    if (cursor.at === before) cursor.skipToken();
    else parts.push(part);
  }
  if (text.length > MAX_QUERY) cursor.miss(MAX_QUERY, text.slice(MAX_QUERY, MAX_QUERY + 32));
  return { parts, unread: cursor.unread.sort((a, b) => a.at - b.at) };
}

function readChain(cursor: Cursor, level: number): QueryNode {
  const operators = PRECEDENCE[level];
  if (operators === undefined) return readSigned(cursor);
  const first = readChain(cursor, level + 1);
  const rest: { operator: Operator; operand: QueryNode }[] = [];
  for (;;) {
    const operator = operators.find((each) => cursor.takes(each));
    if (operator === undefined) break;
    rest.push({ operator, operand: readChain(cursor, level + 1) });
  }
  return rest.length === 0 ? first : { type: 'chain', first, rest };
}

function readSigned(cursor: Cursor): QueryNode {
  const signs: ('-' | '!')[] = [];
  for (;;) {
    if (cursor.sees('!=')) break;
    if (cursor.takes('-')) signs.push('-');
    else if (cursor.takes('!')) signs.push('!');
    else break;
  }
  const operand = readApplied(cursor);
  // Two of a kind undo each other.
  const last = signs.at(-1);
  return last === undefined || signs.length % 2 === 0 ? operand : { type: 'negation', operator: last, of: operand };
}

/** Something and the methods behind it. */
function readApplied(cursor: Cursor): QueryNode {
  const of = readOperand(cursor);
  const methods: Call[] = [];
  while (cursor.sees('.') && of.type !== 'number') {
    const dot = cursor.at;
    cursor.takes('.');
    const name = cursor.name();
    if (name === undefined) {
      cursor.miss(dot, '.');
      break;
    }
    if (cursor.takes('(')) methods.push({ name, args: readArguments(cursor) });
    else cursor.miss(dot, `.${name}`);
  }
  return methods.length === 0 ? of : { type: 'applied', of, methods };
}

function readOperand(cursor: Cursor): QueryNode {
  if (cursor.depth >= MAX_DEPTH || cursor.ended) return nothing(cursor);
  const text = cursor.quoted();
  if (text !== undefined) return { type: 'text', value: text };
  if (cursor.takes('(')) return readParentheses(cursor);
  const source = cursor.matches(DASHED_SOURCE);
  if (source !== undefined) {
    cursor.takes('(');
    return { type: 'call', name: source, args: readArguments(cursor) };
  }
  const digits = cursor.number();
  if (digits !== undefined) {
    UNIT.lastIndex = cursor.at;
    const unit = UNIT.exec(cursor.text)?.[0];
    if (unit === undefined) return { type: 'number', value: Number(digits) };
    cursor.at += unit.length;
    return { type: 'word', name: digits + unit };
  }
  const name = cursor.name();
  return name === undefined ? nothing(cursor) : readNamed(cursor, name);
}

/** Stands where something should; the caller steps over what does. */
const nothing = (cursor: Cursor): QueryNode => ({ type: 'unread', at: cursor.at, text: '' });

function readParentheses(cursor: Cursor): QueryNode {
  const start = cursor.at - 1;
  cursor.depth++;
  const inner = readChain(cursor, 0);
  cursor.depth--;
  if (!cursor.takes(')')) cursor.miss(start, '(');
  return inner;
}

/** What begins with a name: a metric, a call, a window, a bare word. */
function readNamed(cursor: Cursor, name: string): QueryNode {
  if (cursor.takes('(')) {
    const call = { name, args: readArguments(cursor) };
    return cursor.takes(':') ? readWindow(cursor, call) : { type: 'call', ...call };
  }
  if (cursor.takes('{')) return readMetric(cursor, undefined, name);
  if (!cursor.takes(':')) return { type: 'word', name };
  const metric = cursor.name();
  if (metric !== undefined && cursor.takes('{')) return readMetric(cursor, name, metric);
  if (metric !== undefined) return { type: 'word', name: metric };
  cursor.miss(cursor.at, '');
  return { type: 'word', name };
}

function readMetric(cursor: Cursor, aggregator: string | undefined, name: string): QueryNode {
  const filter = readFilter(cursor);
  const grouped = cursor.matches(BY) !== undefined && cursor.takes('{');
  return {
    type: 'metric',
    ...(aggregator === undefined ? {} : { aggregator }),
    name,
    filter,
    groupBy: grouped ? readGroups(cursor) : [],
  };
}

/** A monitor's window holds for all that is evaluated, up to the comparison; how a distribution is counted, for its metric alone. */
function readWindow(cursor: Cursor, window: Call): QueryNode {
  cursor.depth++;
  const of =
    cursor.depth < MAX_DEPTH ? (isSpan(window) ? readChain(cursor, SUMS) : readOperand(cursor)) : nothing(cursor);
  cursor.depth--;
  return { type: 'window', window, of };
}

const isSpan = ({ args }: Call): boolean =>
  args.some(
    ({ value }) => (value.type === 'word' && SPAN.test(value.name)) || (value.type === 'call' && isSpan(value)),
  );

/** Arguments up to and with the closing parenthesis; the opening one has been taken. */
function readArguments(cursor: Cursor): Argument[] {
  const start = cursor.at - 1;
  const args: Argument[] = [];
  cursor.depth++;
  while (!cursor.takes(')')) {
    if (cursor.ended || cursor.depth >= MAX_DEPTH) {
      cursor.miss(start, '(');
      break;
    }
    if (cursor.takes(',')) continue;
    const before = cursor.at;
    args.push(readArgument(cursor));
    if (cursor.at === before) cursor.skipToken();
  }
  cursor.depth--;
  return args;
}

const NAMED = /([A-Za-z_]\w*)\s*=(?!=)/y;

function readArgument(cursor: Cursor): Argument {
  const named = cursor.matches(NAMED);
  const value = readChain(cursor, 0);
  return named === undefined ? { value } : { name: named.replace(/\s*=$/, ''), value };
}
