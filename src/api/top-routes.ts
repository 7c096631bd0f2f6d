// Routes about what goes on right now: the rates of the last minute, once or every second.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import type { TopOptions, Watch } from '../watch/watch.ts';
import type { Audit } from './audit.ts';
import { eventStream, takenOver } from './event-stream.ts';
import { type Route, route } from './route.ts';
import { topRates } from './schemas-findings.ts';

/** Followers of rates at once: each asks the watch every second. */
const MAX_FOLLOWERS = 16;
const EVERY = 1000;
/** Milliseconds after which the stream ends, so that a token is checked again. */
const LONGEST = 3_600_000;

const query = z.object({
  by: z
    .enum(['identity', 'operation', 'both'])
    .optional()
    .describe(
      "What a row is about: one identity, one operation, or one identity's calls of one operation, when absent.",
    ),
  identity: z.string().min(1).max(4096).optional().describe('Only calls of this one, `issuer#subject`.'),
  connection: z.string().min(1).max(256).optional().describe('Only calls for this one.'),
  limit: z.coerce.number().int().min(1).max(500).optional().describe('Rows, 50 when absent.'),
});

const optionsOf = (asked: z.output<typeof query>): TopOptions =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));

/** @param watch absent where nothing watches */
export function topRoutes({
  watch,
  audit,
  stopping,
}: {
  readonly watch: Pick<Watch, 'top'> | undefined;
  readonly audit: Audit;
  readonly stopping: AbortSignal;
}): Route[] {
  let following = 0;
  const watching = (): Pick<Watch, 'top'> => {
    if (watch) return watch;
    throw new DogwatchError('watch_unavailable', 'nothing watches here', {
      remedy: 'switch the watch on in the configuration',
    });
  };
  return [
    route({
      url: '/api/v1/top',
      summary: 'The rates of the last minute, busiest first.',
      tag: 'response',
      access: 'auditor',
      query,
      answer: { json: topRates },
      async handle({ caller, query: asked }) {
        const rates = await watching().top(optionsOf(asked));
        await audit(caller, 'audit.view', 'looked at the current rates', {});
        return rates;
      },
    }),
    route({
      url: '/api/v1/top/tail',
      summary: 'The rates of the last minute, every second.',
      tag: 'response',
      access: 'auditor',
      query,
      answer: {
        media: 'text/event-stream',
        means:
          'Server-sent events: `top` (TopRates) every second, `unavailable` with `why` while the watch cannot answer, `end`.',
      },
      streams: true,
      async handle({ caller, query: asked, reply }) {
        const options = optionsOf(asked);
        const source = watching();
        if (following >= MAX_FOLLOWERS)
          throw new DogwatchError('overloaded', `${MAX_FOLLOWERS} follow the rates already`, {
            remedy: 'close one, or try again later',
          });
        following += 1;
        try {
          await audit(caller, 'audit.tail', 'followed the current rates', {});
          const stream = eventStream(takenOver(reply));
          const until = AbortSignal.any([stream.gone, stopping, AbortSignal.timeout(LONGEST)]);
          try {
            while (!until.aborted) {
              const [name, data] = await source.top(options).then(
                (rates) => ['top', rates] as const,
                (error: unknown) => {
                  if (!(error instanceof DogwatchError)) throw error;
                  return ['unavailable', { why: error.message }] as const;
                },
              );
              if (!(await stream.event(name, data))) return undefined;
              await sleep(EVERY, undefined, { signal: until, ref: false }).catch(() => undefined);
            }
            await stream.event('end', {
              why: stopping.aborted ? 'the gateway stops' : 'the time is up; connect again',
            });
          } finally {
            stream.end();
          }
        } finally {
          following -= 1;
        }
        return undefined;
      },
    }),
  ];
}
