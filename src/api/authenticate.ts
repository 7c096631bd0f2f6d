// Who calls the API: a bearer token of a configured issuer, of Dogwatch or of the local operator, or a browser that is signed in. Refused ones are entries, within a rate.
import type { FastifyRequest } from 'fastify';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import { givesRoles } from '../identity/credential.ts';
import type { Grant } from '../identity/grant.ts';
import { ROLES, type Role, rolesOf } from '../identity/roles.ts';
import type { Caller } from './audit.ts';
import type { ApiOptions } from './context.ts';
import { isLocalOperatorToken, verifyLocalOperator } from './local-operator.ts';
import type { LocalSignIn } from './local-sign-in.ts';
import type { People } from './people.ts';
import { recordRefusals } from './refusals.ts';
import type { Access } from './route.ts';

interface Known {
  readonly identity: Identity;
  readonly roles: ReadonlySet<Role>;
  readonly grant?: Grant;
  readonly token?: () => string;
}

export interface Authenticated extends Caller {
  readonly roles: ReadonlySet<Role>;
}

/** @returns a function that finds the caller of a request, or throws DogwatchError `not_authenticated`, `token_*`, `role_missing` */
export function createAuthenticate(
  options: ApiOptions,
  people: People | undefined,
  local: LocalSignIn | undefined,
): (request: FastifyRequest, access: Access) => Promise<Authenticated> {
  const record = recordRefusals(options.journal, options.log, 'identity.refused');
  const secret = options.keyring.secret('local-operator');

  async function identify(token: string): Promise<Known> {
    if (!isLocalOperatorToken(token)) {
      const credential = await options.verifier.check(token);
      const { identity, grant } = credential;
      const roles = givesRoles(credential) ? rolesOf(identity, options.config.roles) : new Set<Role>();
      return { identity, roles, ...(grant !== undefined && { grant }), token: () => token };
    }
    const identity = verifyLocalOperator(secret, options.run.id, token);
    if (!identity) {
      throw new DogwatchError('token_bad_signature', 'the local operator token is not of this run of the gateway', {
        remedy: 'run the command on the machine of the gateway, with its configuration and key',
      });
    }
    return { identity, roles: new Set(ROLES) };
  }

  return async (request, access) => {
    const token = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    let known: Known;
    // A request with an Authorization header is never taken for the browser's: the one who wrote it meant that.
    const session = request.headers.authorization === undefined ? await people?.sessionOf(request) : undefined;
    const here =
      session === undefined && request.headers.authorization === undefined
        ? await local?.sessionOf(request)
        : undefined;
    if (session !== undefined) {
      const { identity } = session;
      known = { identity, roles: rolesOf(identity, options.config.roles), token: () => session.token };
    } else if (here !== undefined) {
      known = { identity: here.identity, roles: new Set(ROLES), token: () => here.token };
    } else if (token === undefined) {
      throw new DogwatchError('not_authenticated', 'the API needs a token', {
        remedy: 'send Authorization: Bearer <token> with a token of a configured issuer, or sign in at /auth/login',
      });
    } else {
      try {
        known = await identify(token);
      } catch (error) {
        if (error instanceof DogwatchError && error.code.startsWith('token_')) {
          await record(error, request, isLocalOperatorToken(token) ? {} : options.verifier.claimed(token));
        }
        throw error;
      }
    }
    options.operators?.note(known.identity);
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
