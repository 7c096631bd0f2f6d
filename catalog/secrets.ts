// Finds the secret-bearing fields of an operation in the shapes of its request and response.
import type { Operation, SecretPaths } from '../src/datadog/catalogue.ts';
import type { ClientOperation, Models } from './client.ts';
import { matchesAny, type Rules } from './rules.ts';
import { stepsFrom } from './shapes.ts';

/** A field with the name of a secret, at any depth. */
const ANYWHERE = '**.{secret}';

type Version = Operation['version'];

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();

/** Joins two paths in the notation of Place. */
const joined = (before: string, after: string): string =>
  before === '' || after.startsWith('[') || after.startsWith('{') ? `${before}${after}` : `${before}.${after}`;

/** Types under which nothing can be hidden that is worth hiding: `has_secret: true`. */
const HARMLESS = new Set(['boolean', 'Date']);

/** Makes a function that tells the secret-bearing paths under a type; each type is walked once. */
export function secretPathsIn(models: Models, version: Version, rules: Rules): (type: string) => readonly string[] {
  const special = new Map(
    rules.secrets.models[version].map((entry) => {
      const [field = '', mode] = entry.split(':');
      return [field, mode] as const;
    }),
  );
  const known = new Map<string, readonly string[]>();
  const walk = (type: string, above: readonly string[], repeated: Set<string>): readonly string[] => {
    const done = known.get(type);
    if (done !== undefined) return done;
    if (above.includes(type)) {
      repeated.add(type);
      return [];
    }
    const paths = new Set<string>();
    const repeatedBelow = new Set<string>();
    for (const { via, type: of } of stepsFrom(models, type)) {
      if (typeof via === 'string') {
        for (const path of walk(of, [...above, type], repeatedBelow)) paths.add(joined(via, path));
        continue;
      }
      const name = `${via.model}.${via.field}`;
      if (special.has(name)) {
        const mode = special.get(name);
        paths.add(mode === undefined ? via.field : `${via.field}:${mode}`);
      } else if (!HARMLESS.has(of) && isSecretName(via.field, name, of)) {
        paths.add(via.field);
      } else {
        for (const path of walk(of, [...above, type], repeatedBelow)) paths.add(joined(via.field, path));
      }
    }
    // A type that stands within itself holds the same fields at any depth.
    const found = repeatedBelow.has(type) ? [...paths].flatMap((path) => [path, `**.${path}`]) : [...paths];
    repeatedBelow.delete(type);
    for (const other of repeatedBelow) repeated.add(other);
    const sorted = [...new Set(found)].sort();
    if (repeatedBelow.size === 0) known.set(type, sorted);
    return sorted;
  };
  /** A model under a secret-sounding name is walked into: its own fields say which of them are secret. */
  const isSecretName = (field: string, name: string, of: string): boolean =>
    matchesAny(rules.secrets.fields, snakeCase(field)) &&
    !matchesAny(rules.secrets.except, name) &&
    models.enums[of] === undefined &&
    (snakeCase(field) === 'secrets' || !(elementOf(of) in models.objects || elementOf(of) in models.oneOf));
  return (type) => walk(type, [], new Set());
}

const elementOf = (type: string): string => type.replace(/^(?:Array<)*/, '').replace(/>*$/, '');

/** The secrets of an operation, undefined when it has none. */
export function secretsOf(
  operation: ClientOperation,
  rules: Rules,
  pathsIn: (type: string) => readonly string[],
): SecretPaths | undefined {
  const request = new Set(operation.request?.model === undefined ? [] : pathsIn(operation.request.model));
  const response = new Set(Object.values(operation.responses).flatMap((type) => (type === '' ? [] : pathsIn(type))));
  if (rules.secrets.freeform.includes(operation.key)) {
    if (operation.request !== undefined) request.add(ANYWHERE);
    response.add(ANYWHERE);
  }
  const pathParams = rules.secrets.path[operation.key] ?? [];
  if (request.size + response.size + pathParams.length === 0) return undefined;
  return {
    ...(request.size === 0 ? {} : { request: [...request] }),
    ...(response.size === 0 ? {} : { response: [...response] }),
    ...(pathParams.length === 0 ? {} : { pathParams }),
  };
}
