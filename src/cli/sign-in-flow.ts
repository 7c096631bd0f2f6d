// What `dogwatch login` does: asks the company's provider, by a browser on this machine or by a device code, and the gateway for a token.
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as client from 'openid-client';
import { z } from 'zod';
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { isLoopbackHost } from '../identity/loopback.ts';

/** Milliseconds that somebody has to sign in. */
const PATIENCE = 10 * 60_000;
const TIMEOUT = 15_000;
const MAX_ANSWER = 1 << 20;

const provider = z.object({
  name: z.string(),
  kind: z.enum(['oidc', 'saml']),
  issuer: z.string().optional(),
  clientId: z.string().optional(),
  scopes: z.array(z.string()).optional(),
});
const begun = z.object({ id: z.string(), nonce: z.string(), provider, url: z.string().optional() });
const finished = z.object({
  token: z.string().regex(/^dw_[A-Za-z0-9_-]{43}$/),
  expiresAt: z.number(),
  gateway: z.url(),
  identity: z.object({ name: z.string(), issuer: z.string(), subject: z.string() }),
  roles: z.array(z.string()),
});
const failure = z.object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }) });

export type Finished = z.output<typeof finished>;
type Begun = z.output<typeof begun>;

/** How the person is reached. */
export interface SignInTerminal {
  /** Opens a browser at this URL, and tells the person of it. */
  openBrowser(url: string): void;
  /** Tells the code to type in at that page. */
  showDeviceCode(code: {
    readonly userCode: string;
    readonly url: string;
    readonly complete: string | undefined;
  }): void;
}

export interface SignInFlowOptions {
  /** The gateway's API. */
  readonly api: string;
  readonly provider?: string | undefined;
  readonly way: 'browser' | 'device';
  readonly terminal: SignInTerminal;
  readonly signal?: AbortSignal;
}

/** Signs in. @throws DogwatchError as the API answers, `sign_in_unavailable`, `login_*` */
export async function signIn(options: SignInFlowOptions): Promise<Finished> {
  const { api, way } = options;
  const origin = new URL(api);
  if (origin.protocol !== 'https:' && !isLoopbackHost(origin.hostname)) {
    throw new DogwatchError('usage', `${origin.origin} is no https URL: a token would cross the network in clear`);
  }
  const verifier = client.randomPKCECodeVerifier();
  const challenge = await client.calculatePKCECodeChallenge(verifier);
  const state = randomBytes(32).toString('base64url');
  const loopback = way === 'browser' ? await listenForAnswer(state) : undefined;
  const stop = () => loopback?.close();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const started = begun.parse(
      await post(new URL('/auth/command/begin', origin), {
        ...(options.provider !== undefined && { provider: options.provider }),
        way,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...(loopback && { redirect: { port: loopback.port, state } }),
      }),
    );
    const proof = await proofOf(started, state, loopback, options);
    return finished.parse(
      await post(new URL('/auth/command/finish', origin), { id: started.id, code_verifier: verifier, ...proof }),
    );
  } finally {
    options.signal?.removeEventListener('abort', stop);
    loopback?.close();
  }
}

/** What the gateway is to be shown: an ID token of the OIDC provider, or the one-time code that a SAML sign-in ended with. */
async function proofOf(
  { provider: asked, nonce, url }: Begun,
  state: string,
  loopback: Loopback | undefined,
  { terminal, way, signal }: SignInFlowOptions,
): Promise<{ id_token: string } | { code: string }> {
  if (asked.kind === 'saml') {
    if (loopback === undefined || url === undefined) throw unusable('it answered without a page to sign in at');
    terminal.openBrowser(url);
    const code = (await loopback.answer).searchParams.get('code');
    if (code === null) throw unusable('it sent the browser back without a code');
    return { code };
  }
  const configuration = await discover(asked);
  const scope = (asked.scopes ?? ['openid']).join(' ');
  try {
    if (way === 'device') return await byDevice(configuration, scope, terminal, signal);
    if (loopback === undefined) throw unusable('there is no loopback port');
    const redirectUri = `http://127.0.0.1:${loopback.port}/callback`;
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const target = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    terminal.openBrowser(target.href);
    const answer = await loopback.answer;
    // Checks state, nonce, issuer (RFC 9207), audience and times.
    const tokens = await client.authorizationCodeGrant(configuration, answer, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier,
      idTokenExpected: true,
    });
    return { id_token: tokens.id_token ?? '' };
  } catch (error) {
    throw error instanceof DogwatchError ? error : refusalOf(error);
  }
}

/** RFC 8628. */
async function byDevice(
  configuration: client.Configuration,
  scope: string,
  terminal: SignInTerminal,
  signal: AbortSignal | undefined,
): Promise<{ id_token: string }> {
  if (configuration.serverMetadata().device_authorization_endpoint === undefined) {
    throw new DogwatchError('sign_in_unavailable', 'the identity provider offers no device sign-in', {
      remedy: 'sign in without --device, on a machine with a browser',
    });
  }
  const device = await client.initiateDeviceAuthorization(configuration, { scope });
  terminal.showDeviceCode({
    userCode: device.user_code,
    url: device.verification_uri,
    complete: device.verification_uri_complete,
  });
  const tokens = await client.pollDeviceAuthorizationGrant(configuration, device, undefined, {
    signal: AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])]),
  });
  if (tokens.id_token === undefined) throw unusable('it gave no ID token');
  return { id_token: tokens.id_token };
}

async function discover({ name, issuer = '', clientId = '' }: Begun['provider']): Promise<client.Configuration> {
  const url = URL.parse(issuer);
  const plain = url?.protocol === 'http:' && isLoopbackHost(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !plain)) throw unusable(`${issuer} is no https URL`);
  try {
    return await client.discovery(url, clientId, undefined, client.None(), {
      timeout: TIMEOUT / 1000,
      execute: plain ? [client.allowInsecureRequests] : [],
    });
  } catch (cause) {
    throw new DogwatchError('sign_in_unavailable', `the provider ${name}, ${issuer}, cannot be asked: ${why(cause)}`, {
      cause,
    });
  }
}

interface Loopback {
  readonly port: number;
  /** The URL that the browser was sent to. */
  readonly answer: Promise<URL>;
  close(): void;
}

/** Waits on a port of 127.0.0.1 for the one answer with this state (RFC 8252 section 7.3). */
async function listenForAnswer(state: string): Promise<Loopback> {
  const { promise, resolve, reject } = Promise.withResolvers<URL>();
  promise.catch(() => undefined);
  const server = createServer({ maxHeaderSize: 32 << 10 }, (request, response) => {
    const { port } = server.address() as AddressInfo;
    const answer = answerIn(request, port, state);
    if (answer === undefined) return say(response, 404, 'Nothing is to be found here.');
    // Another page that knows neither port nor state gets nowhere; the first answer with the right state ends it.
    say(response, 200, 'You can close this page and go back to the terminal.');
    resolve(answer);
  });
  server.maxConnections = 16;
  await new Promise<void>((ready, failed) => server.once('error', failed).listen(0, '127.0.0.1', ready));
  const timer = setTimeout(
    () =>
      reject(
        new DogwatchError('login_state_mismatch', 'nobody signed in within ten minutes', {
          remedy: 'run dogwatch login again',
        }),
      ),
    PATIENCE,
  );
  return {
    port: (server.address() as AddressInfo).port,
    answer: promise,
    close() {
      clearTimeout(timer);
      reject(new DogwatchError('login_state_mismatch', 'the sign-in was given up'));
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerIn({ method, url, headers }: IncomingMessage, port: number, state: string): URL | undefined {
  // A name that was rebound to this address is none of ours.
  if (method !== 'GET' || headers.host !== `127.0.0.1:${port}`) return undefined;
  const target = URL.parse(url ?? '', `http://127.0.0.1:${port}`);
  if (target === null || target.pathname !== '/callback') return undefined;
  return target.searchParams.get('state') === state ? target : undefined;
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'referrer-policy': 'no-referrer',
    connection: 'close',
  });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Dogwatch</title><p>${text}</p></html>\n`);
}

/** Posts JSON to the API. @throws DogwatchError as it answers */
async function post(url: URL, body: object): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    text = await response.text();
  } catch (cause) {
    throw new DogwatchError('not_found', `no Dogwatch API answers at ${url.origin} (${why(cause)})`, {
      cause,
      remedy: 'check that the gateway runs, and that $DOGWATCH_API is its API and not the gateway itself',
    });
  }
  let answer: unknown;
  try {
    answer = text.length > MAX_ANSWER ? undefined : JSON.parse(text);
  } catch {
    answer = undefined;
  }
  if (response.ok && answer !== undefined) return answer;
  const known = failure.safeParse(answer);
  if (!known.success) throw new DogwatchError('not_found', `what answers at ${url.origin} is no Dogwatch API`);
  const { code, message, remedy } = known.data.error;
  throw new DogwatchError(
    Object.hasOwn(CODES, code) ? (code as Code) : 'internal',
    message,
    remedy === undefined ? {} : { remedy },
  );
}

const unusable = (what: string): DogwatchError =>
  new DogwatchError('sign_in_unavailable', `the sign-in cannot go on: ${what}`, {
    remedy: 'ask whoever runs the gateway',
  });

function refusalOf(error: unknown): DogwatchError {
  const said =
    error instanceof client.AuthorizationResponseError || error instanceof client.ResponseBodyError
      ? error.error
      : undefined;
  return new DogwatchError(
    'login_provider_refused',
    `the identity provider did not sign you in: ${said ?? why(error)}`,
    {
      cause: error,
      remedy:
        said === 'expired_token'
          ? 'nobody confirmed the code in time; run dogwatch login again'
          : 'run dogwatch login again',
    },
  );
}

function why(error: unknown): string {
  const parts: string[] = [];
  for (let each = error; each instanceof Error && parts.length < 3; each = each.cause) parts.push(each.message);
  return parts.join(': ') || 'unknown';
}
