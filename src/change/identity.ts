// What an item of an array is known by when its position changes: a widget's id, a query's name, a step's public_id.

/** Fields that tell items of a list apart, the surest first. A field counts when every item of both lists has it, each value once. */
const IDENTIFYING = [
  'id',
  'public_id',
  'publicId',
  'uuid',
  'key',
  'name',
  'handle',
  'slug',
  'tag',
  'query_name',
  'target_name',
  'metric',
  'title',
  'type',
] as const;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The field by which the items of two arrays are matched, undefined when there is none. */
export function identifyingField(before: readonly unknown[], after: readonly unknown[]): string | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  return IDENTIFYING.find((field) => {
    const [old, now] = [valuesOf(before, field), valuesOf(after, field)];
    if (old === undefined || now === undefined) return false;
    // An id that none of the items kept was given anew: it tells nothing.
    return [...now].some((value) => old.has(value));
  });
}

/** The distinct values of a field; undefined when an item lacks it or two items share one. */
function valuesOf(items: readonly unknown[], field: string): Set<string> | undefined {
  const values = new Set<string>();
  for (const item of items) {
    const value = isObject(item) && Object.hasOwn(item, field) ? item[field] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    values.add(`${typeof value} ${value}`);
  }
  return values.size === items.length ? values : undefined;
}

const MAX_KNOWN = 80;

/** How an item is called in a path, by the field that identifies it. */
export const knownBy = (item: unknown, field: string | undefined): string | undefined =>
  field === undefined || !isObject(item) ? undefined : `${field}=${String(item[field])}`.slice(0, MAX_KNOWN);

/** A text that two items share when they are matched by that field, or else when they are equal. */
export const matchKey = (item: unknown, field: string | undefined): string =>
  field === undefined || !isObject(item) ? JSON.stringify(item) : `${typeof item[field]} ${String(item[field])}`;
