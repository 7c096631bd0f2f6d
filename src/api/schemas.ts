// The shapes of the API's answers, as zod schemas: what is documented is what is typed and what is tested.
import { z } from 'zod';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';

/** Schemas that the OpenAPI document names under components. */
export const components = z.registry<{ id: string }>();

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

const ms = z.number().describe('Milliseconds since the epoch.');

export const actor = named('Actor', z.object({ issuer: z.string(), subject: z.string() }));

export const identity = named(
  'Identity',
  z
    .object({
      issuer: z.string(),
      subject: z.string(),
      kind: z.enum(['agent', 'workload', 'person']).optional(),
      name: z.string(),
      email: z.string().optional(),
      groups: list(z.string()).describe('As they were at that moment.'),
      onBehalfOf: list(actor).describe('Delegation chain, outermost actor first.'),
      claims: z.record(z.string(), z.string()).readonly().describe('Verified workload claims.'),
      session: z.string().optional(),
    })
    .describe('What a verified credential said of the caller.'),
);

export const claimedClient = named(
  'ClaimedClient',
  z
    .object({ userAgent: z.string().optional(), agent: z.string().optional() })
    .describe('What the caller said of itself. Nothing of it is verified.'),
);

export const resource = named('Resource', z.object({ kind: z.string(), id: z.string(), title: z.string().optional() }));

export const asked = named(
  'Asked',
  z.object({ metrics: list(z.string()).optional(), queries: list(z.string()).optional() }),
);
export const outcome = z.enum(['complete', 'refused', 'upstream-failed', 'client-aborted', 'unknown', 'pending']);
export const decision = z.enum(['allow', 'deny', 'hold']);

export const row = named(
  'Row',
  z.object({
    leaf: z.int(),
    outcomeLeaf: z.int().optional(),
    kind: z.string(),
    id: z.string(),
    time: ms,
    session: z.string().optional(),
    identity: identity.optional(),
    client: claimedClient,
    source: z.string().optional(),
    connection: z.string().optional(),
    host: z.string().optional(),
    method: z.string().optional(),
    path: z.string().optional(),
    operation: z.string().optional(),
    action: z.enum(ACTIONS).optional(),
    risk: z.enum(RISK_LEVELS).optional(),
    tags: list(z.enum(RISK_TAGS)),
    resources: list(resource),
    asked,
    verdict: z.object({ decision, rule: z.string() }).optional(),
    outcome: outcome.optional(),
    error: z.string().optional(),
    status: z.int().optional(),
    requestBytes: z.int().optional(),
    responseBytes: z.int().optional(),
    latency: z.number().optional().describe('Milliseconds.'),
    what: z.string().optional(),
  }),
);

const page = {
  next: z.string().optional().describe('Give it as `cursor` for the next page; absent on the last one.'),
  indexedThrough: z.int().describe('Leaves of the journal that the answer takes into account.'),
};

export const searchResult = named('SearchResult', z.object({ items: list(row), ...page }));

export const sessionRow = named(
  'Session',
  z.object({
    id: z.string(),
    identity: identity.optional(),
    first: ms,
    last: ms,
    calls: z.int(),
    mutations: z.int(),
    refusals: z.int(),
    errors: z.int(),
  }),
);

export const sessionsResult = named('SessionsResult', z.object({ items: list(sessionRow), ...page }));
export const sessionResult = named(
  'SessionResult',
  z.object({ session: sessionRow, exchanges: list(row), next: page.next, indexedThrough: page.indexedThrough }),
);

const roles = list(z.enum(['auditor', 'operator', 'admin']));

export const whoami = named(
  'Whoami',
  z.object({
    identity,
    roles,
    token: z
      .object({
        id: z.string(),
        kind: z.enum(['exchange', 'login', 'agent', 'exec']),
        expiresAt: ms,
        connection: z.string().optional().describe('The only one it may be used for.'),
        action: z.literal('read').optional().describe('The only action it may be used for.'),
      })
      .optional()
      .describe("Of a token of Dogwatch's own: what it grants."),
    gateway: z.string().describe('Where clients reach the gateway.'),
  }),
);

const provider = named(
  'IdentityProvider',
  z.object({
    name: z.string(),
    kind: z.enum(['oidc', 'saml']),
    issuer: z.string().optional().describe('Of an OIDC provider.'),
    clientId: z.string().optional().describe('Client of `dogwatch login` there.'),
    scopes: list(z.string()).optional(),
  }),
);
export const providerList = named('IdentityProviders', z.object({ providers: list(provider) }));
export const commandBegun = named(
  'CommandSignIn',
  z.object({
    id: z.string(),
    nonce: z.string().describe('To be asked for in the ID token.'),
    provider,
    url: z.string().optional().describe('Of a SAML provider: where to send the browser.'),
  }),
);
export const commandToken = named(
  'CommandToken',
  z.object({
    token: z.string(),
    expiresAt: ms,
    gateway: z.string().describe('Where agents reach the gateway.'),
    identity,
    roles,
  }),
);
export const authSession = named(
  'AuthSession',
  z.object({
    identity,
    roles,
    provider: z.string().optional(),
    csrf: z.string().optional().describe('To be sent as `x-dogwatch-csrf` with whatever changes something.'),
    until: ms.optional(),
    idle: z.number().optional().describe('Milliseconds without a request after which the session ends.'),
  }),
);
export const signedOut = named('SignedOut', z.object({ ended: z.boolean() }));

const outlet = z.object({
  name: z.string(),
  size: z.int().describe('Entries under the checkpoint that it last cosigned, or was last given.'),
  time: ms.optional(),
  failures: z.int(),
  problem: z.string().optional().describe('Why the last attempt failed; absent when it did not.'),
  conflict: z.boolean().describe('It contradicts this log: history was rewritten or rolled back.'),
});
const witnessing = named(
  'Witnessing',
  z.object({
    witnesses: list(outlet),
    copies: list(outlet),
    needed: z.int().describe('So many cosignatures make a checkpoint witnessed.'),
    witnessed: z.object({ size: z.int() }).optional().describe('The largest tree that enough witnesses cosigned.'),
  }),
);

const connection = named(
  'Connection',
  z.object({
    name: z.string(),
    site: z.string(),
    default: z.boolean(),
    readOnly: z.boolean(),
    groups: list(z.string()).describe('Who may use it.'),
    sandbox: z.boolean().describe('It is there to be changed: sessions may be replayed against it.'),
    images: z.boolean().describe('What is changed is read before and after.'),
    credential: z.enum(['keys', 'token', 'missing']).describe('What kind there is; never which.'),
    limits: list(
      z.object({
        name: z.string(),
        limit: z.int(),
        remaining: z.int(),
        period: z.number().describe('Milliseconds.'),
        until: ms,
        own: z.int().describe('Reads of the gateway itself in the period.'),
        share: z.int().describe('How many of those it may make.'),
      }),
    ).describe("Datadog's rate limits, as answers to the gateway's own reads told of them."),
  }),
);

const issuer = named(
  'IssuerStatus',
  z.object({
    name: z.string(),
    issuer: z.string(),
    state: z
      .enum(['idle', 'ready', 'stale', 'unavailable'])
      .describe('`idle`: not asked for yet; `stale`: it does not answer, and its last good keys serve.'),
    keys: z.int(),
    fetchedAt: ms.optional(),
    lastError: z.string().optional(),
  }),
);

export const status = named(
  'Status',
  z.object({
    version: z.string(),
    name: z.string(),
    started: ms,
    journal: z.object({ size: z.int().describe('Durable leaves.') }),
    index: z.object({
      indexedThrough: z.int(),
      journalSize: z.int(),
      rows: z.int(),
      bytes: z.int(),
      rebuilt: z.string().optional(),
      failure: z.string().optional(),
    }),
    gateway: z.object({ inFlight: z.int(), connections: z.int() }),
    issuers: list(issuer),
    connections: list(connection),
    tails: z.int().describe('Live tails that are open.'),
    witnessing,
  }),
);

export const health = named('Health', z.object({ status: z.string(), reasons: list(z.string()).optional() }));

export const reloaded = named(
  'Reloaded',
  z.object({ changes: list(z.string()).describe('What is different now, a sentence each.') }),
);

export const rebuilt = named(
  'Rebuilt',
  z.object({ indexedThrough: z.int().describe('Leaves that the new index holds.') }),
);

export const failure = named(
  'Error',
  z.object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }) }),
);
