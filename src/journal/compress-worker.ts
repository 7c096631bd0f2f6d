// Runs in the journal's compressing thread: says that it is ready, takes records in shared memory, answers each with what they became.
import { parentPort } from 'node:worker_threads';
import { BATCH_LEVEL, compressRecords } from './compress.ts';
import { release } from './release.ts';

parentPort?.postMessage('ready');
parentPort?.on('message', (records: Uint8Array) => {
  const compressed = compressRecords(Buffer.from(records.buffer, records.byteOffset, records.length), BATCH_LEVEL);
  // In memory of its own size, which goes to the other thread as it is.
  const bytes = Uint8Array.from(compressed);
  release(compressed);
  parentPort?.postMessage(bytes, [bytes.buffer]);
});
