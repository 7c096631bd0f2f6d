// Routes that do a session again, or undo it: the replay in a sandbox, and the revert through the gateway under the caller's own name.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import { applyPlan, conflictsOf } from './apply-revert.ts';
import type { Caller } from './audit.ts';
import type { ReplaySession } from './context.ts';
import { eventStream, takenOver } from './event-stream.ts';
import type { Inquiries } from './inquiries.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Records } from './records.ts';
import { type Route, route } from './route.ts';
import { reverted } from './schemas-acts.ts';

/** Replays at once: each has a thread, and a sandbox in memory. */
const MAX_REPLAYS = 2;
/** Milliseconds that a replay may take. */
const LONGEST = 300_000;

export interface ActRoutesOptions {
  readonly records: Records;
  readonly inquiries: Inquiries;
  /** Where the gateway is reached from this machine. */
  readonly gatewayUrl: string;
  readonly replay?: ReplaySession;
  readonly stopping: AbortSignal;
}

const id = z.string().min(1).max(256);
const numbers = z
  .string()
  .regex(/^(\d{1,5}(,(?=\d)|$)){0,1000}$/, 'expected numbers of calls, separated by commas')
  .transform((text) => (text === '' ? [] : text.split(',').map(Number)));

export function actRoutes(options: ActRoutesOptions): Route[] {
  const { records, inquiries, gatewayUrl, replay, stopping } = options;
  const inTurn = oneAtATime();
  let replays = 0;

  return [
    route({
      url: '/api/v1/sessions/:id/replay',
      summary: 'Do a session again in a fresh sandbox, call by call. Nothing reaches Datadog.',
      tag: 'record',
      access: 'auditor',
      params: z.object({ id }),
      query: z.object({
        skip: numbers.default([]).describe('Calls that are left out, by their number in the session.'),
        until: z.coerce.number().int().min(1).max(100_000).optional().describe('The last call that is replayed.'),
      }),
      answer: {
        media: 'text/event-stream',
        means:
          'Server-sent events: `begin` ({calls}), `step` for each call (ReplayStep), `done` (ReplayDone) or `failed` (Error); then the end.',
      },
      streams: true,
      async handle({ caller, params, query, reply }) {
        if (replay === undefined) throw new DogwatchError('not_found', 'this process does not replay');
        if (replays >= MAX_REPLAYS)
          throw new DogwatchError('overloaded', `${MAX_REPLAYS} replays run already`, {
            remedy: 'try again when one has ended',
          });
        replays += 1;
        try {
          const proofs = await records.recording(caller, params.id, 'sandbox');
          const stream = eventStream(takenOver(reply));
          const signal = AbortSignal.any([stream.gone, stopping, AbortSignal.timeout(LONGEST)]);
          const wanted = { skip: query.skip, ...(query.until !== undefined && { until: query.until }) };
          try {
            for await (const { event, data } of replay(params.id, proofs, wanted, signal)) {
              if (!(await stream.event(event, data))) break;
            }
          } catch (error) {
            const told =
              error instanceof DogwatchError
                ? error
                : new DogwatchError('internal', 'a defect in Dogwatch; its log has the details');
            const { code, message, remedy } = told;
            await stream.event('failed', { error: { code, message, ...(remedy !== undefined && { remedy }) } });
          }
          stream.end();
        } finally {
          replays -= 1;
        }
        return undefined;
      },
    }),
    route({
      method: 'POST',
      url: '/api/v1/revert/:id/apply',
      summary: 'Undo a session or an exchange: the calls go through the gateway under the name of the caller.',
      tag: 'record',
      access: 'operator',
      params: z.object({ id }),
      body: z.object({
        force: z.boolean().default(false).describe('Also when a resource is no longer as the change left it.'),
      }),
      answer: { json: reverted },
      handle: ({ caller, params, body }) =>
        inTurn(async () => {
          const token = tokenOf(caller);
          const plan = await inquiries.revert(caller, params.id);
          const session = `revert-${plan.of.slice(0, 40).replace(/[^A-Za-z0-9._-]/g, '-')}-${randomBytes(3).toString('hex')}`;
          const target = { gateway: gatewayUrl, token, session };
          const conflicts = await conflictsOf(plan, target);
          if (conflicts.length > 0 && !body.force) return { conflicts, results: [] };
          return { session, conflicts, results: await applyPlan(plan, target) };
        }),
    }),
  ];
}

function tokenOf(caller: Caller): string {
  const token = caller.token?.();
  if (token !== undefined) return token;
  throw new DogwatchError('token_bad_audience', 'the local operator has no name of its own at the gateway', {
    remedy: 'sign in through an identity provider, or use `dogwatch revert --apply` with a token of yours',
  });
}
