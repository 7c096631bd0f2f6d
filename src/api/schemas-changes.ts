// The shapes of changes: differences, states, and what a call did to one resource.
import { z } from 'zod';
import { components, resource } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

export const json = z.unknown().describe('JSON as Datadog has it; secrets are fingerprints.');

const step = z.union([z.string(), z.object({ index: z.int(), known: z.string().optional() })]);
export const change = named(
  'Difference',
  z.object({
    type: z.enum(['added', 'removed', 'changed', 'moved']),
    path: list(step).describe('Fields, and items of lists with what they are known by.'),
    before: json.optional(),
    after: json.optional(),
  }),
);
export const patch = list(
  z.object({ op: z.string(), path: z.string(), from: z.string().optional(), value: z.unknown().optional() }),
).describe('RFC 6902: applied to the state before it gives the state after.');
export const compared = {
  changes: list(change).optional().describe('Without what Datadog makes itself.'),
  patch: patch.optional(),
  serverMade: z.int().optional().describe('Differences in fields that Datadog makes itself.'),
};
const unknown = z.object({ state: z.literal('unknown'), why: z.string() });
const toldState = z.union([z.object({ state: z.enum(['there', 'absent']) }), unknown]);
export const state = named(
  'ResourceState',
  z.union([z.object({ state: z.literal('there'), value: json }), z.object({ state: z.literal('absent') }), unknown]),
);
const effect = z.enum(['create', 'update', 'delete', 'none']);

/** What a call did to one resource. */
export const toldChange = z.object({
  resource,
  effect,
  made: z.enum(['yes', 'no', 'unknown']).describe('Whether it was carried out.'),
  before: toldState,
  after: toldState,
  ...compared,
});
const omitted = z.int().describe('Bytes of JSON that are left out, since they are more than the answer holds.');
export const boundedChange = named('ResourceChange', toldChange.extend({ omitted: omitted.optional() }));
export const imageState = named('ImageState', z.union([state, z.object({ state: z.literal('there'), omitted })]));
