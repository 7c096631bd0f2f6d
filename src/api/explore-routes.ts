// Routes that count, complete, save queries, and export what a query finds.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { FIELDS } from '../index/fields.ts';
import { QUERY_LIMITS } from '../index/query.ts';
import { MOST_FACETS } from './counts.ts';
import type { Explorer } from './explorer.ts';
import { EXPORT_FORMATS, EXPORT_MEDIA } from './exports.ts';
import { type Route, route } from './route.ts';
import { SAVED_NAME } from './saved-queries.ts';
import { facetsResult, fieldList, histogramResult, savedQueries, savedQuery, valueList } from './schemas-explore.ts';

/** Exports that are under way at once: each reads the journal as fast as its taker takes it. */
const MAX_EXPORTS = 4;

const q = z
  .string()
  .max(QUERY_LIMITS.length)
  .default('')
  .describe('One line of the query language (docs/search.md); empty for every exchange.');
const tz = z.string().min(1).max(64).optional().describe('IANA time zone of times without an offset; UTC when absent.');
const fieldNames = new Set(FIELDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
const field = z
  .string()
  .max(32)
  .refine((name) => fieldNames.has(name.toLowerCase()), 'expected a field of the query language');
const name = z.string().regex(SAVED_NAME, 'expected letters, digits, dots, hyphens and underscores, 64 at most');

export function exploreRoutes({ counts, queries, exports }: Explorer): Route[] {
  let exporting = 0;
  /** Sends pieces as they are taken; an error in the middle breaks the connection, so that no half is taken for the whole. */
  async function send(
    reply: Parameters<Route['handle']>[0]['reply'],
    { type, file, make }: { type: string; file: string; make: () => Promise<AsyncIterable<string | Uint8Array>> },
  ): Promise<undefined> {
    if (exporting >= MAX_EXPORTS)
      throw new DogwatchError('overloaded', `${MAX_EXPORTS} exports are under way already`, {
        remedy: 'try again later',
      });
    exporting += 1;
    try {
      const pieces = await make();
      reply.type(type).header('content-disposition', `attachment; filename="${file}"`);
      await reply.send(pieces instanceof Readable ? pieces : Readable.from(pieces, { objectMode: false }));
    } finally {
      exporting -= 1;
    }
    return undefined;
  }

  return [
    route({
      url: '/api/v1/search/fields',
      summary: 'The fields of the query language, for autocomplete.',
      tag: 'record',
      access: 'auditor',
      answer: { json: fieldList },
      handle: async () => ({ fields: FIELDS }),
    }),
    route({
      url: '/api/v1/search/values',
      summary: 'Known values of a field that begin so, in order; none for fields whose values are not indexed.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        field,
        prefix: z.string().max(512).default(''),
        limit: z.coerce.number().int().min(1).max(100).optional().describe('20 when absent.'),
      }),
      answer: { json: valueList },
      handle: async ({ caller, query }) => ({
        values: await counts.values(caller, query.field, query.prefix, query.limit),
      }),
    }),
    route({
      url: '/api/v1/search/facets',
      summary: 'The most frequent values of fields among what matches.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        q,
        tz,
        field: z.string().min(1).max(400).describe(`Up to ${MOST_FACETS} fields, comma-separated.`),
        limit: z.coerce.number().int().min(1).max(100).optional().describe('Values of each, 10 when absent.'),
      }),
      answer: { json: facetsResult },
      handle: ({ caller, query }) =>
        counts.facets(caller, {
          query: query.q,
          timeZone: query.tz,
          fields: query.field.split(','),
          limit: query.limit,
        }),
    }),
    route({
      url: '/api/v1/search/histogram',
      summary: 'How many match over the time that the query names, else since the first match.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        q,
        tz,
        width: z.coerce.number().int().min(1).optional().describe('Milliseconds of a bucket; else a round one.'),
        buckets: z.coerce.number().int().min(1).max(1000).optional().describe('About so many, 60 when absent.'),
      }),
      answer: { json: histogramResult },
      handle: ({ caller, query }) =>
        counts.histogram(caller, {
          query: query.q,
          timeZone: query.tz,
          width: query.width,
          buckets: query.buckets,
        }),
    }),
    route({
      url: '/api/v1/queries',
      summary: "Saved queries: the caller's own, and those that are shared.",
      tag: 'record',
      access: 'auditor',
      answer: { json: savedQueries },
      handle: async ({ caller }) => ({ queries: await queries.list(caller) }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/queries',
      summary: 'Save a query under a name, for `saved:name`; one of the same name is replaced.',
      tag: 'record',
      access: 'auditor',
      body: z.object({
        name,
        query: z.string().min(1).max(QUERY_LIMITS.length),
        shared: z.boolean().default(false).describe('For everybody who may search.'),
      }),
      answer: { json: savedQuery },
      handle: ({ caller, body }) => queries.save(caller, body),
    }),
    route({
      method: 'POST',
      url: '/api/v1/queries/remove',
      summary: 'Remove a query that the caller saved.',
      tag: 'record',
      access: 'auditor',
      body: z.object({ name }),
      answer: { json: savedQuery },
      handle: ({ caller, body }) => queries.remove(caller, body.name),
    }),
    route({
      url: '/api/v1/export',
      summary: 'Everything that matches, as a stream.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        q,
        tz,
        format: z
          .enum(EXPORT_FORMATS)
          .describe(
            '`ndjson`: an Exchange a line. `csv`: a row a line. `har`: HAR 1.2. `ocsf`: an OCSF 1.8 API Activity a line, or a Detection Finding for what `kind:finding.*` finds.',
          ),
        order: z.enum(['newest', 'oldest']).optional().describe('`oldest` when absent.'),
      }),
      answer: {
        media: 'application/octet-stream',
        means: 'The file; a connection that breaks means that it is not whole.',
      },
      handle: ({ caller, query: { q: text, tz: timeZone, format, order }, reply }) => {
        const [type, ending] = EXPORT_MEDIA[format];
        const make = () => exports.export(caller, { query: text, timeZone, format, order });
        return send(reply, { type, file: `dogwatch.${ending}`, make });
      },
    }),
    route({
      url: '/api/v1/evidence',
      summary: 'An evidence pack: exchanges, proofs, signed log heads, public keys, a summary, and how to verify it.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        q,
        tz,
        without: z
          .string()
          .max(100)
          .default('')
          .refine((text) => partsOf(text) !== undefined, `expected parts separated by commas: ${PART_NAMES.join(', ')}`)
          .describe(`Parts to withhold, comma-separated: ${PART_NAMES.map((part) => `\`${part}\``).join(', ')}.`),
      }),
      answer: { media: 'application/zip', means: 'A zip file; its README.md tells how to verify it without Dogwatch.' },
      handle: ({ caller, query: { q: text, tz: timeZone, without }, reply }) =>
        send(reply, {
          type: 'application/zip',
          file: 'evidence.zip',
          make: () => exports.evidence(caller, { query: text, timeZone, without: partsOf(without) ?? [] }),
        }),
    }),
  ];
}

/** The parts that a list names; undefined when it names something else. */
function partsOf(text: string): PartName[] | undefined {
  const named = text === '' ? [] : text.split(',');
  return named.every((part) => (PART_NAMES as readonly string[]).includes(part)) ? (named as PartName[]) : undefined;
}
