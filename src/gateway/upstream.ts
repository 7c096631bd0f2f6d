// The way to Datadog: one pool of connections per origin, redirects not followed, errors told apart.
import { Pool } from 'undici';
import type { Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Header } from '../exchange/exchange.ts';
import { headerPairsOfBytes } from './headers.ts';

/** Times in milliseconds. */
export interface UpstreamLimits {
  readonly upstreamConnectTimeout: number;
  readonly upstreamHeadersTimeout: number;
  readonly upstreamBodyTimeout: number;
  readonly connections: number;
}

export interface UpstreamRequest {
  readonly origin: string;
  readonly method: string;
  /** Origin-form target, exactly what policy judged. */
  readonly target: string;
  /** Flat name, value list. */
  readonly headers: string[];
  readonly body: Buffer | AsyncIterable<Buffer> | null;
  /** Told, once a connection takes the request, how to give it up. */
  readonly started?: (giveUp: () => void) => void;
}

/** Lets the receiver slow the sender down, or give up. */
export interface Flow {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** Receives one response. Exactly one of end and error is called, and nothing after it. */
export interface ResponseSink {
  head(status: number, headers: Header[], flow: Flow): void;
  data(chunk: Buffer): void;
  end(trailers: Header[]): void;
  error(error: DogwatchError): void;
}

/** Pools by origin. Only origins that a connection's own configuration names ever get here. */
export class Upstreams {
  #pools = new Map<string, Pool>();
  #limits: UpstreamLimits;

  constructor(limits: UpstreamLimits) {
    this.#limits = limits;
  }

  send(request: UpstreamRequest, sink: ResponseSink): void {
    let started = false;
    let done = false;
    const fail = (error: Error): void => {
      if (done) return;
      done = true;
      sink.error(upstreamError(error, started));
    };
    try {
      this.#pool(request.origin).dispatch(
        {
          method: request.method,
          path: request.target,
          headers: request.headers,
          body: request.body as Buffer,
          idempotent: false,
          blocking: false,
        },
        {
          onRequestStart(controller) {
            request.started?.(() => controller.abort(new Error('given up')));
          },
          onResponseStart(controller, status) {
            if (status < 200) return;
            started = true;
            const flow = {
              pause: () => controller.pause(),
              resume: () => controller.resume(),
              abort: () => controller.abort(new Error('given up')),
            };
            sink.head(status, headerPairsOfBytes(controller.rawHeaders as Buffer[]), flow);
          },
          onResponseData(_controller, chunk) {
            if (!done) sink.data(chunk);
          },
          onResponseEnd(controller) {
            if (done) return;
            done = true;
            sink.end(headerPairsOfBytes((controller.rawTrailers as Buffer[] | null) ?? []));
          },
          onResponseError(_controller, error) {
            fail(error);
          },
        },
      );
    } catch (error) {
      fail(error as Error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  #pool(origin: string): Pool {
    let pool = this.#pools.get(origin);
    if (!pool) {
      pool = new Pool(origin, {
        connections: this.#limits.connections,
        pipelining: 1,
        allowH2: false,
        connect: { timeout: this.#limits.upstreamConnectTimeout },
        headersTimeout: this.#limits.upstreamHeadersTimeout,
        bodyTimeout: this.#limits.upstreamBodyTimeout,
        maxHeaderSize: 64 * 1024,
        // Shorter than Datadog's own, so that a call is rarely sent into a connection that is just being closed.
        keepAliveTimeout: 4_000,
      });
      this.#pools.set(origin, pool);
    }
    return pool;
  }
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);
const BAD_RESPONSES = new Set([
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
]);
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO$)/;

const REMEDIES: Partial<Record<Code, string>> = {
  upstream_timeout: 'whether Datadog acted is not known; look before trying again',
  upstream_unreachable: "check the gateway's network and the connection's site",
  upstream_tls: 'check for an intercepting proxy and the certificate store of the gateway',
};

/** Names what went wrong between here and Datadog, without Datadog's bytes. */
function upstreamError(error: Error, started: boolean): DogwatchError {
  const code = (error as NodeJS.ErrnoException).code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  if (TIMEOUTS.has(code)) return named('upstream_timeout', 'Datadog did not answer in time', error);
  if (TLS.test(code)) return named('upstream_tls', `the TLS connection to Datadog failed (${code})`, error);
  if (started) return named('upstream_bad_response', 'the response ended before it was complete', error);
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError' || BAD_RESPONSES.has(code))
    return named('upstream_bad_response', 'what came back is not well-formed HTTP', error);
  return named('upstream_unreachable', `no answer from Datadog (${code || error.name})`, error);
}

function named(code: Code, message: string, cause: Error): DogwatchError {
  const remedy = REMEDIES[code];
  return new DogwatchError(code, message, { cause, ...(remedy && { remedy }) });
}
