// Takes a request's body off the wire: held whole up to a bound, or as its beginning and a stream of the rest.
import type { IncomingMessage } from 'node:http';
import { DogwatchError } from '../exchange/error.ts';

export type ReceivedBody = { readonly whole: Buffer } | { readonly beginning: Buffer };

const EMPTY = Buffer.alloc(0);

/** Refuses a body that says beforehand that it is too long. @throws DogwatchError request_too_large. */
export function checkDeclaredLength(req: IncomingMessage, max: number): void {
  if (Number(req.headers['content-length'] ?? 0) > max) throw tooLarge(max);
}

export const tooLarge = (max: number): DogwatchError =>
  new DogwatchError('request_too_large', `the request body is longer than ${max} bytes`, {
    remedy: 'send it in smaller pieces',
  });

export const clientGone = (cause?: unknown): DogwatchError =>
  new DogwatchError('bad_request', 'the client went away before its request was complete', { cause });

/**
 * Reads until the body ends or more than `hold` bytes are there; then the request is paused and the rest can still be read.
 * @throws DogwatchError bad_request when the client goes away.
 */
export function receiveBody(req: IncomingMessage, hold: number): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    // While the caller was being identified; no event will tell of it again.
    if (req.destroyed) {
      reject(clientGone());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const together = (): Buffer =>
      chunks.length === 1 ? chunks[0]! : chunks.length === 0 ? EMPTY : Buffer.concat(chunks, size);
    const finish = (): void => {
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= hold) return;
      finish();
      req.pause();
      resolve({ beginning: together() });
    };
    const onEnd = (): void => {
      finish();
      resolve({ whole: together() });
    };
    const onGone = (): void => {
      finish();
      reject(clientGone());
    };
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    req.resume();
  });
}

/** The rest of a body, continuing from what receiveBody returned, to the same bound of all bytes. */
export async function receiveMore(req: IncomingMessage, beginning: Buffer, hold: number): Promise<ReceivedBody> {
  const rest = await receiveBody(req, hold - beginning.length);
  return 'whole' in rest
    ? { whole: Buffer.concat([beginning, rest.whole]) }
    : { beginning: Buffer.concat([beginning, rest.beginning]) };
}
