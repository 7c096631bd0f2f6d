// Calls between the main thread and a worker thread: requests by number, results or errors back, and news that nobody asked for.
import type { MessagePort, Transferable, Worker } from 'node:worker_threads';
import { CODES, type Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';
import { startThread } from '../exchange/thread.ts';

type Message =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: WireError }
  | { readonly type: 'news'; readonly value: unknown };

/** An error as it crosses threads. */
interface WireError {
  readonly message: string;
  readonly code: string | undefined;
  readonly remedy: string | undefined;
  readonly damage: boolean;
}

/** What one side lets the other call. Arguments and results are what structured clone takes. */
export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Thrown by a call when the other side met a damaged index file. */
export class DamagedIndexError extends DogwatchError {
  constructor() {
    super('index_unavailable', 'The index file is damaged and is being built anew.', {
      remedy: 'Try again in a while.',
    });
  }
}

/** One end of a line between threads. */
export class Line {
  private readonly port: MessagePort | Worker;
  private readonly methods: Methods;
  private readonly isDamage: (error: unknown) => boolean;
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private calls = 0;
  private broken: Error | undefined;
  /** Hears news from the other side. */
  onNews: (value: unknown) => void = () => {};

  constructor(port: MessagePort | Worker, methods: Methods, isDamage: (error: unknown) => boolean = () => false) {
    this.port = port;
    this.methods = methods;
    this.isDamage = isDamage;
    port.on('message', (message: Message) => this.take(message));
  }

  call<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.callWith([], method, ...args);
  }

  /** A call that gives the other side some buffers or ports, which this side has no longer. */
  callWith<T>(transfer: readonly Transferable[], method: string, ...args: readonly unknown[]): Promise<T> {
    if (this.broken) return Promise.reject(this.broken);
    const id = ++this.calls;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.post({ type: 'call', id, method, args }, transfer);
    });
  }

  /** Tells news, and gives away the buffers in them that are named. */
  tell(value: unknown, transfer: readonly ArrayBuffer[] = []): void {
    this.post({ type: 'news', value }, transfer);
  }

  /** The other side has gone: fails every call that is waiting, and those to come. */
  fail(error: Error): void {
    this.broken ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }

  private post(message: Message, transfer: readonly Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }

  private take(message: Message): void {
    if (message.type === 'news') this.onNews(message.value);
    else if (message.type === 'call') void this.answer(message);
    else this.settle(message);
  }

  private settle(message: Message & { type: 'result' | 'error' }): void {
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.type === 'result') waiting?.resolve(message.value);
    else waiting?.reject(errorOf(message.error));
  }

  private async answer({ id, method, args }: Message & { type: 'call' }): Promise<void> {
    try {
      const value = await this.methods[method]?.(...(args as never[]));
      this.post({ type: 'result', id, value });
    } catch (error) {
      const known = error instanceof DogwatchError ? error : undefined;
      this.post({
        type: 'error',
        id,
        error: {
          message: error instanceof Error ? error.message : String(error),
          code: known?.code,
          remedy: known?.remedy,
          damage: this.isDamage(error),
        },
      });
    }
  }
}

function errorOf({ message, code, remedy, damage }: WireError): Error {
  if (damage) return new DamagedIndexError();
  if (code !== undefined && code in CODES)
    return new DogwatchError(code as Code, message, remedy === undefined ? {} : { remedy });
  return new DogwatchError('index_unavailable', `The index cannot answer: ${message}`);
}

/** Megabytes of JavaScript objects that a thread may have, many times what it needs. One that needs more ends; the process goes on. */
const HEAP = { 'sqlite-worker': 128, 'sqlite-search-worker': 384 } as const;

/**
 * Starts a worker from a module of this folder, in TypeScript or as compiled.
 * @param name without ending, `sqlite-search-worker`
 */
export function startWorker(name: keyof typeof HEAP, workerData: unknown): Worker {
  // What a batch needs dies young; the usual size of that generation would only let the process grow.
  const limits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: HEAP[name] };
  return startThread(import.meta.url, name, workerData, limits);
}
