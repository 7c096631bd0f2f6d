// Routes of the questions that people ask after an incident.
import { z } from 'zod';
import { QUERY_LIMITS } from '../index/query.ts';
import type { Inquiries } from './inquiries.ts';
import { type Route, route } from './route.ts';
import {
  accountResult,
  changesResult,
  historyResult,
  impactResult,
  readsResult,
  revertResult,
} from './schemas-inquiries.ts';

const cursor = z.string().min(1).max(1024).optional().describe('`next` of the page before.');
const tz = z.string().min(1).max(64).optional().describe('IANA time zone of times without an offset; UTC when absent.');
const limit = (most: number) => z.coerce.number().int().min(1).max(most).optional();
const q = z.string().max(QUERY_LIMITS.length).optional().describe('Further terms of the query language.');
const id = z.string().min(1).max(256);

export const inquiryRoutes = (inquiries: Inquiries): Route[] => [
  route({
    url: '/api/v1/history',
    summary: 'Every change of one resource, newest first, with what is different.',
    tag: 'record',
    access: 'auditor',
    query: z.object({
      resource: z.string().min(1).max(2048).describe('`monitor/123`, a title, or a link to Datadog.'),
      limit: limit(100),
      cursor,
    }),
    answer: { json: historyResult },
    handle: ({ caller, query }) => inquiries.history(caller, query),
  }),
  route({
    url: '/api/v1/changes',
    summary: 'What was altered in a time, riskiest first.',
    tag: 'record',
    access: 'auditor',
    query: z.object({
      kind: z.string().min(1).max(512).optional().describe('Kind of resource, or kind/id.'),
      q,
      before: z.string().min(1).max(64).optional().describe('End of the time; now when absent.'),
      window: z.string().min(1).max(16).optional().describe('Its length: `2h`, `90m`, `3d`; a day when absent.'),
      tz,
      limit: limit(1000),
    }),
    answer: { json: changesResult },
    handle: ({ caller, query: { q: text, tz: timeZone, ...rest } }) =>
      inquiries.changes(caller, { ...rest, query: text, timeZone }),
  }),
  route({
    url: '/api/v1/reads',
    summary: 'Who looked at what, when, and over which range.',
    tag: 'record',
    access: 'auditor',
    query: z.object({ q, tz, limit: limit(200), cursor }),
    answer: { json: readsResult },
    handle: ({ caller, query: { q: text = '', tz: timeZone, ...rest } }) =>
      inquiries.reads(caller, { ...rest, query: text, timeZone }),
  }),
  route({
    url: '/api/v1/sessions/:id/account',
    summary: 'What one run read, changed, was refused, and how long it took.',
    tag: 'record',
    access: 'auditor',
    params: z.object({ id }),
    answer: { json: accountResult },
    handle: ({ caller, params }) => inquiries.account(caller, params.id),
  }),
  route({
    url: '/api/v1/sessions/:id/impact',
    summary: 'Every resource that one run touched, before it and after it.',
    tag: 'record',
    access: 'auditor',
    params: z.object({ id }),
    answer: { json: impactResult },
    handle: ({ caller, params }) => inquiries.impact(caller, params.id),
  }),
  route({
    url: '/api/v1/revert/:id',
    summary: 'The calls that undo a session or an exchange. Nothing is sent.',
    tag: 'record',
    access: 'auditor',
    params: z.object({ id }),
    answer: { json: revertResult },
    handle: ({ caller, params }) => inquiries.revert(caller, params.id),
  }),
];
