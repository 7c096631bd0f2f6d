// Replays for the API: each in a thread of its own, so that neither the data path nor a search waits for a sandbox.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplayEvent, ReplaySession } from '../api/context.ts';
import type { Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { startThread } from '../exchange/thread.ts';

/** Bytes of proofs that are replayed this way; the command takes more. */
const MAX_BYTES = 256 << 20;
/** Megabytes of objects that the thread may have. */
const HEAP = 1024;

export interface ReplayStart {
  readonly session: string;
  /** Text of the log's `vkey` file. */
  readonly keys: string;
  readonly skip: readonly number[];
  readonly until?: number;
}
/** One line of proofs; without a line, they are at their end. */
export interface ToReplay {
  readonly line?: string;
}
export type FromReplay =
  | ReplayEvent
  | { readonly failed: { readonly code: Code; readonly message: string; readonly remedy?: string } };

/** @param tlog the folder of the log, whose keys the proofs are held against */
export function replayInThread(tlog: string): ReplaySession {
  return async function* (session, proofs, { skip, until }, signal) {
    const keys = await readFile(join(tlog, 'vkey'), 'utf8');
    const start: ReplayStart = { session, keys, skip, ...(until !== undefined && { until }) };
    const worker = startThread(import.meta.url, 'replay-worker', start, { maxOldGenerationSizeMb: HEAP });
    const told: FromReplay[] = [];
    let ended = false;
    let wake = (): void => {};
    worker.on('message', (message: FromReplay) => {
      told.push(message);
      wake();
    });
    worker.on('error', (error) => told.push({ failed: { code: 'internal', message: error.message } }));
    worker.on('exit', () => {
      ended = true;
      wake();
    });
    const stop = (): void => void worker.terminate();
    signal.addEventListener('abort', stop, { once: true });
    try {
      let bytes = 0;
      for await (const line of proofs) {
        signal.throwIfAborted();
        bytes += line.length;
        if (bytes > MAX_BYTES) {
          throw new DogwatchError('bad_parameter', `the session has more than ${MAX_BYTES} bytes of calls`, {
            remedy: `replay it with the command: dogwatch replay ${session}`,
          });
        }
        worker.postMessage({ line } satisfies ToReplay);
      }
      worker.postMessage({} satisfies ToReplay);
      for (;;) {
        const message = told.shift();
        if (message === undefined) {
          if (ended) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else if ('failed' in message) {
          const { code, message: what, remedy } = message.failed;
          throw new DogwatchError(code, what, remedy === undefined ? {} : { remedy });
        } else yield message;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  };
}
