// A worker thread of the index, which is started again when it ended unasked.
import type { Transferable, Worker } from 'node:worker_threads';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { Line, startWorker } from './worker-calls.ts';
import type { WorkerStart } from './worker-journal.ts';

/** Milliseconds before a thread that ended is started again: doubled with each time, up to the second number. */
const PAUSE = [500, 30_000] as const;
/** A thread that has run for so many milliseconds was well. */
const WELL = 60_000;
/** Milliseconds that a thread has to close. */
const CLOSING = 5_000;

interface Running {
  readonly line: Line;
  readonly worker: Worker;
  readonly since: number;
  readonly ready: Promise<unknown>;
}

/** Calls go to the thread that runs; when none does, one is started, unless the last one ended just now. */
export class IndexThread {
  private readonly name: 'sqlite-worker' | 'sqlite-search-worker';
  private readonly start: WorkerStart;
  private readonly kek: KeyEncryptionKey;
  private readonly opened: (line: Line) => Promise<unknown>;
  private readonly ended: (why: string) => void;
  private running: Running | undefined;
  /** How often it ended shortly after it had been started, when that was last, and why. */
  private ends = 0;
  private endedAt = 0;
  private why = '';
  private closed = false;
  /** Hears what the thread tells of its own accord. */
  onNews: (news: unknown) => void = () => {};

  /**
   * @param opened what is called first of all of a thread; other calls wait for it
   * @param ended hears why a thread ended unasked
   */
  constructor(
    name: 'sqlite-worker' | 'sqlite-search-worker',
    start: WorkerStart,
    kek: KeyEncryptionKey,
    opened: (line: Line) => Promise<unknown>,
    ended: (why: string) => void,
  ) {
    this.name = name;
    this.start = start;
    this.kek = kek;
    this.opened = opened;
    this.ended = ended;
  }

  /** @throws DogwatchError `index_unavailable`, and what the thread throws */
  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.callWith([], method, ...args);
  }

  /** A call that gives the thread some buffers or ports. */
  async callWith<T>(transfer: readonly Transferable[], method: string, ...args: readonly unknown[]): Promise<T> {
    this.running ??= this.run();
    const { line, ready } = this.running;
    await ready;
    return line.callWith<T>(transfer, method, ...args);
  }

  private run(): Running {
    if (this.closed) throw new DogwatchError('index_unavailable', 'The index is closed.');
    const pause = this.ends === 0 ? 0 : Math.min(PAUSE[0] * 2 ** (this.ends - 1), PAUSE[1]);
    if (performance.now() < this.endedAt + pause)
      throw new DogwatchError('index_unavailable', `${this.why} It is started again soon.`);
    const worker = startWorker(this.name, this.start);
    const line = new Line(worker, {
      wrap: (dataKey: Uint8Array, context: string) => this.kek.wrap(dataKey, context),
      unwrap: (wrapped: Uint8Array, context: string) => this.kek.unwrap(wrapped, context),
    });
    line.onNews = (news) => this.onNews(news);
    worker.on('error', (error) => this.lost(worker, `The thread ${this.name} failed: ${error.message}`));
    worker.on('exit', () => this.lost(worker, `The thread ${this.name} ended.`));
    const ready = this.opened(line);
    ready.catch(() => this.discard(worker));
    return { line, worker, since: performance.now(), ready };
  }

  /** A thread that could not be opened is of no use: the next call starts another one. */
  private discard(worker: Worker): void {
    if (this.running?.worker !== worker) return;
    this.note('it could not be opened.');
    this.running = undefined;
    void worker.terminate();
  }

  private lost(worker: Worker, why: string): void {
    const { running } = this;
    if (running?.worker !== worker) return;
    this.running = undefined;
    if (performance.now() - running.since > WELL) this.ends = 0;
    this.note(why);
    running.line.fail(new DogwatchError('index_unavailable', this.closed ? 'The index is closed.' : why));
    if (!this.closed) this.ended(why);
  }

  private note(why: string): void {
    this.ends++;
    this.endedAt = performance.now();
    this.why = why;
  }

  /** Has the thread close what it has open, and waits for its end. */
  async close(): Promise<void> {
    this.closed = true;
    if (!this.running) return;
    const { line, worker } = this.running;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await line.call('close').catch(() => {});
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, CLOSING).unref())]);
    await worker.terminate();
  }
}
