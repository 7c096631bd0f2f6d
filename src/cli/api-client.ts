// Asks a gateway's API, as `dogwatch search` and the like do when one runs.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { z } from 'zod';
import type { ExchangeView } from '../api/schemas-exchange.ts';
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Page, Row, SessionRow } from '../index/search-index.ts';
import { apiExplore } from './explore-source.ts';
import { apiFindings } from './finding-source.ts';
import type { PageQuery, RecordSource, SessionPage } from './record-source.ts';

export interface ApiAddress {
  readonly url: string;
  readonly token: string;
  /** File of the one certificate to trust, for the API of this machine's own configuration. */
  readonly certificate?: string;
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }) });
const MAX_ANSWER = 128 << 20;

type Query = Readonly<Record<string, string | number | undefined>>;

interface Client {
  ask(
    path: string,
    query?: Query,
    options?: { method?: 'GET' | 'POST'; patience?: number; body?: object },
  ): Promise<IncomingMessage>;
}

function clientOf({ url, token, certificate }: ApiAddress): Client {
  // The certificate of one's own configuration need not name the loopback address.
  const trust =
    certificate === undefined ? {} : { ca: readFileSync(certificate), checkServerIdentity: () => undefined };
  return {
    async ask(path, query = {}, { method = 'GET', patience = 60_000, body } = {}) {
      const target = new URL(path, url);
      for (const [name, value] of Object.entries(query))
        if (value !== undefined) target.searchParams.set(name, String(value));
      const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(target, {
        method,
        agent: false,
        timeout: patience,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...trust,
      });
      request.on('timeout', () => request.destroy(new Error(`silent for ${patience / 1000} seconds`)));
      request.end(body && JSON.stringify(body));
      const [response] = (await once(request, 'response').catch((cause: unknown) => {
        throw new DogwatchError('not_found', `no Dogwatch API answers at ${target.origin} (${reasonOf(cause)})`, {
          cause,
          remedy: 'check that the gateway runs, and that $DOGWATCH_API is its API and not the gateway itself',
        });
      })) as [IncomingMessage];
      if ((response.statusCode ?? 0) < 300) return response;
      throw failureOf(response.statusCode ?? 0, await textOf(response));
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_ANSWER)
      throw new DogwatchError('bad_parameter', `the answer is longer than ${MAX_ANSWER} bytes`, {
        remedy: 'ask for less',
      });
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Has the running gateway do something; resolves when it has. @returns its answer */
export async function askGateway<T>(
  address: ApiAddress,
  path: '/api/v1/connections/reload' | '/api/v1/index/rebuild',
): Promise<T> {
  // Building an index anew takes as long as it takes.
  return JSON.parse(await textOf(await clientOf(address).ask(path, {}, { method: 'POST', patience: 0 }))) as T;
}

/** Asks the API for JSON; takes as long as it takes. */
export async function askApi<T>(address: ApiAddress, method: 'GET' | 'POST', path: string, query: Query): Promise<T> {
  return JSON.parse(await textOf(await clientOf(address).ask(path, query, { method, patience: 0 }))) as T;
}

/** Sends JSON to the API. @returns its answer */
export async function sendApi<T>(address: ApiAddress, path: string, body: object): Promise<T> {
  return JSON.parse(await textOf(await clientOf(address).ask(path, {}, { method: 'POST', body }))) as T;
}

/** The record behind an API. */
export function apiRecords(address: ApiAddress): RecordSource {
  const client = clientOf(address);
  const json = async <T>(path: string, query: Query = {}): Promise<T> =>
    JSON.parse(await textOf(await client.ask(path, query))) as T;
  const line = ({ query, limit, cursor, timeZone }: PageQuery) => ({ q: query, limit, cursor, tz: timeZone });
  const exchange = (id: string, what = '') => `/api/v1/exchanges/${encodeURIComponent(id)}${what}`;

  return {
    where: `the gateway at ${new URL(address.url).origin}`,
    live: true,
    explore: apiExplore({ ask: client.ask, text: textOf }),
    findings: apiFindings({ ask: client.ask, text: textOf, events: eventsOf }),
    ask: {
      history: (request) => json('/api/v1/history', { ...request }),
      changes: ({ query: q, timeZone: tz, ...request }) => json('/api/v1/changes', { ...request, q, tz }),
      reads: ({ query: q, timeZone: tz, ...request }) => json('/api/v1/reads', { ...request, q, tz }),
      account: (id) => json(`/api/v1/sessions/${encodeURIComponent(id)}/account`),
      impact: (id) => json(`/api/v1/sessions/${encodeURIComponent(id)}/impact`),
      revert: (id) => json(`/api/v1/revert/${encodeURIComponent(id)}`),
    },
    search: ({ order, ...page }) => json<Page<Row>>('/api/v1/search', { ...line(page), order }),
    sessions: (page) => json<Page<SessionRow>>('/api/v1/sessions', line(page)),
    session: (id, page) => json<SessionPage>(`/api/v1/sessions/${encodeURIComponent(id)}`, { ...page }),
    exchange: (id) => json<ExchangeView>(exchange(id)),
    har: (id) => json<object>(exchange(id, '/har')),
    curl: async (id) => textOf(await client.ask(exchange(id, '/curl'))),
    proof: (id, without) => client.ask(exchange(id, '/proof'), without.length > 0 ? { without: without.join() } : {}),
    recording: async (session, against) => ({
      keys: await textOf(await client.ask('/tlog/vkey')),
      proofs: await client.ask(`/api/v1/sessions/${encodeURIComponent(session)}/recording`, { against }),
    }),
    async *tail({ query, last, timeZone }) {
      // Heartbeats come every 15 seconds.
      const body = await client.ask('/api/v1/tail', { q: query, last, tz: timeZone });
      for await (const { event, data } of eventsOf(body)) {
        if (event === 'row') yield JSON.parse(data) as Row;
        if (event === 'lagging') {
          throw new DogwatchError('overloaded', 'the tail fell behind and has missed rows', {
            remedy: 'follow fewer with a narrower query',
          });
        }
      }
    },
    close: async () => undefined,
  };
}

function failureOf(status: number, text: string): DogwatchError {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const known = refusal.safeParse(body);
  if (!known.success) {
    return new DogwatchError('not_found', `what answers there with status ${status} is no Dogwatch API`, {
      remedy: 'check $DOGWATCH_API',
    });
  }
  const { code, message, remedy } = known.data.error;
  return new DogwatchError(
    Object.hasOwn(CODES, code) ? (code as Code) : 'internal',
    message,
    remedy === undefined ? {} : { remedy },
  );
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error
    ? ('code' in cause && typeof cause.code === 'string' && cause.code) || cause.message
    : 'unknown';

/** Server-sent events of a stream (WHATWG HTML section 9.2.6), as far as Dogwatch sends them. */
async function* eventsOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const decoder = new TextDecoder();
  let buffer = '';
  for await (const piece of stream) {
    buffer += decoder.decode(piece, { stream: true });
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const block = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      let event = 'message';
      const data: string[] = [];
      for (const line of block.split('\n')) {
        if (line.startsWith('event: ')) event = line.slice(7);
        if (line.startsWith('data: ')) data.push(line.slice(6));
      }
      if (data.length > 0) yield { event, data: data.join('\n') };
    }
  }
}
