// Dogwatch's own answers on the data path: Datadog's error shape, a stable code, and the exchange's id.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';

/** What a client may still send after it was refused, and for how long it is listened to, before the connection is closed. */
const LINGER_BYTES = 4 * 1024 * 1024;
export const LINGER_MS = 1_000;

/** Any error as one with a code; what is not ours is a defect and says nothing of itself to the caller. */
export function toDogwatchError(error: unknown): DogwatchError {
  if (error instanceof DogwatchError) return error;
  return new DogwatchError('internal', 'something went wrong in the gateway', {
    cause: error,
    remedy: "report it with this response's x-dogwatch-exchange",
  });
}

/** A refusal with headers of its own. */
export class RefusedWith extends DogwatchError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: Code, message: string, headers: Readonly<Record<string, string>>, options: { remedy?: string }) {
    super(code, message, options);
    this.headers = headers;
  }
}

export function statusOf(code: Code): number {
  const info = CODES[code];
  return 'status' in info ? info.status : 500;
}

/** `{"errors":["dogwatch: <what and what to do>"]}`, as Datadog's clients expect errors. */
export function refusalBody(error: DogwatchError): Buffer {
  const text = error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
  return Buffer.from(JSON.stringify({ errors: [`dogwatch: ${text}`] }));
}

/**
 * Answers a request with an error. When the request's body is not read, the connection is closed after the answer; the client gets a
 * moment to read it, since closing with unread bytes would reset the connection and lose the answer.
 */
export function answerRefusal(
  req: IncomingMessage,
  res: ServerResponse,
  exchange: string,
  error: DogwatchError,
  challenge: string,
): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const status = statusOf(error.code);
  const body = refusalBody(error);
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-dogwatch-exchange': exchange,
    'x-dogwatch-error': error.code,
    'cache-control': 'no-store',
    ...(error instanceof RefusedWith && error.headers),
  };
  if (status === 401) headers['www-authenticate'] = challenge;
  if (status === 503) headers['retry-after'] = 1;
  const unread = !req.complete;
  if (unread) headers.connection = 'close';
  res.writeHead(status, headers);
  if (!unread) {
    res.end(body);
    return;
  }
  res.write(body);
  linger(req, () => res.end(() => destroySocket(req)));
}

/** After Datadog's own answer came before the request's end: what still comes is read for a moment, then the connection is closed. */
export function afterEarlyAnswer(req: IncomingMessage): void {
  if (req.complete) return;
  linger(req, () => {
    if (!req.complete) destroySocket(req);
  });
}

/** A request whose connection is gone may no longer have a socket, whatever its type says. */
function destroySocket(req: IncomingMessage): void {
  (req.socket as IncomingMessage['socket'] | null)?.destroy();
}

function linger(req: IncomingMessage, done: () => void): void {
  let left = LINGER_BYTES;
  const finish = (): void => {
    clearTimeout(timer);
    req.off('data', take).off('end', finish).off('close', finish).pause();
    done();
  };
  const take = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left <= 0) finish();
  };
  const timer = setTimeout(finish, LINGER_MS);
  req.on('data', take).once('end', finish).once('close', finish).resume();
}
