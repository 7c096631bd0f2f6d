// The worker thread of one verification of the whole journal. It reads; keys are unwrapped by the thread that started it.
import { parentPort, workerData } from 'node:worker_threads';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { Line } from '../index/worker-calls.ts';
import { type Report, verifyJournal } from '../journal/verify.ts';
import { witnessKeys } from './verifier-keys.ts';
import type { VerifyStart } from './verify-thread.ts';

if (!parentPort) throw new Error('this module is started as a worker thread');
const { data, kekId, witnesses } = workerData as VerifyStart;
const line = new Line(parentPort, {
  verify: (): Promise<Report> =>
    verifyJournal(
      {
        dir: data,
        kek,
        witnesses: witnesses.flatMap(({ name, key }) => witnessKeys([key]).map((each) => ({ name, key: each }))),
      },
      (progress) => line.tell(progress),
    ),
});
const kek: KeyEncryptionKey = {
  id: kekId,
  wrap: () => Promise.reject(new Error('a verification wraps nothing')),
  unwrap: (wrapped, context) => line.call<Uint8Array>('unwrap', wrapped, context),
};
