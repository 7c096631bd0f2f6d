// The shapes of what comes of a revert.
import { z } from 'zod';
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
