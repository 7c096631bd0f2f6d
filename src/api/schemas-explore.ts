// The shapes of answers about fields, counts and saved queries.
import { z } from 'zod';
import { components } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');

export const fieldList = named(
  'Fields',
  z.object({
    fields: list(
      z.object({
        name: z.string(),
        aliases: list(z.string()).optional(),
        type: z.enum(['keyword', 'enum', 'ordered', 'number', 'duration', 'bytes', 'time', 'id', 'text', 'saved']),
        means: z.string(),
        example: z.string(),
        values: list(z.string()).optional().describe('Every value there is.'),
        facet: z.literal(true).optional().describe('Can be counted by value.'),
      }),
    ),
  }),
);

export const valueList = named('Values', z.object({ values: list(z.string()) }));

const since = ms.describe('Only what matches from then on has been counted, since there is too much to look at.');

export const facetsResult = named(
  'Facets',
  z.object({
    facets: list(
      z.object({
        field: z.string(),
        values: list(z.object({ value: z.string(), count: z.int() })),
        since: since.optional(),
      }),
    ),
  }),
);

export const histogramResult = named(
  'Histogram',
  z.object({
    from: ms,
    to: ms,
    width: z.int().describe('Milliseconds of a bucket.'),
    buckets: list(
      z.object({
        time: ms,
        count: z.int(),
        failed: z.int(),
        usual: z
          .object({ low: z.int(), high: z.int() })
          .optional()
          .describe('Where far more matched than those before let expect: between what nine in ten of them were.'),
      }),
    ).describe('Oldest first; empty ones are left out.'),
    since: since.optional(),
    approximate: z
      .literal(true)
      .optional()
      .describe('Text was counted by its words: there may be a few among these that do not match.'),
  }),
);

export const savedQuery = named(
  'SavedQuery',
  z.object({ name: z.string(), query: z.string(), shared: z.boolean(), by: z.string(), since: ms }),
);

export const savedQueries = named('SavedQueries', z.object({ queries: list(savedQuery) }));
