// The demo's upstream: a small Datadog-shaped server with state, until the sandbox takes its place. Loopback only.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, datadogRoutes, failure, type Route } from './upstream-routes.ts';

/** The longest request body that is read. */
const MAX_BODY = 4 << 20;

/** A running upstream, and the only keys it accepts. */
export interface DemoUpstream {
  readonly url: string;
  readonly apiKey: string;
  readonly appKey: string;
  close(): Promise<void>;
}

/**
 * Starts the upstream on an ephemeral port of 127.0.0.1, with fresh random keys.
 *
 * It answers the calls of `upstream-routes.ts`; all others are a 404 in Datadog's error shape, and calls without
 * both keys a 403, as Datadog says it.
 */
export async function startUpstream(now: () => number = Date.now): Promise<DemoUpstream> {
  const apiKey = randomBytes(16).toString('hex');
  const appKey = randomBytes(20).toString('hex');
  const routes = datadogRoutes(now);
  const server = createServer((request, response) => {
    answer(request, routes, apiKey, appKey)
      .catch((error: unknown) => failure(500, error instanceof Error ? error.message : 'internal error'))
      .then((result) => send(response, result));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    appKey,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  routes: readonly Route[],
  apiKey: string,
  appKey: string,
): Promise<Answer> {
  const body = await readBody(request);
  if (body === 'too long') return failure(413, 'Payload too large');
  const url = new URL(request.url ?? '/', 'http://upstream');
  if (!same(request.headers['dd-api-key'], apiKey)) return failure(403, 'Forbidden');
  // Datadog's own validation call asks for the API key alone.
  if (url.pathname === '/api/v1/validate') return { status: 200, body: { valid: true } };
  if (!same(request.headers['dd-application-key'], appKey)) return failure(403, 'Forbidden');
  let json: unknown;
  try {
    json = body === '' ? undefined : JSON.parse(body);
  } catch {
    return failure(400, 'Invalid JSON');
  }
  for (const route of routes) {
    const match = route.method === request.method ? route.path.exec(url.pathname) : null;
    if (match) return route.answer({ id: match[1] ?? '', query: url.searchParams, body: json });
  }
  return failure(404, 'Not found');
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-ratelimit-limit': '1000',
    'x-ratelimit-period': '60',
    'x-ratelimit-remaining': '999',
    'x-ratelimit-reset': '60',
  });
  response.end(bytes);
}

async function readBody(request: IncomingMessage): Promise<string | 'too long'> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) return 'too long';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Compares in constant time, whatever the lengths. */
function same(given: string | string[] | undefined, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return typeof given === 'string' && timingSafeEqual(digest(given), digest(expected));
}
