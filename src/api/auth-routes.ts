// Routes by which people sign in and out: browsers by redirects, `dogwatch login` by JSON.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CODES } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { ROLES, rolesOf } from '../identity/roles.ts';
import { MAX_SAML } from '../identity/saml-document.ts';
import type { ApiOptions } from './context.ts';
import { readCookie } from './cookies.ts';
import { LOCAL_ISSUER } from './local-operator.ts';
import type { LocalSignIn } from './local-sign-in.ts';
import type { People } from './people.ts';
import { type Route, route } from './route.ts';
import { authSession, commandBegun, commandToken, providerList, signedOut } from './schemas.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected the name of a provider');
const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected 43 characters of base64url');

const begin = z.object({
  provider: name.optional(),
  way: z.enum(['browser', 'device']),
  code_challenge: z.string().max(128),
  code_challenge_method: z.string().max(16).default('plain'),
  redirect: z.strictObject({ port: z.int().min(1024).max(65_535), state: secret }).optional(),
});
const finish = z.object({
  id: secret,
  // RFC 7636 section 4.1.
  code_verifier: z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/, 'expected a PKCE code verifier'),
  id_token: z.string().max(8192).optional(),
  code: secret.optional(),
});
const samlForm = z.object({ SAMLResponse: z.string().max(MAX_SAML * 2), RelayState: z.string().max(128).default('') });

/** @param people undefined when no provider is configured: the routes are there, and say so */
export function authRoutes({ config }: ApiOptions, people: People | undefined, local?: LocalSignIn): Route[] {
  const here = (): People => {
    if (people !== undefined) return people;
    throw new DogwatchError('login_provider_unknown', 'no identity provider is configured', {
      remedy: 'name one under signIn.providers; an auditor can still use a bearer token of a configured issuer',
    });
  };
  const cookieOf = (request: FastifyRequest) => readCookie(request.headers.cookie, here().cookies.signIn);

  /** A step that a browser takes by navigating: a failure is a page, since nobody reads JSON there. */
  async function navigate(
    request: FastifyRequest,
    reply: FastifyReply,
    run: () => Promise<string>,
  ): Promise<undefined> {
    try {
      const target = await here().step(request, run);
      await reply.redirect(target, 303);
    } catch (error) {
      if (!(error instanceof DogwatchError) || error.code === 'internal') throw error;
      const { [error.code]: info } = CODES;
      reply.code('status' in info ? info.status : 500).type('text/html; charset=utf-8');
      await reply.send(failurePage(error));
    }
    return undefined;
  }

  return [
    route({
      url: '/auth/providers',
      summary: 'The identity providers that people can sign in with.',
      tag: 'sign-in',
      access: 'anyone',
      answer: { json: providerList },
      handle: async () => ({ providers: people === undefined ? [] : [...people.service.providers()] }),
    }),
    route({
      url: '/auth/login',
      summary: 'Begin signing in: sends the browser to the identity provider.',
      tag: 'sign-in',
      access: 'anyone',
      query: z.object({
        provider: name.optional().describe('The first one when absent.'),
        return: z.string().max(1024).optional().describe('A path of this API to come back to.'),
      }),
      answer: { media: 'text/html', means: 'A redirect (303) to the provider.' },
      handle: ({ query, request, reply }) =>
        navigate(request, reply, async () => {
          const { service, cookies } = here();
          const { url, browser } = await service.begin(query.provider, query.return);
          reply.header('set-cookie', cookies.set(cookies.signIn, browser, 900));
          return url;
        }),
    }),
    route({
      url: '/auth/callback',
      summary: "The OIDC provider's answer, brought by the browser (redirect URI).",
      tag: 'sign-in',
      access: 'anyone',
      // Its query is the provider's: what is not known of it is passed over (RFC 6749 section 4.1.2).
      answer: { media: 'text/html', means: 'A redirect (303) to where the sign-in began, with the session cookie.' },
      handle: ({ request, reply }) =>
        navigate(request, reply, async () => {
          const { service } = here();
          const query = request.raw.url?.split('?')[1] ?? '';
          const done = await service.callback(query, cookieOf(request));
          reply.header('set-cookie', await here().enter(done, request));
          return done.returnTo;
        }),
    }),
    route({
      method: 'POST',
      url: '/auth/saml/:provider/acs',
      summary: "The SAML identity provider's response, posted by the browser (assertion consumer service).",
      tag: 'sign-in',
      access: 'anyone',
      params: z.object({ provider: name }),
      bodyLimit: MAX_SAML * 3,
      answer: {
        media: 'text/html',
        means: 'A redirect (303) with a one-time code, on which the sign-in is completed.',
      },
      handle: ({ params, request, reply }) =>
        navigate(request, reply, async () => {
          const form = samlForm.safeParse(formOf(request.body));
          if (!form.success) throw badBody(form.error);
          const { url } = await here().service.consume(params.provider, form.data);
          return url;
        }),
    }),
    route({
      url: '/auth/saml/:provider/complete',
      summary: 'Complete a SAML sign-in: the one-time code, together with the cookie of the browser that began it.',
      tag: 'sign-in',
      access: 'anyone',
      params: z.object({ provider: name }),
      query: z.object({ code: secret }),
      answer: { media: 'text/html', means: 'A redirect (303) to where the sign-in began, with the session cookie.' },
      handle: ({ query, request, reply }) =>
        navigate(request, reply, async () => {
          const done = here().service.complete(query.code, cookieOf(request));
          reply.header('set-cookie', await here().enter(done, request));
          return done.returnTo;
        }),
    }),
    route({
      url: '/auth/saml/:provider/metadata',
      summary: "Dogwatch's own SAML metadata, for the identity provider's configuration.",
      tag: 'sign-in',
      access: 'anyone',
      params: z.object({ provider: name }),
      answer: { media: 'application/samlmetadata+xml', means: 'An EntityDescriptor.' },
      async handle({ params, reply }) {
        const saml = here().service.saml(params.provider);
        if (saml === undefined) throw new DogwatchError('not_found', 'no SAML provider has that name');
        await reply.type('application/samlmetadata+xml').send(saml.metadata());
        return undefined;
      },
    }),
    route({
      method: 'POST',
      url: '/auth/command/begin',
      summary:
        'Begin `dogwatch login`: an S256 challenge in; what to ask the provider for, or where to send the browser, out.',
      tag: 'sign-in',
      access: 'anyone',
      body: begin,
      answer: { json: commandBegun },
      handle: ({ body, request }) =>
        here().step(request, async () => {
          const { provider, way, redirect, code_challenge: challenge, code_challenge_method: method } = body;
          const begun = await here().service.beginCommand({ provider, way, challenge, method, redirect });
          return { ...begun, provider: { ...begun.provider } };
        }),
    }),
    route({
      method: 'POST',
      url: '/auth/command/finish',
      summary:
        "Finish `dogwatch login`: the verifier, with the provider's ID token or the one-time code, in; a token out.",
      tag: 'sign-in',
      access: 'anyone',
      body: finish,
      answer: { json: commandToken },
      handle: ({ body, request }) =>
        here().step(request, async () => {
          const { id, code_verifier: verifier, id_token: idToken, code } = body;
          const { way, ...signedIn } = await here().service.finishCommand({ id, verifier, idToken, code });
          const issued = await here().issue(signedIn, way, request);
          return { ...issued, identity: signedIn.identity, roles: [...rolesOf(signedIn.identity, config.roles)] };
        }),
    }),
    route({
      url: '/auth/session',
      summary: 'Who is signed in, with which roles; in a browser also the CSRF token, and until when.',
      tag: 'sign-in',
      access: 'identified',
      answer: { json: authSession },
      async handle({ caller: { identity }, request }) {
        const roles = identity.issuer === LOCAL_ISSUER ? [...ROLES] : [...rolesOf(identity, config.roles)];
        const bearer = request.headers.authorization !== undefined;
        if (bearer) return { identity, roles };
        const session = await people?.sessionOf(request);
        const { csrf, provider, until } = session ?? (await local?.sessionOf(request)) ?? {};
        const idle = session === undefined ? local?.idle : here().service.config.idle * 1000;
        return { identity, roles, provider, csrf, until, idle };
      },
    }),
    route({
      method: 'POST',
      url: '/auth/logout',
      summary: "Sign out: ends the browser's session, or the token of `dogwatch login`.",
      tag: 'sign-in',
      access: 'identified',
      answer: { json: signedOut },
      async handle({ caller: { identity }, request, reply }) {
        if (request.headers.authorization === undefined) {
          const cookie = await local?.leave(request);
          if (cookie !== undefined) reply.header('set-cookie', cookie);
          if (cookie !== undefined || people === undefined) return { ended: cookie !== undefined };
        }
        if (people === undefined) return { ended: false };
        const { cookies } = people;
        const ended = await people.leave(identity, request);
        if (request.headers.authorization === undefined) reply.header('set-cookie', cookies.clear(cookies.session));
        return { ended };
      },
    }),
  ];
}

/** A form's parameters; one that stands twice is not taken. */
function formOf(body: unknown): Record<string, string> {
  const form: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(typeof body === 'string' ? body : '')) {
    if (Object.hasOwn(form, key)) throw new DogwatchError('bad_parameter', 'a parameter of the form stands twice');
    form[key] = value;
  }
  return form;
}

function badBody({ issues: [issue] }: z.ZodError): DogwatchError {
  return new DogwatchError('bad_parameter', `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is wrong'}`, {
    remedy: '/api/v1/openapi.json tells what is expected',
  });
}

/** Nothing of the request stands in it. */
function failurePage({ message }: DogwatchError): string {
  const text = message.replace(/[^A-Za-z0-9 ().,:'-]/g, ' ');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Dogwatch: not signed in</title><h1>Not signed in</h1><p>${text}.</p><p><a href="/auth/login">Try again</a></p></html>\n`;
}
