// Secret-bearing paths of the catalogue, compiled so that a walk through a JSON value knows at once what is secret.
import { SECRET_FIELDS } from './catalogue.ts';

/** How a secret value is hidden: all of it, or a URL but for scheme and host. */
export type Hiding = 'all' | 'origin';

/** A position among the compiled paths. A walk holds several at a time. */
interface Position {
  readonly fields: Map<string, Position>;
  /** Under a field that SECRET_FIELDS names. */
  secretField: Position | undefined;
  items: Position | undefined;
  values: Position | undefined;
  /** Stays where it is whatever the walk enters. */
  readonly anywhere: boolean;
  /** Entered together with this one. */
  deeper: Position | undefined;
  end: { readonly path: string; readonly hiding: Hiding } | undefined;
}

export type Walk = readonly Position[];

const newPosition = (anywhere = false): Position => ({
  fields: new Map(),
  secretField: undefined,
  items: undefined,
  values: undefined,
  anywhere,
  deeper: undefined,
  end: undefined,
});

/** Names as they are compared: servers differ in whether they mind case, so no difference of case or dash hides a field. */
const plainName = (name: string): string => name.toLowerCase().replace(/[-_]/g, '');

const EXACT_NAMES = new Set(SECRET_FIELDS.filter((name) => !name.startsWith('*')).map(plainName));
const ENDINGS = SECRET_FIELDS.filter((name) => name.startsWith('*')).map((name) => plainName(name.slice(1)));

/** Whether a field or parameter of that name holds a secret wherever it stands. */
export function isSecretName(name: string): boolean {
  const plain = plainName(name);
  return EXACT_NAMES.has(plain) || ENDINGS.some((ending) => plain.endsWith(ending));
}

/** Compiles paths in the notation of the catalogue, `data[].attributes.key`, `**.{secret}`, `url:origin`. */
export function compilePaths(paths: readonly string[]): Walk {
  const root = newPosition();
  for (const path of paths) {
    const [steps = '', hiding] = path.split(':');
    let at = root;
    for (const step of steps.match(/\[\]|\{secret\}|\{\}|[^.[\]{}]+/g) ?? []) at = enter(at, step);
    at.end = { path: steps, hiding: hiding === 'origin' ? 'origin' : 'all' };
  }
  return closed([root]);
}

function enter(at: Position, step: string): Position {
  switch (step) {
    case '[]':
      at.items ??= newPosition();
      return at.items;
    case '{}':
      at.values ??= newPosition();
      return at.values;
    case '{secret}':
      at.secretField ??= newPosition();
      return at.secretField;
    case '**':
      at.deeper ??= newPosition(true);
      return at.deeper;
  }
  const name = plainName(step);
  const field = at.fields.get(name) ?? newPosition();
  at.fields.set(name, field);
  return field;
}

const NOWHERE: Walk = [];

/** The walk inside a field of that name. */
export function intoField(walk: Walk, name: string): Walk {
  if (walk.length === 0) return NOWHERE;
  const plain = plainName(name);
  const next: Position[] = [];
  for (const position of walk) {
    const field = position.fields.get(plain);
    if (field !== undefined) next.push(field);
    if (position.values !== undefined) next.push(position.values);
    if (position.secretField !== undefined && isSecretName(name)) next.push(position.secretField);
    if (position.anywhere) next.push(position);
  }
  return closed(next);
}

/** The walk inside an array's items. */
export function intoItem(walk: Walk): Walk {
  if (walk.length === 0) return NOWHERE;
  const next: Position[] = [];
  for (const position of walk) {
    if (position.items !== undefined) next.push(position.items);
    if (position.anywhere) next.push(position);
  }
  return closed(next);
}

/** The secret path that ends here, if one does; hiding all of it goes before showing an origin. */
export function secretAt(walk: Walk): { readonly path: string; readonly hiding: Hiding } | undefined {
  let found: Position['end'];
  for (const { end } of walk) if (end !== undefined && found?.hiding !== 'all') found = end;
  return found;
}

function closed(positions: Position[]): Walk {
  for (const position of positions) {
    if (position.deeper !== undefined && !positions.includes(position.deeper)) positions.push(position.deeper);
  }
  return positions;
}
