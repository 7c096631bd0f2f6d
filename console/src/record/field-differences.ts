// What differs between two JSON values, field by field, for two states that the API does not compare: any two versions of a resource.
import type { Difference } from '../api/types.ts';

type Json = Readonly<Record<string, unknown>>;
type Path = Difference['path'];

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nested deeper, values are compared as a whole. */
const DEEPEST = 40;
/** More differences than anybody reads. */
const MOST = 1000;

/** Items of lists are matched by their id, key, name or title, else by their place. Fields stand in the order of the later value. */
export function fieldDifferences(before: unknown, after: unknown): Difference[] {
  const found: Difference[] = [];
  compare(before, after, [], found);
  return found;
}

/** Equal as JSON, whatever the order of members. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other))
    return one.length === other.length && one.every((item, at) => sameJson(item, other[at]));
  if (!isObject(one) || !isObject(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && sameJson(one[name], other[name]))
  );
}

function compare(before: unknown, after: unknown, path: Path, found: Difference[]): void {
  if (found.length >= MOST || sameJson(before, after)) return;
  if (path.length < DEEPEST && isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(after), ...Object.keys(before)]))
      member(own(before, name), own(after, name), [...path, name], found);
  } else if (path.length < DEEPEST && Array.isArray(before) && Array.isArray(after)) {
    items(before, after, path, found);
  } else found.push({ type: 'changed', path, before, after });
}

const own = (value: Json, name: string): unknown => (Object.hasOwn(value, name) ? value[name] : undefined);

function member(before: unknown, after: unknown, path: Path, found: Difference[]): void {
  if (before === undefined) found.push({ type: 'added', path, after });
  else if (after === undefined) found.push({ type: 'removed', path, before });
  else compare(before, after, path, found);
}

function items(before: readonly unknown[], after: readonly unknown[], path: Path, found: Difference[]): void {
  const [earlier, later] = [namesOf(before), namesOf(after)];
  const step = (index: number, known?: string): Path => [
    ...path,
    { index, ...(known !== undefined && !known.startsWith('#') && { known }) },
  ];
  for (const [name, at] of later) {
    const was = earlier.get(name);
    if (was === undefined) found.push({ type: 'added', path: step(at, name), after: after[at] });
    else compare(before[was], after[at], step(at, name), found);
  }
  for (const [name, at] of earlier)
    if (!later.has(name)) found.push({ type: 'removed', path: step(at, name), before: before[at] });
}

/** Where each item stands, by what it is known by; twins are told apart by a count. */
function namesOf(list: readonly unknown[]): Map<string, number> {
  const names = new Map<string, number>();
  for (const [at, item] of list.entries()) {
    const known = nameOf(item) ?? `#${at}`;
    let name = known;
    for (let n = 2; names.has(name); n++) name = `${known} (${n})`;
    names.set(name, at);
  }
  return names;
}

function nameOf(item: unknown): string | undefined {
  if (typeof item === 'string') return item;
  if (!isObject(item)) return undefined;
  for (const field of ['id', 'key', 'name', 'title']) {
    const value = own(item, field);
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}
