// Takes into a sandbox's state what Datadog once answered about a resource, and tells which resource a place in the state is.
import { readerOf } from '../datadog/before-plan.ts';
import { operationByKey, operations } from '../datadog/catalogue.ts';
import { matchOperation } from '../datadog/matcher.ts';
import { normaliseTarget } from '../datadog/target.ts';
import { arrayOf, copy, isObject, type Json, type JsonObject, merge, objectOf } from './json.ts';
import { type Plan, planOf, statePath, unwrap } from './plan.ts';
import { rules } from './rules.ts';
import type { Item, World } from './world.ts';

/** What was answered to one call with a 2xx status. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly answer: Json | undefined;
}

/** A resource as it stands in the state. */
export interface Placed {
  readonly kind: string;
  readonly id: string;
  /** Its collection in the state; of a document its own place. */
  readonly path: string;
  readonly item: Json;
}

/** The fields that name a resource in a list, the most telling first. */
const ID_FIELDS = ['id', 'public_id', 'uuid', 'token', 'name', 'handle'];

/**
 * Takes in what an answer shows: one resource wholly, or the items of a list as far as the list shows them; a deletion takes away.
 * @returns places of what was taken in, `path\nid`; empty for an answer that shows no state
 */
export function takeIn(world: World, { method, target, answer }: Seen): string[] {
  const match = matchOperation(method, normaliseTarget(target).segments);
  if (!match) return [];
  const { operation, params } = match;
  const plan = planOf(operation);
  if (plan.role === 'delete') {
    world.remove(placeOf(plan, params), params[plan.param ?? ''] ?? '');
    return [];
  }
  if (plan.role === 'document') {
    if (!isObject(answer) || operation.method !== 'GET') return [];
    const path = statePath(plan.collection, params);
    world.documents.set(path, copy(answer));
    return [`${path}\n`];
  }
  if (plan.role === 'list') {
    const { response } = plan;
    const items = arrayOf(response?.field === undefined ? answer : objectOf(answer)[response.field]);
    const path = placeOf(plan, params);
    return items.flatMap((item) => {
      const id = isObject(item) ? idIn(item, rules.get(plan.collection)?.idField) : undefined;
      if (id === undefined || !isObject(item)) return [];
      const known = world.find(path, id);
      // A list may show less of a resource than is known of it already.
      world.collection(path).set(id, known ? (merge(known, copy(item)) as JsonObject) : copy(item));
      return [`${path}\n${id}`];
    });
  }
  const item = unwrap(plan.response, answer);
  if (!isObject(item)) return [];
  const reader = readerOf(operation) ?? operation;
  const at = planOf(reader).role === 'get' ? planOf(reader) : plan;
  if (at.role === 'execute') return [];
  const named = plan.role === 'create' ? undefined : params[plan.param ?? ''];
  const id = named ?? idIn(item, rules.get(at.collection)?.idField);
  if (id === undefined) return [];
  return [put(world, at, params, id, item)];
}

/**
 * Takes in the image of one resource, as an operation that reads it answered.
 * @param target of the call that the image is for: its path says what the resource stands in
 */
export function takeInImage(
  world: World,
  image: { readonly operation: string; readonly id: string; readonly answer?: unknown; readonly picked?: true },
  call: { readonly method: string; readonly target: string },
): string | undefined {
  const operation = operationByKey(image.operation);
  const match = matchOperation(call.method, normaliseTarget(call.target).segments);
  if (!operation || !match) return undefined;
  const plan = planOf(operation);
  if (plan.role === 'document') {
    const path = statePath(plan.collection, match.params);
    if (isObject(image.answer as Json)) world.documents.set(path, copy(image.answer as Json));
    else world.documents.delete(path);
    return `${path}\n`;
  }
  if (image.answer === undefined) {
    world.remove(placeOf(plan, match.params), image.id);
    return `${placeOf(plan, match.params)}\n${image.id}`;
  }
  const item = image.picked ? (image.answer as Json) : unwrap(plan.response, image.answer as Json);
  return isObject(item) ? put(world, plan, match.params, image.id, item) : undefined;
}

function put(world: World, plan: Plan, params: Readonly<Record<string, string>>, id: string, item: JsonObject): string {
  const path = placeOf(plan, params);
  world.collection(path).set(id, copy(item));
  return `${path}\n${id}`;
}

const placeOf = (plan: Plan, params: Readonly<Record<string, string>>): string =>
  statePath(rules.get(plan.collection)?.at ?? plan.collection, params);

function idIn(item: JsonObject, idField: string | undefined): string | undefined {
  for (const field of idField === undefined ? ID_FIELDS : [idField]) {
    const value = item[field] ?? objectOf(item.attributes)[field];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return undefined;
}

/** Every resource and document of a state. Places that only the sandbox itself knows are left out. */
export function* resourcesIn(world: World): Generator<Placed> {
  for (const [path, items] of world.collections) {
    const kind = kindAt(path);
    if (kind === undefined) continue;
    for (const [id, item] of items) yield { kind, id, path, item };
  }
  for (const [path, item] of world.documents) {
    const kind = kindAt(path);
    if (kind !== undefined) yield { kind, id: '-', path, item };
  }
}

/** The resource of a kind and id, wherever it stands. */
export function findResource(world: World, kind: string, id: string): Item | undefined {
  for (const [path, items] of world.collections) {
    if (kindAt(path) === kind && items.has(id)) return items.get(id);
  }
  return undefined;
}

interface Node {
  readonly literals: Map<string, Node>;
  any?: Node;
  kind?: string;
}
const places: Node = { literals: new Map() };
for (const operation of operations()) {
  const plan = planOf(operation);
  if (plan.role === 'execute') continue;
  let node = places;
  for (const segment of (rules.get(plan.collection)?.at ?? plan.collection).split('/')) {
    const next: Node = (segment.startsWith('{') ? node.any : node.literals.get(segment)) ?? { literals: new Map() };
    if (segment.startsWith('{')) node.any = next;
    else node.literals.set(segment, next);
    node = next;
  }
  // What reads or changes one of a kind says best what it is; a list may be of something else.
  if (node.kind === undefined || plan.role === 'get') node.kind = operation.resource.kind;
}
const kinds = new Map<string, string | undefined>();
const KEPT = 100_000;

function kindAt(path: string): string | undefined {
  if (kinds.has(path)) return kinds.get(path);
  if (kinds.size > KEPT) kinds.clear();
  const kind = path.includes('?') ? undefined : find(places, path.split('/'), 0);
  kinds.set(path, kind);
  return kind;
}

function find(node: Node, segments: readonly string[], at: number): string | undefined {
  if (at === segments.length) return node.kind;
  const literal = node.literals.get(segments[at]!);
  return (literal && find(literal, segments, at + 1)) ?? (node.any && find(node.any, segments, at + 1));
}
