// Compresses batches in a thread of its own, while the calling thread gathers the next and the disk writes the one before.
import type { Worker } from 'node:worker_threads';
import { startThread } from '../exchange/thread.ts';
import { BATCH_LEVEL, compressRecords } from './compress.ts';

/** What it holds are buffers outside of the heap. */
const YOUNG_MIB = 2;

/** One thread, started by the first batch; until it has started, and when it has ended, the calling thread compresses. */
export class Compressor {
  #worker: Worker | undefined;
  #ready = false;
  /** In the order in which they were asked for, which is that of the answers. */
  readonly #asked: ((compressed: Buffer | undefined) => void)[] = [];
  #closed = false;

  /** Whether the thread runs. */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * Compresses records; by itself while the thread is not there.
   *
   * @param records in shared memory, unchanged until it resolves
   */
  async compress(records: Buffer): Promise<Buffer> {
    this.#prepare();
    const worker = this.#worker;
    const elsewhere = this.#ready && worker !== undefined ? await this.#ask(worker, records) : undefined;
    return elsewhere ?? compressRecords(records, BATCH_LEVEL);
  }

  #ask(worker: Worker, records: Buffer): Promise<Buffer | undefined> {
    worker.ref();
    worker.postMessage(records);
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  /** Stops the thread. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#lost();
  }

  #prepare(): void {
    if (this.#worker !== undefined || this.#closed) return;
    const worker = startThread(import.meta.url, 'compress-worker', undefined, { maxYoungGenerationSizeMb: YOUNG_MIB });
    worker.unref();
    // It says that it has loaded what it needs; until then a batch would wait for that.
    worker.once('message', () => {
      this.#ready = !this.#closed;
      worker.on('message', (bytes: Uint8Array<ArrayBuffer>) => {
        this.#asked.shift()?.(Buffer.from(bytes.buffer));
        if (this.#asked.length === 0) worker.unref();
      });
    });
    // A thread that died is not started again: it is only faster than none.
    worker.on('error', () => this.#lost());
    worker.on('exit', () => this.#lost());
    this.#worker = worker;
  }

  #lost(): void {
    this.#ready = false;
    for (const resolve of this.#asked.splice(0)) resolve(undefined);
  }
}
