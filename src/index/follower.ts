// Keeps an index going after the journal: what is told is gathered into transactions, what fails is tried again, and who waits for it hears.
import { DogwatchError } from '../exchange/error.ts';
import { type Handed, Handover } from './handover.ts';
import type { WriterNews } from './sqlite-worker.ts';
import { DamagedIndexError } from './worker-calls.ts';

/** What it has done by the thread that writes. */
export interface IndexWriting {
  /** Takes in entries until there are so many leaves. Resolves with how many there are. */
  advance(size: number, handed: Handed | undefined): Promise<number>;
  /** Replaces a damaged file by an empty one. */
  reset(): Promise<void>;
}

/** How many may wait for the index to get somewhere. Those who ask while it is stuck must not pile up. */
const WAITING = 1000;
/** Wait before indexing is tried again after a failure, in milliseconds; doubled each time up to the second number. */
const RETRY = [500, 5_000] as const;
/** While entries keep coming, so many are gathered for one transaction, or for so many milliseconds: far fewer pages are written. */
const GATHER = { entries: 2048, time: 700 } as const;
/**
 * When somebody waits, the writer rests so many milliseconds for each entry that it has just taken in, up to the second number: a gateway at
 * rest is searched at once, and those who search a busy one one after the other have it write a few transactions a second, not one for each.
 */
const REST = { entry: 4, most: 200 } as const;

export class Follower {
  /** Leaves that are durable, as told, and leaves that are searchable. */
  size = 0;
  through = 0;
  /** Why the index does not follow at the moment. */
  failure: string | undefined;
  private readonly writing: IndexWriting;
  private readonly handover = new Handover();
  /** What the writer is doing; one thing at a time. */
  private work: Promise<unknown> = Promise.resolve();
  private advancing = false;
  private gathering: NodeJS.Timeout | undefined;
  /** When it last became idle, and how many entries it had taken in. */
  private ended = Number.NEGATIVE_INFINITY;
  private taken = 0;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly waiting: { size: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(writing: IndexWriting) {
    this.writing = writing;
  }

  advance(size: number): void {
    if (size <= this.size) return;
    this.size = size;
    this.follow();
  }

  /** As `advance`, with the records at hand. */
  take(records: Uint8Array, first: number, count: number): void {
    this.handover.add(records, first, count);
    this.advance(first + count);
  }

  /** Does something else with the writer, when it has ended what it is doing. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.work.then(work);
    this.work = done.catch(() => {});
    return done;
  }

  /** Has the writer go as far as is known; it is told again when more has become known meanwhile. */
  private follow(): void {
    if (this.advancing || this.closed || this.retry) return;
    // After a failure the thread shows that it is well, even when there is nothing to do.
    if (this.through >= this.size && this.failure === undefined) return;
    const rest = this.waiting.length === 0 ? GATHER.time : Math.min(this.taken * REST.entry, REST.most);
    const wait = this.ended + rest - performance.now();
    const few = this.size - this.through < GATHER.entries && !this.handover.filling;
    clearTimeout(this.gathering);
    if (wait > 0 && few) {
      this.gathering = setTimeout(() => {
        this.gathering = undefined;
        this.follow();
      }, wait);
      return;
    }
    this.gathering = undefined;
    this.advancing = true;
    const before = this.through;
    this.work = this.work
      .then(() => this.writing.advance(this.size, this.handover.take()))
      .then(
        (through) => {
          this.failure = undefined;
          this.failures = 0;
          this.hear({ through });
        },
        (error: Error) => (error instanceof DamagedIndexError ? this.startOver() : this.postpone(error)),
      )
      .catch((error: Error) => this.postpone(error))
      .finally(() => {
        this.advancing = false;
        this.ended = performance.now();
        this.taken = this.through - before;
        this.follow();
      });
  }

  /** Tries again later. */
  postpone(error: Error): void {
    if (this.closed) return;
    this.failure = error.message;
    if (this.retry) return;
    const wait = Math.min(RETRY[0] * 2 ** this.failures++, RETRY[1]);
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.follow();
    }, wait);
    this.retry.unref();
  }

  private async startOver(): Promise<void> {
    await this.writing.reset();
    this.through = 0;
  }

  /** A search met damage that indexing had not. */
  repair(): void {
    this.work = this.work.then(() => this.startOver()).catch((error: Error) => this.postpone(error));
    void this.work.then(() => this.follow());
  }

  /** Hears how far the writer has got. */
  hear({ through, read }: WriterNews): void {
    if (read) this.handover.giveBack(read);
    if (through === undefined) return;
    this.through = through;
    for (let at = this.waiting.length - 1; at >= 0; at--)
      if ((this.waiting[at]?.size ?? 0) <= through) this.waiting.splice(at, 1)[0]?.resolve();
  }

  /** Resolves when so many leaves are searchable. @throws DogwatchError `index_unavailable` */
  reached(size: number): Promise<void> {
    if (this.through >= size) return Promise.resolve();
    if (this.closed) return Promise.reject(closedError());
    if (this.waiting.length >= WAITING)
      return Promise.reject(new DogwatchError('index_unavailable', 'The index lags, and too many wait for it.'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ size, resolve, reject });
      this.follow();
    });
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    clearTimeout(this.gathering);
    for (const { reject } of this.waiting.splice(0)) reject(closedError());
  }
}

export const closedError = (): DogwatchError => new DogwatchError('index_unavailable', 'The index is closed.');
