// The configuration as JSON Schema: published for editors, and walked to know which keys stand where.
import { z } from 'zod';
import { configSchema } from './schema.ts';
import type { Path } from './yaml-source.ts';

/** The parts of JSON Schema (2020-12) that the configuration's schema uses. */
export interface JsonSchema {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

let cached: JsonSchema | undefined;

/** What dogwatch.yaml may say, as JSON Schema 2020-12. */
export function configJsonSchema(): JsonSchema {
  cached ??= z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
  return cached;
}

/** The schemas that may describe what stands at `path`; none when nothing may stand there. */
export function schemasAt(path: Path): readonly JsonSchema[] {
  let here = alternatives(configJsonSchema());
  for (const step of path) {
    here = here.flatMap((schema) => {
      const next = typeof step === 'number' ? schema.items : child(schema, step);
      return next ? alternatives(next) : [];
    });
  }
  return here;
}

/** The keys that the object at `path` may have. */
export function keysAt(path: Path): readonly string[] {
  return [...new Set(schemasAt(path).flatMap((schema) => Object.keys(schema.properties ?? {})))];
}

function child(schema: JsonSchema, key: string): JsonSchema | undefined {
  const named = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined;
  if (named) return named;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
}
