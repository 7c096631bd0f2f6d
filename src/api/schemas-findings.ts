// The shapes of answers about findings, decisions, suppressions and current rates.
import { z } from 'zod';
import { DETECTORS, FINDING_STATES, SEVERITIES } from '../exchange/finding.ts';
import { ACTIONS } from '../exchange/operation.ts';
import { components, row } from './schemas.ts';

const named = <T extends z.ZodType>(id: string, schema: T): T => {
  components.add(schema, { id });
  return schema;
};
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const ms = z.number().describe('Milliseconds since the epoch.');
const person = z.object({ id: z.string().describe('`issuer#subject`'), name: z.string() });

const subjectIdentity = z.object({ issuer: z.string(), subject: z.string(), name: z.string() });

export const findingDecision = named(
  'FindingDecision',
  z.object({
    finding: z.string(),
    state: z.enum(FINDING_STATES),
    reason: z.string().optional(),
    who: person.optional().describe('Absent: it ended by itself.'),
    time: ms,
  }),
);

export const finding = named(
  'Finding',
  z.object({
    id: z.string(),
    detector: z.enum(DETECTORS),
    severity: z.enum(SEVERITIES),
    score: z.number().describe('0 to 100: how unusual it is.'),
    title: z.string().describe('One line with numbers.'),
    reason: z.string().describe('What was seen, why that is unusual, what it may mean.'),
    subject: z.object({
      identity: subjectIdentity.optional(),
      connection: z.string().optional(),
      session: z.string().optional(),
      family: z.string().optional().describe('API group of the catalogue, or `unknown`.'),
      operation: z.string().optional(),
    }),
    started: ms,
    latest: ms,
    ended: ms.optional(),
    noticed: ms,
    measure: z
      .object({
        observed: z.number(),
        low: z.number(),
        high: z.number(),
        unit: z.string(),
        window: z.number().describe('Milliseconds over which it was counted.'),
      })
      .optional()
      .describe('What was counted, beside the usual range.'),
    rate: z
      .object({
        width: z.number().describe('Milliseconds of a point.'),
        points: list(z.object({ time: ms, observed: z.number(), low: z.number(), high: z.number() })),
      })
      .optional()
      .describe('Around the episode, oldest first. Left out of lists.'),
    evidence: z.object({
      exchanges: list(z.string()).describe('The first and the latest ones.'),
      count: z.int().describe('How many exchanges belong to it in all.'),
      query: z.string().describe('Finds them; so does `finding:` with the id.'),
    }),
    cause: z.string().optional().describe('Id of the finding that it shares its cause with.'),
    state: z.enum(FINDING_STATES),
    decisions: list(findingDecision).describe('The latest ones, oldest first: up to 100, in lists 5.'),
    leaf: z.int().describe('Leaf of the latest entry about it.'),
  }),
);

export const findingsResult = named(
  'FindingsResult',
  z.object({
    items: list(finding).describe('Newest first, by when they were noticed.'),
    next: z.string().optional().describe('Give it as `cursor` for the next page; absent on the last one.'),
    indexedThrough: z.int().describe('Leaves of the journal that the answer takes into account.'),
  }),
);

const counted = <T extends readonly [string, ...string[]]>(names: T) => z.partialRecord(z.enum(names), z.int());
export const findingCounts = named(
  'FindingCounts',
  z.object({
    states: counted(FINDING_STATES).readonly(),
    severities: counted(SEVERITIES).readonly().describe('Of those that are open or acknowledged.'),
    detectors: counted(DETECTORS).readonly().describe('Of those that are open or acknowledged.'),
  }),
);

export const findingView = named(
  'FindingView',
  z.object({
    finding,
    related: list(finding).describe('Those that share its cause, newest first.'),
    rows: list(row).describe('Exchanges of its evidence, oldest first.'),
  }),
);

export const suppression = named(
  'Suppression',
  z
    .object({
      id: z.string(),
      detector: z.enum(DETECTORS).optional(),
      identity: z.string().optional().describe('`issuer#subject`'),
      connection: z.string().optional(),
      family: z.string().optional(),
      operation: z.string().optional(),
      reason: z.string(),
      finding: z.string().optional().describe('The finding whose dismissal taught it.'),
      by: person,
      created: ms,
      expires: ms,
    })
    .describe('Findings that match all of what is given are not told until it expires.'),
);

export const suppressionsResult = named('SuppressionsResult', z.object({ items: list(suppression) }));

export const decidedResult = named(
  'DecidedResult',
  z.object({ finding, suppression: suppression.optional().describe('What the dismissal taught.') }),
);

const rates = {
  calls: z.int().describe('In the window.'),
  perSecond: z.number().describe('In the latest ten seconds.'),
  actions: z.record(z.enum(ACTIONS), z.int()).readonly(),
  refusals: z.int().describe('Calls that Dogwatch refused.'),
  errors: z.int().describe('Other calls that ended without an answer, or with a status of 400 or more.'),
};
export const topRates = named(
  'TopRates',
  z.object({
    time: ms,
    window: z.int().describe('Milliseconds over which calls were counted.'),
    total: z.object(rates),
    rows: list(z.object({ identity: subjectIdentity.optional(), operation: z.string().optional(), ...rates })).describe(
      'Busiest first.',
    ),
    more: z.int().describe('Rows that were left out.'),
  }),
);
