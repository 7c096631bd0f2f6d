// What each operation does to which collection, from the catalogue: the generic engine's reading of the API.
import { type Operation, operations } from '../datadog/catalogue.ts';
import { successModel } from './call.ts';
import { arrayOf, type Json, type JsonObject } from './json.ts';
import { fieldsOf, type Shape, shapeOf } from './models.ts';

export type Role = 'create' | 'list' | 'get' | 'update' | 'delete' | 'document' | 'execute';

/** Where in a body the resource stands: `{data: …}`, `{dashboards: […]}`, or the body itself. */
export interface Envelope {
  readonly field?: string;
  readonly array: boolean;
  /** The resource's shape. */
  readonly shape: Shape;
}

export interface Plan {
  readonly operation: Operation;
  readonly role: Role;
  /** The collection's path template; of a document, its own path. */
  readonly collection: string;
  /** The path parameter that names the resource. */
  readonly param?: string;
  /** The nearest resource above: its collection's template and parameter. */
  readonly parent?: { readonly collection: string; readonly param: string };
  readonly response: Envelope | undefined;
  readonly request: Envelope | undefined;
}

const ITEM = /^(.*)\/\{([^{}/]+)\}$/;
const byPath = Map.groupBy(operations(), (operation) => operation.path);
/** Templates of collections in which something can be made. */
const creatable = new Set(
  operations()
    .filter(({ method, action, path }) => method === 'POST' && action === 'create' && !ITEM.test(path))
    .map(({ path }) => path),
);
/** Templates of collections that have resources with a path of their own. */
const addressed = new Set([...byPath.keys()].flatMap((path) => ITEM.exec(path)?.[1] ?? []));

const plans = new Map<string, Plan>();

/** The plan of an operation. */
export function planOf(operation: Operation): Plan {
  let plan = plans.get(operation.key);
  if (!plan) {
    plan = makePlan(operation);
    plans.set(operation.key, plan);
  }
  return plan;
}

/** The model by which resources of a collection are made; undefined where nothing can be made. */
export function createdShape(collection: string): Shape | undefined {
  const create = byPath.get(collection)?.find((each) => each.method === 'POST' && creatable.has(collection));
  return create && planOf(create).response?.shape;
}

function makePlan(operation: Operation): Plan {
  const item = ITEM.exec(operation.path);
  const role = roleOf(operation, item !== null);
  const collection = item?.[1] ?? operation.path;
  const parent = parentOf(collection);
  const model = successModel(operation);
  const request = operation.request?.model ? shapeOf(operation.version, operation.request.model) : undefined;
  const requestEnvelope = request && requestEnvelopeOf(request);
  return {
    operation,
    role,
    collection: role === 'document' ? operation.path : collection,
    ...(item && { param: item[2]! }),
    ...(parent && { parent }),
    request: requestEnvelope,
    response: model === '' ? undefined : responseEnvelopeOf(shapeOf(operation.version, model), requestEnvelope, role),
  };
}

function roleOf({ method, action, path }: Operation, item: boolean): Role {
  if (item) {
    const alone = !creatable.has(ITEM.exec(path)![1]!);
    if (method === 'GET') return 'get';
    if (method === 'DELETE') return 'delete';
    if (method === 'POST') return 'execute';
    return alone && action === 'create' ? 'update' : 'update';
  }
  if (method === 'POST') return action === 'create' ? 'create' : 'execute';
  if (method === 'GET') return creatable.has(path) || addressed.has(path) || listsItems(path) ? 'list' : 'document';
  if (method === 'DELETE' && creatable.has(path)) return 'execute';
  return 'document';
}

function listsItems(path: string): boolean {
  const get = byPath.get(path)?.find(({ method }) => method === 'GET');
  if (!get || byPath.get(path)!.some(({ method }) => method === 'PUT' || method === 'PATCH')) return false;
  const shape = shapeOf(get.version, successModel(get));
  return shape.is === 'array' || fieldsOf(shape).get('data')?.shape.is === 'array';
}

/** The nearest resource above a collection, if resources of its kind can be made. */
function parentOf(collection: string): Plan['parent'] {
  const segments = collection.split('/');
  for (let end = segments.length - 1; end > 0; end--) {
    const param = /^\{(.+)\}$/.exec(segments[end]!)?.[1];
    const above = segments.slice(0, end).join('/');
    if (param !== undefined && creatable.has(above)) return { collection: above, param };
  }
  return undefined;
}

/** What the catalogue has no model of is JSON:API, as everything in version 2 that is new. */
const unmodelled = (array: boolean): Envelope => ({ field: 'data', array, shape: { is: 'any' } });

function requestEnvelopeOf(shape: Shape): Envelope {
  if (shape.is === 'any') return unmodelled(false);
  const data = fieldsOf(shape).get('data')?.shape;
  if (data?.is === 'array') return { field: 'data', array: true, shape: data.of };
  if (data) return { field: 'data', array: false, shape: data };
  return { array: false, shape };
}

function responseEnvelopeOf(shape: Shape, request: Envelope | undefined, role: Role): Envelope {
  if (shape.is === 'any') return unmodelled(role === 'list');
  if (shape.is === 'array') return { array: true, shape: shape.of };
  const fields = fieldsOf(shape);
  const data = fields.get('data')?.shape;
  if (data)
    return data.is === 'array'
      ? { field: 'data', array: true, shape: data.of }
      : { field: 'data', array: false, shape: data };
  if (role === 'list') {
    for (const [field, { shape: of }] of fields) {
      if (of.is === 'array' && of.of.is === 'object') return { field, array: true, shape: of.of };
    }
  }
  const wanted = fieldsOf(request?.shape);
  if (!alike(fields, wanted)) {
    for (const [field, { shape: of }] of fields) {
      const inner = of.is === 'array' ? of.of : of;
      if (inner.is === 'object' && (alike(fieldsOf(inner), wanted) || fields.size === 1)) {
        return { field, array: of.is === 'array', shape: inner };
      }
    }
  }
  return { array: false, shape };
}

function alike(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  let common = 0;
  for (const name of one.keys()) if (other.has(name)) common += 1;
  return common > 0 && common >= Math.min(one.size, other.size) / 3;
}

/** The resource that a body holds. */
export function unwrap(envelope: Envelope | undefined, body: Json | undefined): Json | undefined {
  if (!envelope) return body;
  const inner = envelope.field === undefined ? body : (body as JsonObject | undefined)?.[envelope.field];
  return envelope.array ? arrayOf(inner)[0] : inner;
}

/** The path of a collection or document in the state: the template with the call's parameters. */
export const statePath = (template: string, params: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => params[name] ?? '');
