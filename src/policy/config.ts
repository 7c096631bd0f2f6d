// Configuration of the policy: rules in order, and what holds where none speaks. Composed into dogwatch.yaml by src/config.
import * as z from 'zod';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../exchange/operation.ts';

/** Rule names that Dogwatch's own rules bear in verdicts. */
export const BUILT_IN_RULES = ['connection-read-only', 'unknown-operation', 'default'] as const;

const pattern = z.string().min(1).max(256);
const patterns = z.array(pattern).min(1).max(256);
const decision = z.enum(['allow', 'deny', 'hold']);

/** Every list given must match; a list matches when one of its members does. `*` in a pattern is any run of characters. */
const matchSchema = z.strictObject({
  operations: patterns.optional().describe('Operation keys: v1.UpdateMonitor, v2.*, mcp.*, unknown.*'),
  actions: z.array(z.enum(ACTIONS)).min(1).optional(),
  tags: z.array(z.enum(RISK_TAGS)).min(1).optional().describe('The operation has one of these tags'),
  risk: z.array(z.enum(RISK_LEVELS)).min(1).optional(),
  resources: patterns
    .optional()
    .describe('kind/id. A deny speaks when one resource matches, an allow only when all of them do'),
  groups: patterns.optional().describe('The caller is in one of these groups'),
  notGroups: patterns.optional().describe('The caller is in none of these groups'),
  identities: patterns.optional().describe('Name, subject, or issuer#subject'),
  kinds: z
    .array(z.enum(['agent', 'workload', 'person']))
    .min(1)
    .optional(),
  connections: patterns.optional(),
});

const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower-case letters, digits, dots, dashes, underscores'),
    match: matchSchema.prefault({}),
    when: z.string().min(1).max(2000).optional().describe('A CEL condition; it must also be true'),
    decision: decision.describe('`hold` refuses the call until an operator has approved it; it may be made once then'),
    reason: z.string().min(1).max(500).optional().describe('Told to the caller with a refusal'),
  })
  .describe('The first rule that matches decides');

/** The policy. Rules keep their order. */
export const policySchema = z
  .strictObject({
    default: decision.default('allow').describe('For operations that no rule speaks of'),
    unknown: decision.default('deny').describe('For requests that are no known Datadog operation'),
    rules: z.array(ruleSchema).max(500).default([]),
  })
  .prefault({})
  .superRefine((policy, context) => {
    const seen = new Set<string>(BUILT_IN_RULES);
    for (const [index, rule] of policy.rules.entries()) {
      if (seen.has(rule.name)) {
        const message = `the name ${rule.name} is taken, by another rule or one of Dogwatch's own`;
        context.addIssue({ code: 'custom', path: ['rules', index, 'name'], message });
      }
      seen.add(rule.name);
    }
  });

export type PolicyConfig = z.output<typeof policySchema>;
/** As written in YAML, before defaults. */
export type PolicyConfigInput = z.input<typeof policySchema>;
export type RuleConfig = z.output<typeof ruleSchema>;
export type MatchConfig = z.output<typeof matchSchema>;
