// A request body too long to hold: recorded piece by piece, each piece durable before it is sent to Datadog, in constant memory.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { DogwatchError } from '../exchange/error.ts';
import { StreamScanner } from './needles.ts';
import type { RecordableBody, Recorder } from './recorder.ts';
import { clientGone, tooLarge } from './request-body.ts';
import { credentialExposed } from './request-head.ts';

const CHUNK = 256 * 1024;

export interface StreamedRequest {
  /** What goes to Datadog. Throws tooLarge or token_exposed, which ends the upstream request before it is complete. */
  readonly pieces: AsyncIterable<Buffer>;
  /** Ends the stream; what was recorded of it, once none of its entries is under way any more. */
  readonly finish: () => Promise<RecordableBody>;
  /** Why the stream was ended by the gateway, if it was. */
  readonly failure: () => DogwatchError | undefined;
}

/**
 * @param beginning what was read already; the request is paused behind it
 * @param secrets must not be sent
 * @param max bytes of the whole body
 */
export function streamRequest(
  exchange: string,
  req: IncomingMessage,
  beginning: Buffer,
  recorder: Recorder,
  secrets: readonly Buffer[],
  max: number,
): StreamedRequest {
  const scanner = new StreamScanner(secrets);
  const hash = createHash('sha256');
  const chunks: number[] = [];
  let size = 0;
  let recorded = 0;
  let failure: DogwatchError | undefined;
  let finished = false;
  let pending: Promise<number> | undefined;

  async function* record(piece: Buffer): AsyncGenerator<Buffer> {
    for (let start = 0; start < piece.length; start += CHUNK) {
      const part = piece.subarray(start, start + CHUNK);
      const kept = part.subarray(0, Math.min(part.length, Math.max(0, recorder.cap('request') - recorded)));
      // Datadog has answered or failed: no further entry, and no end that would make what was sent look whole.
      if (finished) throw new Error('the exchange is over');
      if (kept.length > 0) {
        pending = recorder.chunk({ exchange, direction: 'request', n: chunks.length, offset: recorded }, kept);
        chunks.push(await pending);
        recorded += kept.length;
      }
      hash.update(part);
      size += part.length;
      yield part;
    }
  }

  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of gathered(beginning, req)) {
        if (size + piece.length > max) throw tooLarge(max);
        const clean = scanner.push(piece);
        if (clean === undefined) throw credentialExposed();
        yield* record(clean);
      }
      yield* record(scanner.end());
    } catch (error) {
      if (finished) throw error;
      failure = error instanceof DogwatchError ? error : clientGone(error);
      throw failure;
    }
  }

  return {
    pieces: pieces(),
    failure: () => failure,
    async finish() {
      finished = true;
      await pending?.catch(() => undefined);
      return {
        info: {
          size,
          recorded,
          chunks,
          sha256: hash.copy().digest('hex'),
          ...(recorded < size && { withheld: 'cap' as const }),
        },
      };
    },
  };
}

/** Small network reads put together, so that an entry is not made of each. */
async function* gathered(beginning: Buffer, req: IncomingMessage): AsyncGenerator<Buffer> {
  let waiting = [beginning];
  let size = beginning.length;
  // When Datadog answers early the rest is not wanted, but the agent must still get the answer: the request stays open.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < CHUNK) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}
