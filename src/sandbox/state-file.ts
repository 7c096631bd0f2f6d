// Saved states: read from a file or a request, with what is wrong with one that cannot be taken; written whole or not at all.
import { open, readFile, rename } from 'node:fs/promises';
import { DogwatchError } from '../exchange/error.ts';
import { isObject, type Json } from './json.ts';
import { type SavedState, STATE_VERSION, type World } from './world.ts';

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

/**
 * Takes the state in a file, when there is such a file.
 * @throws DogwatchError `bad_state`: it is not a state that this sandbox reads
 */
export async function loadStateFile(file: string, world: World): Promise<void> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const state = readState(parse(text));
  if (typeof state === 'string') {
    throw new DogwatchError('bad_state', `${file}: ${state}`, {
      remedy: 'Name a file that --state or GET /_sandbox/state made, or one that is not there yet.',
    });
  }
  world.load(state);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Writes the state to a file, which holds the state of before until this one is durable. */
export async function saveStateFile(file: string, world: World): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(world.save()));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}
