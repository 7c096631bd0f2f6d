// Paths into a JSON value, as steps; as RFC 6901 pointers for machines, and as people write them.

/** One step: a field, or an item of an array with what it is known by. */
export type Step = string | Item;
export interface Item {
  readonly index: number;
  /** `id=123`, `name=query1`; absent when the item is known by its position alone. */
  readonly known?: string;
}

/** RFC 6901 section 3: `~` and `/` within a name are escaped. */
export const pointerOf = (path: readonly Step[]): string =>
  path
    .map((step) => `/${typeof step === 'string' ? step.replaceAll('~', '~0').replaceAll('/', '~1') : step.index}`)
    .join('');

/** `widgets[].definition.title`: the path without its indexes, for tables of fields. */
export const fieldPathOf = (path: readonly Step[]): string =>
  path.map((step, i) => (typeof step === 'string' ? (i === 0 ? step : `.${step}`) : '[]')).join('');
