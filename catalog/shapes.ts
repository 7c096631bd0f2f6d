// Walks the client's model shapes: what stands under a type, and whether a path exists in it.
import type { Models } from './client.ts';

/** A step down into a JSON value: into a field, over an array's items, over an object's values. */
export interface Step {
  readonly via: { readonly field: string; readonly model: string } | '[]' | '{}';
  readonly type: string;
}

/** The steps that can be taken from a value of a type; alternatives of a oneOf are taken together. */
export function* stepsFrom(models: Models, type: string): Generator<Step> {
  const array = /^Array<(.*)>$/.exec(type)?.[1] ?? /^\[([^,\]]+)/.exec(type)?.[1];
  if (array !== undefined) return yield { via: '[]', type: array };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return yield { via: '{}', type: map };
  for (const alternative of models.oneOf[type] ?? []) yield* stepsFrom(models, alternative);
  for (const [field, { type: of }] of Object.entries(models.objects[type] ?? {})) {
    yield { via: { field, model: type }, type: of };
  }
}

/** A path in the notation of Place, as steps: `data[].id` is data, [], id. */
export const pathSteps = (path: string): string[] => path.match(/\[\]|\{\}|\{keys\}|[^.[\]{}]+/g) ?? [];

/** Whether a value of a type may have something at a path. */
export function hasPath(models: Models, type: string, path: string): boolean {
  let types = [type];
  for (const step of pathSteps(path)) {
    if (step === '{keys}') return types.some((at) => models.objects[at] !== undefined || at.startsWith('{'));
    types = types.flatMap((at) =>
      [...stepsFrom(models, at)]
        .filter(({ via }) => (typeof via === 'string' ? via === step : via.field === step))
        .map((found) => found.type),
    );
  }
  return types.length > 0;
}
