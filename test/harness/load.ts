// Load for the kill rig: agents that call without pause, and remember exactly what they were answered.
import { createHash, randomBytes } from 'node:crypto';
import { Agent } from 'undici';
import type { Respond } from './upstream.ts';

/** A call whose answer arrived in full. */
export interface AnsweredCall {
  readonly exchange: string;
  readonly status: number;
  readonly requestHash: string;
  readonly responseHash: string;
}

export interface Load {
  /** Calls whose answer arrived in full, since the beginning. */
  readonly answered: readonly AnsweredCall[];
  /** Resolves at the first answer. */
  readonly begun: Promise<void>;
  /** Stops calling, and waits until the last call has ended. */
  stop(): Promise<void>;
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Answers with as many bytes as the call's `size` asks for, in one piece or many, never twice the same. */
export const respondAsAsked: Respond = (call, response) => {
  const query = new URL(call.target, 'http://upstream').searchParams;
  const size = Number(query.get('size') ?? 300);
  const bytes = Buffer.from(JSON.stringify({ id: 7, text: randomBytes(size / 2).toString('hex') }));
  if (query.has('chunked')) {
    response.writeHead(200, { 'content-type': 'application/json' });
    for (let at = 0; at < bytes.length; at += 65_536) response.write(bytes.subarray(at, at + 65_536));
    response.end();
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes);
  }
};

let serial = 0;

/** The next call; each differs from all others, so that it can be recognised wherever it turns up. */
function nextCall(): { method: string; path: string; body: Buffer | null } {
  const n = ++serial;
  const json = (size: number): Buffer =>
    Buffer.from(
      JSON.stringify({
        name: `call ${n}`,
        query: 'avg(last_5m):avg:a{*} > 1',
        type: 'query alert',
        note: randomBytes(size).toString('hex'),
      }),
    );
  switch (n % 8) {
    case 0:
    case 1:
      return { method: 'POST', path: '/api/v1/monitor', body: json(200) };
    case 2:
      return { method: 'PUT', path: `/api/v1/monitor/${n}`, body: json(100) };
    case 3:
      return { method: 'DELETE', path: `/api/v1/monitor/${n}`, body: null };
    case 4:
      // Long answers, which are recorded piece by piece.
      return {
        method: 'GET',
        path: `/api/v1/monitor/${n}?size=${n % 32 === 4 ? 3_000_000 : 60_000}&chunked=1`,
        body: null,
      };
    case 5:
      // A long request, which is recorded piece by piece too.
      return { method: 'POST', path: '/api/v1/dashboard', body: json(n % 32 === 5 ? 1_000_000 : 20_000) };
    default:
      return { method: 'GET', path: `/api/v1/monitor/${n}`, body: null };
  }
}

/** Calls the gateway from `agents` loops at once until stopped or cut off. */
export function startLoad(url: string, token: string, agents: number): Load {
  const dispatcher = new Agent({ connections: agents });
  const answered: AnsweredCall[] = [];
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let stopped = false;

  const loop = async (): Promise<void> => {
    while (!stopped) {
      const { method, path, body } = nextCall();
      try {
        const {
          statusCode,
          headers,
          body: stream,
        } = await dispatcher.request({
          origin: url,
          path,
          method: method as 'GET',
          headers: { 'dd-api-key': token, ...(body && { 'content-type': 'application/json' }) },
          body,
        });
        const bytes = Buffer.from(await stream.arrayBuffer());
        answered.push({
          exchange: String(headers['x-dogwatch-exchange']),
          status: statusCode,
          requestHash: hashOf(body ?? Buffer.alloc(0)),
          responseHash: hashOf(bytes),
        });
        begin();
      } catch {
        // Cut off in the middle: nothing was promised. Not at once again, since nobody listens.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  };
  const loops = Array.from({ length: agents }, loop);
  return {
    answered,
    begun,
    stop: async () => {
      stopped = true;
      await dispatcher.destroy();
      await Promise.all(loops);
    },
  };
}
