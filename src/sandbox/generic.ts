// The generic engine: create, list, get, update and delete over a collection, as the catalogue describes it and a family's rule deviates.
import { type Answer, type Call, errorStyle, failure, jsonApiFailure, successModel, successOf } from './call.ts';
import { type Fault, faultsOf } from './check.ts';
import type { CollectionRule } from './family.ts';
import { complete, fill } from './fill.ts';
import { arrayOf, copy, isObject, type Json, type JsonObject, merge, objectOf } from './json.ts';
import { listAnswer } from './listing.ts';
import { fieldsOf, type Shape, shapeOf } from './models.ts';
import { createdShape, type Envelope, type Plan, planOf, statePath, unwrap } from './plan.ts';
import type { Item } from './world.ts';

/** The rules of all families, by collection template. */
export type Rules = ReadonlyMap<string, CollectionRule>;
const NO_RULE: CollectionRule = {};

/** Answers a call by its plan. */
export function answerGenerically(call: Call, rules: Rules): Answer {
  const plan = planOf(call.operation);
  const rule = rules.get(plan.collection) ?? NO_RULE;
  const orphan = parentMissing(call, plan, rules);
  if (orphan) return orphan;
  switch (plan.role) {
    case 'create':
      return createItem(call, plan, rule);
    case 'list':
      return listItems(call, plan, rule);
    case 'get':
      return withItem(call, plan, rule, (item) => envelope(call, plan, rule, item));
    case 'update':
      return updateItem(call, plan, rule);
    case 'delete':
      return deleteItem(call, plan, rule);
    case 'document':
      return document(call, plan, rule);
    default:
      return execute(call, plan, rules);
  }
}

/** The path in the state of the collection that a plan is about. */
export const collectionPath = (call: Call, plan: Plan, rule: CollectionRule): string =>
  statePath(rule.at ?? plan.collection, call.params);

function parentMissing(call: Call, plan: Plan, rules: Rules): Answer | undefined {
  if (!plan.parent) return undefined;
  const { collection, param } = plan.parent;
  const rule = rules.get(collection) ?? NO_RULE;
  const id = call.params[param] ?? '';
  const bad = rule.badId?.(call, id);
  if (bad) return bad;
  if (call.world.find(statePath(rule.at ?? collection, call.params), id)) return undefined;
  return rule.notFound?.(call, id) ?? failure(call, 404);
}

function badBody(call: Call, rule: CollectionRule, faults: readonly Fault[]): Answer {
  if (rule.badBody) return rule.badBody(call, faults);
  const { path, why, wanted, value } = faults[0]!;
  // The framework of the newer services words its own refusals, in one way for all.
  if (/(^|\.)data\.type$/.test(path) && why !== 'type')
    return jsonApiFailure(400, `got type ${JSON.stringify(value ?? '')} expected one of "${wanted.join(' ')}"`);
  if (errorStyle(call.operation) === 'jsonapi' && why !== 'type') {
    const name = path.replace(/^data\.(attributes\.)?/, '').replaceAll(/\[\d+\]/g, '');
    const short = name.split('.').at(-1)!;
    return jsonApiFailure(
      400,
      why === 'missing'
        ? `attribute "${short}" is required`
        : `attribute "${short}" must be one of "${wanted.join(' ')}"`,
    );
  }
  const says =
    why === 'missing'
      ? `${path} is required`
      : why === 'enum'
        ? `${path} must be one of ${wanted.join(', ')}`
        : `${path} must be of type ${wanted[0]}`;
  return failure(call, 400, says);
}

/** Refuses a JSON:API resource of another type: that is seen before the resource is looked for. */
function wrongType(call: Call, rule: CollectionRule): Answer | undefined {
  const type = planOf(call.operation).request?.shape;
  const wanted = fieldsOf(type).get('type')?.shape;
  const sent = objectOf(objectOf(call.body).data).type;
  if (rule.strict === false || wanted?.is !== 'enum' || typeof sent !== 'string' || wanted.values.includes(sent)) {
    return undefined;
  }
  return badBody(call, rule, [{ path: 'data.type', why: 'enum', value: sent, wanted: wanted.values }]);
}

/** The faults of a body by the operation's model, answered; undefined when it has none. */
export function refuseBody(call: Call, rule: CollectionRule = NO_RULE): Answer | undefined {
  const { operation, body } = call;
  if (!operation.request?.model) return undefined;
  if (body === undefined) {
    if (!operation.request.required && call.raw.length === 0) return undefined;
    return failure(
      call,
      400,
      call.raw.length === 0 ? 'A request body is required' : 'The request body is not valid JSON',
    );
  }
  if (rule.strict === false) return undefined;
  const faults = faultsOf(shapeOf(operation.version, operation.request.model), body);
  return faults.length > 0 ? badBody(call, rule, faults) : undefined;
}

function createItem(call: Call, plan: Plan, rule: CollectionRule): Answer {
  const refused = refuseBody(call, rule);
  if (refused) return refused;
  const sent = unwrap(plan.request, call.body);
  const empty = sent === undefined && noData(call, rule, plan);
  if (empty) return empty;
  const given = objectOf(sent);
  const denied = rule.check?.(call, given, undefined);
  if (denied) return denied;
  const item = makeItem(call, plan, rule, given);
  return envelope(call, plan, rule, item);
}

/** Refuses a JSON:API body without `data`, which few of the models require. */
const noData = (call: Call, rule: CollectionRule, { request }: Plan): Answer | undefined =>
  rule.strict !== false && request?.field === 'data'
    ? badBody(call, rule, [{ path: 'data', why: 'missing', wanted: [] }])
    : undefined;

/** Makes a resource and puts it into its collection. */
export function makeItem(call: Call, plan: Plan, rule: CollectionRule, given: JsonObject): Item {
  const { world } = call;
  const shape = plan.response?.shape ?? ANY;
  const idField = idFieldOf(plan, rule, shape);
  const defaults = rule.defaults?.(call, given);
  const base = { ...(defaults ? objectOf(merge(defaults, given)) : copy(given)) };
  if (base[idField] === undefined) base[idField] = newId(call, rule, shape, idField, given);
  let item = objectOf(fill(shape, base, world));
  item = rule.finish?.(item, call, undefined, given) ?? item;
  world.collection(collectionPath(call, plan, rule)).set(String(item[idField]), item);
  return item;
}

const ANY: Shape = { is: 'any' };

function idFieldOf(plan: Plan, rule: CollectionRule, shape: Shape): string {
  if (rule.idField) return rule.idField;
  const fields = fieldsOf(shape);
  const { ids } = plan.operation.resource;
  for (const place of ids) {
    const field = /^response:(?:.*\.)?([^.[\]{}]+)$/.exec(place)?.[1];
    if (field !== undefined && fields.has(field)) return field;
  }
  return fields.has('id') || !fields.has('name') ? 'id' : 'name';
}

function newId(call: Call, rule: CollectionRule, shape: Shape, idField: string, given: JsonObject): string | number {
  const { ids } = call.world;
  if (rule.newId) return rule.newId(ids, given);
  return fieldsOf(shape).get(idField)?.shape.is === 'number' ? ids.integer() : ids.uuid();
}

/** Runs with the resource that the path names, or answers that there is none. */
function withItem(call: Call, plan: Plan, rule: CollectionRule, run: (item: Item, id: string) => Answer): Answer {
  const id = call.params[plan.param ?? ''] ?? '';
  const bad = rule.badId?.(call, id);
  if (bad) return bad;
  const item = call.world.find(collectionPath(call, plan, rule), id);
  return item ? run(item, id) : (rule.notFound?.(call, id) ?? failure(call, 404));
}

function updateItem(call: Call, plan: Plan, rule: CollectionRule): Answer {
  const mistyped = wrongType(call, rule);
  if (mistyped) return mistyped;
  return withItem(call, plan, rule, (before, id) => {
    const refused = refuseBody(call, rule);
    if (refused) return refused;
    const sent = unwrap(plan.request, call.body);
    if (sent === undefined) return noData(call, rule, plan) ?? envelope(call, plan, rule, before);
    const given = objectOf(sent);
    const denied = rule.check?.(call, given, before);
    if (denied) return denied;
    const item = changeItem(call, plan, rule, before, given);
    call.world.collection(collectionPath(call, plan, rule)).set(id, item);
    return envelope(call, plan, rule, item);
  });
}

/** The resource with a change taken in; what the server keeps of time and version moves on. */
export function changeItem(call: Call, plan: Plan, rule: CollectionRule, before: Item, given: JsonObject): Item {
  const how = rule.update ?? (call.operation.method === 'PUT' ? 'replace' : 'merge');
  const writable = fieldsOf(plan.request?.shape);
  const idField = rule.idField ?? 'id';
  let item: Item = { ...before };
  for (const [field, value] of Object.entries(given)) {
    // Neither changes: what is sent may name the request instead.
    if (field === 'id' || (field === 'type' && isObject(before.attributes))) continue;
    if ((field === 'attributes' || field === 'relationships') && isObject(value)) {
      item[field] = { ...objectOf(before[field]), ...value };
    } else {
      item[field] = value;
    }
  }
  if (how === 'replace' && !writable.has('attributes')) {
    for (const field of writable.keys())
      if (field !== idField && given[field] === undefined && before[field] !== undefined) delete item[field];
    const defaults = rule.defaults?.(call, given);
    item = objectOf(fill(plan.response?.shape ?? ANY, defaults ? objectOf(merge(defaults, item)) : item, call.world));
  }
  item = touched(item, call);
  item = rule.finish?.(item, call, before, given) ?? item;
  return isObject(item.attributes) && plan.response ? objectOf(complete(plan.response.shape, item, call.world)) : item;
}

const CHANGED = /^(modified|updated|last_?modified|last_?updated)(_?(at|ts|date|time|timestamp))?$/i;

function touched(item: Item, call: Call): Item {
  const touch = (part: JsonObject): JsonObject => {
    const result = { ...part };
    for (const [field, value] of Object.entries(part)) {
      if (!CHANGED.test(field)) continue;
      if (typeof value === 'number')
        result[field] = value > 1e11 ? call.world.now() : Math.floor(call.world.now() / 1000);
      else if (typeof value === 'string')
        result[field] = new Date(call.world.now()).toISOString().replace('Z', '+00:00');
    }
    return result;
  };
  const result = touch(item);
  if (isObject(item.attributes)) result.attributes = touch(item.attributes);
  return result;
}

function deleteItem(call: Call, plan: Plan, rule: CollectionRule): Answer {
  return withItem(call, plan, rule, (item, id) => {
    const denied = rule.mayDelete?.(call, item);
    if (denied) return denied;
    call.world.remove(collectionPath(call, plan, rule), id);
    rule.onDelete?.(call, item);
    if (rule.deleted) return rule.deleted(call, item);
    const model = successModel(call.operation);
    const status = successOf(call.operation);
    if (model === '') return { status };
    const shape = shapeOf(call.operation.version, model);
    const gone = [...fieldsOf(shape)].find(([name]) => name.startsWith('deleted_'));
    const isNumber = gone?.[1].shape.is === 'number';
    return { status, body: fill(shape, gone ? { [gone[0]]: isNumber ? Number(id) : id } : undefined, call.world) };
  });
}

function listItems(call: Call, plan: Plan, rule: CollectionRule): Answer {
  const all = [...(call.world.collections.get(collectionPath(call, plan, rule))?.values() ?? [])];
  const matching = rule.matches ? all.filter((item) => rule.matches!(item, call)) : all;
  return listAnswer(call, plan, rule, matching);
}

/** A document that is always there: what was put, else what an organisation has before it puts anything. */
function document(call: Call, plan: Plan, rule: CollectionRule): Answer {
  const { world, operation } = call;
  const path = collectionPath(call, plan, rule);
  const kept = world.documents.get(path);
  if (operation.method === 'DELETE') {
    world.documents.delete(path);
    const model = successModel(operation);
    const status = successOf(operation);
    return model === '' ? { status } : { status, body: fill(shapeOf(operation.version, model), undefined, world) };
  }
  if (operation.method === 'GET') {
    const model = successModel(operation);
    return model === ''
      ? { status: successOf(operation) }
      : { status: successOf(operation), body: fill(shapeOf(operation.version, model), kept, world) };
  }
  const refused = refuseBody(call, rule);
  if (refused) return refused;
  const given = objectOf(unwrap(plan.request, call.body));
  const denied = rule.check?.(call, given, objectOf(kept));
  if (denied) return denied;
  const body = operation.method === 'PATCH' ? merge(kept, call.body ?? {}) : copy(call.body ?? {});
  world.documents.set(path, body);
  const model = successModel(operation);
  return {
    status: successOf(operation),
    ...(model !== '' && { body: fill(shapeOf(operation.version, model), body, world) }),
  };
}

/** An action: on the resource above it, which it answers with where it has one, else of the shape that the catalogue says. */
function execute(call: Call, plan: Plan, rules: Rules): Answer {
  const refused = refuseBody(call);
  if (refused) return refused;
  const status = successOf(call.operation);
  const model = successModel(call.operation);
  if (model === '') return { status };
  const above = plan.parent && rules.get(plan.parent.collection);
  const item =
    plan.parent &&
    call.world.find(statePath(above?.at ?? plan.parent.collection, call.params), call.params[plan.parent.param] ?? '');
  const shape = shapeOf(call.operation.version, model);
  const same =
    item && plan.response && !plan.response.array && item.type !== undefined && allows(plan.response.shape, item);
  return { status, body: fill(shape, same ? wrap(plan.response!, item) : undefined, call.world) };
}

function allows(shape: Shape, item: Item): boolean {
  const type = fieldsOf(shape).get('type')?.shape;
  return type?.is === 'enum' && type.values.includes(item.type as string);
}

function wrap({ field, array }: Envelope, item: Json): Json {
  const inner = array ? [item] : item;
  return field === undefined ? inner : { [field]: inner };
}

/** A resource as its operation answers it. */
export function envelope(call: Call, plan: Plan, rule: CollectionRule, item: Item): Answer {
  const status = successOf(call.operation);
  if (!plan.response) return { status };
  const served = rule.view?.(item, call) ?? item;
  const { shape } = plan.response;
  // What was made by one model is served by another that may want more of it.
  const whole = shape === createdShape(plan.collection) ? served : complete(shape, served, call.world);
  const body = wrap(plan.response, whole);
  const beside = rule.beside?.(call, [item], 1);
  return { status, body: beside && isObject(body) ? { ...body, ...beside } : body };
}

export const itemsOf = (answer: Answer, field: string): Json[] => arrayOf(objectOf(answer.body)[field]);
