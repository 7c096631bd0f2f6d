// Signing in to the console on the gateway's own machine: whoever holds the key-encryption key gets a link that is good once, for a short time, over loopback.
import { hash, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isLoopback } from '../config/units.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Identity } from '../exchange/identity.ts';
import { RateLimit } from '../identity/rate-limit.ts';
import { RefusedCredential } from '../identity/refused.ts';
import { ROLES } from '../identity/roles.ts';
import { auditInto } from './audit.ts';
import { sessionOfBrowser } from './browser-session.ts';
import type { ApiOptions } from './context.ts';
import { type Cookies, cookiesFor, readCookie } from './cookies.ts';
import { recordRefusals } from './refusals.ts';
import { type WebSession, WebSessions } from './web-sessions.ts';

/** What stands in place of a provider's name; no provider can be called so. */
const PROVIDER = 'dogwatch:local';
/** Links that wait to be followed. */
const MAX_LINKS = 32;
const LINK_LIFETIME = 10 * 60_000;
const IDLE = 60 * 60_000;
const ABSOLUTE = 12 * 60 * 60_000;
/** A refused code costs as much as this many tries. */
const REFUSAL_COST = 5;
/** Set by whatever passes on requests of others: then loopback is not where they come from. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

export interface LocalSignIn {
  /** Milliseconds without a request after which such a session ends. */
  readonly idle: number;
  /** @returns the code of a link, told this once. @throws DogwatchError `too_many_tokens` */
  invite(identity: Identity): { readonly code: string; readonly expiresAt: number };
  /** Signs the browser in that brings a code. @returns a Set-Cookie value. @throws DogwatchError `sign_in_failed`, `login_attempts_exceeded` */
  finish(code: string, request: FastifyRequest): Promise<string>;
  /** The browser's session, with its token still good. A change must come with the CSRF token. @throws DogwatchError `csrf_refused` */
  sessionOf(request: FastifyRequest): Promise<WebSession | undefined>;
  /** Ends the session of the browser. @returns a Set-Cookie value; undefined when there was none */
  leave(request: FastifyRequest): Promise<string | undefined>;
  close(): void;
}

export function createLocalSignIn(options: ApiOptions, now: () => number = Date.now): LocalSignIn {
  const { config, identities: tokens, journal, log, verifier, tls } = options;
  const scheme = tls === undefined ? 'http' : 'https';
  // Strict: no sign-in comes back from elsewhere. The port is in the name since cookies know none.
  const cookies: Cookies = cookiesFor(`${scheme}://localhost`, 'Strict');
  const name = `${cookies.session}-local-${config.api.listen.port}`;
  const audit = auditInto((entry) => journal.append(entry));
  const refused = recordRefusals(journal, log, 'identity.sign-in-refused');
  const limit = new RateLimit({ burst: 60, perSecond: 0.5, now });
  const links = new Map<string, { identity: Identity; until: number }>();

  const sessions = new WebSessions({
    idle: IDLE,
    absolute: ABSOLUTE,
    now,
    async onEnd({ id, identity }, why) {
      await Promise.all([
        tokens.revoke({ by: 'id', id }),
        audit({ identity }, 'identity.sign-out', `a browser's session ended: ${why}`, {
          session: id,
          provider: PROVIDER,
          why,
        }),
      ]).catch((error: unknown) => {
        log.error(
          { code: error instanceof DogwatchError ? error.code : 'internal' },
          'a sign-out could not be completed',
        );
        throw error;
      });
    },
  });

  /** The origin that the browser knows this API by; undefined when the request did not come over loopback, straight. */
  function originOf({ socket, headers }: FastifyRequest): string | undefined {
    const peer = socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
    if (!isLoopback(peer) || FORWARDING.some((header) => headers[header] !== undefined)) return undefined;
    const origin = `${scheme}://${headers.host ?? ''}`;
    // A name that was made to point here (DNS rebinding) is not ours.
    if (!URL.canParse(origin) || !isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ''))) return undefined;
    return new URL(origin).origin;
  }

  /** Codes are looked up by their hash, once: a code that was brought is gone, whoever brought it. */
  function take(code: string): Identity {
    const key = hash('sha256', code, 'base64url');
    const link = links.get(key);
    links.delete(key);
    if (link === undefined) throw new RefusedCredential('login_code_refused', 'a link that is unknown or was used');
    if (link.until <= now()) throw new RefusedCredential('login_code_refused', 'a link whose time was over');
    return link.identity;
  }

  return {
    idle: IDLE,

    invite(identity) {
      const time = now();
      for (const [key, { until }] of links) if (until <= time) links.delete(key);
      if (links.size >= MAX_LINKS) {
        throw new DogwatchError('too_many_tokens', `${MAX_LINKS} links wait to be followed`, {
          remedy: 'follow one of them, or wait until they expire',
        });
      }
      const code = randomBytes(32).toString('base64url');
      const until = time + LINK_LIFETIME;
      links.set(hash('sha256', code, 'base64url'), { identity, until });
      return { code, expiresAt: until };
    },

    async finish(code, request) {
      if (!limit.take(request.ip)) {
        throw new DogwatchError('login_attempts_exceeded', 'too many sign-ins from here', {
          remedy: 'try again in a minute',
        });
      }
      try {
        const origin = originOf(request);
        if (origin === undefined) {
          throw new RefusedCredential('login_code_refused', 'a link that was not followed on this machine');
        }
        const { origin: page, 'sec-fetch-site': site } = request.headers;
        if (page !== origin || (site !== undefined && site !== 'same-origin')) {
          throw new RefusedCredential('login_code_refused', "a code that did not come from the console's own page");
        }
        const identity = take(code);
        const minted = await tokens.mint({ kind: 'login', identity, ttlSeconds: ABSOLUTE / 1000 });
        try {
          await verifier.verify(minted.token);
        } catch (error) {
          await tokens.revoke({ by: 'id', id: minted.id });
          throw error;
        }
        await audit(
          { identity, source: request.ip },
          'identity.sign-in',
          'signed in on the machine of the gateway, in a browser',
          { provider: PROVIDER, way: 'browser', token: minted.id, groups: identity.groups, roles: [...ROLES] },
        );
        await sessions.end(readCookie(request.headers.cookie, name), 'replaced');
        return cookies.set(
          name,
          sessions.begin({ identity, token: minted.token, tokenId: minted.id, provider: PROVIDER }),
        );
      } catch (error) {
        if (!(error instanceof RefusedCredential)) throw error;
        limit.take(request.ip, REFUSAL_COST);
        const id = await refused(error, request);
        log.warn({ code: error.code, reason: error.reason, source: request.ip, entry: id }, 'a sign-in was refused');
        throw new DogwatchError('sign_in_failed', `the sign-in was not accepted${id === undefined ? '' : ` (${id})`}`, {
          remedy:
            'a link is good once, for ten minutes, on the machine of the gateway: `dogwatch console` prints another',
        });
      }
    },

    async sessionOf(request) {
      const cookie = readCookie(request.headers.cookie, name);
      const origin = cookie === undefined ? undefined : originOf(request);
      if (origin === undefined) return undefined;
      return sessionOfBrowser({ sessions, verifier }, request, cookie, origin);
    },

    async leave(request) {
      const cookie = readCookie(request.headers.cookie, name);
      if (cookie === undefined || originOf(request) === undefined || sessions.find(cookie) === undefined)
        return undefined;
      await sessions.end(cookie, 'signed out');
      return cookies.clear(name);
    },

    close: () => sessions.close(),
  };
}
