// The calls that put a resource back as it was before a change, and what cannot be put back.
import { isWhole } from './before-plan.ts';
import { type Operation, operationByKey, operations } from './catalogue.ts';
import { parseBody } from './places.ts';
import { fitRequest } from './request-fit.ts';
import {
  BY_TYPE,
  DELETES,
  LOST,
  MADE_OF,
  NAMES_VERSION,
  OPPOSITE,
  PARTIAL_PUTS,
  RESTORES,
  SENT,
  stepOf,
  UNSETS,
} from './restore-special.ts';
import { serverMade } from './server-made.ts';

/** One change as it was recorded. */
export interface RecordedChange {
  /** `v1.UpdateMonitor` */
  readonly operation: string;
  /** Path and query as recorded. */
  readonly target: string;
  /** The resource that it changed, `monitor/123`. */
  readonly kind: string;
  readonly id: string;
  /** The request's body, when it is needed: for what is added to or taken from a resource. */
  readonly request?: Uint8Array;
  /** As of imageIn; absent when there is none. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface RestoreCall {
  readonly operation: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly target: string;
  readonly body?: unknown;
  /** What it does to the resource. */
  readonly does: 'update' | 'create' | 'delete' | 'opposite';
  readonly kind: string;
  readonly id: string;
}

export interface Restore {
  readonly calls: readonly RestoreCall[];
  /** What these calls do not put back, in words for people. */
  readonly cannot: readonly string[];
}

const nothing = (...cannot: string[]): Restore => ({ calls: [], cannot });

/** What a change was: to the whole of a resource, or to a part of one. */
export type Effect = 'create' | 'update' | 'delete' | 'none';

/** What an operation does to its resource: the removal of a part, `DELETE /roles/{id}/users`, is an update of the whole. */
export function effectOf(operationKey: string): Effect {
  const operation = operationByKey(operationKey);
  if (operation === undefined) return 'none';
  switch (operation.action) {
    case 'read':
    case 'execute':
      return 'none';
    case 'update':
      return 'update';
    case 'delete':
      return isWhole(operation) ? 'delete' : 'update';
    case 'create':
      return isWhole(operation) || operation.resource.ids.some((place) => place.startsWith('response:'))
        ? 'create'
        : 'update';
  }
}

/**
 * The calls that undo one change: an update is answered by the image before, a deletion by making the resource again, a
 * creation by deleting it, a part added by taking it away.
 *
 * To be sent in the order of `inSafeOrder`. Never throws; what cannot be undone is told.
 */
export function restoreOf(change: RecordedChange): Restore {
  const operation = operationByKey(change.operation);
  if (operation === undefined) return nothing(`${change.operation} is not known, so nor is what undoes it`);
  const opposite = OPPOSITE.get(change.operation);
  if (opposite !== undefined) return oppositeOf(operationByKey(opposite)!, change);
  switch (effectOf(change.operation)) {
    case 'create':
      return deletionOf(operation, change);
    case 'update':
      return updateOf(operation, change);
    case 'delete':
      return creationOf(operation, change);
    case 'none':
      return nothing(
        operation.action === 'read' ? 'it changed nothing' : 'what it started or sent cannot be taken back',
      );
  }
}

function oppositeOf(opposite: Operation, change: RecordedChange): Restore {
  const target = targetOf(opposite, change);
  if (target === undefined) return nothing(`the path of ${change.operation} does not tell what ${opposite.key} needs`);
  const body = opposite.request === undefined ? undefined : parseBody(change.request, false);
  return {
    calls: [{ ...callOf(opposite, target, change, 'opposite'), ...(body !== undefined && { body }) }],
    cannot:
      opposite.request !== undefined && body === undefined
        ? ['the request was not recorded, so its items are not known']
        : [],
  };
}

function updateOf(operation: Operation, change: RecordedChange): Restore {
  if (change.before === undefined) return nothing(`there is no image of ${change.kind}/${change.id} before the change`);
  const by = updaterOf(operation, change);
  if (by === undefined) return nothing(`Datadog has no operation that sets all of ${change.kind}`);
  const target = targetOf(by, change);
  if (target === undefined) return nothing(`the path of ${change.operation} does not tell what ${by.key} needs`);
  const { body, left, secrets, missing } = fitted(by, change, change.before);
  if (missing.length > 0) return nothing(`the image before lacks what ${by.key} needs: ${missing.join(', ')}`);
  const partial = by.method === 'PATCH' || PARTIAL_PUTS.has(by.key);
  const added = partial ? addedFields(change, body) : [];
  return {
    calls: [
      {
        ...callOf(by, target, change, 'update'),
        body: withVersion(by, change.after, withUnset(by, change.before, body)),
      },
    ],
    cannot: [
      ...left.map((field) => `${field} is not among what ${by.key} sets`),
      ...secrets.map((field) => `${field} is a secret, which the record does not hold; it stays as it is now`),
      ...(NAMES_VERSION.has(by.key) && change.after === undefined
        ? [`${by.key} must name the version that is there now, which is not known`]
        : []),
      ...added.map((field) => `${field} was added, and ${by.key} cannot take it away`),
    ],
  };
}

/** A body that says of what was not set that it shall not be. */
function withUnset({ key }: Operation, before: unknown, body: unknown): unknown {
  const unset = UNSETS[key];
  if (unset === undefined || typeof before !== 'object' || before === null || typeof body !== 'object') return body;
  return (before as Record<string, unknown>)[unset.field] === null ? { ...body, ...unset.by } : body;
}

/** A body that names the version that is there now, where one must be named. */
function withVersion({ key }: Operation, after: unknown, body: unknown): unknown {
  const data = recordOf(recordOf(body).data);
  const version = recordOf(recordOf(after).attributes).version;
  if (!NAMES_VERSION.has(key) || version === undefined) return body;
  return { ...recordOf(body), data: { ...data, attributes: { ...recordOf(data.attributes), version } } };
}

function creationOf(operation: Operation, change: RecordedChange): Restore {
  const { kind, id } = change;
  const known = RESTORES[`${operation.version} ${kind}`];
  if (known !== undefined) {
    const by = operationByKey(known.operation)!;
    const target = targetOf(by, change);
    if (target !== undefined)
      return {
        calls: [{ ...callOf(by, target, change, 'create'), ...(known.body && { body: known.body(id) }) }],
        cannot: [],
      };
  }
  const lost = LOST[kind];
  if (lost !== undefined) return nothing(lost);
  if (change.before === undefined) return nothing(`there is no image of ${kind}/${id} before it was deleted`);
  const by = creatorOf(operation, change);
  const target = by === undefined ? undefined : targetOf(by, change);
  if (by === undefined || target === undefined) return nothing(`Datadog has no operation that creates a ${kind}`);
  const madeOf = MADE_OF[`${operation.version} ${kind}`];
  const { body, left, secrets, missing } =
    madeOf === undefined
      ? fitted(by, change, change.before)
      : fitRequest(by.version, by.request?.model ?? 'any', madeOf.from(change.before), serverMade(kind));
  if (missing.length > 0) return nothing(`the image before lacks what ${by.key} needs: ${missing.join(', ')}`);
  const named = by.resource.ids.some((place) => place.startsWith('body:') || place.startsWith('path:'));
  const keepsId = named && madeOf?.newId !== true;
  return {
    calls: [{ ...callOf(by, target, change, 'create'), body }],
    cannot: [
      ...(keepsId ? [] : [`it gets a new id; what refers to ${kind}/${id} must be pointed to it`]),
      ...left.map((field) => `${field} is not among what ${by.key} takes`),
      ...secrets.map((field) => `${field} is a secret, which the record does not hold; set it by hand`),
    ],
  };
}

function deletionOf(operation: Operation, change: RecordedChange): Restore {
  const { kind, id } = change;
  if (SENT.has(kind)) return nothing(`what was sent cannot be taken back: ${kind}`);
  const known = DELETES[`${operation.version} ${kind}`];
  const by = known === undefined ? deleterOf(operation) : operationByKey(known.operation);
  const target = by === undefined ? undefined : targetOf(by, change);
  if (by === undefined || target === undefined) return nothing(`Datadog has no operation that deletes a ${kind}`);
  const call = callOf(by, target, change, 'delete');
  return {
    calls: [known === undefined ? call : { ...call, ...(known.body && { body: known.body(id) }) }],
    cannot: by.key.endsWith('DisableUser') ? ['Datadog disables a user and does not delete it'] : [],
  };
}

const callOf = (
  by: Operation,
  target: string,
  { kind, id }: RecordedChange,
  does: RestoreCall['does'],
): RestoreCall => ({
  operation: by.key,
  method: by.method as RestoreCall['method'],
  target,
  does,
  kind,
  id,
});

const fitted = (by: Operation, { kind, id }: RecordedChange, image: unknown) =>
  fitRequest(by.version, by.request?.model ?? 'any', withId(image, id), serverMade(kind));

/** JSON:API updates name the id in the body as well. */
function withId(image: unknown, id: string): unknown {
  if (typeof image !== 'object' || image === null || Array.isArray(image)) return image;
  return 'type' in image && 'attributes' in image && !('id' in image) ? { ...image, id } : image;
}

/** Fields of a resource, and of the objects in it, that were not there before the change; what stands in lists is set as a whole. */
function addedFields({ kind, before, after }: RecordedChange, body: unknown): string[] {
  const isServerMade = serverMade(kind);
  const fields = (value: unknown): unknown => {
    const { attributes } = recordOf(value);
    return isRecord(attributes) ? attributes : value;
  };
  const added = (now: unknown, old: unknown, sent: unknown, path: string): string[] =>
    Object.entries(typeof now === 'object' && now !== null ? now : {}).flatMap(([field, value]) => {
      const at = `${path}${field}`;
      if (value === null || isServerMade(at)) return [];
      const [was, told] = [itemOf(old, field) ?? null, itemOf(sent, field)];
      if (isRecord(was) && isRecord(value) && isRecord(told)) return added(value, was, told, `${at}.`);
      return told !== undefined || was !== null ? [] : [at];
    });
  return added(fields(after), fields(before), fields(recordOf(body).data ?? body), '');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A field, or an item of a resource that is a list. */
const itemOf = (value: unknown, field: string): unknown => (value as Record<string, unknown> | undefined)?.[field];
const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

const template = (path: string): string => path.replace(/\{\w+\}/g, '{}');
const byPath: ReadonlyMap<string, readonly Operation[]> = Map.groupBy(operations(), ({ path }) => template(path));
const at = (path: string, ...methods: string[]): Operation | undefined =>
  methods.flatMap((method) => byPath.get(template(path))?.find((operation) => operation.method === method) ?? [])[0];
/** By version and kind, for kinds whose calls do not share a path. */
const ofKind: ReadonlyMap<string, readonly Operation[]> = Map.groupBy(
  operations(),
  ({ version, resource }) => `${version} ${resource.kind}`,
);

const typed = ({ kind, before }: RecordedChange): { create: string; update: string } | undefined => {
  const type = typeof before === 'object' && before !== null && 'type' in before ? String(before.type) : '';
  return BY_TYPE[kind]?.[type];
};

/** The path of the resource itself: that of the operation up to and with the id. */
function itemPath({ path, resource }: Operation): string | undefined {
  const name = resource.ids.find((place) => place.startsWith('path:'))?.slice('path:'.length);
  const end = name === undefined ? -1 : path.indexOf(`{${name}}`);
  return end < 0 ? undefined : path.slice(0, end + name!.length + 2);
}

function updaterOf(operation: Operation, change: RecordedChange): Operation | undefined {
  const named = typed(change);
  if (named !== undefined) return operationByKey(named.update);
  const { resource, path, method, request } = operation;
  const setsAll = request !== undefined && (method === 'PUT' || method === 'PATCH');
  if (setsAll && (isWhole(operation) || resource.ids[0] === 'one')) return operation;
  const item = itemPath(operation);
  const found = (item === undefined ? undefined : at(item, 'PUT', 'PATCH')) ?? at(path, 'PUT', 'PATCH');
  if (found !== undefined && found.resource.kind === resource.kind && found.request !== undefined) return found;
  // A POST that sets a whole resource by its id: a restriction policy.
  if (method === 'POST' && isWhole(operation) && request !== undefined && operation.action === 'update')
    return operation;
  return setsAll ? operation : undefined;
}

function creatorOf(operation: Operation, change: RecordedChange): Operation | undefined {
  const named = typed(change);
  if (named !== undefined) return operationByKey(named.create);
  const item = itemPath(operation);
  const above = item?.slice(0, item.lastIndexOf('/')) ?? operation.path;
  const creates = (found: Operation | undefined): found is Operation =>
    found?.resource.kind === operation.resource.kind && (found.action === 'create' || found.action === 'update');
  for (const found of [at(above, 'POST', 'PUT'), at(operation.path, 'POST')]) if (creates(found)) return found;
  return ofKind
    .get(`${operation.version} ${operation.resource.kind}`)
    ?.find(({ action, path }) => action === 'create' && !path.includes('import'));
}

function deleterOf(operation: Operation): Operation | undefined {
  const same = at(`${operation.path}/{}`, 'DELETE') ?? at(operation.path, 'DELETE');
  const deletes = (found: Operation): boolean =>
    found.action === 'delete' && found.request === undefined && isWhole(found);
  if (same !== undefined && same.resource.kind === operation.resource.kind && deletes(same)) return same;
  return ofKind.get(`${operation.version} ${operation.resource.kind}`)?.find(deletes);
}

/** The target of a call: its path with the parameters of the change's own path, and the id where it asks for the resource's. */
function targetOf(by: Operation, { operation, target, id }: RecordedChange): string | undefined {
  const from = operationByKey(operation)!.path.split('/');
  const segments = target.split('?')[0]!.split('/');
  const given = new Map(from.flatMap((name, i) => (name.startsWith('{') ? [[name, segments[i] ?? '']] : [])));
  const own = by.resource.ids.find((place) => place.startsWith('path:'))?.slice('path:'.length);
  let whole = true;
  const path = by.path.replace(/\{\w+\}/g, (name) => {
    const value = name === `{${own}}` ? encodeURIComponent(id) : given.get(name);
    if (value === undefined || value === '') whole = false;
    return value ?? '';
  });
  return whole ? path : undefined;
}

/**
 * Brings calls into an order in which what others refer to is there first: what is put back or made again by kind, then
 * what is deleted, the other way round. Within a kind the order is kept, which should be the latest change first.
 */
export function inSafeOrder(calls: readonly RestoreCall[]): RestoreCall[] {
  const rank = ({ does, kind }: RestoreCall): number => (does === 'delete' ? 1000 - stepOf(kind) : stepOf(kind));
  return calls
    .map((call, i) => ({ call, i }))
    .sort((a, b) => rank(a.call) - rank(b.call) || a.i - b.i)
    .map(({ call }) => call);
}
