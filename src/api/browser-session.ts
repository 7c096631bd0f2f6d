// Which session a browser's request is made in, and whether it may change something: the same for every way to sign in.
import type { FastifyRequest } from 'fastify';
import { DogwatchError } from '../exchange/error.ts';
import { RefusedCredential } from '../identity/refused.ts';
import type { ApiOptions } from './context.ts';
import type { WebSession, WebSessions } from './web-sessions.ts';

/** Whose sessions they are, and by which tokens they live. */
export interface BrowserSessions {
  readonly sessions: WebSessions;
  readonly verifier: ApiOptions['verifier'];
}

/**
 * The live session of a cookie, with the token behind it still good; a session whose token was revoked is ended.
 * A change must come from a page of `origin`, with the CSRF token that the page has read.
 *
 * @throws DogwatchError `csrf_refused`
 */
export async function sessionOfBrowser(
  { sessions, verifier }: BrowserSessions,
  { method, headers }: FastifyRequest,
  cookie: string | undefined,
  origin: string,
): Promise<WebSession | undefined> {
  const session = sessions.find(cookie);
  if (session === undefined) return undefined;
  try {
    await verifier.verify(session.token);
  } catch (error) {
    if (!(error instanceof RefusedCredential)) throw error;
    await sessions.end(cookie, 'revoked');
    return undefined;
  }
  if (method === 'GET' || method === 'HEAD') return session;
  const asked = { csrf: headers['x-dogwatch-csrf'], origin: headers.origin, site: headers['sec-fetch-site'] };
  if (sessions.allows(session, asked, origin)) return session;
  throw new DogwatchError('csrf_refused', 'the change came from another site, or without the CSRF token', {
    remedy: 'send the csrf value of GET /auth/session as x-dogwatch-csrf, from a page of this origin',
  });
}
