// The `retention` section: how long which parts of which records are kept.
import { z } from 'zod';
import { PART_NAMES } from '../exchange/entry.ts';
import { duration } from './unit-schemas.ts';

/** What a rule may be about. */
export const RECORDS = ['reads', 'changes', 'refused', 'audit'] as const;

const rule = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?$/, 'expected lower-case letters, digits, ".", "_" or "-", at most 64')
    .describe('Names the rule in the entries that tell of what it erased.'),
  records: z
    .array(z.enum(RECORDS))
    .min(1)
    .describe(
      '`reads` and `changes` (exchanges by their action), `refused` credentials, `audit` entries of who searched and viewed.',
    ),
  parts: z
    .array(z.enum(PART_NAMES))
    .min(1)
    .prefault(['request', 'response', 'before', 'after'])
    .describe(
      'What is erased: bodies and images before and after a change, or also the summary, which says who, what and when.',
    ),
  after: duration.describe('Age from which on it is erased.'),
});

export const retentionSchema = z
  .strictObject({
    every: duration.prefault('1d').describe('How often the gateway looks for what is due.'),
    rules: z.array(rule).max(64).prefault([]).describe('Without rules everything is kept for good.'),
  })
  .superRefine(({ every, rules }, context) => {
    if (every < 1000) context.addIssue({ code: 'custom', path: ['every'], message: 'must be 1s at least' });
    for (const [at, { name, after }] of rules.entries()) {
      if (after < 1000)
        context.addIssue({ code: 'custom', path: ['rules', at, 'after'], message: 'must be 1s at least' });
      if (rules.findIndex((each) => each.name === name) !== at)
        context.addIssue({ code: 'custom', path: ['rules', at, 'name'], message: `another rule is called ${name}` });
    }
  });

export type RetentionRule = z.output<typeof rule>;
export type Retention = z.output<typeof retentionSchema>;
