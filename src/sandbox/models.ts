// The client's model shapes as a small type language: what a request must hold and what a response looks like.
import { readCatalogueFile } from '../datadog/catalogue-file.ts';

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}

/** A type of the catalogue's models. `fields` of an object are resolved when first asked for, since models refer to each other in circles. */
export type Shape =
  | { readonly is: 'any' | 'boolean' | 'uuid' }
  | { readonly is: 'string'; readonly binary?: true }
  | { readonly is: 'number'; readonly integer: boolean }
  | { readonly is: 'time' }
  | { readonly is: 'array'; readonly of: Shape }
  | { readonly is: 'tuple'; readonly of: readonly Shape[] }
  | { readonly is: 'map'; readonly of: Shape }
  | { readonly is: 'enum'; readonly values: readonly (string | number)[] }
  | { readonly is: 'object'; readonly name: string; readonly fields: ReadonlyMap<string, Field> }
  | { readonly is: 'oneOf'; readonly name: string; readonly of: readonly Shape[] };

export type ObjectShape = Extract<Shape, { is: 'object' }>;
export type Version = 'v1' | 'v2';

interface Models {
  readonly objects: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly enums: Readonly<Record<string, readonly (string | number)[]>>;
  readonly oneOf: Readonly<Record<string, readonly string[]>>;
}

const models = readCatalogueFile<Record<Version, Models>>('models.json');
const cache: Record<Version, Map<string, Shape>> = { v1: new Map(), v2: new Map() };
const ANY: Shape = { is: 'any' };

/** The shape of a type as the catalogue writes it: `Monitor`, `Array<string>`, `number(int64)`, `{ [key: string]: any; }`. */
export function shapeOf(version: Version, type: string): Shape {
  const known = cache[version].get(type);
  if (known !== undefined) return known;
  const shape = resolve(version, type.replace(/!$/, ''));
  cache[version].set(type, shape);
  return shape;
}

function resolve(version: Version, type: string): Shape {
  const array = /^Array<(.*)>$/.exec(type)?.[1];
  if (array !== undefined) return { is: 'array', of: shapeOf(version, array) };
  const tuple = /^\[(.*)\]$/.exec(type)?.[1];
  if (tuple !== undefined) return { is: 'tuple', of: tuple.split(', ').map((each) => shapeOf(version, each)) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return { is: 'map', of: shapeOf(version, map) };
  if (type.startsWith('Date')) return { is: 'time' };
  if (type === 'string(uuid)') return { is: 'uuid' };
  if (type === 'string') return { is: 'string' };
  if (type.startsWith('number')) return { is: 'number', integer: type.includes('(int') };
  if (type === 'boolean') return { is: 'boolean' };
  const { objects, enums, oneOf } = models[version];
  const values = enums[type];
  if (values) return { is: 'enum', values };
  const alternatives = oneOf[type];
  if (alternatives) {
    return {
      is: 'oneOf',
      name: type,
      get of() {
        const of = alternatives.map((each) => shapeOf(version, each));
        Object.defineProperty(this, 'of', { value: of });
        return of;
      },
    };
  }
  const fields = objects[type];
  if (!fields) return ANY;
  return {
    is: 'object',
    name: type,
    get fields() {
      const resolved = new Map<string, Field>();
      for (const [name, of] of Object.entries(fields)) {
        if (name !== '*') resolved.set(name, { shape: shapeOf(version, of), required: of.endsWith('!') });
      }
      Object.defineProperty(this, 'fields', { value: resolved });
      return resolved;
    },
  };
}

export const fieldsOf = (shape: Shape | undefined): ReadonlyMap<string, Field> =>
  shape?.is === 'object' ? shape.fields : NO_FIELDS;
const NO_FIELDS: ReadonlyMap<string, Field> = new Map();
