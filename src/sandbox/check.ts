// Checks a request's body against the operation's model: what is required, of which type, one of which values.
import { alternativeFor } from './fill.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import type { Shape } from './models.ts';

export interface Fault {
  /** `data.attributes.name`, `widgets[0].definition` */
  readonly path: string;
  readonly why: 'missing' | 'type' | 'enum';
  readonly value?: Json;
  /** The type or the values that would have done. */
  readonly wanted: readonly (string | number)[];
}

/** Faults listed of one body; more would tell nothing new. */
const MOST = 10;

/** Every fault, in the order of the model's fields. Fields that the model does not have are no fault. */
export function faultsOf(shape: Shape, value: Json | undefined): Fault[] {
  const faults: Fault[] = [];
  check(shape, value, '', faults);
  return faults;
}

function check(shape: Shape, value: Json | undefined, path: string, faults: Fault[]): void {
  if (faults.length >= MOST || value === undefined || value === null) return;
  const wanted = wantedType(shape, value);
  if (wanted !== undefined) {
    faults.push({ path, why: 'type', value, wanted: [wanted] });
  } else if (shape.is === 'object') {
    checkObject(shape, value as JsonObject, path, faults);
  } else if (shape.is === 'array') {
    for (const [i, item] of (value as Json[]).entries()) check(shape.of, item, `${path}[${i}]`, faults);
  } else if (shape.is === 'map') {
    for (const [key, each] of Object.entries(value)) check(shape.of, each, join(path, key), faults);
  } else if (shape.is === 'enum') {
    if (!shape.values.includes(value as string)) faults.push({ path, why: 'enum', value, wanted: shape.values });
  } else if (shape.is === 'oneOf') {
    const alternative = alternativeFor(shape.of, value);
    // Which of several alternatives was meant is a guess, so that only what all of them refuse is refused.
    if (!alternative || fits(alternative, value)) return;
    if (!shape.of.some((each) => fits(each, value))) check(alternative, value, path, faults);
  }
}

/** The JSON type that a shape wants, when the value is of another. */
function wantedType(shape: Shape, value: Json): string | undefined {
  switch (shape.is) {
    case 'object':
    case 'map':
      return isObject(value) ? undefined : 'object';
    case 'array':
      return Array.isArray(value) ? undefined : 'array';
    case 'string':
    case 'uuid':
      return typeof value === 'string' ? undefined : 'string';
    case 'number':
      return typeof value === 'number' ? undefined : shape.integer ? 'integer' : 'number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'boolean';
    default:
      return undefined;
  }
}

function checkObject(shape: Extract<Shape, { is: 'object' }>, value: JsonObject, path: string, faults: Fault[]): void {
  for (const [name, { shape: of, required }] of shape.fields) {
    if (value[name] === undefined) {
      if (required) faults.push({ path: join(path, name), why: 'missing', wanted: of.is === 'enum' ? of.values : [] });
    } else {
      check(of, value[name], join(path, name), faults);
    }
  }
}

/** Whether a value has no fault; the first ends the search. */
function fits(shape: Shape, value: Json): boolean {
  const faults: Fault[] = new Array(MOST - 1);
  check(shape, value, '', faults);
  return faults.length < MOST;
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
