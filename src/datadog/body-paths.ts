// Paths into JSON bodies, compiled so that a walk through a value knows at once when it stands at the end of one.
import { SECRET_FIELDS } from './catalogue.ts';

/** How a secret value at the end of a path is hidden: all of it, or a URL but for scheme and host. */
export type Hiding = 'all' | 'origin';

/** A position in the tree of compiled paths. A walk holds several at a time. */
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
  end: PathEnd | undefined;
}

/** Where a walk through a JSON value stands among the compiled paths. */
export interface Walk {
  readonly positions: readonly Position[];
  /** The path that ends here, if one does. */
  readonly end: PathEnd | undefined;
  /** Steps that were taken before; names come from the caller, so their number is bounded. */
  readonly fields: Map<string, Walk>;
  item: Walk | undefined;
}

export interface PathEnd {
  readonly path: string;
  readonly hiding: Hiding;
}

const MAX_REMEMBERED = 1000;

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
  return walkAt([root]);
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

/** The walk inside a field of that name. */
export function intoField(walk: Walk, name: string): Walk {
  if (walk === NOWHERE) return NOWHERE;
  const known = walk.fields.get(name);
  if (known !== undefined) return known;
  const plain = plainName(name);
  const next: Position[] = [];
  for (const position of walk.positions) {
    const field = position.fields.get(plain);
    if (field !== undefined) next.push(field);
    if (position.values !== undefined) next.push(position.values);
    if (position.secretField !== undefined && isSecretName(name)) next.push(position.secretField);
    if (position.anywhere) next.push(position);
  }
  const made = walkAt(next, walk);
  if (walk.fields.size < MAX_REMEMBERED) walk.fields.set(name, made);
  return made;
}

/** The walk inside an array's items. */
export function intoItem(walk: Walk): Walk {
  if (walk.item !== undefined) return walk.item;
  const next: Position[] = [];
  for (const position of walk.positions) {
    if (position.items !== undefined) next.push(position.items);
    if (position.anywhere) next.push(position);
  }
  walk.item = walkAt(next, walk);
  return walk.item;
}

const newWalk = (positions: readonly Position[]): Walk => ({
  positions,
  end: endOf(positions),
  fields: new Map(),
  item: undefined,
});
/** No path leads on from here. */
const NOWHERE: Walk = newWalk([]);
NOWHERE.item = NOWHERE;

/** The walk at some positions; the one it came from when it stays where it was. */
function walkAt(positions: Position[], from?: Walk): Walk {
  for (const position of positions) {
    if (position.deeper !== undefined && !positions.includes(position.deeper)) positions.push(position.deeper);
  }
  if (positions.length === 0) return NOWHERE;
  const same = from?.positions.length === positions.length && positions.every((at, i) => at === from.positions[i]);
  return same ? from : newWalk(positions);
}

/** Of several paths that end here, one that hides all goes before one that shows an origin. */
function endOf(positions: readonly Position[]): PathEnd | undefined {
  const ends = positions.flatMap(({ end }) => (end === undefined ? [] : [end]));
  return ends.find(({ hiding }) => hiding === 'all') ?? ends[0];
}
