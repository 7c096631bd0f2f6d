// Entries of what was refused to callers of the API, within a rate, so that a flood cannot fill the journal.
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { newId } from '../exchange/canonical.ts';
import type { Entry, RefusedToken } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { RefusedCredential } from '../identity/refused.ts';

/** Refusals that are recorded one by one in a minute; what is more is counted. */
const RECORDED_PER_MINUTE = { 'identity.refused': 30, 'identity.sign-in-refused': 120 };

/** Records one. @returns the entry's id; undefined when it was only counted, or could not be recorded */
export type RecordRefusal = (
  error: DogwatchError,
  request: FastifyRequest,
  claimed?: RefusedToken['claimed'],
) => Promise<string | undefined>;

export function recordRefusals(
  journal: { append(entry: Entry): Promise<unknown> },
  log: Logger,
  kind: 'identity.refused' | 'identity.sign-in-refused',
): RecordRefusal {
  let minute = 0;
  let recorded = 0;
  let suppressed = 0;
  return async (error, request, claimed = {}) => {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, recorded] = [now, 0];
    if (recorded >= RECORDED_PER_MINUTE[kind]) {
      suppressed += 1;
      return undefined;
    }
    recorded += 1;
    const id = newId();
    const userAgent = request.headers['user-agent'];
    const reason = error instanceof RefusedCredential ? error.reason : error.message;
    const summary: RefusedToken = {
      exchange: id,
      code: error.code,
      reason: kind === 'identity.refused' ? `API: ${reason}` : reason,
      claimed,
      source: request.ip,
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 512) }),
      ...(suppressed > 0 && { suppressed }),
    };
    suppressed = 0;
    try {
      await journal.append({ id, time: Date.now(), kind, parts: { summary: Buffer.from(JSON.stringify(summary)) } });
      return id;
    } catch (failure) {
      // The caller is refused in any case; a journal that takes nothing must not turn a 401 into something else.
      log.error(
        { code: failure instanceof DogwatchError ? failure.code : 'internal' },
        'a refusal could not be recorded',
      );
      return undefined;
    }
  };
}
