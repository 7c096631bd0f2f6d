// The state of an organisation as of the beginning of a session, as far as the record shows it.
import { effectOf } from '../datadog/restore.ts';
import type { Json } from '../sandbox/json.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { takeIn, takeInImage } from '../sandbox/take-in.ts';
import { readsState } from './executed.ts';
import { type ErasedCall, isErased, jsonOf, type RecordedCall, succeeded } from './recording.ts';

export interface OriginState {
  /** Resources that the record shows. */
  readonly resources: number;
  /** Recorded calls that were read for it. */
  readonly calls: number;
  /** Resources of which the state before the session is only known from the answer to their first change, `monitor/12`. */
  readonly guessed: readonly string[];
}

/**
 * Brings a sandbox into the state that an organisation had when a session began. Told by, the later the better: what earlier calls
 * answered; what the session itself read before it changed it; the images before its changes.
 *
 * @param earlier calls before the session, oldest first
 * @param calls the session's own, of the same connection
 */
export function takeOrigin(
  sandbox: Sandbox,
  earlier: readonly RecordedCall[],
  calls: readonly (RecordedCall | ErasedCall)[],
): OriginState {
  const { world } = sandbox;
  const taken = new Set<string>();
  let read = 0;
  const add = (places: readonly string[]): void => {
    if (places.length > 0) read += 1;
    for (const place of places) taken.add(place);
  };
  for (const call of earlier) add(seen(sandbox, call));
  const changed = new Set<string>();
  const guessed: string[] = [];
  for (const call of calls) {
    if (isErased(call)) continue;
    if (call.action === 'read') {
      // What the session has not changed yet was so when it began.
      if (readsState(call.operation) && succeeded(call.status)) add(seenBefore(sandbox, call, changed));
      continue;
    }
    const effect = effectOf(call.operation);
    for (const image of call.before ?? []) {
      const name = `${image.kind}/${image.id}`;
      if (changed.has(name)) continue;
      const place = takeInImage(world, image, call);
      add(place === undefined ? [] : [place]);
    }
    if (effect === 'update' && succeeded(call.status)) {
      for (const { kind, id } of call.resources.slice(0, 1)) {
        if (changed.has(`${kind}/${id}`) || call.before?.some((image) => image.kind === kind && image.id === id))
          continue;
        const answer = jsonOf(call.response) as Json | undefined;
        const places = knownAlready(sandbox, call) ? [] : takeIn(world, { ...call, answer });
        if (places.length > 0) guessed.push(`${kind}/${id}`);
        add(places);
      }
    }
    if (!succeeded(call.status)) continue;
    for (const { kind, id } of call.resources) changed.add(`${kind}/${id}`);
  }
  return { resources: taken.size, calls: read, guessed };
}

/** Whether the resource that a call changes is in the state. */
function knownAlready(sandbox: Sandbox, { target }: RecordedCall): boolean {
  return sandbox.answer({ method: 'GET', target: target.split('?')[0] ?? target }).status === 200;
}

function seen(sandbox: Sandbox, call: RecordedCall): string[] {
  const effect = effectOf(call.operation);
  const places: string[] = [];
  for (const image of call.after ?? []) {
    const place = takeInImage(sandbox.world, image, call);
    if (place !== undefined) places.push(place);
  }
  if (!succeeded(call.status) || places.length > 0) return places;
  if (call.action === 'read' ? !readsState(call.operation) : effect === 'none') return [];
  return takeIn(sandbox.world, { ...call, answer: jsonOf(call.response) as Json | undefined });
}

/** Takes in a read of the session, without what the session had changed or made by then. */
function seenBefore(sandbox: Sandbox, call: RecordedCall, changed: ReadonlySet<string>): string[] {
  const answer = jsonOf(call.response) as Json | undefined;
  const ids = new Set([...changed].map((name) => name.slice(name.indexOf('/') + 1)));
  if (ids.size === 0) return takeIn(sandbox.world, { ...call, answer });
  if (call.target.split(/[/?&=]/).some((segment) => ids.has(decoded(segment)))) return [];
  return takeIn(sandbox.world, { ...call, answer: withoutItems(answer, ids) });
}

/** A list's answer without the items of those ids. */
function withoutItems(answer: Json | undefined, ids: ReadonlySet<string>): Json | undefined {
  const keep = (item: Json): boolean => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return true;
    return !['id', 'public_id', 'name'].some((field) => ids.has(String(item[field])));
  };
  if (Array.isArray(answer)) return answer.filter(keep);
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([field, value]) => [field, Array.isArray(value) ? value.filter(keep) : value]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
