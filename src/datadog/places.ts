// Reads values out of an exchange at the places that the catalogue names.

import { DogwatchError } from '../exchange/error.ts';
import { intoField, intoItem, type Walk } from './body-paths.ts';
import type { Place } from './catalogue.ts';
import { scanJson, stringAt } from './json-scan.ts';

/** A place, taken apart once. */
export interface ReadyPlace {
  readonly from: 'path' | 'query' | 'body' | 'response' | 'one';
  /** The parameter's name, or the steps into a body. */
  readonly name: string;
  readonly steps: readonly string[];
}

const MAX_VALUES = 1000;
const MAX_LENGTH = 4096;

export function readyPlace(place: Place): ReadyPlace {
  if (place === 'one') return { from: 'one', name: '', steps: [] };
  const colon = place.indexOf(':');
  const name = place.slice(colon + 1);
  const from = place.slice(0, colon) as ReadyPlace['from'];
  const steps = from === 'body' || from === 'response' ? (name.match(/\[\]|\{\}|\{keys\}|[^.[\]{}]+/g) ?? []) : [];
  return { from, name, steps };
}

/** A value found, and the objects it stood in, outermost first. */
export interface Found {
  readonly value: string;
  readonly within: readonly object[];
}

/** Strings and numbers at a path of a JSON value, at most 1,000, each cut at 4,096 characters. For what is described, not judged. */
export function valuesAt(body: unknown, steps: readonly string[]): Found[] {
  const found: Found[] = [];
  walk(body, steps, 0, [], found, MAX_VALUES);
  return found;
}

/**
 * Distinct strings and numbers at a path of a request's JSON value, each cut at 4,096 characters.
 *
 * @throws DogwatchError `request_too_large` when there are too many to judge: none may hide behind the others
 */
export function judgedValuesAt(body: unknown, steps: readonly string[]): string[] {
  const found: Found[] = [];
  walk(body, steps, 0, [], found, MAX_WALKED + 1);
  if (found.length > MAX_WALKED) throw tooMany();
  return boundedDistinct(found.map(({ value }) => value));
}

/** The most values that are looked at, repeated ones included. */
const MAX_WALKED = 20_000;

function boundedDistinct(values: Iterable<string>): string[] {
  const distinct = new Set<string>();
  for (const value of values) {
    distinct.add(value);
    if (distinct.size > MAX_VALUES) throw tooMany();
  }
  return [...distinct];
}

const tooMany = (): DogwatchError =>
  new DogwatchError(
    'request_too_large',
    `the request names more than ${MAX_VALUES} things at once, too many to judge`,
    {
      remedy: 'send it in smaller pieces',
    },
  );

function walk(
  value: unknown,
  steps: readonly string[],
  at: number,
  within: readonly object[],
  found: Found[],
  most: number,
): void {
  if (found.length >= most) return;
  const step = steps[at];
  if (step === undefined) {
    const leaves = Array.isArray(value) ? value : [value];
    for (const leaf of leaves) {
      if (found.length >= most) return;
      if (typeof leaf === 'string' || typeof leaf === 'number' || typeof leaf === 'bigint') {
        const text = String(leaf);
        if (text !== '') found.push({ value: text.slice(0, MAX_LENGTH), within });
      }
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (step === '[]') {
    if (Array.isArray(value)) for (const item of value) walk(item, steps, at + 1, within, found, most);
  } else if (step === '{}') {
    for (const item of Object.values(value)) walk(item, steps, at + 1, [...within, value], found, most);
  } else if (step === '{keys}') {
    for (const key of Object.keys(value)) walk(key, steps, at + 1, within, found, most);
  } else if (Object.hasOwn(value, step)) {
    walk((value as Record<string, unknown>)[step], steps, at + 1, [...within, value], found, most);
  }
}

/**
 * Distinct strings and numbers at the end of a compiled path of a request body, as written. Unlike a parser, which
 * keeps one of several fields of a name, it tells the values of all, and minds no case: whichever of them the server goes
 * by is among them. Nothing when the body is no JSON.
 *
 * @throws DogwatchError `request_too_large` when there are more than 1,000
 */
export function scannedValues(body: Uint8Array, path: Walk): string[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const values = new Set<string>();
  const walks = [path];
  const atEnd = [path.end !== undefined];
  const enter = (walk: Walk, end: boolean): void => {
    walks.push(walk);
    atEnd.push(end);
  };
  const whole = scanJson(bytes, {
    field(name) {
      const walk = intoField(walks.at(-1)!, name);
      enter(walk, walk.end !== undefined);
    },
    item() {
      const walk = intoItem(walks.at(-1)!);
      // A list at the end of a path is a list of values.
      enter(walk, walk.end !== undefined || atEnd.at(-1)!);
    },
    leave() {
      walks.pop();
      atEnd.pop();
    },
    scalar(start, end, isString) {
      if (!atEnd.at(-1)) return;
      const text = isString ? stringAt(bytes, start, end) : bytes.toString('latin1', start, end);
      if (text !== '') values.add(text.slice(0, MAX_LENGTH));
      if (values.size > MAX_VALUES) throw tooMany();
    },
  });
  return whole ? [...values] : [];
}

/**
 * The distinct values of a query parameter, form-decoded; lists are split at commas when asked.
 *
 * @throws DogwatchError `request_too_large` when there are more than 1,000
 */
export function queryValues(query: string, name: string, list: boolean): string[] {
  if (query === '') return [];
  const values = new URLSearchParams(query).getAll(name);
  const items = list ? values.flatMap((value) => value.split(',')) : values;
  return boundedDistinct(items.map((value) => value.slice(0, MAX_LENGTH)).filter((value) => value !== ''));
}

const MAX_JSON = 16 * 1024 * 1024;
const LONG_NUMBER = /[:[,\s]-?\d{16,}/;

/**
 * The JSON value of a body, undefined when it is none or too long.
 *
 * @param exact integers beyond 2^53 keep every digit, as bigints: for bodies out of which ids are read
 */
export function parseBody(body: Uint8Array | undefined, exact: boolean): unknown {
  if (body === undefined || body.length === 0 || body.length > MAX_JSON) return undefined;
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    if (!exact || !LONG_NUMBER.test(text)) return JSON.parse(text);
    return JSON.parse(text, exactIntegers);
  } catch {
    return undefined;
  }
}

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;
}
