// Makes what was sent into what Datadog serves: fields that the server makes, and the defaults it fills in, by the response model.
import { isObject, type Json, type JsonObject } from './json.ts';
import { fieldsOf, type ObjectShape, type Shape } from './models.ts';
import type { World } from './world.ts';

const TIME =
  /^(created|modified|updated|changed|last_?modified|last_?updated|inserted|published)(_?(at|ts|date|time|timestamp))?(_ms)?$/i;
const PERSON =
  /^(created|modified|updated|last_?modified|last_?updated|edited)_?by(_?(id|uuid|handle|user|email))?(_?id)?$|^(author|creator|owner)(_?(handle|name|id|uuid|email))?$/i;
const COUNT = /^(total|count)$|_count$|^total_/;

/** Levels of objects that are filled below a resource's own fields. */
const DEPTH = 3;

/** A response of a shape, from what is given and what the server adds. Null and unknown fields of what is given stay. */
export function fill(shape: Shape, given: Json | undefined, world: World): Json {
  return filled(shape, given, world, 0, true);
}

/** A resource with what a model of it requires beside what there is. */
export const complete = (shape: Shape, item: JsonObject, world: World): Json => filled(shape, item, world, 0, false);

/** @param wide whether fields that may be absent are made too */
function filled(shape: Shape, given: Json | undefined, world: World, depth: number, wide: boolean): Json {
  if (given === null) return null;
  switch (shape.is) {
    case 'object': {
      if (given !== undefined && !isObject(given)) return given;
      return filledObject(shape, given, world, depth, wide);
    }
    case 'array':
      if (!Array.isArray(given)) return given ?? [];
      return given.map((item) => filled(shape.of, item, world, depth + 1, false));
    case 'oneOf': {
      const alternative = alternativeFor(shape.of, given);
      return alternative ? filled(alternative, given, world, depth, wide) : (given ?? null);
    }
    default:
      return given ?? missing('', shape, world) ?? null;
  }
}

function filledObject(
  shape: ObjectShape,
  given: JsonObject | undefined,
  world: World,
  depth: number,
  wide: boolean,
): JsonObject {
  const result: JsonObject = {};
  for (const [name, { shape: of, required }] of shape.fields) {
    const sent = given?.[name];
    if (sent !== undefined) {
      // A resource's own fields stand in `attributes`; what it holds below is as it was sent.
      const own = wide && depth === 0 && (name === 'attributes' || name === 'relationships');
      // What answers may be of another type than what was sent: a request's `create_x` comes back as an `x`.
      const type = depth <= 1 && name === 'type' && of.is === 'enum' && !of.values.includes(sent as string);
      result[name] = type ? (of.values[0] ?? sent) : filled(of, sent, world, depth + 1, own);
    } else if (name === 'attributes' && (required || wide) && of.is === 'object') {
      result[name] = filledObject(of, undefined, world, depth + 1, wide);
    } else if (required || wide) {
      const value = missing(name, of, world, required, depth);
      if (value !== undefined) result[name] = value;
    }
  }
  for (const [name, value] of Object.entries(given ?? {})) if (!(name in result)) result[name] = value;
  return result;
}

/** What the server puts where nothing was sent; undefined where it leaves a field out. */
function missing(name: string, shape: Shape, world: World, required = true, depth = 0): Json | undefined {
  switch (shape.is) {
    case 'time':
      return required || TIME.test(name) ? isoTime(world.now()) : null;
    case 'number':
      if (TIME.test(name)) return name.endsWith('_ms') || shape.integer ? world.now() : world.now() / 1000;
      return name === 'version' ? 1 : name === 'org_id' ? world.user.orgId : 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'map':
      return {};
    case 'uuid':
      return PERSON.test(name) ? world.user.id : required ? world.ids.uuid() : null;
    case 'enum':
      return shape.values[0];
    case 'string':
      if (TIME.test(name)) return isoTime(world.now());
      if (PERSON.test(name)) return personField(name, world);
      return required ? '' : null;
    case 'object':
      if (PERSON.test(name)) return person(shape, world);
      return required && depth < DEPTH ? filledObject(shape, undefined, world, depth + 1, false) : undefined;
    case 'oneOf': {
      const first = shape.of[0];
      return required && first && depth < DEPTH ? missing(name, first, world, true, depth + 1) : undefined;
    }
    default:
      return required ? null : undefined;
  }
}

const isoTime = (now: number): string => new Date(now).toISOString().replace('Z', '+00:00');

function personField(name: string, { user }: World): string | null {
  if (/handle$/i.test(name)) return user.handle;
  if (/email$/i.test(name)) return user.email;
  if (/name$/i.test(name)) return user.name;
  return user.id;
}

/** The calling user, in whichever shape the model has for a person. */
function person(shape: Shape, world: World): JsonObject {
  const { user } = world;
  const result: JsonObject = {};
  for (const [name, { shape: of }] of fieldsOf(shape)) {
    if (name === 'data') result.data = person(of, world);
    else if (name === 'id') result.id = of.is === 'number' ? user.numericId : user.id;
    else if (name === 'uuid') result.uuid = user.id;
    else if (name === 'type') result.type = of.is === 'enum' ? (of.values[0] ?? 'users') : 'users';
    else if (name === 'handle') result.handle = user.handle;
    else if (name === 'name') result.name = user.name;
    else if (name === 'email') result.email = user.email;
    else if (name === 'icon') result.icon = user.icon;
  }
  return result;
}

/** The alternative that what is given names by a field with one possible value, else the first that has all it requires. */
export function alternativeFor(alternatives: readonly Shape[], given: Json | undefined): Shape | undefined {
  if (!isObject(given)) return alternatives.find((each) => fitsScalar(each, given)) ?? alternatives[0];
  const choice = choiceOf(alternatives);
  const named = choice.field === undefined ? undefined : given[choice.field];
  let best: Shape | undefined;
  let most = -1;
  for (const each of named === undefined ? choice.objects : (choice.byValue.get(named) ?? NONE)) {
    const score = likeness(each, given);
    if (score > most) [best, most] = [each, score];
  }
  return best;
}

/** The objects among alternatives, and the field that tells most of them apart: widgets have some forty, one for each `type`. */
interface Choice {
  readonly objects: readonly ObjectShape[];
  readonly field: string | undefined;
  readonly byValue: ReadonlyMap<unknown, readonly ObjectShape[]>;
}
const NONE: readonly ObjectShape[] = [];
const choices = new WeakMap<readonly Shape[], Choice>();

function choiceOf(alternatives: readonly Shape[]): Choice {
  let choice = choices.get(alternatives);
  if (!choice) {
    choice = makeChoice(objectsIn(alternatives));
    choices.set(alternatives, choice);
  }
  return choice;
}

const objectsIn = (shapes: readonly Shape[]): ObjectShape[] =>
  shapes.flatMap((each) => (each.is === 'oneOf' ? objectsIn(each.of) : each.is === 'object' ? [each] : []));

function makeChoice(objects: readonly ObjectShape[]): Choice {
  // Only a field of which every alternative lists the values excludes by its value.
  const telling = [...(objects[0]?.fields.keys() ?? [])].filter((name) =>
    objects.every(({ fields }) => fields.get(name)?.shape.is === 'enum'),
  );
  let best: Choice = { objects, field: undefined, byValue: new Map() };
  for (const field of telling) {
    const byValue = new Map<unknown, ObjectShape[]>();
    for (const object of objects) {
      const of = object.fields.get(field)?.shape;
      for (const value of of?.is === 'enum' ? of.values : []) {
        byValue.set(value, [...(byValue.get(value) ?? []), object]);
      }
    }
    if (byValue.size > best.byValue.size) best = { objects, field, byValue };
  }
  return best;
}

/** How well an object fits: -1 when a field says otherwise or a required one is missing. */
function likeness(shape: ObjectShape, given: JsonObject): number {
  let score = 0;
  for (const [name, { shape: of, required }] of shape.fields) {
    const value = given[name];
    if (value === undefined) {
      if (required) score -= 0.5;
      continue;
    }
    if (of.is === 'enum') {
      if (!of.values.includes(value as string)) return -1;
      score += 2;
    } else {
      score += 1;
    }
  }
  return Math.max(score, 0);
}

function fitsScalar(shape: Shape, given: Json | undefined): boolean {
  if (given === undefined) return false;
  if (Array.isArray(given)) return shape.is === 'array';
  return typeof given === (shape.is === 'number' ? 'number' : shape.is === 'boolean' ? 'boolean' : 'string');
}

export const isCount = (name: string): boolean => COUNT.test(name);
