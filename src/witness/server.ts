// The HTTP side of a witness: C2SP tlog-witness, `POST /add-checkpoint` and nothing else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { DogwatchError } from '../exchange/error.ts';
import { MAX_BODY, parseAddCheckpoint, SIZE_TYPE } from './add-checkpoint.ts';
import type { Decision, WitnessState } from './state.ts';

export interface WitnessServerOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** PEM. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer };
  readonly state: WitnessState;
  readonly log: Logger;
}

export interface WitnessServer {
  readonly port: number;
  /** Lets requests in flight end. The state stays open. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

/** @throws DogwatchError `port_in_use` */
export async function startWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const { listen, tls, log } = options;
  const limits = { headersTimeout: 10_000, requestTimeout: 15_000, maxHeaderSize: 8 << 10, keepAliveTimeout: 60_000 };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, options)
      .catch((error: unknown): Answer => {
        // Above all a full disk: what could not be stored is not cosigned.
        log.error(
          { message: error instanceof Error ? error.message : String(error) },
          'a checkpoint could not be cosigned',
        );
        return { status: 500, body: 'the witness cannot store its state\n' };
      })
      .then(({ status, body, type = 'text/plain; charset=utf-8' }) => {
        response.writeHead(status, {
          'content-type': type,
          'content-length': Buffer.byteLength(body),
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...(request.complete ? {} : { connection: 'close' }),
        });
        response.end(body);
      });
  };
  const server: Server = tls
    ? createTlsServer({ ...limits, ...tls, minVersion: 'TLSv1.2' }, handle)
    : createServer(limits, handle);
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new DogwatchError('port_in_use', `the witness cannot listen on port ${listen.port}: it is taken`, { cause })
          : cause,
      );
    });
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(request: IncomingMessage, { state, log }: WitnessServerOptions): Promise<Answer> {
  if (request.url !== '/add-checkpoint') return { status: 404, body: 'a witness has only /add-checkpoint\n' };
  if (request.method !== 'POST') return { status: 405, body: 'POST a checkpoint\n' };
  const body = await bodyOf(request);
  if (body === undefined) return { status: 413, body: `more than ${MAX_BODY} bytes are no checkpoint\n` };
  const parsed = parseAddCheckpoint(body);
  if (parsed === undefined) return { status: 400, body: 'the request is malformed\n' };
  const decision = await state.decide(parsed);
  report(decision, parsed.checkpoint, log);
  return answerTo(decision);
}

/** Whoever signed what contradicts an earlier checkpoint has proven their own misbehaviour: that is kept in the log. */
function report(decision: Decision, checkpoint: string, log: Logger): void {
  if (decision.kind === 'cosigned') {
    log.info({ origin: decision.head.origin, size: decision.head.size }, 'checkpoint cosigned');
  } else if (decision.kind === 'inconsistent' || (decision.kind === 'conflict' && decision.forked)) {
    const { head, size } = decision;
    log.error(
      { origin: head.origin, cosigned: size, checkpoint },
      'a signed checkpoint contradicts the one cosigned before: history was rewritten',
    );
  } else if (decision.kind === 'conflict' && decision.head.size < decision.size) {
    const { head, size } = decision;
    log.error(
      { origin: head.origin, cosigned: size, checkpoint },
      'a signed checkpoint is smaller than the one cosigned before: the log was rolled back',
    );
  } else log.debug({ refused: decision.kind }, 'not cosigned');
}

function answerTo(decision: Decision): Answer {
  switch (decision.kind) {
    case 'cosigned':
      return { status: 200, body: decision.lines };
    case 'malformed':
      return { status: 400, body: `${decision.why}\n` };
    case 'unknown-log':
      return { status: 404, body: 'this witness does not know the log\n' };
    case 'unsigned':
      return { status: 403, body: 'no key that this witness trusts has signed the checkpoint\n' };
    case 'conflict':
      return { status: 409, body: `${decision.size}\n`, type: SIZE_TYPE };
    case 'inconsistent':
      return { status: 422, body: 'the consistency proof does not verify\n' };
  }
}

/** The body as UTF-8; undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > MAX_BODY) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
