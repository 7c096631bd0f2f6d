// The watch's thread, started again when it ended: a defect in it is of no harm to anything else.
import type { Worker } from 'node:worker_threads';
import { DogwatchError } from '../exchange/error.ts';
import { startThread } from '../exchange/thread.ts';
import { Line, type Methods } from '../index/worker-calls.ts';
import type { WatchNews, WatchStart } from './watch-worker.ts';

/** Milliseconds before it is started again: doubled with each time it ended soon, up to the second number. */
const PAUSE = [500, 60_000] as const;
/** A thread that has run for so many milliseconds was well. */
const WELL = 60_000;
/** Milliseconds that it has to close. */
const CLOSING = 10_000;
/** Megabytes of JavaScript objects that it may have; one that needs more ends, and begins anew from what it had kept. */
const HEAP = 512;

export interface WatchThreadOptions {
  readonly start: WatchStart;
  /** What the thread may ask of the main thread. */
  readonly methods: Methods;
  /** A thread is new: tells it all it needs. */
  readonly opened: (line: Line) => Promise<void>;
  readonly onNews: (news: WatchNews) => void;
  readonly onTrouble: (why: string) => void;
}

export class WatchThread {
  private readonly options: WatchThreadOptions;
  private running: { readonly worker: Worker; readonly line: Line; readonly since: number } | undefined;
  private again: NodeJS.Timeout | undefined;
  private ends = 0;
  private closed = false;

  constructor(options: WatchThreadOptions) {
    this.options = options;
  }

  get isUp(): boolean {
    return this.running !== undefined;
  }

  run(): void {
    const limits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: HEAP };
    const worker = startThread(import.meta.url, 'watch-worker', this.options.start, limits);
    const line = new Line(worker, this.options.methods);
    line.onNews = (news) => this.options.onNews(news as WatchNews);
    this.running = { worker, line, since: performance.now() };
    worker.on('error', (error) => this.lost(worker, `the watch's thread failed: ${error.message}`));
    worker.on('exit', () => this.lost(worker, "the watch's thread ended"));
    this.options.opened(line).catch((error: unknown) => {
      this.lost(worker, `the watch could not be opened: ${(error as Error).message}`);
      void worker.terminate();
    });
  }

  /** @throws DogwatchError `watch_unavailable` when it is not up */
  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    if (!this.running) return Promise.reject(unavailable());
    return this.running.line.call<T>(method, ...args);
  }

  /** The same, of which nobody waits for the answer, and with something given away. */
  say(method: string, args: readonly unknown[], transfer: Parameters<Line['callWith']>[0] = []): void {
    this.running?.line.callWith(transfer, method, ...args).catch(() => {});
  }

  /** Has it keep what it learned, and waits for its end. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.again);
    if (!this.running) return;
    const { line, worker } = this.running;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const late = new Promise((resolve) => setTimeout(resolve, CLOSING).unref());
    await Promise.race([line.call('close').catch(() => {}), late]);
    await Promise.race([ended, late]);
    await worker.terminate();
  }

  private lost(worker: Worker, why: string): void {
    const { running } = this;
    if (running?.worker !== worker) return;
    this.running = undefined;
    running.line.fail(unavailable());
    if (this.closed) return;
    this.options.onTrouble(why);
    if (performance.now() - running.since > WELL) this.ends = 0;
    const pause = Math.min(PAUSE[0] * 2 ** this.ends++, PAUSE[1]);
    this.again = setTimeout(() => this.run(), pause);
    this.again.unref();
  }
}

const unavailable = (): DogwatchError =>
  new DogwatchError('watch_unavailable', 'The watch is not up.', { remedy: 'It is started again soon; see the log.' });
