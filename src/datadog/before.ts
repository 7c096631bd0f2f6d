// How to read a resource before it is updated or deleted, and whether the answer of a change shows it as it is afterwards.
import { isWhole, neededBy, planOf, readerOf } from './before-plan.ts';
import type { Pick } from './before-special.ts';
import { compilePaths } from './body-paths.ts';
import { type Operation, operationByKey } from './catalogue.ts';
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

/** Why nothing can be read. */
export interface NoRead {
  readonly none: string;
}

/** What one reading tells at most; a bulk change of more is told in part. */
const MAX_READS = 50;

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
    if (path === undefined || !isPlain(path)) return undefined;
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

/** Whether a path is one that Datadog reads as it stands: an id out of a body may be `..`. */
function isPlain(path: string): boolean {
  try {
    return normaliseTarget(path).path === path;
  } catch {
    return false;
  }
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
  for (const name of WRAPPERS) {
    const inner = fieldAt(answer, name);
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) return inner;
  }
  const data = fieldAt(answer, 'data');
  if (Array.isArray(data)) return data.length === 1 ? data[0] : data;
  return typeof data === 'object' && data !== null ? data : answer;
}

/** Fields of v1 answers in which a resource stands beside others. */
const WRAPPERS = ['user', 'private_location', 'api_key', 'application_key'];

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

const answerOf = ({ responses }: Operation): string | undefined => {
  const model = Object.entries(responses).find(([status, name]) => status < '300' && name !== '')?.[1];
  return model === 'any' ? undefined : model;
};
