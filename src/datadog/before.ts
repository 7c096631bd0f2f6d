// How to read a resource before it is updated or deleted, and whether the answer of a change shows it as it is afterwards.

import { KNOWN_READS } from './before-special.ts';
import { compilePaths } from './body-paths.ts';
import { type Operation, operationByKey, operations } from './catalogue.ts';
import { parseBody, queryValues, type ReadyPlace, readyPlace, scannedValues, valuesAt } from './places.ts';
import { normaliseTarget } from './target.ts';

/** One GET that shows one resource. */
export interface Read {
  readonly kind: string;
  readonly id: string;
  readonly operation: string;
  readonly method: 'GET';
  /** Path and query, to be sent with the connection's own credential. */
  readonly target: string;
  /** When the answer is a list: which of its items the resource is. */
  readonly pick?: Pick;
}

/** The item of the list at `list` (`data`, empty for the body itself) of which the field `by` has the value. */
export interface Pick {
  readonly list: string;
  readonly by: string;
  readonly value: string;
}

/** How an operation's resource is read: at the path of the operation itself, at one above it, in a list, by the table of special cases. */
export type ReadWay = 'same' | 'parent' | 'sibling' | 'list' | 'special' | 'none';

/** Why nothing can be read. */
export interface NoRead {
  readonly none: string;
}

/** What one reading tells at most; a bulk change of more is told in part. */
const MAX_READS = 50;

const template = (path: string): string => path.replace(/\{\w+\}/g, '{}');
const gets: ReadonlyMap<string, Operation> = new Map(
  operations()
    .filter(({ method }) => method === 'GET')
    .map((operation) => [template(operation.path), operation]),
);
/** Paths with the id of a resource at the end that show something else of it: the result of a run. */
const NOT_READERS = new Set(['/api/v2/synthetics/tests/fast/{id}']);
/** Operations that show one resource of a kind whose id ends their path, by version and kind. */
const readers: ReadonlyMap<string, readonly Operation[]> = Map.groupBy(
  [...gets.values()].filter(
    ({ path, resource }) => path.endsWith(`{${nameOf(resource.ids[0])}}`) && !NOT_READERS.has(path),
  ),
  ({ version, resource }) => `${version} ${resource.kind}`,
);
function nameOf(place: string | undefined): string {
  return place?.startsWith('path:') ? place.slice('path:'.length) : ' ';
}

interface Plan {
  readonly way: ReadWay;
  /** The reading operation; absent for `none`. */
  readonly by?: Operation;
  /** The parameter of `by` that holds the id; absent when the path says all. */
  readonly id?: string;
  readonly query?: string;
  readonly pick?: Omit<Pick, 'value'>;
  readonly reason?: string;
}

const plans = new Map<string, Plan>();

/** Changes whose resource can be there before: updates, deletes, and executes that name one. */
function planOf(operation: Operation): Plan {
  const known = plans.get(operation.key);
  if (known !== undefined) return known;
  const plan = makePlan(operation);
  plans.set(operation.key, plan);
  return plan;
}

function makePlan(operation: Operation): Plan {
  const { key, action, resource, path, version } = operation;
  const special = KNOWN_READS[key];
  if (special !== undefined) {
    if ('none' in special) return { way: 'none', reason: special.none };
    const by = operationByKey(special.read);
    if (by === undefined) throw new Error(`before-special.ts, ${key}: no operation ${special.read}`);
    const { query, pick } = special;
    // A path that ends in an id gets the operation's own.
    const id = query === undefined && by.path.endsWith('}') ? paramsOf(by.path).at(-1)! : undefined;
    const taken = id !== undefined && paramsOf(path).includes(id);
    return { way: 'special', by, ...(query && { query }), ...(pick && { pick }), ...(id && !taken && { id }) };
  }
  if (action === 'read') return { way: 'none', reason: 'it changes nothing' };
  if (action === 'create' && !resource.ids.some((place) => place.startsWith('path:'))) {
    return { way: 'none', reason: 'what it creates was not there before' };
  }
  const same = gets.get(template(path));
  if (same !== undefined && !isCollection(same) && isAskable(same, operation)) return { way: 'same', by: same };
  const ids = resource.ids.filter((place) => !place.startsWith('response:'));
  if (ids.length === 0) return { way: 'none', reason: 'only the answer tells what was changed' };
  const param = nameOf(ids[0]);
  for (let above = path; above.includes(`{${param}}/`); above = above.slice(0, above.lastIndexOf('/'))) {
    const parent = gets.get(template(above.slice(0, above.lastIndexOf('/'))));
    if (parent !== undefined && !isCollection(parent) && isAskable(parent, operation))
      return { way: 'parent', by: parent };
  }
  const bound = new Set([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!));
  const lists = listsAbove(operation, bound);
  // An order is shown by the list that it orders.
  if (ORDERING.test(operation.id) && lists[0] !== undefined) return { way: 'list', by: lists[0] };
  if (ids[0] !== 'one') {
    const sibling = (readers.get(`${version} ${resource.kind}`) ?? [])
      .filter(({ path: its }) =>
        paramsOf(its)
          .slice(0, -1)
          .every((name) => bound.has(name)),
      )
      .sort((one, other) => one.path.length - other.path.length)[0];
    if (sibling !== undefined) return { way: 'sibling', by: sibling, id: paramsOf(sibling.path).at(-1)! };
  }
  const list = lists.find((each) => each.resource.kind === resource.kind);
  if (list !== undefined) {
    return { way: 'list', by: list, ...(ids[0] === 'one' ? {} : { pick: { list: listPathOf(list), by: 'id' } }) };
  }
  return { way: 'none', reason: 'Datadog has no operation that shows it' };
}

const ORDERING = /^(?:Reorder|Order)[A-Z]/;

/** The listing operations at or above an operation's path that can be asked without further parameters, the nearest first. */
function listsAbove(operation: Operation, bound: ReadonlySet<string>): Operation[] {
  const { path } = operation;
  const found: Operation[] = [];
  for (let above = path; above !== ''; above = above.slice(0, above.lastIndexOf('/'))) {
    const get = gets.get(template(above));
    if (get === undefined || !isCollection(get) || !paramsOf(get.path).every((name) => bound.has(name))) continue;
    if (isAskable(get, operation)) found.push(get);
  }
  return found;
}

const paramsOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);

/** The query parameters without which an operation cannot be asked. */
const neededBy = ({ params }: Operation): string[] =>
  params.flatMap(({ in: where, required, name }) => (where === 'query' && required ? [name] : []));

/** Whether all that a GET needs in its query stands in that of the change too. */
const isAskable = (get: Operation, { params }: Operation): boolean =>
  neededBy(get).every((name) => params.some((param) => param.in === 'query' && param.name === name));

/** Whether a GET answers with many of a kind. */
const isCollection = ({ resource }: Operation): boolean => resource.ids.length === 0;

/** By which way the resource of an operation is read, for counting and for the documentation. */
export const readWayOf = (operation: Operation): ReadWay => planOf(operation).way;

/**
 * How to read what an operation is about to change: one GET for each resource, at most 50.
 *
 * @param operationKey `v1.UpdateMonitor`
 * @param target path and query as they go upstream
 * @param body of the request, without content-encoding
 * @returns the reads, or why there are none
 */
export function readOf(operationKey: string, target: string, body?: Uint8Array): readonly Read[] | NoRead {
  const operation = operationByKey(operationKey);
  if (operation === undefined) return { none: 'the catalogue does not know the operation' };
  const plan = planOf(operation);
  if (plan.by === undefined) return { none: plan.reason ?? 'Datadog has no operation that shows it' };
  const params = paramValues(operation.path, target);
  if (params === undefined) return { none: 'the path is not that of the operation' };
  const { kind } = operation.resource;
  const ids = idsOf(operation, params, target, body);
  const read = (id: string): Read | undefined => {
    const given = plan.id === undefined ? params : { ...params, [plan.id]: id };
    const path = pathWith(plan.by!.path, given, id);
    if (path === undefined) return undefined;
    const base = { kind, id, operation: plan.by!.key, method: 'GET' as const };
    const search = new URLSearchParams(plan.query === undefined ? [] : [[plan.query, id]]);
    for (const name of neededBy(plan.by!)) {
      for (const value of search.has(name) ? [] : queryValues(queryOf(target), name, false)) search.append(name, value);
    }
    const asked = search.size === 0 ? '' : `?${search}`;
    return { ...base, target: path + asked, ...(plan.pick && { pick: { ...plan.pick, value: id } }) };
  };
  const reads = ids.slice(0, MAX_READS).flatMap((id) => read(id) ?? []);
  return reads.length > 0 ? reads : { none: 'the request does not tell what it changes' };
}

/** The values of a path template's parameters, still percent-encoded; undefined when the target has another path. */
function paramValues(path: string, target: string): Record<string, string> | undefined {
  const segments = pathOf(target).split('/');
  const names = path.split('/');
  if (segments.length !== names.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    const param = /^\{(\w+)\}$/.exec(name)?.[1];
    if (param !== undefined) params[param] = segments[i]!;
    else if (name !== segments[i]) return undefined;
  }
  return params;
}

const queryOf = (target: string): string => (target.includes('?') ? target.slice(target.indexOf('?') + 1) : '');
const pathOf = (target: string): string => normaliseTarget(target).path;

/** Parameters of the reading operation by name; one of another name stands for the id. */
function pathWith(path: string, params: Readonly<Record<string, string>>, id: string): string | undefined {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    // What came in a path is encoded already; an id out of a body is not.
    return value === undefined || value === id ? encodeURIComponent(decoded(value ?? id)) : value;
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The ids of an operation's own resource in its request, as text. */
function idsOf(
  { resource }: Operation,
  params: Readonly<Record<string, string>>,
  target: string,
  body: Uint8Array | undefined,
): string[] {
  const query = queryOf(target);
  const values = ({ from, name, steps }: ReadyPlace): string[] => {
    if (from === 'path') return params[name] === undefined ? [] : [decoded(params[name])];
    if (from === 'query') return queryValues(query, name, true);
    if (from === 'one') return ['-'];
    if (from !== 'body' || body === undefined) return [];
    if (steps.includes('{keys}')) return valuesAt(parseBody(body, true), steps).map(({ value }) => value);
    return scannedValues(body, compilePaths([name]));
  };
  for (const place of resource.ids) {
    const found = values(readyPlace(place));
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

/** Where a list's answer has its items: JSON:API has them in `data`, v1 in the body itself or a field named for them. */
function listPathOf({ version, resource, responses }: Operation): string {
  if (version === 'v2') return 'data';
  const answer = Object.entries(responses).find(([status]) => status < '300')?.[1] ?? '';
  return answer.startsWith('Array<') ? '' : `${resource.kind.split('-').at(-1)}s`;
}

/**
 * The resource itself out of what was answered: the item that a reading picks, or what JSON:API wraps in `data`. So the images
 * before and after a change have one form, whichever operation showed them.
 *
 * @returns undefined when the list does not have it, which may be because it is not on the first page
 */
export function imageIn(answer: unknown, pick?: Pick): unknown {
  if (pick !== undefined) {
    const list = fieldAt(answer, pick.list);
    if (!Array.isArray(list)) return undefined;
    return list.find((item) => String(fieldAt(item, pick.by)) === pick.value);
  }
  const data = fieldAt(answer, 'data');
  if (Array.isArray(data)) return data.length === 1 ? data[0] : data;
  return typeof data === 'object' && data !== null ? data : answer;
}

function fieldAt(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path === '' ? [] : path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** What a change's own answer tells of the resource as it is afterwards. */
export type After =
  /** The answer is what reading it would answer. */
  | 'echo'
  /** It must be read again. */
  | 'read'
  /** It is gone. */
  | 'gone'
  /** Nothing shows it. */
  | 'unknown';

/** Where the image after a change comes from. */
export function afterOf(operationKey: string): After {
  const operation = operationByKey(operationKey);
  if (operation === undefined) return 'unknown';
  if (operation.action === 'delete' && isWhole(operation)) return 'gone';
  const answered = answerOf(operation);
  const reader = readerOf(operation);
  if (reader === undefined) return 'unknown';
  return answered !== undefined && answered === answerOf(reader) ? 'echo' : 'read';
}

/** Whether an operation goes to the resource itself, not to a part of it: `/roles/{id}`, not `/roles/{id}/users`. */
export function isWhole({ path, resource }: Operation): boolean {
  const first = resource.ids[0];
  return first === undefined || !first.startsWith('path:') || path.endsWith(`{${nameOf(first)}}`);
}

/** The operation that shows one of a kind, for whatever makes or changes it. */
function readerOf(operation: Operation): Operation | undefined {
  const { by, way } = planOf(operation);
  if (by !== undefined && way !== 'list') return by;
  return readers.get(`${operation.version} ${operation.resource.kind}`)?.[0];
}

const answerOf = ({ responses }: Operation): string | undefined => {
  const model = Object.entries(responses).find(([status, name]) => status < '300' && name !== '')?.[1];
  return model === 'any' ? undefined : model;
};
