// The shapes of the answers about changes: histories, impacts, accounts, plans.
import { z } from 'zod';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import { claimedClient, components, identity, resource, sessionRow } from './schemas.ts';
import { change, compared, json, patch, state, toldChange } from './schemas-changes.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');
const changeItem = named(
  'ChangeItem',
  z.object({
    type: z.literal('change'),
    exchange: z.string(),
    time: ms,
    identity: identity.optional(),
    client: claimedClient,
    session: z.string().optional(),
    connection: z.string().optional(),
    operation: z.string(),
    action: z.enum(ACTIONS),
    risk: z.enum(RISK_LEVELS),
    tags: list(z.enum(RISK_TAGS)),
    outcome: z.string(),
    status: z.int().optional(),
    error: z.string().optional(),
    ...toldChange.shape,
    reaches: list(resource).describe('What it reaches besides: the monitor that a downtime silences.'),
    score: z.number().describe('How much attention it deserves.'),
    reasons: list(z.string()),
  }),
);
const outside = named(
  'OutsideChange',
  z
    .object({
      type: z.literal('outside'),
      after: z.string(),
      before: z.string(),
      from: ms,
      to: ms,
      became: z.enum(['absent', 'there']).optional(),
      changes: list(change),
      patch,
    })
    .describe('Made elsewhere, between two exchanges.'),
);
const page = {
  next: z.string().optional().describe('Give it as `cursor` for the next page; absent on the last one.'),
  indexedThrough: z.int().describe('Leaves of the journal that the answer takes into account.'),
};
export const historyResult = named(
  'History',
  z.object({ resource, items: list(z.union([changeItem, outside])).describe('Newest first.'), ...page }),
);
export const changesResult = named(
  'Changes',
  z.object({
    items: list(changeItem).describe('Riskiest first.'),
    truncated: z.boolean(),
    from: ms,
    to: ms,
    indexedThrough: page.indexedThrough,
  }),
);

const asked = z.object({
  metrics: list(z.string()),
  filters: list(z.string()),
  groupBys: list(z.string()),
  searches: list(
    z.object({ kind: z.string(), query: z.string(), from: z.string().optional(), to: z.string().optional() }),
  ),
  from: z.string().optional(),
  to: z.string().optional(),
  refersTo: list(resource),
  unread: list(z.object({ at: z.int(), text: z.string() })),
});
export const readsResult = named(
  'Reads',
  z.object({
    items: list(
      z.object({
        exchange: z.string(),
        time: ms,
        identity: identity.optional(),
        client: claimedClient,
        session: z.string().optional(),
        connection: z.string().optional(),
        operation: z.string(),
        outcome: z.string(),
        status: z.int().optional(),
        asked,
        range: z.object({ from: ms.optional(), to: ms.optional() }).optional(),
      }),
    ),
    ...page,
  }),
);

const brief = z.object({
  exchange: z.string(),
  time: ms,
  operation: z.string(),
  status: z.int().optional(),
  outcome: z.string(),
  why: z.string().optional(),
  tags: list(z.enum(RISK_TAGS)),
  took: z.number().optional().describe('Milliseconds.'),
});
export const accountResult = named(
  'SessionAccount',
  z.object({
    session: sessionRow,
    lasted: z.number().describe('Milliseconds from the first call to the end of the last.'),
    inCalls: z.number().describe('Milliseconds of all calls together.'),
    reads: list(z.object({ operation: z.string(), calls: z.int(), took: z.number() })),
    metrics: list(z.string()),
    changes: list(changeItem),
    refusals: list(brief),
    errors: list(brief),
    flagged: list(brief).describe('Calls that cost money, blind somebody or show secrets.'),
    beyond: z.int().describe('Later calls that were not looked at.'),
  }),
);

export const impactResult = named(
  'Impact',
  z.object({
    session: sessionRow,
    items: list(
      z.object({
        resource,
        connection: z.string().optional(),
        before: state,
        after: state,
        ...compared,
        exchanges: list(z.string()),
        changedSince: list(z.string()).describe('Exchanges that changed it since.'),
      }),
    ),
  }),
);

export const revertResult = named(
  'RevertPlan',
  z.object({
    of: z.string(),
    steps: list(
      z.object({
        call: z.object({
          operation: z.string(),
          method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']),
          target: z.string(),
          body: json.optional(),
          does: z.enum(['update', 'create', 'delete', 'opposite']),
          kind: z.string(),
          id: z.string(),
        }),
        resource,
        connection: z.string().optional(),
        undoes: list(z.string()),
        cannot: list(z.string()).describe('What it does not put back.'),
        check: z
          .object({
            target: z.string(),
            operation: z.string(),
            pick: z.object({ list: z.string(), by: z.string(), value: z.string() }).optional(),
            expected: state,
            wanted: state,
          })
          .optional()
          .describe('How it is read, what it should be now, and afterwards.'),
        changedSince: list(z.string()),
      }),
    ).describe('In the order in which they are to be sent.'),
    left: list(z.object({ resource, exchange: z.string(), why: list(z.string()) })),
  }),
);
