// The shapes of what comes of a revert, and of a replay.
import { z } from 'zod';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';
import { components } from './schemas.ts';
import { change } from './schemas-changes.ts';

const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();

export const reverted = z.object({
  session: z.string().optional().describe('The session that the calls were recorded in; absent when nothing was sent.'),
  conflicts: list(
    z.object({
      step: z.int(),
      resource: z.string(),
      why: z.string(),
      changes: list(change).optional(),
    }),
  ).describe('What is no longer as the change left it.'),
  results: list(
    z.object({
      step: z.int(),
      resource: z.string(),
      status: z.int(),
      exchange: z.string().nullable(),
      restored: z.boolean().optional().describe('Absent when nothing tells.'),
      differs: list(change).optional(),
      error: z.string().optional().describe('What was answered; the steps after it were not sent.'),
    }),
  ),
});
components.add(reverted, { id: 'Reverted' });

const divergence = z.object({
  where: z.enum(['status', 'shape', 'value']),
  path: z.string(),
  recorded: z.unknown().optional(),
  actual: z.unknown().optional(),
  because: z.string(),
});
/** One call of a replay: the event `step`. */
export const replayStep = z.object({
  n: z.int(),
  exchange: z.string(),
  time: z.number().describe('Milliseconds since the epoch.'),
  operation: z.string(),
  action: z.enum(ACTIONS).optional(),
  risk: z.enum(RISK_LEVELS).optional(),
  tags: list(z.enum(RISK_TAGS)),
  method: z.string().optional(),
  target: z.string().optional(),
  how: z.enum(['executed', 'from-recording', 'skipped', 'stepped-over']),
  why: z.string().optional(),
  status: z.object({ recorded: z.int().optional(), actual: z.int().optional() }),
  changes: list(
    z.object({
      kind: z.string(),
      id: z.string(),
      effect: z.enum(['created', 'updated', 'deleted']),
      changes: list(change),
    }),
  ),
  divergences: list(divergence),
});
components.add(replayStep, { id: 'ReplayStep' });
/** What a whole replay came to: the event `done`. Its steps have been told. */
export const replayDone = z.object({
  session: z.string(),
  against: z.string(),
  verified: z.object({ entries: z.int(), size: z.int(), origin: z.string() }),
  origin: z.object({ resources: z.int(), calls: z.int(), guessed: list(z.string()) }),
  impact: list(
    z.object({
      kind: z.string(),
      id: z.string(),
      recordedId: z.string().optional(),
      connection: z.string(),
      title: z.string().optional(),
      effect: z.enum(['created', 'updated', 'deleted', 'unchanged']),
      before: z.unknown().optional(),
      after: z.unknown().optional(),
      changes: list(change),
      steps: list(z.int()),
      risk: z.enum(RISK_LEVELS),
      tags: list(z.enum(RISK_TAGS)),
      asRecorded: z.boolean().optional(),
      divergences: list(divergence),
    }),
  ),
  ids: list(z.tuple([z.string(), z.string()]).readonly()),
  missing: list(z.object({ kind: z.string(), id: z.string(), because: z.string() })),
  divergences: z.int(),
});
components.add(replayDone, { id: 'ReplayDone' });
