// JSON Patch (RFC 6902) as Datadog's PATCH bodies carry it.
import { at, copy, isObject, type Json, textOf } from './json.ts';

/** The patched value, or a sentence that says which operation could not be done. */
export function applyPatch(target: Json, operations: readonly Json[]): Json {
  const root: { value: Json } = { value: copy(target) };
  for (const each of operations) {
    const why = applyOne(root, textOf(at(each, 'op')), textOf(at(each, 'path')), at(each, 'value'));
    if (why !== undefined) return why;
  }
  return root.value;
}

function applyOne(root: { value: Json }, op: string, path: string, value: Json | undefined): string | undefined {
  if (!path.startsWith('/')) return `Invalid path ${path}`;
  const steps = path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop()!;
  let here: Json = root.value;
  for (const step of steps) {
    const next: Json | undefined = Array.isArray(here)
      ? here[Number(step)]
      : isObject(here) && Object.hasOwn(here, step)
        ? here[step]
        : undefined;
    if (next === undefined) return `Path ${path} does not exist`;
    here = next;
  }
  if (Array.isArray(here)) return patchArray(here, op, last, path, value);
  if (!isObject(here) || last === '__proto__') return `Path ${path} does not exist`;
  if (op === 'remove') {
    if (!Object.hasOwn(here, last)) return `Path ${path} does not exist`;
    delete here[last];
  } else if (op === 'add' || op === 'replace') {
    here[last] = value ?? null;
  } else if (op === 'test') {
    return JSON.stringify(here[last]) === JSON.stringify(value) ? undefined : `Test of ${path} failed`;
  } else {
    return `Invalid op ${op}`;
  }
  return undefined;
}

function patchArray(here: Json[], op: string, last: string, path: string, value: Json | undefined): string | undefined {
  const index = last === '-' ? here.length : Number(last);
  if (!Number.isInteger(index) || index < 0 || index > here.length || (index === here.length && op !== 'add'))
    return `Path ${path} does not exist`;
  if (op === 'remove') here.splice(index, 1);
  else if (op === 'add') here.splice(index, 0, value ?? null);
  else if (op === 'replace') here[index] = value ?? null;
  else if (op === 'test')
    return JSON.stringify(here[index]) === JSON.stringify(value) ? undefined : `Test of ${path} failed`;
  else return `Invalid op ${op}`;
  return undefined;
}
