// Server-sent events (WHATWG HTML section 9.2) to one follower, who is let go when it does not read what it is sent.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';

export interface EventStream {
  /** Aborts when the follower has gone. */
  readonly gone: AbortSignal;
  /** Sends an event of JSON. @returns whether the follower has taken it */
  event(name: string, data: unknown): Promise<boolean>;
  /** A comment, which keeps the connection alive. */
  comment(text: string): Promise<boolean>;
  end(): void;
}

/** Takes the answer out of Fastify's hands, with the headers it has so far. */
export function takenOver(reply: FastifyReply): ServerResponse {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}

/**
 * Begins the answer. Its head must not have been sent.
 * @param patience milliseconds that the follower may take to read what was sent
 */
export function eventStream(response: ServerResponse, patience = 10_000): EventStream {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  response.flushHeaders();

  async function write(text: string): Promise<boolean> {
    if (response.destroyed) return false;
    if (response.write(text)) return true;
    const waited = await Promise.race([
      once(response, 'drain', { signal: gone.signal }).then(
        () => true,
        () => false,
      ),
      sleep(patience, false, { ref: false }),
    ]);
    if (!waited) response.destroy();
    return waited;
  }

  return {
    gone: gone.signal,
    event: (name, data) => write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
    comment: (text) => write(`: ${text}\n\n`),
    end: () => response.end(),
  };
}
