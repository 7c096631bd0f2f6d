// Routes about findings: list, look, decide, follow; and about the suppressions that dismissals teach.
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import { DETECTORS, FINDING_STATES, SEVERITIES } from '../exchange/finding.ts';
import type { FindingFilter } from '../index/findings.ts';
import type { SearchIndex } from '../index/search-index.ts';
import type { Audit } from './audit.ts';
import { takenOver } from './event-stream.ts';
import { type FindingFeed, followFindings } from './finding-feed.ts';
import { type Findings, SCOPES } from './findings.ts';
import { type Route, route } from './route.ts';
import {
  decidedResult,
  findingCounts,
  findingsResult,
  findingView,
  suppression,
  suppressionsResult,
} from './schemas-findings.ts';
import { SUPPRESSED_FOR } from './suppressions.ts';

/** Followers of findings at once. */
const MAX_FOLLOWERS = 32;

const text = (most: number) => z.string().min(1).max(most);
/** Names out of a list, separated by commas. */
const some = <T extends string>(names: readonly T[], means: string) =>
  z
    .string()
    .max(400)
    .refine(
      (list) => list.split(',').every((name) => (names as readonly string[]).includes(name)),
      `expected ${names.join(', ')}, separated by commas`,
    )
    .optional()
    .describe(means);
const ms = z.coerce.number().int().min(0).max(8.64e15).optional();

const filter = {
  state: some(FINDING_STATES, `Comma-separated: ${FINDING_STATES.join(', ')}.`),
  severity: some(SEVERITIES, `Comma-separated: ${SEVERITIES.join(', ')}.`),
  detector: some(DETECTORS, 'Detectors, comma-separated.'),
  identity: text(4096).optional().describe('Name or subject of the identity, or `issuer#subject`.'),
  connection: text(256).optional(),
  session: text(256).optional(),
  family: text(256).optional().describe('Operation family: the API group of the catalogue.'),
  operation: text(256).optional(),
  cause: text(64).optional().describe('Id of a finding: those that share its cause, itself included.'),
  from: ms.describe('Milliseconds since the epoch: those that lasted into the time from then on.'),
  until: ms.describe('Milliseconds since the epoch: those that began up to then.'),
};
const filterOf = ({
  state,
  severity,
  detector,
  ...rest
}: { readonly [Name in keyof typeof filter]?: z.output<(typeof filter)[Name]> }): FindingFilter => {
  const names = <T extends string>(list: string | undefined) => list?.split(',') as T[] | undefined;
  const all = { ...rest, states: names(state), severities: names(severity), detectors: names(detector) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
};

const id = z.object({ id: text(64).describe('Its id, or the beginning of it, 8 characters at least.') });
const reason = text(1000);

export function findingRoutes({
  findings,
  feed,
  index,
  audit,
  stopping,
}: {
  readonly findings: Findings;
  readonly feed: FindingFeed;
  readonly index: SearchIndex;
  readonly audit: Audit;
  readonly stopping: AbortSignal;
}): Route[] {
  return [
    route({
      url: '/api/v1/findings',
      summary: 'What detectors noticed, newest first.',
      tag: 'response',
      access: 'auditor',
      query: z.object({
        ...filter,
        limit: z.coerce.number().int().min(1).max(500).optional().describe('50 when absent.'),
        cursor: text(64).optional(),
      }),
      answer: { json: findingsResult },
      handle: ({ caller, query: { limit, cursor, ...asked } }) =>
        findings.list(caller, {
          ...filterOf(asked),
          ...(limit !== undefined && { limit }),
          ...(cursor !== undefined && { cursor }),
        }),
    }),
    route({
      url: '/api/v1/findings/counts',
      summary: 'How many findings there are, by state, severity and detector.',
      tag: 'response',
      access: 'auditor',
      query: z.object(filter),
      answer: { json: findingCounts },
      handle: ({ query }) => findings.counts(filterOf(query)),
    }),
    route({
      url: '/api/v1/findings/tail',
      summary: 'Follow findings as they are opened, updated, ended and decided about.',
      tag: 'response',
      access: 'auditor',
      answer: {
        media: 'text/event-stream',
        means:
          'Server-sent events: `finding` with `change` (`opened`, `updated`, `ended`, `decided`) and `finding` (a Finding), `lagging` (the follower was too slow and has missed some; the end), `end`. Comments are heartbeats.',
      },
      streams: true,
      async handle({ caller, reply }) {
        if (feed.followers >= MAX_FOLLOWERS)
          throw new DogwatchError('overloaded', `${MAX_FOLLOWERS} follow findings already`, {
            remedy: 'close one, or try again later',
          });
        await audit(caller, 'audit.tail', 'followed the findings', {});
        await followFindings(takenOver(reply), { feed, index, stopping });
        return undefined;
      },
    }),
    route({
      url: '/api/v1/findings/:id',
      summary:
        'One finding: its rate, what was decided about it, what shares its cause, and exchanges of its evidence.',
      tag: 'response',
      access: 'auditor',
      params: id,
      answer: { json: findingView },
      handle: ({ caller, params }) => findings.one(caller, params.id),
    }),
    route({
      method: 'POST',
      url: '/api/v1/findings/:id/decide',
      summary: 'Acknowledge, dismiss, resolve a finding, or open it again. A dismissal may teach a suppression.',
      tag: 'response',
      access: 'operator',
      params: id,
      body: z.object({
        state: z.enum(FINDING_STATES),
        reason: reason.optional().describe('Must be there for `dismissed`.'),
        suppress: z
          .object({
            for: z.int().min(SUPPRESSED_FOR.least).max(SUPPRESSED_FOR.most).describe('Milliseconds.'),
            scope: z
              .array(z.enum(SCOPES))
              .min(1)
              .max(SCOPES.length)
              .optional()
              .describe('What of the finding is suppressed; all that it tells apart when absent.'),
          })
          .optional()
          .describe('With `dismissed`: do not tell of what is alike.'),
      }),
      answer: { json: decidedResult },
      handle: ({ caller, params, body }) => findings.decide(caller, params.id, body),
    }),
    route({
      url: '/api/v1/suppressions',
      summary: 'The suppressions in force, newest first.',
      tag: 'response',
      access: 'auditor',
      answer: { json: suppressionsResult },
      handle: async ({ caller }) => ({ items: await findings.suppressions(caller) }),
    }),
    route({
      method: 'POST',
      url: '/api/v1/suppressions/:id/revoke',
      summary: 'End a suppression; findings like these are told again.',
      tag: 'response',
      access: 'operator',
      params: id,
      body: z.object({ reason: reason.optional().describe('For the record.') }),
      answer: { json: suppression },
      handle: ({ caller, params, body }) => findings.revoke(caller, params.id, body.reason),
    }),
  ];
}
