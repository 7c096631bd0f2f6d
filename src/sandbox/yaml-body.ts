// Bodies that may be JSON or YAML, as the catalogs of services take them.
import { parse } from 'yaml';
import type { Call } from './call.ts';
import type { Json } from './json.ts';

/** Definitions are short; a longer text is none. */
const MOST = 1024 * 1024;

/** What a body says, in JSON or in YAML; undefined when it is neither. Aliases and length are bounded. */
export function readBody({ body, raw }: Call): Json | undefined {
  if (body !== undefined && typeof body !== 'string') return body;
  return raw.length > MOST ? undefined : yamlIn(typeof body === 'string' ? body : raw.toString('utf8'));
}

/** A YAML text as JSON; undefined when it is none, or too long. */
export function yamlIn(text: string): Json | undefined {
  if (text.length > MOST) return undefined;
  try {
    const parsed: unknown = parse(text, { maxAliasCount: 50 });
    return JSON.parse(JSON.stringify(parsed ?? null)) as Json;
  } catch {
    return undefined;
  }
}
