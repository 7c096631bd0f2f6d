// Who calls the API: a bearer token of a configured issuer, or of the local operator. Refused ones are entries, within a rate.
import type { FastifyRequest } from 'fastify';
import { newId } from '../exchange/canonical.ts';
import type { RefusedToken } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import { RefusedCredential } from '../identity/refused.ts';
import { type Role, rolesOf } from '../identity/roles.ts';
import type { Caller } from './audit.ts';
import type { ApiOptions } from './context.ts';
import { isLocalOperatorToken, verifyLocalOperator } from './local-operator.ts';
import type { Access } from './route.ts';

export interface Authenticated extends Caller {
  readonly roles: ReadonlySet<Role>;
}

/** Refused tokens that are recorded one by one in a minute; what is more is counted, so that a flood cannot fill the journal. */
const RECORDED_PER_MINUTE = 30;

/** @returns a function that finds the caller of a request, or throws DogwatchError `not_authenticated`, `token_*`, `role_missing` */
export function createAuthenticate(
  options: ApiOptions,
): (request: FastifyRequest, access: Access) => Promise<Authenticated> {
  const record = recordRefusals(options);
  const secret = options.keyring.secret('local-operator');

  async function identify(token: string): Promise<{ identity: Identity; roles: ReadonlySet<Role> }> {
    if (!isLocalOperatorToken(token)) {
      const identity = await options.verifier.verify(token);
      return { identity, roles: rolesOf(identity, options.config.roles) };
    }
    const identity = verifyLocalOperator(secret, options.run.id, token);
    if (!identity) {
      throw new DogwatchError('token_bad_signature', 'the local operator token is not of this run of the gateway', {
        remedy: 'run the command on the machine of the gateway, with its configuration and key',
      });
    }
    return { identity, roles: new Set<Role>(['admin', 'auditor']) };
  }

  return async (request, access) => {
    const token = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      throw new DogwatchError('not_authenticated', 'the API needs a token', {
        remedy: 'send Authorization: Bearer <token> with a token of a configured issuer',
      });
    }
    let known: Awaited<ReturnType<typeof identify>>;
    try {
      known = await identify(token);
    } catch (error) {
      if (error instanceof DogwatchError && error.code.startsWith('token_')) await record(error, token, request);
      throw error;
    }
    if (access !== 'anyone' && access !== 'identified' && !known.roles.has(access)) {
      throw new DogwatchError(
        'role_missing',
        `this needs the role ${access}, which none of the caller's groups gives`,
        {
          remedy: `an admin can name one of the groups under roles.${access} in the configuration`,
        },
      );
    }
    return { ...known, source: request.ip };
  };
}

function recordRefusals({ journal, verifier, log }: ApiOptions) {
  let minute = 0;
  let recorded = 0;
  let suppressed = 0;
  return async (error: DogwatchError, token: string, request: FastifyRequest): Promise<void> => {
    const now = Math.floor(Date.now() / 60_000);
    if (now !== minute) [minute, recorded] = [now, 0];
    if (recorded >= RECORDED_PER_MINUTE) {
      suppressed += 1;
      return;
    }
    recorded += 1;
    const id = newId();
    const claimed = isLocalOperatorToken(token) ? {} : verifier.claimed(token);
    const userAgent = request.headers['user-agent'];
    const summary: RefusedToken = {
      exchange: id,
      code: error.code,
      reason: `API: ${error instanceof RefusedCredential ? error.reason : error.message}`,
      claimed,
      source: request.ip,
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, 512) }),
      ...(suppressed > 0 && { suppressed }),
    };
    suppressed = 0;
    try {
      await journal.append({
        id,
        time: Date.now(),
        kind: 'identity.refused',
        parts: { summary: Buffer.from(JSON.stringify(summary)) },
      });
    } catch (failure) {
      // The caller is refused in any case; a journal that takes nothing must not turn a 401 into something else.
      log.error(
        { code: failure instanceof DogwatchError ? failure.code : 'internal' },
        'a refused token could not be recorded',
      );
    }
  };
}
