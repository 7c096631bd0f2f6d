// Verifies the journal for the API: in a thread of its own, so that the data path goes on at its pace.
import type { VerifyWhole } from '../api/context.ts';
import type { Config } from '../config/config.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { startThread } from '../exchange/thread.ts';
import { Line } from '../index/worker-calls.ts';
import type { Progress, Report } from '../journal/verify.ts';

/** Megabytes of objects that the thread may have. */
const HEAP = 512;

export interface VerifyStart {
  readonly data: string;
  readonly kekId: string;
  readonly witnesses: readonly { readonly name: string; readonly key: string }[];
}

/** @param kek stays in this thread, which unwraps for the other one */
export function verifyInThread(config: Config, kek: KeyEncryptionKey): VerifyWhole {
  return async (onProgress) => {
    const start: VerifyStart = {
      data: config.data,
      kekId: kek.id,
      witnesses: config.checkpoints.witnesses.map(({ name, key }) => ({ name, key })),
    };
    const worker = startThread(import.meta.url, 'verify-worker', start, { maxOldGenerationSizeMb: HEAP });
    const line = new Line(worker, {
      unwrap: (wrapped: Uint8Array, context: string) => kek.unwrap(wrapped, context),
    });
    line.onNews = (news) => onProgress(news as Progress);
    worker.on('error', (error) => line.fail(error));
    worker.on('exit', () => line.fail(new Error('the thread that verifies ended')));
    try {
      return await line.call<Report>('verify');
    } finally {
      await worker.terminate();
    }
  };
}
