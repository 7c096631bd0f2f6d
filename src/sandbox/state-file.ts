// Reads a saved state, from a file or a request, and says what is wrong with one that it cannot take.
import { isObject, type Json } from './json.ts';
import { type SavedState, STATE_VERSION } from './world.ts';

const MOST_RESOURCES = 5_000_000;

/** The state, or a sentence that says why it is none. */
export function readState(value: Json | undefined): SavedState | string {
  if (!isObject(value)) return 'a state is a JSON object, as GET /_sandbox/state gives it';
  if (value.version !== STATE_VERSION) {
    return `this is a state of version ${JSON.stringify(value.version ?? null)}; this sandbox reads version ${STATE_VERSION}`;
  }
  const { now, sequence, collections, documents } = value;
  if (now !== null && (typeof now !== 'string' || Number.isNaN(Date.parse(now))))
    return 'now must be null or an ISO 8601 time';
  if (!Number.isSafeInteger(sequence) || (sequence as number) < 0) return 'sequence must be a whole number';
  if (!isObject(collections) || !isObject(documents)) return 'collections and documents must be objects';
  let count = 0;
  for (const [path, items] of Object.entries(collections)) {
    if (!Array.isArray(items)) return `collections.${path} must be an array of [id, resource]`;
    for (const [i, entry] of items.entries()) {
      if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string' || !isObject(entry[1])) {
        return `collections.${path}[${i}] must be [id, resource]`;
      }
    }
    count += items.length;
    if (count > MOST_RESOURCES) return `more than ${MOST_RESOURCES} resources`;
  }
  return value as unknown as SavedState;
}
