// A Datadog for tests: notes every request that reaches it, and answers as the test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { closeHttp, listen } from './listening.ts';

/** A request as it came out of the gateway. */
export interface ReceivedCall {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Respond = (call: ReceivedCall, response: ServerResponse) => void;

export interface TestUpstream {
  readonly url: string;
  /** Every request whose body arrived in full, in order. */
  readonly received: ReceivedCall[];
  /** Requests whose head arrived, in full or not. */
  readonly heads: () => number;
  /** How the next calls are answered. */
  respond: Respond;
  close(): Promise<void>;
}

/** An answer that tells what was asked, so that request and response can be told to belong together. */
export const echo: Respond = (call, response) => {
  const bytes = Buffer.from(
    JSON.stringify({ id: 1, method: call.method, target: call.target, length: call.body.length }),
  );
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
};

/** Starts the upstream on an ephemeral port of 127.0.0.1. */
export async function startTestUpstream(respond: Respond = echo): Promise<TestUpstream> {
  let heads = 0;
  const server = createServer((request, response) => {
    heads++;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const call = {
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      upstream.received.push(call);
      upstream.respond(call, response);
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listen(server);
  const upstream: TestUpstream = {
    url: `http://127.0.0.1:${port}`,
    received: [],
    heads: () => heads,
    respond,
    close: () => closeHttp(server),
  };
  return upstream;
}
