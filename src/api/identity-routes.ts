// Routes about identities: service accounts, and what is revoked.
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import type { Revocation } from '../identity/grant.ts';
import type { IdentityAdmin } from './identity-admin.ts';
import { type Route, route } from './route.ts';
import { agentsResult, ended, lifted, minted, revocationsResult } from './schemas-identity.ts';

const text = z.string().min(1).max(2048);
const name = z.string().min(1).max(64);
const days = z.int().min(1).max(366).default(90).describe('Days that the token is good for.');
const blockKind = z.enum(['token', 'session', 'identity', 'issuer']);

const revocation = z.object({
  by: z.enum(['token', 'id', 'session', 'identity', 'issuer']),
  token: z.string().min(1).max(8192).optional().describe("by token: the token's text."),
  id: text.optional().describe("by id: a Dogwatch token's id."),
  session: text.optional(),
  issuer: text.optional().describe('by identity or issuer.'),
  subject: text.optional().describe('by identity.'),
});

export function identityRoutes(admin: IdentityAdmin): Route[] {
  const agent = z.object({ name });
  return [
    route({
      url: '/api/v1/agents',
      summary: 'Service accounts, their tokens and when those were last used.',
      tag: 'identity',
      access: 'auditor',
      answer: { json: agentsResult },
      handle: async () => ({ items: admin.accounts() }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/agents',
      summary: 'Create a service account. The answer shows its token, this once.',
      tag: 'identity',
      access: 'admin',
      body: z.object({ name, groups: z.array(text).max(64).default([]), days }),
      answer: { json: minted },
      handle: async ({ caller, body }) => admin.create(caller, body.name, body.groups, body.days),
    }),
    route({
      method: 'POST',
      url: '/api/v1/agents/:name/rotate',
      summary: 'Give a service account a new token; the old ones end after the overlap.',
      tag: 'identity',
      access: 'admin',
      params: agent,
      body: z.object({ days, overlapHours: z.number().min(0).max(720).default(24) }),
      answer: { json: minted },
      handle: async ({ caller, params, body }) => admin.rotate(caller, params.name, body.days, body.overlapHours),
    }),
    route({
      method: 'POST',
      url: '/api/v1/agents/:name/revoke',
      summary: 'End a service account and its tokens.',
      tag: 'identity',
      access: 'admin',
      params: agent,
      answer: { json: ended },
      handle: async ({ caller, params }) => admin.remove(caller, params.name),
    }),
    route({
      url: '/api/v1/revocations',
      summary: 'What is revoked and has not ended by itself.',
      tag: 'identity',
      access: 'auditor',
      answer: { json: revocationsResult },
      handle: async () => ({ items: admin.revocations() }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/revocations',
      summary: 'Revoke a token, a session, an identity or an issuer; in effect with the next request.',
      tag: 'identity',
      access: 'admin',
      body: revocation,
      answer: { json: ended },
      handle: async ({ caller, body }) => admin.revoke(caller, revocationOf(body)),
    }),
    route({
      method: 'POST',
      url: '/api/v1/revocations/lift',
      summary: 'Let something in again that was revoked.',
      tag: 'identity',
      access: 'admin',
      body: z.object({ by: blockKind, key: text.describe('As the list of revocations has it.') }),
      answer: { json: lifted },
      async handle({ caller, body }) {
        await admin.lift(caller, body.by, body.key);
        return { lifted: true as const };
      },
    }),
  ];
}

/** What each way of revoking needs, and nothing else. @throws DogwatchError `bad_parameter` */
function revocationOf(body: z.output<typeof revocation>): Revocation {
  const result = z
    .discriminatedUnion('by', [
      z.object({ by: z.literal('token'), token: z.string() }),
      z.object({ by: z.literal('id'), id: z.string() }),
      z.object({ by: z.literal('session'), session: z.string() }),
      z.object({ by: z.literal('identity'), issuer: z.string(), subject: z.string() }),
      z.object({ by: z.literal('issuer'), issuer: z.string() }),
    ])
    .safeParse(body);
  if (result.success) return result.data;
  const missing = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new DogwatchError('bad_parameter', `to revoke by ${body.by}, ${missing} must be given`);
}
