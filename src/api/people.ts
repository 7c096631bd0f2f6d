// People who are signed in to the API: what a finished sign-in becomes, what ends it, and the entries that tell of both.
import type { FastifyRequest } from 'fastify';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import type { SignedIn } from '../identity/command-sign-in.ts';
import { RateLimit } from '../identity/rate-limit.ts';
import { RefusedCredential } from '../identity/refused.ts';
import { rolesOf } from '../identity/roles.ts';
import type { SignIn } from '../identity/sign-in.ts';
import { auditInto } from './audit.ts';
import { sessionOfBrowser } from './browser-session.ts';
import type { ApiOptions } from './context.ts';
import { type Cookies, cookiesFor, readCookie } from './cookies.ts';
import { type RecordRefusal, recordRefusals } from './refusals.ts';
import { type WebSession, WebSessions } from './web-sessions.ts';

/** A refused request of a sign-in costs as much as this many. */
const REFUSAL_COST = 10;

/** A token for `dogwatch login`. */
export interface CommandToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Where agents reach the gateway. */
  readonly gateway: string;
}

export interface People {
  readonly service: SignIn;
  readonly cookies: Cookies;
  readonly sessions: WebSessions;
  /** The browser's session, with its caller's token still good. A change must come with the CSRF token. @throws DogwatchError `csrf_refused` */
  sessionOf(request: FastifyRequest): Promise<WebSession | undefined>;
  /** Signs a browser in. @returns Set-Cookie values */
  enter(signedIn: SignedIn, request: FastifyRequest): Promise<string[]>;
  /** Gives a command its token. */
  issue(signedIn: SignedIn, way: 'browser' | 'device', request: FastifyRequest): Promise<CommandToken>;
  /** Ends the session of a browser, or the token of a command. @returns whether there was one */
  leave(identity: Identity, request: FastifyRequest): Promise<boolean>;
  /**
   * Runs a step of a sign-in. What is refused becomes an entry, and the caller is told that entry's id alone.
   * @throws DogwatchError `sign_in_failed`, `login_attempts_exceeded`, and those that only tell what everybody may know
   */
  step<T>(request: FastifyRequest, run: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Refusals that say nothing about a credential, but about how the question was put. */
const OPEN = new Set([
  'login_provider_unknown',
  'login_challenge_refused',
  'login_return_refused',
  'sign_in_unavailable',
]);

export function createPeople(options: ApiOptions, service: SignIn): People {
  const { config, journal, log, verifier, identities: tokens, gatewayUrl: gateway } = options;
  const { idle, absolute, token: lifetime } = service.config;
  const cookies = cookiesFor(service.url);
  const audit = auditInto((entry) => journal.append(entry));
  const refused: RecordRefusal = recordRefusals(journal, log, 'identity.sign-in-refused');
  const limit = new RateLimit({ burst: 600, perSecond: 2, now: Date.now });
  const failed = (what: string) => (error: unknown) => {
    log.error({ code: error instanceof DogwatchError ? error.code : 'internal' }, what);
    throw error;
  };

  const sessions = new WebSessions({
    idle: idle * 1000,
    absolute: absolute * 1000,
    now: Date.now,
    async onEnd({ id, identity, provider }, why) {
      const details = { session: id, provider, why };
      await Promise.all([
        tokens.revoke({ by: 'id', id }).catch(failed('the token of a session that ended could not be revoked')),
        audit({ identity }, 'identity.sign-out', `a browser's session ended: ${why}`, details).catch(
          failed('a sign-out could not be recorded'),
        ),
      ]);
    },
  });

  /** A token for somebody whom a provider has just vouched for. One whose identity or provider was revoked gets none. */
  async function mint({ identity }: SignedIn, ttlSeconds: number) {
    const minted = await tokens.mint({ kind: 'login', identity, ttlSeconds });
    try {
      await verifier.verify(minted.token);
      return minted;
    } catch (error) {
      await tokens.revoke({ by: 'id', id: minted.id });
      throw error;
    }
  }

  const details = ({ identity, provider }: SignedIn, id: string, way: string) => ({
    provider,
    way,
    token: id,
    groups: identity.groups,
    roles: [...rolesOf(identity, config.roles)],
  });

  return {
    service,
    cookies,
    sessions,

    async sessionOf(request) {
      const cookie = readCookie(request.headers.cookie, cookies.session);
      return sessionOfBrowser({ sessions, verifier }, request, cookie, service.url);
    },

    async enter(signedIn, request) {
      const { id: tokenId, token } = await mint(signedIn, absolute);
      await audit(
        { identity: signedIn.identity, source: request.ip },
        'identity.sign-in',
        `signed in through ${signedIn.provider}, in a browser`,
        details(signedIn, tokenId, 'browser'),
      );
      // A session that was there before belongs to whoever was there before.
      await sessions.end(readCookie(request.headers.cookie, cookies.session), 'replaced');
      const id = sessions.begin({ ...signedIn, token, tokenId });
      return [cookies.set(cookies.session, id), cookies.clear(cookies.signIn)];
    },

    async issue(signedIn, way, request) {
      const { id, token, expiresAt } = await mint(signedIn, lifetime);
      await audit(
        { identity: signedIn.identity, source: request.ip },
        'identity.sign-in',
        `signed in through ${signedIn.provider}, with dogwatch login`,
        details(signedIn, id, way === 'device' ? 'command-device' : 'command-browser'),
      );
      return { token, expiresAt, gateway };
    },

    async leave(identity, request) {
      const bearer = /^Bearer +([^\s]+) *$/i.exec(request.headers.authorization ?? '')?.[1];
      if (bearer === undefined) {
        const cookie = readCookie(request.headers.cookie, cookies.session);
        const had = sessions.find(cookie) !== undefined;
        await sessions.end(cookie, 'signed out');
        return had;
      }
      if (!bearer.startsWith('dw_') || (await tokens.revoke({ by: 'token', token: bearer })) === 0) return false;
      await audit({ identity, source: request.ip }, 'identity.sign-out', 'signed out with dogwatch logout', {});
      return true;
    },

    async step(request, run) {
      if (!limit.take(request.ip)) {
        throw new DogwatchError('login_attempts_exceeded', 'too many sign-ins from here', {
          remedy: 'try again in a minute',
        });
      }
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof RefusedCredential)) throw error;
        limit.take(request.ip, REFUSAL_COST);
        const id = await refused(error, request);
        log.warn({ code: error.code, reason: error.reason, source: request.ip, entry: id }, 'a sign-in was refused');
        if (OPEN.has(error.code) || error.code === 'login_attempts_exceeded') {
          throw new DogwatchError(error.code, error.message, {
            remedy: 'begin the sign-in anew; `dogwatch check` on the gateway tries the providers',
          });
        }
        const where = id === undefined ? '' : ` (${id})`;
        throw new DogwatchError('sign_in_failed', `the sign-in was not accepted${where}`, {
          remedy: 'begin anew; whoever reads the record finds the reason under the id',
        });
      }
    },

    close: () => sessions.close(),
  };
}
