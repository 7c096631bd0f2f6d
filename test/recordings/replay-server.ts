// Plays Datadog from recordings: answers each call with what was recorded for it, and checks that it arrived as it was recorded.
import type { TestUpstream } from '../harness/upstream.ts';
import { startTestUpstream } from '../harness/upstream.ts';
import type { RecordedInteraction } from './corpus.ts';

/** Names the recorded interaction that a call repeats. */
export const REPLAY_HEADER = 'x-replay-interaction';

export interface ReplayServer {
  readonly url: string;
  /** Calls that did not arrive as recorded, and how they differed. */
  readonly differing: string[];
  /** Targets as they arrived, by interaction. */
  readonly arrived: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export interface ReplayOptions {
  readonly apiKey: () => string;
  readonly appKey: () => string;
}

export async function startReplayServer(
  corpus: readonly (readonly RecordedInteraction[])[],
  { apiKey, appKey }: ReplayOptions,
): Promise<ReplayServer> {
  const byId = new Map(corpus.flat().map((interaction) => [interaction.id, interaction]));
  const differing: string[] = [];
  const arrived = new Map<string, string>();
  const upstream: TestUpstream = await startTestUpstream((call, response) => {
    const recorded = byId.get(String(call.headers[REPLAY_HEADER]));
    if (!recorded) {
      differing.push(`${call.method} ${call.target}: names no recorded interaction`);
      response.writeHead(404).end();
      return;
    }
    const differ = (what: string): void =>
      void differing.push(`${recorded.id} ${recorded.method} ${recorded.url}: ${what}`);
    const url = new URL(recorded.url);
    const target = url.pathname + url.search;
    if (call.method !== recorded.method) differ(`arrived as ${call.method}`);
    if (meaning(call.target) !== meaning(target)) differ(`arrived as ${call.target}`);
    if (call.headers['x-datadog-host'] !== url.host) differ(`arrived for host ${call.headers['x-datadog-host']}`);
    if (!call.body.equals(recorded.requestBody)) differ('the request body arrived changed');
    if (call.headers['dd-api-key'] !== apiKey()) differ("came without the connection's API key");
    if (call.headers['dd-application-key'] !== appKey()) differ("came without the connection's application key");
    if (arrived.has(recorded.id)) differ('was asked for twice');
    arrived.set(recorded.id, call.target);
    // Bodies are compared here, and there are thousands of them.
    upstream.received.length = 0;
    const headers = { ...recorded.responseHeaders };
    const bodiless = recorded.status === 204 || recorded.status === 304;
    if (!bodiless) headers['content-length'] = String(recorded.responseBody.length);
    response.writeHead(recorded.status, headers).end(recorded.responseBody);
  });
  return { url: upstream.url, differing, arrived, close: upstream.close };
}

/** Path and query as they are meant: recordings write a blank of a query as %20, the client as +. */
function meaning(target: string): string {
  const { pathname, searchParams } = new URL(target, 'http://upstream');
  return JSON.stringify([pathname.split('/').map(decodeURIComponent), [...searchParams]]);
}
