// The gateway's own addresses, beside Datadog's: where credentials are exchanged for tokens, and what OAuth clients look up first.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type FormAnswer, type FormRequest, MAX_FORM, type TokenEndpoint } from '../identity/token-endpoint.ts';
import { checkFraming } from './framing.ts';
import { headerPairs } from './headers.ts';
import { toDogwatchError } from './refusal.ts';

const FORMS = { '/oauth2/token': 'token', '/oauth2/revoke': 'revoke', '/oauth2/run': 'run' } as const;
const AUTHORIZATION_SERVER = '/.well-known/oauth-authorization-server';
/** Also with a path behind it, as RFC 9728 section 3.1 builds the address for a resource that has one. */
const PROTECTED_RESOURCE = '/.well-known/oauth-protected-resource';
const FORM_TIMEOUT = 10_000;
const MAX_IN_FLIGHT = 32;

export interface IdentityEndpoints {
  /** Whether a request is for one of them. They are no calls to Datadog. */
  takes(req: IncomingMessage): boolean;
  /** Answers it. Never rejects. */
  answer(req: IncomingMessage, res: ServerResponse): Promise<void>;
}

/** Where the metadata of the protected resource is, for `WWW-Authenticate`. */
export const resourceMetadataUrl = (publicUrl: string): string => `${publicUrl}${PROTECTED_RESOURCE}`;

export function createIdentityEndpoints(endpoint: TokenEndpoint, log: Logger): IdentityEndpoints {
  let inFlight = 0;

  async function form(req: IncomingMessage, handle: (request: FormRequest) => Promise<FormAnswer>): Promise<Answer> {
    if (req.method !== 'POST') return { ...plain(405, 'bad_request', 'invalid_request'), headers: { allow: 'POST' } };
    if (inFlight >= MAX_IN_FLIGHT) return plain(503, 'overloaded', 'temporarily_unavailable');
    inFlight += 1;
    try {
      const text = await readText(req);
      if (text === undefined) return plain(413, 'request_too_large', 'invalid_request');
      const { status, body, code } = await handle({
        text,
        contentType: req.headers['content-type'],
        authorization: req.headers.authorization,
        userAgent: req.headers['user-agent'],
        source: req.socket.remoteAddress ?? '',
      });
      return { status, body, ...(code !== undefined && { code }) };
    } finally {
      inFlight -= 1;
    }
  }

  async function answerOf(req: IncomingMessage): Promise<Answer> {
    checkFraming(req, headerPairs(req.rawHeaders));
    const path = req.url ?? '';
    if (path in FORMS) return form(req, endpoint[FORMS[path as keyof typeof FORMS]]);
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      return { ...plain(405, 'bad_request', 'invalid_request'), headers: { allow: 'GET, HEAD' } };
    }
    const body = path === AUTHORIZATION_SERVER ? endpoint.authorizationServer() : endpoint.protectedResource();
    return { status: 200, body };
  }

  return {
    takes({ url = '' }) {
      // The second letter tells nearly all calls apart: Datadog's paths begin with /api, /v1 …
      const second = url.charCodeAt(1);
      if (second !== LETTER_O && second !== DOT) return false;
      return (
        url in FORMS ||
        url === AUTHORIZATION_SERVER ||
        url === PROTECTED_RESOURCE ||
        url.startsWith(`${PROTECTED_RESOURCE}/`)
      );
    },
    async answer(req, res) {
      let answer: Answer;
      try {
        answer = await answerOf(req);
      } catch (thrown) {
        const error = toDogwatchError(thrown);
        if (error.code === 'internal') log.error({ err: error.cause }, 'defect in the token endpoint');
        answer = plain(error.code === 'internal' ? 500 : 400, error.code, 'invalid_request');
      }
      send(req, res, answer);
    },
  };
}

const LETTER_O = 'o'.charCodeAt(0);
const DOT = '.'.charCodeAt(0);

interface Answer {
  readonly status: number;
  readonly body: object;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const plain = (status: number, code: string, error: string): Answer => ({ status, code, body: { error } });

function send(req: IncomingMessage, res: ServerResponse, { status, body, code, headers }: Answer): void {
  if (res.destroyed) return;
  const bytes = Buffer.from(JSON.stringify(body));
  const unread = !req.complete;
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    // RFC 6749 section 5.1: tokens must not be kept by caches.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(code !== undefined && { 'x-dogwatch-error': code }),
    ...(status === 401 && { 'www-authenticate': 'Basic realm="dogwatch"' }),
    ...((status === 429 || status === 503) && { 'retry-after': '1' }),
    ...headers,
    ...(unread && { connection: 'close' }),
  });
  res.end(req.method === 'HEAD' ? undefined : bytes, () => {
    if (unread) req.socket.destroySoon();
  });
}

/** The body as UTF-8; undefined when it is too long. @throws Error when it does not arrive */
async function readText(req: IncomingMessage): Promise<string | undefined> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_FORM) return undefined;
  const timer = setTimeout(() => req.destroy(), FORM_TIMEOUT);
  try {
    const pieces: Buffer[] = [];
    let size = 0;
    for await (const piece of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > MAX_FORM) return undefined;
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString('utf8');
  } finally {
    clearTimeout(timer);
  }
}
