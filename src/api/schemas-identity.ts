// The shapes of the API's answers about service accounts, tokens and revocations.
import { z } from 'zod';
import { components, identity } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const ms = z.number().describe('Milliseconds since the epoch.');

export const minted = named(
  'MintedToken',
  z.object({
    token: z.string().describe('Shown this once: Dogwatch keeps its hash alone.'),
    id: z.string().describe('Names the token in entries and commands.'),
    expiresAt: ms,
  }),
);

const agent = named(
  'ServiceAccount',
  z.object({
    name: z.string(),
    groups: z.array(z.string()).readonly(),
    created: ms,
    by: z.string().describe('Who created it.'),
    tokens: z
      .array(z.object({ id: z.string(), issuedAt: ms, expiresAt: ms, lastUsed: ms.optional() }))
      .readonly()
      .describe('Those that are good. Last use is written down every few minutes.'),
  }),
);

export const agentsResult = named('ServiceAccounts', z.object({ items: z.array(agent).readonly() }));

export const ended = named('Ended', z.object({ ended: z.int().describe('Tokens of Dogwatch that ended.') }));

const block = named(
  'Revocation',
  z.object({
    by: z.enum(['token', 'session', 'identity', 'issuer']),
    key: z.string().describe("A token's key, a session's id, issuer#subject, or an issuer."),
    at: ms,
    until: ms.optional().describe('When it ends by itself.'),
  }),
);

export const revocationsResult = named('Revocations', z.object({ items: z.array(block).readonly() }));
export const lifted = named('Lifted', z.object({ lifted: z.literal(true) }));

export const identitiesResult = named(
  'Identities',
  z.object({
    items: z
      .array(
        z.object({
          identity: identity.describe(
            'As it was seen last. Without a kind: known from its work with the record alone.',
          ),
          first: ms,
          last: ms,
          sessions: z.int().describe('This and what follows: since `from`.'),
          calls: z.int(),
          changes: z.int().describe('Calls that were sent to Datadog and are no reads.'),
          refusals: z.int().describe('Calls that Dogwatch refused.'),
          views: z.int().describe('Searches and views of the record, sign-ins, changes of the configuration.'),
        }),
      )
      .readonly()
      .describe('Latest first.'),
    more: z.boolean().describe('Whether there are more than the limit.'),
    indexedThrough: z.int().describe('Leaves of the journal that the answer takes into account.'),
  }),
);
