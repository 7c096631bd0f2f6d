// Reads catalog/rules.yaml, the reviewed rules, and checks their form.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../src/exchange/operation.ts';

const action = z.enum(ACTIONS as [string, ...string[]]).transform((name) => name as (typeof ACTIONS)[number]);
const level = z.enum(RISK_LEVELS as [string, ...string[]]).transform((name) => name as (typeof RISK_LEVELS)[number]);
const tag = z.enum(RISK_TAGS as [string, ...string[]]).transform((name) => name as (typeof RISK_TAGS)[number]);
/** Words with blanks between them. */
const words = z.string().transform((text) => text.split(/\s+/));
const names = z.array(z.string());
const byName = <T extends z.ZodType>(value: T) => z.record(z.string(), value);
const levels = { create: level.optional(), read: level.optional(), update: level.optional() };

const schema = z.strictObject({
  actions: z.strictObject({ words: byName(byName(words)), operations: byName(action) }),
  kinds: byName(z.string()),
  kindsOf: byName(z.string()),
  ids: byName(names),
  also: byName(byName(z.string())),
  risk: z.strictObject({
    actions: z.strictObject({ create: level, read: level, update: level, delete: level, execute: level }),
    kinds: z.array(z.strictObject({ kinds: words, ...levels, delete: level.optional(), execute: level.optional() })),
    operations: byName(level),
  }),
  tags: z.array(
    z.strictObject({
      tag,
      actions: words.pipe(z.array(action)).optional(),
      kinds: words.optional(),
      operations: words.optional(),
    }),
  ),
  asked: z.strictObject({
    metrics: byName(names),
    queries: z.strictObject({ kinds: words, places: names, except: words }),
  }),
  secrets: z.strictObject({
    fields: words,
    except: words,
    models: z.strictObject({ v1: names, v2: names }),
    freeform: words,
    path: byName(names),
  }),
  former: z.array(
    z.strictObject({
      key: z.string(),
      api: z.string(),
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
      path: z.string(),
      body: z.boolean().optional(),
    }),
  ),
});
export type Rules = z.infer<typeof schema>;

/** @throws ZodError naming the entry when the file does not have the form of the rules. */
export const readRules = (): Rules =>
  schema.parse(parse(readFileSync(join(import.meta.dirname, 'rules.yaml'), 'utf8')));

/** Whether a name is one of the patterns: itself, or with a star a beginning (`aws-*`) or an ending (`*_secret`). */
export const matchesAny = (patterns: readonly string[], name: string): boolean =>
  patterns.some((pattern) => {
    const star = pattern.indexOf('*');
    if (star < 0) return pattern === name;
    const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
    return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
  });
