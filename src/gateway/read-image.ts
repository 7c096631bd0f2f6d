// One read of the gateway's own: a GET under the connection's credential, bounded in time and size.
import type { HostKind } from '../datadog/sites.ts';
import type { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import type { Connection, Credential } from '../vault/vault.ts';
import { credentialHeaders, hostOf, originOf } from './forward.ts';
import { flatten, headerValue } from './headers.ts';
import type { Flow, Upstreams } from './upstream.ts';

export interface OwnRead {
  readonly connection: Connection;
  readonly credential: Credential;
  readonly host: HostKind;
  /** Path and query, normalised. */
  readonly target: string;
  /** The exchange it is for. */
  readonly exchange: string;
  /** Milliseconds and bytes at most. */
  readonly time: number;
  readonly size: number;
  /** Called for bytes beyond the first 64 KiB; throws when there is no room for them. */
  readonly room: (bytes: number) => void;
}

export type OwnAnswer =
  | { readonly status: number; readonly headers: readonly Header[]; readonly body: Buffer }
  /** Why there is none. */
  | { readonly why: string };

const FREE = 64 * 1024;

/** Never rejects. */
export function readOwn(upstreams: Upstreams, read: OwnRead): Promise<OwnAnswer> {
  const { connection, credential, host, target, exchange, time, size } = read;
  const hostName = hostOf(connection, host);
  const headers: Header[] = [
    ['accept', 'application/json'],
    ['accept-encoding', 'identity'],
    ['user-agent', 'dogwatch'],
    ['x-request-id', exchange],
    ...credentialHeaders(host, credential),
  ];
  if (connection.upstream !== undefined) headers.push(['x-datadog-host', hostName]);
  return new Promise((resolve) => {
    let over = false;
    let abort: (() => void) | undefined;
    let status = 0;
    let received: readonly Header[] = [];
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (answer: OwnAnswer): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      resolve(answer);
      if ('why' in answer) abort?.();
    };
    const timer = setTimeout(() => end({ why: `Datadog did not answer within ${time} ms` }), time);
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > size) {
        end({ why: `the answer is longer than ${size} bytes` });
        return;
      }
      try {
        if (length > FREE) read.room(chunk.length);
        chunks.push(chunk);
      } catch {
        end({ why: 'too many long bodies are being held at once' });
      }
    };
    upstreams.send(
      {
        origin: originOf(connection, hostName),
        method: 'GET',
        target,
        headers: flatten(headers),
        body: null,
        started(giveUp) {
          abort = giveUp;
          if (over) giveUp();
        },
      },
      {
        head(answered: number, fields: Header[], flow: Flow) {
          status = answered;
          received = fields;
          const said = Number(headerValue(fields, 'content-length') ?? 0);
          if (over) flow.abort();
          else if (said > size) end({ why: `the answer is longer than ${size} bytes` });
        },
        data(chunk: Buffer) {
          if (!over) take(chunk);
        },
        end: () => end({ status, headers: received, body: Buffer.concat(chunks, over ? 0 : length) }),
        error: (error: DogwatchError) => end({ why: error.message }),
      },
    );
  });
}
