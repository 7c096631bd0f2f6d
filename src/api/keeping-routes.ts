// Routes that erase, and that set and release legal holds.
import { z } from 'zod';
import { PART_NAMES, type PartName } from '../exchange/entry.ts';
import type { Keeping } from './keeping.ts';
import { type Route, route } from './route.ts';

const text = (most: number) => z.string().min(1).max(most);
const selection = {
  identity: text(512).optional().describe('Name, subject or email of a verified caller.'),
  session: text(256).optional(),
  exchange: text(64).optional().describe('Exchange id.'),
  connection: text(64).optional(),
  q: text(4096).optional().describe('A query; its times are dates.'),
  from: text(64).optional().describe('Date from which on.'),
  until: text(64).optional().describe('Date up to which.'),
};
const why = text(1000).describe('The reason, for the record.');

const hold = z.object({
  id: z.string(),
  query: z.string().describe('What is held.'),
  why: z.string(),
  by: z.string(),
  since: z.number().describe('Milliseconds since the epoch.'),
});

const erased = z.object({
  records: z.int().describe('Records that parts were erased of.'),
  parts: z.int(),
  bytes: z.int(),
  held: z.int().describe('Records that a legal hold keeps.'),
  open: z.int().describe('Exchanges that are still under way.'),
  entries: z.array(z.int()).readonly().describe('Leaves of the entries that tell of it.'),
});

const PARTS = z
  .string()
  .regex(new RegExp(`^(${PART_NAMES.join('|')})(,(${PART_NAMES.join('|')}))*$`))
  .default(PART_NAMES.join())
  .describe('What is erased, separated by commas.');

interface Selected {
  readonly identity?: string | undefined;
  readonly session?: string | undefined;
  readonly exchange?: string | undefined;
  readonly connection?: string | undefined;
  readonly q?: string | undefined;
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}
const selectionOf = ({ q, identity, session, exchange, connection, from, until }: Selected) => ({
  identity,
  session,
  exchange,
  connection,
  query: q,
  from,
  until,
});

export function keepingRoutes({ holds, erasure, audit }: Keeping): Route[] {
  return [
    route({
      method: 'POST',
      url: '/api/v1/erasures',
      summary:
        'Destroy parts of what is selected and not held; answers when it is durable and the index has forgotten it.',
      tag: 'record',
      access: 'admin',
      query: z.object({
        ...selection,
        parts: PARTS,
        why,
        dryRun: z.enum(['true', 'false']).default('false').describe('Only count.'),
      }),
      answer: { json: erased },
      handle: ({ caller, query: { parts, why: reason, dryRun, ...selected } }) =>
        erasure.erase(caller, {
          selection: selectionOf(selected),
          parts: parts.split(',') as PartName[],
          why: reason,
          dryRun: dryRun === 'true',
        }),
    }),
    route({
      url: '/api/v1/holds',
      summary: 'The legal holds.',
      tag: 'record',
      access: 'auditor',
      answer: { json: z.object({ items: z.array(hold).readonly() }) },
      async handle({ caller }) {
        await audit(caller, 'audit.view', 'viewed the legal holds', {});
        return { items: await holds.list() };
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/holds',
      summary: 'Set a legal hold: what it selects is not erased, by nobody and no rule.',
      tag: 'record',
      access: 'admin',
      query: z.object({ ...selection, why }),
      answer: { json: hold },
      handle: ({ caller, query: { why: reason, ...selected } }) => holds.add(caller, selectionOf(selected), reason),
    }),
    route({
      method: 'POST',
      url: '/api/v1/holds/:id/release',
      summary: 'Release a legal hold.',
      tag: 'record',
      access: 'admin',
      params: z.object({ id: text(64) }),
      query: z.object({ why }),
      answer: { json: hold },
      handle: ({ caller, params, query }) => holds.release(caller, params.id, query.why),
    }),
  ];
}
