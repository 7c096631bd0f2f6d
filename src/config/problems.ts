// What is wrong with a configuration, one line per problem: `dogwatch.yaml:12:5 gateway.listen: …`.
import type { z } from 'zod';
import type { Overrides } from './environment.ts';
import { type JsonSchema, keysAt, schemasAt } from './json-schema.ts';
import { didYouMean } from './spelling.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** One line per problem. */
export function describeIssues(error: z.ZodError, source: YamlSource, overrides: Overrides): string[] {
  return error.issues.flatMap((issue) => describe(issue, [], source, overrides));
}

function describe(issue: Issue, base: Path, source: YamlSource, overrides: Overrides): string[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  const line = (at: Path, message: string): string => {
    const variable = overrides.variable(at);
    return `${variable ? `environment ${variable}` : source.at(at)} ${fieldName(at)}: ${message}`;
  };
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => line([...path, key], `there is no such field${didYouMean(key, keysAt(path))}`));
    case 'invalid_union': {
      if (isMissing(source, overrides, path)) return [line(path, 'is missing')];
      const likeliest = likeliestBranch(issue.errors);
      if (likeliest) return likeliest.flatMap((inner) => describe(inner, path, source, overrides));
      return [line(path, issue.message === 'Invalid input' ? `expected ${expectedAt(path)}` : lower(issue.message))];
    }
    case 'invalid_type':
      return [line(path, isMissing(source, overrides, path) ? 'is missing' : lower(issue.message))];
    default:
      return [line(path, lower(issue.message))];
  }
}

/** The one branch of a union that was meant: the only one that fails within the value and not at its very kind. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const deeper = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && issue.code !== 'unrecognized_keys'),
  );
  return deeper.length === 1 ? deeper[0] : undefined;
}

/** What may stand at `path`: `text or { env: … } or { file: … }`. */
function expectedAt(path: Path): string {
  const forms = schemasAt(path).filter((schema) => !schema.anyOf && !schema.oneOf);
  return [...new Set(forms.map(formOf))].join(' or ') || 'something else';
}

function formOf(schema: JsonSchema): string {
  if (schema.properties) {
    const keys = schema.required ?? Object.keys(schema.properties);
    return `{ ${keys.map((key) => `${key}: …`).join(', ')} }`;
  }
  if (schema.type === 'array') return 'a list';
  if (schema.type === 'string') return 'text';
  return `a ${schema.title ?? schema.type ?? 'value'}`;
}

function isMissing(source: YamlSource, overrides: Overrides, path: Path): boolean {
  if (overrides.variable(path)) return false;
  let here: unknown = source.value ?? {};
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return true;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here === undefined;
}

/** `connections[0].name`; the whole file has no name. */
function fieldName(path: Path): string {
  const name = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return name === '' ? '(the whole file)' : name.replace(/^\./, '');
}

const lower = (message: string): string =>
  message.replace(/^Invalid input: /, '').replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
