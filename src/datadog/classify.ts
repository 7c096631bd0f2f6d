// What a request is, judged from method, target and body: operation, action, resources, risk, and what was asked for.
import type { Fingerprint } from '../exchange/keys.ts';
import type { Action, Asked, Classification, Resource } from '../exchange/operation.ts';
import { compilePaths, intoField, intoItem, type Walk } from './body-paths.ts';
import { type Operation, operationByKey, operations, type Place, type ResourceRule } from './catalogue.ts';
import { type Match, matchOperation } from './matcher.ts';
import { isMcp, judgeMcp } from './mcp.ts';
import { metricNames } from './metric-names.ts';
import {
  type Found,
  judgedValuesAt,
  parseBody,
  queryValues,
  type ReadyPlace,
  readyPlace,
  scannedValues,
  valuesAt,
} from './places.ts';
import { redactedValue } from './secrets.ts';
import type { HostKind } from './sites.ts';
import type { Target } from './target.ts';

export interface Request {
  readonly method: string;
  readonly target: Target;
  /** The kind of Datadog host that the caller named, if it named one. */
  readonly host: HostKind | undefined;
  /** Without content-encoding. Absent when it was not read: ids and terms that stand in it are then not told. */
  readonly body?: Uint8Array;
  readonly contentType?: string;
}

export interface Classified {
  readonly classification: Classification;
  /** The kind of host that the request must go to. */
  readonly host: HostKind;
  /** Absent for MCP and unknown operations. Its parameters may be secrets: it is not for the record. */
  readonly match?: Match;
}

/** What a place tells, and whether that is a secret. */
interface IdPlace extends ReadyPlace {
  readonly secret: boolean;
  /** For a place in a request body, where a scan finds it. */
  readonly walk?: Walk;
}
/** How to read one operation, worked out once. */
interface Plan {
  readonly resources: readonly { readonly kind: string; readonly ids: readonly IdPlace[] }[];
  readonly metrics: readonly ReadyPlace[];
  readonly queries: readonly ReadyPlace[];
  readonly readsBody: boolean;
  /** Whether the body is parsed for more than its ids. */
  readonly parsesBody: boolean;
}

const MAX_ID = 512;
/** The id of what an organisation has one of: the order of its log indexes, its IP allowlist. */
const THE_ONE = '-';
/** Stands for a secret id when there is no fingerprint to tell secrets apart by. */
const WITHHELD = 'withheld';

const plans: ReadonlyMap<string, Plan> = new Map(operations().map((operation) => [operation.key, planOf(operation)]));

function planOf(operation: Operation): Plan {
  const rules = [
    operation.resource,
    ...(operation.within === undefined ? [] : [operation.within]),
    ...(operation.also ?? []),
  ];
  const resources = rules.map(({ kind, ids }: ResourceRule) => ({
    kind,
    ids: ids.map((place) => idPlaceOf(operation, place)),
  }));
  const metrics = (operation.asked?.metrics ?? []).map(readyPlace);
  const queries = (operation.asked?.queries ?? []).map(readyPlace);
  const places = [...resources.flatMap(({ ids }) => ids), ...metrics, ...queries];
  const inBody = ({ from }: ReadyPlace): boolean => from === 'body';
  const parsesBody = places.some((place) => inBody(place) && !('walk' in place));
  return { resources, metrics, queries, readsBody: places.some(inBody), parsesBody };
}

function idPlaceOf(operation: Operation, place: Place): IdPlace {
  const ready = { ...readyPlace(place), secret: isSecretPlace(operation, place) };
  const scanned = ready.from === 'body' && !ready.steps.includes('{keys}');
  return scanned ? { ...ready, walk: compilePaths([ready.name]) } : ready;
}

function isSecretPlace({ secrets }: Operation, place: Place): boolean {
  const { from, name, steps } = readyPlace(place);
  if (from === 'path') return secrets?.pathParams?.includes(name) ?? false;
  const paths = from === 'body' ? secrets?.request : from === 'response' ? secrets?.response : undefined;
  if (paths === undefined) return false;
  let walk = compilePaths(paths);
  for (const step of steps) {
    if (walk.end !== undefined) return true;
    walk = step === '[]' ? intoItem(walk) : intoField(walk, step);
  }
  return walk.end !== undefined;
}

/** Whether the judgement of an operation depends on what its request body says. */
export const readsBody = (operationKey: string): boolean =>
  plans.get(operationKey)?.readsBody ?? operationKey.startsWith('mcp.');

/**
 * Classifies a request. What the catalogue does not know is `unknown.<METHOD>`.
 *
 * @param fingerprint stands in for ids that are secrets themselves, so that no classification ever holds one; without it
 *   such ids are withheld
 * @throws DogwatchError `request_too_large` when the request names more than 1,000 things at once: none may hide behind the others
 */
export function classify(request: Request, fingerprint?: Fingerprint): Classified {
  const { method, target, host, body } = request;
  if (isMcp(target, host)) {
    return { classification: { ...judgeMcp(method, body), resources: [] }, host: 'mcp' };
  }
  const match = matchOperation(method, target.segments, host);
  if (match === undefined) return { classification: unknownOperation(method), host: host ?? 'api' };
  const { operation } = match;
  const plan = plans.get(operation.key)!;
  const json = plan.parsesBody ? parseBody(body, false) : undefined;
  const read = (place: ReadyPlace & { walk?: Walk }, list: boolean): string[] => {
    if (place.from === 'path') return [match.params[place.name] ?? ''];
    if (place.from === 'query') return queryValues(target.query, place.name, list);
    if (place.walk !== undefined) return body === undefined ? [] : scannedValues(body, place.walk);
    if (place.from === 'body') return judgedValuesAt(json, place.steps);
    return place.from === 'one' ? [THE_ONE] : [];
  };
  return {
    classification: {
      operation: operation.key,
      action: operation.action,
      risk: operation.risk,
      tags: operation.tags,
      resources: resourcesOf(plan, read, fingerprint),
      asked: askedOf(plan, read),
    },
    host: operation.host,
    match,
  };
}

type Reader = (place: ReadyPlace & { walk?: Walk }, list: boolean) => string[];

function resourcesOf(plan: Plan, read: Reader, fingerprint: Fingerprint | undefined): Resource[] {
  const resources: Resource[] = [];
  for (const { kind, ids } of plan.resources) {
    for (const place of ids) {
      const values = [...new Set(read(place, true))];
      for (const value of values) resources.push({ kind, id: recordableId(value, place.secret, fingerprint) });
      if (values.length > 0) break;
    }
  }
  return resources;
}

function recordableId(value: string, secret: boolean, fingerprint: Fingerprint | undefined): string {
  if (!secret) return value.slice(0, MAX_ID);
  return fingerprint === undefined ? WITHHELD : redactedValue(value, fingerprint);
}

function askedOf(plan: Plan, read: Reader): Asked {
  if (plan.metrics.length + plan.queries.length === 0) return {};
  const metrics = [...new Set(plan.metrics.flatMap((place) => read(place, false)).flatMap(metricNames))];
  const queries = [...new Set(plan.queries.flatMap((place) => read(place, false)))];
  return { ...(metrics.length > 0 && { metrics }), ...(queries.length > 0 && { queries }) };
}

const ACTION_OF_METHOD: Readonly<Record<string, Action>> = {
  GET: 'read',
  HEAD: 'read',
  OPTIONS: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

function unknownOperation(method: string): Classification {
  const name = /^[A-Z-]{1,32}$/.test(method) ? method : 'OTHER';
  const action = Object.hasOwn(ACTION_OF_METHOD, name) ? ACTION_OF_METHOD[name]! : 'execute';
  return {
    operation: `unknown.${name}`,
    action,
    risk: action === 'read' ? 'medium' : 'high',
    tags: [],
    resources: [],
    asked: {},
  };
}

/**
 * The resources that only a response can tell: ids that Datadog gave to what was created, with their titles.
 * Empty for anything but a 2xx status, and for operations whose request says all.
 *
 * @param body of the response, without content-encoding
 */
export function createdResources(
  operationKey: string,
  status: number,
  body: Uint8Array,
  fingerprint?: Fingerprint,
): Resource[] {
  if (status < 200 || status > 299) return [];
  const operation = operationByKey(operationKey);
  const plan = plans.get(operationKey);
  const places = plan?.resources[0]?.ids.filter(({ from }) => from === 'response') ?? [];
  if (operation === undefined || places.length === 0) return [];
  const json = parseBody(body, true);
  for (const place of places) {
    const resources = new Map<string, Resource>();
    for (const found of valuesAt(json, place.steps)) {
      if (place.secret && fingerprint === undefined) continue;
      const id = recordableId(found.value, place.secret, fingerprint);
      const title = titleOf(found);
      resources.set(id, { kind: operation.resource.kind, id, ...(title !== undefined && { title }) });
    }
    if (resources.size > 0) return [...resources.values()];
  }
  return [];
}

const MAX_TITLE = 256;

/** What people call the thing whose id was found: a title or name beside the id, or among its attributes. */
function titleOf({ within }: Found): string | undefined {
  const beside = within.at(-1) as Record<string, unknown> | undefined;
  for (const holder of [beside, beside?.attributes] as (Record<string, unknown> | undefined)[]) {
    for (const name of ['title', 'name']) {
      const text = holder?.[name];
      if (typeof text === 'string' && text !== '') return text.slice(0, MAX_TITLE);
    }
  }
  return undefined;
}
