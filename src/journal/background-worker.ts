// Runs in the journal's background thread: takes jobs, answers each with its end.
import { parentPort } from 'node:worker_threads';
import { hurry, type SealJob, sealSegment } from './seal.ts';
import { type WriteJob, writeFiles } from './whole-files.ts';

/** What the background thread can do. */
export type Job = ({ readonly kind: 'write' } & WriteJob) | ({ readonly kind: 'seal' } & SealJob);

/** How a job ended. */
export interface JobResult {
  readonly id: number;
  readonly error?: { readonly message: string; readonly code: string | undefined };
}

/** A job to do, or to rest no more in the one under way. */
export type Order = { readonly id: number; readonly job: Job } | { readonly hurry: true };

parentPort?.on('message', async (order: Order) => {
  if ('hurry' in order) {
    hurry();
    return;
  }
  const { id, job } = order;
  const result: JobResult = await perform(job).then(
    () => ({ id }),
    (error: NodeJS.ErrnoException) => ({ id, error: { message: error.message, code: error.code } }),
  );
  parentPort?.postMessage(result);
});

async function perform(job: Job): Promise<void> {
  if (job.kind === 'write') writeFiles(job);
  else await sealSegment(job);
}
