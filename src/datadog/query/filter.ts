// The scope of a metric query: `{env:prod,!host:a}`, `{env:prod AND (service IN (a,b) OR NOT host:web-*)}`.
import type { Cursor } from './cursor.ts';
import type { FilterNode } from './tree.ts';

const ALL: FilterNode = { type: 'all' };
const MAX_DEPTH = 64;
const WORD_OPERATOR = /(?:AND|OR|IN)(?![^\s(])/iy;
const NOT = /NOT(?![^\s(])/iy;

/** Reads a scope up to and with its closing brace; the opening one has been taken. */
export function readFilter(cursor: Cursor): FilterNode {
  const start = cursor.at;
  const parts: FilterNode[] = [];
  for (;;) {
    if (cursor.takes('}')) break;
    if (cursor.ended) {
      cursor.miss(start - 1, '{');
      break;
    }
    if (cursor.takes(',')) continue;
    const before = cursor.at;
    parts.push(readEither(cursor));
    if (cursor.at === before) cursor.miss(cursor.at, cursor.text[cursor.at++]!);
  }
  return all(parts);
}

/** Reads the tags of `by {…}`; the opening brace has been taken. */
export function readGroups(cursor: Cursor): string[] {
  const groups: string[] = [];
  while (!cursor.takes('}')) {
    if (cursor.ended) {
      cursor.miss(cursor.at, '');
      break;
    }
    if (cursor.takes(',')) continue;
    const group = readTerm(cursor);
    if (group === '') cursor.miss(cursor.at, cursor.text[cursor.at++]!);
    else groups.push(group);
  }
  return groups;
}

const all = (parts: readonly FilterNode[]): FilterNode => {
  const telling = parts.filter(({ type }) => type !== 'all');
  if (telling.length === 0) return ALL;
  return telling.length === 1 ? telling[0]! : { type: 'and', of: telling };
};

function readEither(cursor: Cursor): FilterNode {
  const parts = [readBoth(cursor)];
  while (readsWord(cursor, 'OR')) parts.push(readBoth(cursor));
  return parts.length === 1 ? parts[0]! : { type: 'or', of: parts };
}

/** Terms joined by AND, or standing side by side; a comma ends them where it has a scope's parts between it. */
function readBoth(cursor: Cursor): FilterNode {
  const parts = [readOne(cursor)];
  for (;;) {
    if (readsWord(cursor, 'AND')) parts.push(readOne(cursor));
    else if (cursor.ended || [',', ')', '}'].some((end) => cursor.sees(end)) || seesWord(cursor, 'OR')) break;
    else {
      const before = cursor.at;
      parts.push(readOne(cursor));
      if (cursor.at === before) break;
    }
  }
  return all(parts);
}

function readOne(cursor: Cursor): FilterNode {
  let negated = false;
  for (;;) {
    if (cursor.matches(NOT) !== undefined || cursor.takes('!') || seesMinus(cursor)) negated = !negated;
    else break;
  }
  const node = readPositive(cursor);
  return negated && node.type !== 'all' ? { type: 'not', of: node } : node;
}

/** `-host:a` means `!host:a`. */
function seesMinus(cursor: Cursor): boolean {
  return cursor.sees('-') && cursor.takes('-');
}

function readPositive(cursor: Cursor): FilterNode {
  if (cursor.sees('(') && cursor.depth < MAX_DEPTH) {
    const start = cursor.at;
    cursor.takes('(');
    cursor.depth++;
    const parts: FilterNode[] = [];
    while (!cursor.sees(')') && !cursor.sees('}') && !cursor.ended) {
      if (cursor.takes(',')) continue;
      const before = cursor.at;
      parts.push(readEither(cursor));
      if (cursor.at === before) break;
    }
    if (!cursor.takes(')')) cursor.miss(start, '(');
    cursor.depth--;
    return all(parts);
  }
  const key = readTerm(cursor);
  if (key === '' || key === '*') return ALL;
  const negated = seesNotIn(cursor);
  if (negated || readsWord(cursor, 'IN')) {
    const node: FilterNode = { type: 'in', key, values: readValues(cursor) };
    return negated ? { type: 'not', of: node } : node;
  }
  return { type: 'tag', text: key };
}

const NOT_IN = /NOT\s+IN(?![^\s(])/iy;
const seesNotIn = (cursor: Cursor): boolean => cursor.matches(NOT_IN) !== undefined;

function readValues(cursor: Cursor): string[] {
  const start = cursor.at;
  if (!cursor.takes('(')) {
    cursor.miss(start, cursor.text.slice(start, start + 1));
    return [];
  }
  const values: string[] = [];
  while (!cursor.takes(')')) {
    if (cursor.ended || cursor.sees('}')) {
      cursor.miss(start, '(');
      break;
    }
    if (cursor.takes(',')) continue;
    const value = readTerm(cursor);
    if (value === '') cursor.miss(cursor.at, cursor.text[cursor.at++]!);
    else values.push(value);
  }
  return values;
}

function seesWord(cursor: Cursor, word: 'AND' | 'OR' | 'IN'): boolean {
  cursor.skipSpace();
  WORD_OPERATOR.lastIndex = cursor.at;
  return WORD_OPERATOR.exec(cursor.text)?.[0].toUpperCase() === word;
}

function readsWord(cursor: Cursor, word: 'AND' | 'OR' | 'IN'): boolean {
  if (!seesWord(cursor, word)) return false;
  cursor.at += word.length;
  return true;
}

/** A tag, key or value: up to a blank, comma, or a bracket that was not opened within it. Quotes keep what is in them. */
function readTerm(cursor: Cursor): string {
  cursor.skipSpace();
  const { text } = cursor;
  const start = cursor.at;
  let open = 0;
  let at = start;
  for (; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      const end = text.indexOf(character, at + 1);
      if (end < 0) break;
      at = end;
    } else if (character === '(' || character === '{') {
      if (at === start) break;
      open++;
    } else if (character === ')' || character === '}') {
      if (open === 0) break;
      open--;
    } else if ((character === ',' && open === 0) || /\s/.test(character)) {
      break;
    }
  }
  cursor.at = at;
  return text.slice(start, at);
}
