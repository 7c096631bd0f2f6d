// The background thread of a journal: writes tiles and seals segments, so that the thread that serves calls never waits for it.
import type { Worker } from 'node:worker_threads';
import { startThread } from '../exchange/thread.ts';
import type { Job, JobResult, Order } from './background-worker.ts';
import { writeFiles } from './whole-files.ts';

/** What the background thread did not do when it is asked to stop. */
const stopped = (): Error => Object.assign(new Error('the background thread has stopped'), { code: 'ABORT_ERR' });
/** Whether a job failed only because the background thread stopped. */
export const isStopped = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ABORT_ERR';

/** What it holds are few large buffers, outside of the heap. */
const YOUNG_MIB = 4;

/** One worker thread, started with the first job. Jobs to write files do not wait for those that seal. */
export class Background {
  #worker: Worker | undefined;
  #jobs = 0;
  readonly #pending = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #closed = false;
  /** Nothing else waits for the calling thread, so a thread need not be started to write a few files. */
  inline = false;

  /** Does a job. @throws what the file system said, with its code; DogwatchError `journal_damaged` */
  run(job: Job): Promise<void> {
    if (this.#closed) return Promise.reject(stopped());
    if (this.inline && this.#worker === undefined && job.kind === 'write') {
      return new Promise((resolve) => {
        writeFiles(job);
        resolve();
      });
    }
    const worker = this.#start();
    const id = ++this.#jobs;
    worker.ref();
    worker.postMessage({ id, job } satisfies Order);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  /** From here on it does not rest in its work. */
  hurry(): void {
    this.#worker?.postMessage({ hurry: true } satisfies Order);
  }

  /** Stops it in the midst of whatever it does; files it writes are whole or absent all the same. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#rejectAll(stopped());
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(import.meta.url, 'background-worker', undefined, {
      maxYoungGenerationSizeMb: YOUNG_MIB,
    });
    worker.on('message', ({ id, error }: JobResult) => {
      const job = this.#pending.get(id);
      this.#pending.delete(id);
      if (this.#pending.size === 0) worker.unref();
      if (error === undefined) job?.resolve();
      else job?.reject(Object.assign(new Error(error.message), { code: error.code }));
    });
    worker.on('error', (error) => this.#lost(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.#lost(stopped()));
    this.#worker = worker;
    return worker;
  }

  /** The thread ended by itself: what it had to do failed, and the next job starts another. */
  #lost(error: Error): void {
    this.#worker = undefined;
    this.#rejectAll(error);
  }

  #rejectAll(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
