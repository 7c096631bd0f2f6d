// Routes of signing in on the gateway's own machine (local-sign-in.ts): a link for the local operator, and the page that follows it.
import { z } from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import { LOCAL_ISSUER } from './local-operator.ts';
import type { LocalSignIn } from './local-sign-in.ts';
import { type Route, route } from './route.ts';
import { localLink, signedIn } from './schemas-local.ts';

export function localRoutes(local: LocalSignIn | undefined): Route[] {
  const here = (): LocalSignIn => {
    if (local !== undefined) return local;
    throw new DogwatchError('not_found', 'there is no signing in on this machine here');
  };
  return [
    route({
      method: 'POST',
      url: '/auth/local/begin',
      summary: 'A one-time code for the console, for the local operator alone (`dogwatch console`).',
      tag: 'sign-in',
      access: 'admin',
      answer: { json: localLink },
      async handle({ caller: { identity }, request }) {
        // A session that came of a link makes no other links: each one goes back to who holds the key.
        if (identity.issuer !== LOCAL_ISSUER || request.headers.authorization === undefined) {
          throw new DogwatchError('role_missing', 'only the local operator can have a link', {
            remedy: 'run `dogwatch console` on the machine of the gateway',
          });
        }
        return here().invite(identity);
      },
    }),
    route({
      method: 'POST',
      url: '/auth/local/finish',
      summary:
        "Follow a one-time link: the code in, the session cookie out. Over loopback, from the console's own page.",
      tag: 'sign-in',
      access: 'anyone',
      body: z.object({
        code: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 43 characters of base64url'),
      }),
      answer: { json: signedIn },
      async handle({ body, request, reply }) {
        reply.header('set-cookie', await here().finish(body.code, request));
        return { signedIn: true as const };
      },
    }),
  ];
}
