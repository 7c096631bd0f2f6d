// The structural difference of two JSON values: an exact RFC 6902 patch, and the changes that a person reads.
import { align } from './align.ts';
import { knownBy } from './identity.ts';
import { fieldPathOf, pointerOf, type Step } from './path.ts';

/** One difference, without what the server makes itself. */
export interface Change {
  readonly type: 'added' | 'removed' | 'changed' | 'moved';
  /** Positions are those in the later value; of something removed, in the earlier one. */
  readonly path: readonly Step[];
  readonly before?: unknown;
  readonly after?: unknown;
}

/** An operation of RFC 6902. `test` and `copy` are not used. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string };

export interface Difference {
  /** What changed, in the order of the later value; without fields that the server makes. */
  readonly changes: readonly Change[];
  /** All of it: applied to the earlier value it gives the later one. */
  readonly patch: readonly PatchOperation[];
  /** How many differences stand in fields that the server makes. */
  readonly serverMade: number;
}

/** Values nested deeper than any of Datadog's are compared as a whole. */
const MAX_DEPTH = 200;
/** An array of which the patch would take more steps than this is replaced as a whole. */
const MAX_STEPS = 20_000_000;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Compares two JSON values. Items of arrays are matched by what identifies them (a widget's id, a query's name), so that one
 * that moved or was put in between is told as that.
 *
 * @param isServerMade tells fields that the server makes, by their path without indexes: `widgets[].id`
 */
export function difference(
  before: unknown,
  after: unknown,
  isServerMade: (fieldPath: string) => boolean = () => false,
): Difference {
  const comparison = new Comparison(isServerMade);
  if (!isDeep(before) && !isDeep(after)) comparison.values(before, after, []);
  else if (!isEqual(before, after)) comparison.whole(before, after, []);
  return { changes: comparison.changes, patch: comparison.patch, serverMade: comparison.serverMade };
}

class Comparison {
  readonly changes: Change[] = [];
  readonly patch: PatchOperation[] = [];
  serverMade = 0;
  readonly #isServerMade: (fieldPath: string) => boolean;

  constructor(isServerMade: (fieldPath: string) => boolean) {
    this.#isServerMade = isServerMade;
  }

  values(before: unknown, after: unknown, path: readonly Step[]): void {
    if (before === after) return;
    if (Array.isArray(before) && Array.isArray(after)) this.#arrays(before, after, path);
    else if (isObject(before) && isObject(after)) this.#objects(before, after, path);
    else this.whole(before, after, path);
  }

  /** Two values told as one change, whatever stands in them. */
  whole(before: unknown, after: unknown, path: readonly Step[]): void {
    this.patch.push({ op: 'replace', path: pointerOf(path), value: after });
    this.#tell({ type: 'changed', path, before, after });
  }

  #tell(change: Change): void {
    if (this.#isServerMade(fieldPathOf(change.path))) this.serverMade++;
    else this.changes.push(change);
  }

  #objects(before: Json, after: Json, path: readonly Step[]): void {
    for (const [name, value] of Object.entries(before)) {
      if (Object.hasOwn(after, name)) continue;
      this.patch.push({ op: 'remove', path: pointerOf([...path, name]) });
      this.#tell({ type: 'removed', path: [...path, name], before: value });
    }
    for (const [name, value] of Object.entries(after)) {
      const inner = [...path, name];
      if (Object.hasOwn(before, name)) {
        this.values(before[name], value, inner);
        continue;
      }
      this.patch.push({ op: 'add', path: pointerOf(inner), value });
      this.#tell({ type: 'added', path: inner, after: value });
    }
  }

  #arrays(before: readonly unknown[], after: readonly unknown[], path: readonly Step[]): void {
    const { field, from, gone, moved } = align(before, after);
    const news = from.filter((old) => old < 0).length;
    if ((moved.size + news + gone.length) * (before.length + after.length) > MAX_STEPS) {
      this.whole(before, after, path);
      return;
    }
    for (const index of gone) {
      this.#tell({ type: 'removed', path: [...path, stepTo(before[index], index, field)], before: before[index] });
    }
    this.#arrange(before, after, from, gone, moved, path, field);
    for (const [index, old] of from.entries()) {
      if (old >= 0) this.values(before[old], after[index], [...path, stepTo(after[index], index, field)]);
    }
  }

  /** Brings the earlier items into the later ones' places: removes from the end, then puts each after the one it follows. */
  #arrange(
    before: readonly unknown[],
    after: readonly unknown[],
    from: readonly number[],
    gone: readonly number[],
    moved: ReadonlySet<number>,
    path: readonly Step[],
    field: string | undefined,
  ): void {
    for (const index of [...gone].reverse()) {
      this.patch.push({ op: 'remove', path: pointerOf([...path, { index }]) });
    }
    const isGone = new Set(gone);
    // Items by their old position; what is new by the complement of its new one.
    const now: number[] = [...before.keys()].filter((i) => !isGone.has(i));
    for (const [index, old] of from.entries()) {
      if (old >= 0 && !moved.has(index)) continue;
      const follows = index === 0 ? undefined : from[index - 1]! >= 0 ? from[index - 1]! : ~(index - 1);
      const step = stepTo(after[index], index, field);
      if (old < 0) {
        const to = follows === undefined ? 0 : now.indexOf(follows) + 1;
        now.splice(to, 0, ~index);
        this.patch.push({ op: 'add', path: pointerOf([...path, { index: to }]), value: after[index] });
        this.#tell({ type: 'added', path: [...path, step], after: after[index] });
        continue;
      }
      const at = now.indexOf(old);
      now.splice(at, 1);
      const to = follows === undefined ? 0 : now.indexOf(follows) + 1;
      now.splice(to, 0, old);
      if (at === to) continue;
      this.patch.push({
        op: 'move',
        from: pointerOf([...path, { index: at }]),
        path: pointerOf([...path, { index: to }]),
      });
      this.#tell({ type: 'moved', path: [...path, step], before: old, after: index });
    }
  }
}

function stepTo(item: unknown, index: number, field: string | undefined): Step {
  const known = knownBy(item, field);
  return known === undefined ? { index } : { index, known };
}

/** Whether two values are the same JSON, whatever the order of fields. Its depth is bounded by an explicit stack. */
export function isEqual(one: unknown, other: unknown): boolean {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return false;
      for (const [i, item] of a.entries()) open.push([item, b[i]]);
    } else if (isObject(a) && isObject(b)) {
      const names = Object.keys(a);
      if (names.length !== Object.keys(b).length) return false;
      for (const name of names) {
        if (!Object.hasOwn(b, name)) return false;
        open.push([a[name], b[name]]);
      }
    } else return false;
  }
  return true;
}

function isDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      for (const inner of Object.values(each)) if (typeof inner === 'object') next.push(inner);
    }
    level = next;
  }
  return false;
}
