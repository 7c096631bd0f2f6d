// The shapes of one exchange: its view, and what it changed.
import { z } from 'zod';
import { PART_NAMES } from '../exchange/entry.ts';
import { ACTIONS, type Resource, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import { asked, claimedClient, components, decision, identity, outcome, resource } from './schemas.ts';
import { boundedChange, imageState } from './schemas-changes.ts';
import type { BoundedChange } from './told-changes.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');
const header = z.tuple([z.string(), z.string()]).readonly();

const body = named(
  'Body',
  z.object({
    size: z.int().describe('Bytes on the wire.'),
    recorded: z.int().describe('Bytes that the journal holds.'),
    redacted: list(z.string()).optional().describe('JSON paths whose values were replaced by fingerprints.'),
    chunks: list(z.int()).optional(),
    sha256: z.string().optional(),
    withheld: z.string().optional().describe('Why it is not held in full.'),
    decoded: z.string().optional().describe('Content coding that was undone before recording.'),
    content: z
      .object({
        encoding: z.enum(['utf8', 'base64']),
        text: z.string(),
        undone: z.string().optional().describe('Content coding that was undone for this answer.'),
        undecodable: z.string().optional().describe('Why the content coding could not be undone.'),
        truncated: z.boolean().describe('There is more: fetch the raw body.'),
      })
      .optional(),
  }),
);

export const exchangeView = named(
  'Exchange',
  z.object({
    id: z.string(),
    leaves: list(z.int()).describe('Leaf numbers of its entries in the journal.'),
    receivedAt: ms,
    session: z.string(),
    identity: identity.optional(),
    client: claimedClient,
    source: z.string(),
    connection: z.string().optional(),
    classification: z.object({
      operation: z.string(),
      action: z.enum(ACTIONS),
      risk: z.enum(RISK_LEVELS),
      tags: list(z.enum(RISK_TAGS)),
      resources: list(resource),
      asked,
    }),
    resources: list(resource).describe('Of the request, and those that only the response could tell.'),
    verdict: z.object({ decision, rule: z.string(), reason: z.string().optional() }),
    request: z.object({
      method: z.string(),
      target: z.string(),
      host: z.string(),
      httpVersion: z.string(),
      headers: list(header),
      body,
    }),
    erasures: list(
      z.object({
        parts: list(z.enum(PART_NAMES)),
        time: ms,
        by: z.string(),
        why: z.string(),
        leaf: z.int().describe('Of the entry that tells of it.'),
      }),
    )
      .optional()
      .describe('What of it has been erased, newest first.'),
    outcome,
    error: z.object({ code: z.string(), message: z.string() }).optional(),
    changes: list(boundedChange)
      .optional()
      .describe('What it did to each resource; absent for reads. Whole states: /api/v1/exchanges/{id}/changes.'),
    response: z.object({ status: z.int(), headers: list(header), trailers: list(header).optional(), body }).optional(),
    timing: z
      .object({ forwarded: z.number().optional(), firstByte: z.number().optional(), completed: z.number() })
      .optional()
      .describe('Milliseconds from receivedAt.'),
  }),
);
export interface ExchangeView extends Omit<z.input<typeof exchangeView>, 'resources' | 'changes'> {
  readonly resources: readonly Resource[];
  readonly changes?: readonly BoundedChange[];
}
export type BodyView = z.input<typeof body>;

export const exchangeChanges = named(
  'ExchangeChanges',
  z.object({
    exchange: z.string(),
    operation: z.string(),
    changes: list(boundedChange.extend({ before: imageState, after: imageState })),
    reaches: list(resource).describe('What it reaches besides: the monitor that a downtime silences.'),
  }),
);
export type ExchangeChangesView = z.input<typeof exchangeChanges>;
