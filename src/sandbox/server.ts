// The sandbox as an HTTP server: keys checked, bodies bounded, rate-limit headers, faults on request, and the control paths.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { DogwatchError } from '../exchange/error.ts';
import { type Answer, textFailure } from './call.ts';
import { answerControl } from './control.ts';
import { faultFor, noFaults } from './faults.ts';
import { requestLog } from './request-log.ts';
import type { Running } from './running.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

export interface SandboxServer {
  /** `http://127.0.0.1:8126` */
  readonly url: string;
  readonly sandbox: Sandbox;
  close(): Promise<void>;
}

export interface SandboxOptions {
  /** 0 for any free one. */
  readonly port: number;
  readonly host?: string;
  /** The pairs of keys that are good; any pair that looks like one when there are none. */
  readonly keys?: { readonly apiKey: string; readonly appKey: string };
  readonly sandbox?: Sandbox;
}

const MAX_BODY = 32 * 1024 * 1024;
const MAX_DECODED = 64 * 1024 * 1024;

/** Starts a sandbox. @throws DogwatchError `port_in_use` */
export async function startSandbox(options: SandboxOptions): Promise<SandboxServer> {
  const host = options.host ?? '127.0.0.1';
  const running: Running = { sandbox: options.sandbox ?? createSandbox(), log: requestLog(), faults: noFaults };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
    void serve(running, options.keys, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new DogwatchError('port_in_use', `port ${options.port} on ${host} is taken`, {
              remedy: 'Choose another with --port N; 0 takes any free one.',
            })
          : cause,
      );
    });
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    sandbox: running.sandbox,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  running: Running,
  keys: SandboxOptions['keys'],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const raw = await readBody(request);
    if (raw === 'too-large') return send(response, textFailure(413, 'Payload too large'), 0);
    const target = request.url ?? '/';
    if (target.startsWith('/_sandbox/'))
      return send(response, answerControl(running, request.method ?? 'GET', target, raw), 0);
    const fault = faultFor(running.faults, running.log.count);
    if (fault?.delayMs) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    if (fault?.drop) return void request.socket.destroy();
    const decoded = fault?.status === undefined ? decode(raw, request.headers['content-encoding']) : raw;
    const answer: Answer =
      fault?.status !== undefined
        ? textFailure(
            fault.status,
            fault.status === 429 ? 'Rate limit of 1000 requests in 10 seconds reached' : 'Fault asked for',
          )
        : (refuseKeys(request, keys) ??
          (decoded === undefined
            ? textFailure(400, 'The content encoding of the request cannot be undone')
            : running.sandbox.answer({
                method: request.method ?? 'GET',
                target,
                contentType: request.headers['content-type'] ?? '',
                body: decoded,
              })));
    running.log.add({ time: running.sandbox.world.now(), method: request.method ?? '', target, status: answer.status });
    send(response, answer, running.log.count, request.method === 'HEAD');
  } catch (error) {
    if (!response.headersSent) send(response, textFailure(500, 'Internal error of the sandbox'), 0);
    else response.destroy();
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  }
}

const LIMIT = 1000;
const PERIOD = 10;

function send(response: ServerResponse, { status, body, type, bytes }: Answer, count: number, head = false): void {
  const content =
    bytes ??
    (body === undefined || status === 204
      ? ''
      : type !== undefined && typeof body === 'string'
        ? body
        : JSON.stringify(body));
  const headers: Record<string, string | number> = {
    'x-ratelimit-limit': LIMIT,
    'x-ratelimit-period': PERIOD,
    'x-ratelimit-remaining': LIMIT - (count % LIMIT),
    'x-ratelimit-reset': PERIOD - (Math.floor(Date.now() / 1000) % PERIOD),
    'x-ratelimit-name': 'sandbox',
  };
  if (content.length > 0) headers['content-type'] = type ?? 'application/json';
  if (status !== 204 && status !== 304) headers['content-length'] = Buffer.byteLength(content);
  response.writeHead(status, headers);
  response.end(head ? undefined : content);
}

/** Datadog's answers to keys that are missing, or, when the sandbox was given a pair, not that pair. */
function refuseKeys({ headers, url = '' }: IncomingMessage, keys: SandboxOptions['keys']): Answer | undefined {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  const bearer = headers.authorization?.replace(/^Bearer /i, '');
  const apiKey = one(headers['dd-api-key']) ?? query.get('api_key') ?? bearer;
  const appKey = one(headers['dd-application-key']) ?? query.get('application_key') ?? bearer;
  if (!apiKey) return textFailure(401, 'Unauthorized');
  if (!keys) return undefined;
  if (apiKey !== keys.apiKey) return textFailure(403, 'Forbidden');
  // Intake and key validation take the API key alone.
  const apiKeyAlone = /^\/api\/v[12]\/(validate|series|check_run|events|logs|distribution_points)(\?|$)/.test(url);
  return apiKeyAlone || appKey === keys.appKey ? undefined : textFailure(403, 'Forbidden');
}

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return 'too-large';
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
}

function decode(raw: Buffer, encoding: string | undefined): Buffer | undefined {
  const options = { maxOutputLength: MAX_DECODED };
  try {
    switch (encoding?.toLowerCase() ?? 'identity') {
      case 'identity':
        return raw;
      case 'gzip':
        return gunzipSync(raw, options);
      case 'deflate':
        return inflateSync(raw, options);
      case 'br':
        return brotliDecompressSync(raw, options);
      case 'zstd':
      case 'zstd1':
        return zstdDecompressSync(raw, options);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
