// Routes that read the record: search, exchanges, sessions, the live tail.
import { Readable } from 'node:stream';
import { z } from 'zod';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { SKIP } from '../index/page.ts';
import { QUERY_LIMITS } from '../index/query.ts';
import type { SearchIndex } from '../index/search-index.ts';
import { SEARCH_ORDERS } from '../index/search-order.ts';
import type { Audit } from './audit.ts';
import { takenOver } from './event-stream.ts';
import { VIEW_BODY } from './exchange-view.ts';
import type { Feed } from './feed.ts';
import type { Direction } from './read-exchange.ts';
import { recordingRoute } from './recording-route.ts';
import type { Records } from './records.ts';
import { type Route, route } from './route.ts';
import type { SavedQueries } from './saved-queries.ts';
import { searchResult, sessionResult, sessionsResult } from './schemas.ts';
import { exchangeChanges, exchangeView } from './schemas-exchange.ts';
import { tail } from './tail.ts';

/** Tails that may be open at once. */
const MAX_TAILS = 64;

const q = z
  .string()
  .max(QUERY_LIMITS.length)
  .default('')
  .describe('One line of the query language (docs/search.md); empty for every exchange.');
const limit = z.coerce.number().int().min(1).max(500).optional().describe('Items of a page, 50 when absent.');
const cursor = z.string().min(1).max(1024).optional().describe('`next` of the page before.');
const tz = z.string().min(1).max(64).optional().describe('IANA time zone of times without an offset; UTC when absent.');
const order = z
  .enum(SEARCH_ORDERS)
  .describe('`newest` when absent. `slowest`, `largest` and `riskiest` compare everything that matches.');
const skip = z.coerce
  .number()
  .int()
  .min(0)
  .max(SKIP)
  .optional()
  .describe('Matching rows to pass over first, in an order by time; not for queries that look at text.');
const id = z.string().regex(/^[0-9A-Fa-f-]{8,36}$/, 'expected an exchange id, or its first 8 characters or more');
const without = z
  .string()
  .regex(
    new RegExp(`^((${PART_NAMES.join('|')})(,(?=.)|$)){0,${PART_NAMES.length}}$`),
    `expected parts separated by commas: ${PART_NAMES.join(', ')}`,
  )
  .default('')
  .describe(`Parts to withhold, comma-separated: ${PART_NAMES.map((part) => `\`${part}\``).join(', ')}.`);
const body = z.coerce
  .number()
  .int()
  .min(0)
  .max(VIEW_BODY)
  .optional()
  .describe('Bytes of each body that needs no decoding, 1 MiB when absent; the raw body has the rest.');
const sessionId = z.string().min(1).max(256);

export interface RecordRoutesOptions {
  readonly records: Records;
  readonly index: SearchIndex;
  readonly feed: Feed;
  readonly audit: Audit;
  readonly queries: Pick<SavedQueries, 'parse'>;
  readonly stopping: AbortSignal;
}

export function recordRoutes({ records, index, feed, audit, queries, stopping }: RecordRoutesOptions): Route[] {
  const bodyRoute = (direction: Direction): Route =>
    route({
      url: `/api/v1/exchanges/:id/${direction}`,
      summary: `The ${direction} body, as recorded.`,
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      answer: {
        media: 'application/octet-stream',
        means: 'The recorded bytes; `x-dogwatch-content-type` and `x-dogwatch-content-encoding` tell what they were.',
      },
      async handle({ caller, params, reply }) {
        const { found, pieces } = await records.body(caller, params.id, direction);
        const headers =
          direction === 'request' ? found.summary.request.headers : (found.summary.response?.headers ?? []);
        reply.type('application/octet-stream');
        // What was recorded is data: a browser must neither render it nor decode it.
        reply.header('content-disposition', `attachment; filename="${found.summary.exchange}.${direction}"`);
        for (const name of ['content-type', 'content-encoding']) {
          const value = headers.find(([key]) => key.toLowerCase() === name)?.[1];
          if (value !== undefined && /^[\x20-\x7e]{1,256}$/.test(value)) reply.header(`x-dogwatch-${name}`, value);
        }
        await reply.send(Readable.from(pieces, { objectMode: false }));
        return undefined;
      },
    });

  return [
    route({
      url: '/api/v1/search',
      summary: 'Search the record.',
      tag: 'record',
      access: 'auditor',
      query: z.object({ q, limit, cursor, tz, order: order.optional(), skip }),
      answer: { json: searchResult },
      handle: ({ caller, query }) =>
        records.search(caller, {
          query: query.q,
          timeZone: query.tz,
          limit: query.limit,
          cursor: query.cursor,
          order: query.order,
          skip: query.skip,
        }),
    }),
    route({
      url: '/api/v1/exchanges/:id',
      summary: 'One exchange, with up to 1 MiB of each body.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      query: z.object({ body }),
      answer: { json: exchangeView },
      handle: ({ caller, params, query }) => records.exchange(caller, params.id, query.body),
    }),
    route({
      url: '/api/v1/exchanges/:id/changes',
      summary: 'What one exchange changed: each resource before and after, up to 4 MiB together, and the difference.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      answer: { json: exchangeChanges },
      handle: ({ caller, params }) => records.changes(caller, params.id),
    }),
    bodyRoute('request'),
    bodyRoute('response'),
    route({
      url: '/api/v1/exchanges/:id/har',
      summary: 'One exchange as HAR 1.2.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      answer: { json: z.object({ log: z.looseObject({ version: z.literal('1.2') }) }) },
      handle: ({ caller, params }) => records.har(caller, params.id) as Promise<{ log: { version: '1.2' } }>,
    }),
    route({
      url: '/api/v1/exchanges/:id/curl',
      summary: 'The request of one exchange as a curl command.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      answer: {
        media: 'text/plain; charset=utf-8',
        means: 'A command for bash; credentials come from $DD_API_KEY and $DD_APP_KEY.',
      },
      async handle({ caller, params, reply }) {
        await reply.type('text/plain; charset=utf-8').send(await records.curl(caller, params.id));
        return undefined;
      },
    }),
    route({
      url: '/api/v1/exchanges/:id/proof',
      summary: 'The proof of one exchange, for `dogwatch verify-proof`.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      query: z.object({ without }),
      answer: {
        media: 'application/vnd.dogwatch.proof',
        means:
          'A proof file (docs/journal-format.md): entries, their opened parts, inclusion proofs, signed checkpoint.',
      },
      async handle({ caller, params, query, reply }) {
        const lines = await records.proof(caller, params.id, partsOf(query.without));
        reply.type('application/vnd.dogwatch.proof');
        reply.header('content-disposition', `attachment; filename="${params.id.toLowerCase()}.proof"`);
        await reply.send(Readable.from(lines, { objectMode: false }));
        return undefined;
      },
    }),
    route({
      url: '/api/v1/sessions',
      summary: 'Sessions with at least one matching exchange, latest first.',
      tag: 'record',
      access: 'auditor',
      query: z.object({ q, limit, cursor, tz }),
      answer: { json: sessionsResult },
      handle: ({ caller, query }) =>
        records.sessions(caller, { query: query.q, timeZone: query.tz, limit: query.limit, cursor: query.cursor }),
    }),
    route({
      url: '/api/v1/sessions/:id',
      summary: 'A session and its exchanges, oldest first.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id: sessionId }),
      query: z.object({ limit, cursor }),
      answer: { json: sessionResult },
      handle: ({ caller, params, query }) => records.session(caller, params.id, query),
    }),
    recordingRoute(records),
    route({
      url: '/api/v1/tail',
      summary: 'Follow the record: matching rows as they are recorded.',
      tag: 'record',
      access: 'auditor',
      query: z.object({
        q,
        tz,
        last: z.coerce.number().int().min(0).max(200).default(10).describe('Begin with so many of the latest.'),
      }),
      answer: {
        media: 'text/event-stream',
        means:
          'Server-sent events: `row` (a Row), `lagging` (the follower was too slow and has missed rows; the end), `end`. Comments are heartbeats.',
      },
      streams: true,
      async handle({ caller, query, reply }) {
        if (feed.followers >= MAX_TAILS) {
          throw new DogwatchError('overloaded', `${MAX_TAILS} tails are open already`, {
            remedy: 'close one, or try again later',
          });
        }
        const parsed = await queries.parse(caller, { query: query.q, timeZone: query.tz });
        await audit(caller, 'audit.tail', 'followed the record', { query: query.q });
        await tail(takenOver(reply), { feed, index, query: parsed, last: query.last, stopping });
        return undefined;
      },
    }),
  ];
}

const partsOf = (text: string): PartName[] => PART_NAMES.filter((part) => text.split(',').includes(part));
