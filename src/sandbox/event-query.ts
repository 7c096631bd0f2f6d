// Searches of events (logs, spans, RUM, audit, events): the query language as far as terms go, the window in time, the page.
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from './json.ts';

/** An event as a search serves it; `time` in milliseconds orders it. */
export interface SearchedEvent {
  readonly id: string;
  readonly time: number;
  readonly item: JsonObject;
}

/** Whether an event has what a query asks: words, `key:value`, `@path:value`, ranges left aside; NOT, AND, OR, parentheses after a key. */
export function matchesQuery(query: string, item: JsonObject): boolean {
  const text = query.trim();
  if (text === '' || text === '*') return true;
  return text.split(/\s+OR\s+(?![^(]*\))/).some((any) => termsOf(any).every((term) => hasTerm(term, item)));
}

/** Terms of a query without its ANDs: `-key:(a OR b)` is one. */
const termsOf = (text: string): string[] =>
  (text.match(/-?@?[\w.-]+:(\([^)]*\)|\[[^\]]*\]|"[^"]*"|\S+)|"[^"]*"|[^\s()]+/g) ?? []).filter(
    (term) => term !== 'AND',
  );

function hasTerm(term: string, item: JsonObject): boolean {
  if (term.startsWith('-')) return !hasTerm(term.slice(1), item);
  const [, key, value] = /^(@?[\w.-]+):(.*)$/s.exec(term) ?? [];
  const attributes = objectOf(item.attributes);
  if (key === undefined || value === undefined) return matcher(term, true).test(textOf(attributes.message));
  if (value.startsWith('[')) return true;
  const wanted = value
    .replace(/^\((.*)\)$/s, '$1')
    .split(/\s+OR\s+|\s+/)
    .map((each) => matcher(each));
  return valuesOf(key, attributes).some((each) => wanted.some((pattern) => pattern.test(each)));
}

function matcher(pattern: string, anywhere = false): RegExp {
  const bare = pattern.replace(/^"(.*)"$/s, '$1');
  const escaped = bare
    .split('*')
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(anywhere ? escaped : `^${escaped}$`, 'i');
}

/** The values of a tag, a reserved field, or an `@attribute`. */
export function valuesOf(key: string, attributes: JsonObject): string[] {
  if (key.startsWith('@')) {
    const value = key
      .slice(1)
      .split('.')
      .reduce<Json | undefined>(
        (here, part) => (isObject(here) ? here[part] : undefined),
        attributes.attributes ?? attributes.custom,
      );
    return value === undefined || value === null ? [] : [textOf(value)];
  }
  const own = attributes[key];
  const tags = arrayOf(attributes.tags).map(textOf);
  const tagged = tags.flatMap((tag) => (tag.startsWith(`${key}:`) ? [tag.slice(key.length + 1)] : []));
  return own === undefined || own === null || isObject(own) ? tagged : [textOf(own), ...tagged];
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `now-15m`, an ISO 8601 time, or seconds or milliseconds since the epoch; undefined for anything else. */
export function timeOf(text: string, now: number): number | undefined {
  const [, amount, unit] = /^now(?:-(\d+)([smhdw]))?$/.exec(text) ?? [];
  if (text.startsWith('now'))
    return text === 'now' ? now : amount === undefined ? undefined : now - Number(amount) * UNITS[unit!]!;
  if (/^\d{9,14}$/.test(text)) return Number(text) * (text.length <= 11 ? 1000 : 1);
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** A cursor is the id after which a page begins. */
export const cursorAfter = (id: string): string => Buffer.from(JSON.stringify({ after: id })).toString('base64url');

/** The id in a cursor; undefined when it is none. */
export const afterOf = (cursor: string): string | undefined =>
  /^\{"after":"?([^"]*)/.exec(Buffer.from(cursor, 'base64url').toString())?.[1];
