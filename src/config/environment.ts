// Overrides from the environment: DOGWATCH_GATEWAY__LIMITS__REQUEST_BODY=1MiB sets gateway.limits.requestBody.
import { parse } from 'yaml';
import { keysAt, schemasAt } from './json-schema.ts';
import { didYouMean } from './spelling.ts';
import type { Path } from './yaml-source.ts';

const PREFIX = 'DOGWATCH_';

export interface Overrides {
  /** The configuration with the overrides put in. */
  readonly value: unknown;
  /** Variables that name no field. */
  readonly problems: readonly string[];
  /** The variable that set the field at `path`, or something around it. */
  variable(path: Path): string | undefined;
}

/**
 * Puts overrides into a configuration value (which is not changed).
 *
 * A variable overrides when it is `DOGWATCH_` and the path of a field in upper case, its steps joined by two
 * underscores: camel case is written with one (`requestBody` is `REQUEST_BODY`), items of lists by number
 * (`DOGWATCH_ISSUERS__0__AUDIENCE`). `true`, `false`, and text beginning with `[` or `{` is read as YAML, all else is text.
 * Variables of one step are overrides only for the plain fields `name` and `data`: others (DOGWATCH_TOKEN …) mean other things.
 */
export function applyOverrides(value: unknown, env: NodeJS.ProcessEnv): Overrides {
  const result: unknown = structuredClone(value ?? {});
  const problems: string[] = [];
  const set = new Map<string, string>();
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable];
    if (!variable.startsWith(PREFIX) || text === undefined) continue;
    const words = variable.slice(PREFIX.length).split('__');
    if (words.length === 1 && words[0] !== 'NAME' && words[0] !== 'DATA') continue;
    const path = pathOf(words);
    if (typeof path === 'string') {
      problems.push(`environment ${variable}: ${path}`);
      continue;
    }
    try {
      put(result, path, overrideValue(text));
      set.set(path.join('.'), variable);
    } catch (error) {
      problems.push(`environment ${variable}: ${(error as Error).message}`);
    }
  }
  return {
    value: result,
    problems,
    variable(path) {
      for (let depth = path.length; depth > 0; depth--) {
        const variable = set.get(path.slice(0, depth).join('.'));
        if (variable) return variable;
      }
      return undefined;
    },
  };
}

/** The path that the words name, or what is wrong with them. */
function pathOf(words: readonly string[]): Path | string {
  const path: (string | number)[] = [];
  for (const word of words) {
    if (/^\d{1,4}$/.test(word) && schemasAt(path).some((schema) => schema.items)) {
      path.push(Number(word));
      continue;
    }
    const keys = keysAt(path);
    const key = keys.find((candidate) => variableWord(candidate) === word);
    if (key === undefined) {
      const where = path.length === 0 ? 'the configuration' : path.join('.');
      return `${where} has no field ${word}${didYouMean(word, keys.map(variableWord))}`;
    }
    path.push(key);
  }
  return path;
}

const variableWord = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function overrideValue(text: string): unknown {
  return /^(true|false)$|^[[{]/.test(text) ? parse(text) : text;
}

function put(root: unknown, path: Path, value: unknown): void {
  let here = root as Record<string | number, unknown>;
  for (const [index, step] of path.entries()) {
    if (typeof here !== 'object' || here === null) throw new Error('what it lies in is not a section in the file');
    if (Array.isArray(here) && typeof step === 'number' && step > here.length) {
      throw new Error(`the list has ${here.length} items; the next one is number ${here.length}`);
    }
    if (index === path.length - 1) here[step] = value;
    else {
      here[step] ??= typeof path[index + 1] === 'number' ? [] : {};
      here = here[step] as Record<string | number, unknown>;
    }
  }
}
