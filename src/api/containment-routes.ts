// Routes that contain identities and sessions, release them, and decide about calls that wait for leave.
import { z } from 'zod';
import { APPROVAL_STATES } from '../exchange/approval.ts';
import { CONTAINMENT_LEVELS } from '../exchange/finding.ts';
import type { Containing } from './containing.ts';
import { type Route, route } from './route.ts';
import { approval, approvals, containment, containments } from './schemas-response.ts';

const DAY = 86_400_000;
const id = z.object({ id: z.string().min(1).max(64) });
const reason = z.string().min(1).max(500);
const note = z.object({ reason: reason.optional().describe('For the record.') });

export function containmentRoutes(containing: Containing): Route[] {
  return [
    route({
      url: '/api/v1/containments',
      summary: 'What is contained now, newest first.',
      tag: 'response',
      access: 'auditor',
      answer: { json: containments },
      handle: async () => ({ items: containing.list() }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/containments',
      summary: 'Contain an identity or a session; in effect with its next request. One of the same level is replaced.',
      tag: 'response',
      access: 'operator',
      body: z.object({
        level: z.enum(CONTAINMENT_LEVELS),
        identity: z.string().min(3).max(4096).optional().describe('issuer#subject'),
        session: z.string().min(1).max(256).optional().describe('A session id, instead of an identity.'),
        rate: z.int().min(1).max(100_000).optional().describe('Calls a minute, of `throttle`; 30 when absent.'),
        for: z
          .int()
          .min(1000)
          .max(366 * DAY)
          .optional()
          .describe('Milliseconds; until it is released when absent.'),
        reason,
        finding: z.string().min(1).max(64).optional().describe('The finding it answers.'),
      }),
      answer: { json: containment },
      handle: ({ caller, body }) => containing.contain(caller, body),
    }),
    route({
      method: 'POST',
      url: '/api/v1/containments/:id/release',
      summary: 'End a containment; the next request is free of it.',
      tag: 'response',
      access: 'operator',
      params: id,
      body: note,
      answer: { json: containment },
      handle: ({ caller, params, body }) => containing.release(caller, params.id, body.reason),
    }),
    route({
      url: '/api/v1/approvals',
      summary: 'Calls that wait for leave, and those decided in the last day; newest first.',
      tag: 'response',
      access: 'auditor',
      query: z.object({ state: z.enum(APPROVAL_STATES).optional() }),
      answer: { json: approvals },
      handle: async ({ query }) => ({ items: containing.approvals(query.state) }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/approvals/:id/approve',
      summary: 'Let the same call through, once, when the agent makes it again in time.',
      tag: 'response',
      access: 'operator',
      params: id,
      body: note,
      answer: { json: approval },
      handle: ({ caller, params, body }) => containing.decide(caller, params.id, true, body.reason),
    }),
    route({
      method: 'POST',
      url: '/api/v1/approvals/:id/deny',
      summary: 'Refuse a call that waits for leave, or take leave back that was not used yet.',
      tag: 'response',
      access: 'operator',
      params: id,
      body: note,
      answer: { json: approval },
      handle: ({ caller, params, body }) => containing.decide(caller, params.id, false, body.reason),
    }),
  ];
}
