// JSON values as data, and the few ways in which the sandbox takes them apart.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [field: string]: Json;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object at a value, or an empty one. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const arrayOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

export const textOf = (value: Json | undefined): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

/** What stands at a path of field names, undefined where it ends early. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value;
  for (const field of path) {
    if (!isObject(here) || !Object.hasOwn(here, field)) return undefined;
    here = here[field];
  }
  return here;
}

/** A copy that shares nothing with the original. */
export const copy = <T extends Json>(value: T): T => structuredClone(value);

/** `change` over `base`, objects merged field by field to any depth, all else replaced. */
export function merge(base: Json | undefined, change: Json): Json {
  if (!isObject(base) || !isObject(change)) return change;
  const merged: JsonObject = { ...base };
  for (const [field, value] of Object.entries(change)) merged[field] = merge(base[field], value);
  return merged;
}

/** An object whose fields that are absent or null have what they have by default. */
export function filledIn(item: JsonObject, defaults: JsonObject): JsonObject {
  const result: JsonObject = { ...item };
  for (const [field, value] of Object.entries(defaults)) result[field] ??= value;
  return result;
}
