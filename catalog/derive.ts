// Applies the rules to one operation: its action, the kind and ids of what it touches, its risk and tags.
import type { AskedPlaces, Operation, Place, ResourceRule } from '../src/datadog/catalogue.ts';
import type { Action, RiskLevel, RiskTag } from '../src/exchange/operation.ts';
import { RISK_TAGS } from '../src/exchange/operation.ts';
import type { ClientOperation, Models } from './client.ts';
import { matchesAny, type Rules } from './rules.ts';
import { hasPath, stepsFrom } from './shapes.ts';

/** The action of an operation: by name, else by the longest word its id begins with, else by its method. */
export function actionOf(operation: ClientOperation, rules: Rules): Action {
  const { id, key, method } = operation;
  const named = rules.actions.operations[key];
  if (named !== undefined) return named;
  let best: { action: Action; length: number } | undefined;
  for (const [action, words] of Object.entries(rules.actions.words[method] ?? {})) {
    for (const word of words) {
      if (!id.startsWith(word) || /^[a-z]/.test(id.slice(word.length))) continue;
      if (best === undefined || word.length > best.length) best = { action: action as Action, length: word.length };
    }
  }
  if (best !== undefined) return best.action;
  if (method === 'GET') return 'read';
  if (method === 'DELETE') return 'delete';
  if (method === 'POST') throw new Error(`${key}: no word in catalog/rules.yaml says what this POST does`);
  return 'update';
}

interface Collection {
  readonly kind: string;
  /** The path parameter right behind the collection. */
  readonly param: string | undefined;
}

/** The collections that a path goes through, from the innermost out. */
function collectionsOf(path: string, kinds: Readonly<Record<string, string>>): Collection[] {
  const segments = path
    .replace(/^\/api\/(?:v\d|unstable)/, '')
    .split('/')
    .slice(1);
  const found: Collection[] = [];
  for (let length = segments.length; length > 0; length--) {
    const prefix = `/${segments
      .slice(0, length)
      .map((segment) => (segment.startsWith('{') ? '{}' : segment))
      .join('/')}`;
    const kind = kinds[prefix];
    if (kind !== undefined) found.push({ kind, param: /^\{(\w+)\}$/.exec(segments[length] ?? '')?.[1] });
  }
  if (found.length === 0) throw new Error(`${path}: no kind in catalog/rules.yaml`);
  return found;
}

const RESPONSE_IDS = ['data.id', 'data[].id', 'id', 'public_id', '[].id'];
const BULK_IDS = ['data[].id', 'ids[]', 'public_ids[]', 'dashboards[].id'];
const CREATE_IDS = ['data.id', 'id', 'name'];

/** Where ids stand, for an operation on a whole collection: the places are tried in turn. */
function collectionIds(operation: ClientOperation, action: Action, models: Models): Place[] {
  const existing = (side: 'body' | 'response', paths: readonly string[]): Place[] =>
    paths.map((path) => `${side}:${path}`).filter((place) => placeExists(operation, models, place));
  if (action === 'read') return [];
  const answered = existing('response', RESPONSE_IDS).slice(0, 1);
  if (action === 'create') return answered.length > 0 ? answered : existing('body', CREATE_IDS).slice(0, 1);
  const { model } = operation.request ?? {};
  const asked = operation.params.filter(({ in: place, name }) => place === 'query' && /^(?:\w+_)?ids?$/.test(name));
  const named = [
    ...existing('body', BULK_IDS),
    ...(model === undefined ? [] : idLists(model, models)),
    ...asked.map(({ name }) => `query:${name}`),
    ...existing('body', ['data.id']),
  ];
  return named.length > 0 ? named : answered;
}

/** Arrays of ids in a request body, `data.attributes.dataset_ids[]`. */
function idLists(model: string, models: Models): Place[] {
  for (const prefix of ['', 'data.attributes.']) {
    let types = [model];
    for (const step of prefix.split('.').filter((part) => part !== '')) {
      types = types.flatMap((type) =>
        [...stepsFrom(models, type)]
          .filter(({ via }) => typeof via !== 'string' && via.field === step)
          .map((found) => found.type),
      );
    }
    for (const type of types) {
      for (const { via, type: of } of stepsFrom(models, type)) {
        if (typeof via !== 'string' && /_ids$|Ids$/.test(via.field) && of.startsWith('Array<')) {
          return [`body:${prefix}${via.field}[]`];
        }
      }
    }
  }
  return [];
}

/** What an operation touches, within what, and what else. */
export function resourceOf(
  operation: ClientOperation,
  action: Action,
  rules: Rules,
  models: Models,
): { resource: ResourceRule; within?: ResourceRule; also?: ResourceRule[] } {
  const [inner, ...outer] = collectionsOf(operation.path, rules.kinds);
  const kind = rules.kindsOf[operation.key] ?? inner!.kind;
  const ids =
    rules.ids[operation.key] ??
    (inner!.param === undefined ? collectionIds(operation, action, models) : [`path:${inner!.param}`]);
  const around = outer.find((collection) => collection.param !== undefined);
  const beside = Object.entries(rules.also[operation.key] ?? {});
  return {
    resource: { kind, ids },
    ...(around === undefined ? {} : { within: { kind: around.kind, ids: [`path:${around.param}`] } }),
    ...(beside.length === 0 ? {} : { also: beside.map(([other, place]) => ({ kind: other, ids: [place] })) }),
  };
}

/** Where a read says what it looks for; undefined when it says nothing of the kind. */
export function askedOf(
  operation: ClientOperation,
  action: Action,
  kind: string,
  rules: Rules,
  models: Models,
): AskedPlaces | undefined {
  const { metrics, queries } = rules.asked;
  const searches =
    action === 'read' && matchesAny(queries.kinds, kind) && !queries.except.includes(operation.key)
      ? queries.places.filter((place) => placeExists(operation, models, place))
      : [];
  const named = metrics[operation.key] ?? [];
  if (searches.length + named.length === 0) return undefined;
  return { ...(named.length === 0 ? {} : { metrics: named }), ...(searches.length === 0 ? {} : { queries: searches }) };
}

/** Whether an operation has something at a place: a parameter, or a field of a body's shape. */
export function placeExists(operation: ClientOperation, models: Models, place: Place): boolean {
  const colon = place.indexOf(':');
  const [where, path] = [place.slice(0, colon), place.slice(colon + 1)];
  if (where === 'path' || where === 'query') {
    return operation.params.some((param) => param.in === where && param.name === path);
  }
  if (where === 'body') return operation.request?.model !== undefined && hasPath(models, operation.request.model, path);
  return (
    where === 'response' &&
    Object.entries(operation.responses).some(([status, model]) => status < '300' && hasPath(models, model, path))
  );
}

/** How dangerous an operation is: by name, else by kind and action, else by action. */
export function riskOf(key: string, action: Action, kind: string, rules: Rules): RiskLevel {
  let risk = rules.risk.actions[action];
  for (const rule of rules.risk.kinds) {
    if (matchesAny(rule.kinds, kind)) risk = rule[action] ?? risk;
  }
  return rules.risk.operations[key] ?? risk;
}

/** The tags of an operation, in the fixed order of RISK_TAGS. */
export function tagsOf(operation: Pick<Operation, 'key' | 'action' | 'resource' | 'secrets'>, rules: Rules): RiskTag[] {
  const { key, action, resource, secrets } = operation;
  const given = new Set<RiskTag>(secrets === undefined ? [] : ['secrets']);
  for (const rule of rules.tags) {
    const byKind = rule.kinds !== undefined && matchesAny(rule.kinds, resource.kind);
    if ((byKind && (rule.actions ?? []).includes(action)) || rule.operations?.includes(key)) given.add(rule.tag);
  }
  return RISK_TAGS.filter((tag) => given.has(tag));
}
