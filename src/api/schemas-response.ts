// The shapes of the API's answers about what is done upon findings: containments, approvals, alerts.
import { z } from 'zod';
import { ALERT_EVENTS, ALERT_TARGETS, DELIVERY_STATES } from '../exchange/alert.ts';
import { APPROVAL_STATES } from '../exchange/approval.ts';
import { CONTAINMENT_LEVELS, DETECTORS, SEVERITIES } from '../exchange/finding.ts';
import { ACTIONS } from '../exchange/operation.ts';
import { components } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');
const person = z.object({ id: z.string().describe('issuer#subject'), name: z.string() });

export const containment = named(
  'Containment',
  z.object({
    id: z.string(),
    level: z.enum(CONTAINMENT_LEVELS),
    identity: z.string().optional().describe('issuer#subject; of one that is about an identity.'),
    session: z.string().optional().describe('A session id; of one that is about a session.'),
    rate: z.int().optional().describe('Calls a minute, of `throttle`.'),
    reason: z.string(),
    finding: z.string().optional(),
    by: z.union([person, z.object({ rule: z.string() })]).describe('A person, or a rule of the configuration.'),
    created: ms,
    expires: ms.optional().describe('Absent: until it is released.'),
  }),
);
export const containments = named('Containments', z.object({ items: list(containment) }));

export const approval = named(
  'Approval',
  z.object({
    id: z.string(),
    state: z.enum(APPROVAL_STATES),
    identity: z.object({ issuer: z.string(), subject: z.string(), name: z.string() }),
    session: z.string(),
    connection: z.string(),
    operation: z.string(),
    action: z.enum(ACTIONS),
    method: z.string(),
    target: z.string(),
    exchange: z.string().describe('The exchange that was refused; its record has the body.'),
    rule: z.string().describe('What wants leave for it: a rule of the policy, or `containment:<id>`.'),
    asked: ms,
    expires: ms.describe('Until when it waits: for an answer, or, once approved, for the call.'),
    decided: z.object({ by: person, time: ms, reason: z.string().optional() }).optional(),
    used: z.string().optional().describe('The exchange that went through with it.'),
  }),
);
export const approvals = named('Approvals', z.object({ items: list(approval) }));

const alertRoute = named(
  'AlertRoute',
  z.object({
    name: z.string(),
    to: z.enum(ALERT_TARGETS),
    where: z.string().describe('The host, connection or program behind it; no secret.'),
    match: z.object({
      severity: z.enum(SEVERITIES).describe('At least.'),
      detectors: list(z.enum(DETECTORS)).optional(),
      identities: list(z.string()).optional(),
      connections: list(z.string()).optional(),
    }),
    events: list(z.enum(ALERT_EVENTS)),
  }),
);

export const delivery = named(
  'Delivery',
  z.object({
    id: z.string().describe('The same with every attempt: a receiver knows a repetition by it.'),
    route: z.string(),
    event: z.enum(ALERT_EVENTS),
    state: z.enum(DELIVERY_STATES).describe('`dead`: it was given up, is kept, and can be sent again.'),
    finding: z.string().optional(),
    severity: z.enum(SEVERITIES),
    title: z.string(),
    created: ms,
    attempts: z.int(),
    next: ms.optional().describe('Of the next attempt.'),
    ended: ms.optional().describe('When it was delivered, or given up.'),
    problem: z.string().optional().describe('Why the last attempt failed.'),
  }),
);
export const alerts = named(
  'Alerts',
  z.object({
    routes: list(alertRoute),
    deliveries: list(delivery).describe('Newest first: what is pending or dead, and the latest ones delivered.'),
  }),
);
