// The SQLite index in the main thread: a handle on two worker threads, one that writes and one that searches.
import type { MessagePort } from 'node:worker_threads';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import type { Keyring } from '../journal/keyring.ts';
import type { FindingCounts, FindingFilter, FindingsPage, FoundFinding } from './findings.ts';
import { closedError, Follower } from './follower.ts';
import { IndexThread } from './index-thread.ts';
import type { Query } from './query-tree.ts';
import type {
  Facet,
  Histogram,
  HistogramSpan,
  IdentitiesAsked,
  IdentityList,
  IndexStatus,
  Page,
  PageRequest,
  PendingExchange,
  Row,
  SearchIndex,
  SearchPage,
  SessionRow,
} from './search-index.ts';
import { bytesOf, indexFile } from './sqlite-file.ts';
import type { Meta } from './sqlite-schema.ts';
import type { WriterNews } from './sqlite-worker.ts';
import { DamagedIndexError, type Line } from './worker-calls.ts';
import type { WorkerStart } from './worker-journal.ts';

export interface SqliteIndexOptions {
  /** The data directory. */
  readonly dir: string;
  readonly kek: KeyEncryptionKey;
  readonly keyring: Keyring;
}

/** The SQLite index, which can also be built anew while it is searched. */
export interface SqliteIndex extends SearchIndex {
  /** Builds the index anew from the journal, beside the one in use, and swaps. Resolves with the leaves it holds. */
  rebuild(onProgress?: (leaves: number, size: number) => void): Promise<number>;
  /**
   * Forgets what was erased in the journal: the rows of these leaves, rising, are written anew from what is left of them, and no byte of the
   * rest stays in the index's files. May be called again after a failure or a crash. @throws DogwatchError `index_unavailable`
   */
  forget(leaves: readonly number[]): Promise<void>;
  /**
   * As `advance`, for those who have the records at hand that have become durable (journal.ts, `onRecords`): they need not be read again.
   * The bytes are copied.
   */
  take(records: Uint8Array, first: number, count: number): void;
  /**
   * Has what ends told over a port (row-feed.ts), from now on: each `FeedBatch` is answered by any message once it was taken. A port is
   * asked for now, and again whenever the thread that writes the index is new.
   */
  feed(port: () => MessagePort): void;
  /** Hears of threads that ended unasked: they are started again, and the journal is caught up with. */
  onTrouble: (why: string) => void;
}

/** More rows than that, when they are more than that share of all, are forgotten sooner by building the index anew. */
const FORGOTTEN = { most: 50_000, share: 0.1 } as const;
/** How often the write-ahead log is tried to be emptied, and the milliseconds between. */
const FOLDED = { tries: 100, wait: 50 } as const;

/**
 * Opens the index of a data directory; a file that is damaged, or not of this journal, is put aside and built anew.
 * Nothing is indexed until `advance` says how far the journal is.
 *
 * @throws DogwatchError `index_unavailable`, `wrong_key`, `journal_damaged`
 */
export async function openSqliteIndex(options: SqliteIndexOptions): Promise<SqliteIndex> {
  const index = new ThreadedIndex(options);
  try {
    await index.open();
  } catch (error) {
    await index.close();
    throw error;
  }
  return index;
}

/** Builds the index of a data directory anew. Nobody else may have it open. Resolves with the leaves it holds. */
export async function rebuildIndex(
  options: SqliteIndexOptions & { readonly size: number },
  onProgress?: (leaves: number, size: number) => void,
): Promise<number> {
  const index = new ThreadedIndex(options);
  try {
    await index.open();
    return await index.rebuildTo(options.size, onProgress);
  } finally {
    await index.close();
  }
}

class ThreadedIndex implements SqliteIndex {
  onTrouble: (why: string) => void = () => {};
  private readonly start: WorkerStart;
  private readonly writer: IndexThread;
  private readonly searcher: IndexThread;
  private readonly follower: Follower;
  private replaced: string | undefined;
  private feedPort: (() => MessagePort) | undefined;
  private closed: Promise<void> | undefined;

  constructor({ dir, kek, keyring }: SqliteIndexOptions) {
    this.start = { dir, file: indexFile(dir), key: keyring.secret('index'), kek: kek.id };
    const trouble = (why: string): void => {
      this.follower.postpone(new Error(why));
      this.onTrouble(why);
    };
    this.writer = new IndexThread('sqlite-worker', this.start, kek, (line) => this.opened(line), trouble);
    this.searcher = new IndexThread('sqlite-search-worker', this.start, kek, async () => {}, trouble);
    this.writer.onNews = (news) => this.follower.hear(news as WriterNews);
    this.follower = new Follower({
      advance: (size, handed) => this.writer.callWith(handed ? [handed.bytes.buffer] : [], 'advance', size, handed),
      reset: async () => {
        await this.searcher.call('release');
        await this.writer.call('reset');
        this.replaced = 'the index file was damaged';
      },
    });
  }

  /** A writer's thread is new, at first and whenever the one before it has ended. */
  private async opened(line: Line): Promise<void> {
    const { through, replaced } = await line.call<{ through: number; replaced?: string }>('open');
    this.follower.through = through;
    this.replaced ??= replaced;
    const port = this.feedPort?.();
    if (port) await line.callWith([port], 'feed', port);
  }

  async open(): Promise<void> {
    // Both threads start at once; the searcher can open the file when the writer has made it.
    await Promise.all([this.writer.call('ready'), this.searcher.call('release')]);
    await this.searcher.call('meta');
  }

  advance(size: number): void {
    this.follower.advance(size);
  }

  take(records: Uint8Array, first: number, count: number): void {
    this.follower.take(records, first, count);
  }

  feed(port: () => MessagePort): void {
    this.feedPort = port;
    const made = port();
    // A thread that is new asks for a port of its own.
    this.writer.callWith([made], 'feed', made).catch(() => {});
  }

  reached(size: number): Promise<void> {
    return this.follower.reached(size);
  }

  rebuild(onProgress?: (leaves: number, size: number) => void): Promise<number> {
    return this.rebuildTo(this.follower.size, onProgress);
  }

  rebuildTo(size: number, onProgress?: (leaves: number, size: number) => void): Promise<number> {
    return this.follower.alone(async () => {
      const { onNews } = this.writer;
      this.writer.onNews = (news) => {
        const { rebuilt } = news as WriterNews;
        if (rebuilt !== undefined) onProgress?.(rebuilt, size);
      };
      try {
        await this.writer.call('build', size);
        await this.searcher.call('release');
        this.follower.hear({ through: await this.writer.call<number>('swap') });
      } finally {
        this.writer.onNews = onNews;
      }
      return this.follower.through;
    });
  }

  async forget(leaves: readonly number[]): Promise<void> {
    if (leaves.length > FORGOTTEN.most && leaves.length > (await this.status()).rows * FORGOTTEN.share) {
      await this.rebuild();
      return;
    }
    return this.follower.alone(async () => {
      await this.writer.call('forget', Float64Array.from(leaves));
      // Who searches remembers strings and sets of candidates, and may be reading what the write-ahead log has replaced.
      for (let tries = 1; ; tries++) {
        await this.searcher.call('release');
        if (await this.writer.call<boolean>('fold')) return;
        if (tries === FOLDED.tries)
          throw new DogwatchError(
            'index_unavailable',
            'The index is read without a pause, so its log cannot be emptied.',
          );
        await new Promise((resolve) => setTimeout(resolve, FOLDED.wait));
      }
    });
  }

  search(query: Query, page: SearchPage = {}): Promise<Page<Row>> {
    return this.ask('search', query, page);
  }

  exchange(id: string): Promise<Row | undefined> {
    return this.ask('exchange', id);
  }

  sessions(query: Query, page: PageRequest = {}): Promise<Page<SessionRow>> {
    return this.ask('sessions', query, page);
  }

  session(id: string): Promise<SessionRow | undefined> {
    return this.ask('session', id);
  }

  identities(asked: IdentitiesAsked): Promise<IdentityList> {
    return this.ask('identities', asked);
  }

  lastSession({ issuer, subject }: { issuer: string; subject: string }): Promise<SessionRow | undefined> {
    return this.ask('lastSession', { issuer, subject });
  }

  histogram(query: Query, span: HistogramSpan): Promise<Histogram> {
    return this.ask('histogram', query, span);
  }

  facets(query: Query, fields: readonly string[], limit?: number): Promise<readonly Facet[]> {
    return this.ask('facets', query, fields, limit);
  }

  values(field: string, prefix: string, limit?: number): Promise<readonly string[]> {
    return this.ask('values', field, prefix, limit);
  }

  findings(page: FindingsPage = {}): Promise<Page<FoundFinding>> {
    return this.ask('findings', page);
  }

  finding(id: string): Promise<FoundFinding | undefined> {
    return this.ask('finding', id);
  }

  countFindings(filter: FindingFilter = {}): Promise<FindingCounts> {
    return this.ask('countFindings', filter);
  }

  pending(beforeLeaf: number): Promise<readonly PendingExchange[]> {
    return this.ask('pending', beforeLeaf);
  }

  private async ask<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    if (this.closed) throw closedError();
    try {
      return await this.searcher.call<T>(method, ...args);
    } catch (error) {
      if (error instanceof DamagedIndexError) this.follower.repair();
      throw error;
    }
  }

  async status(): Promise<IndexStatus> {
    const { rows } = await this.ask<Meta>('meta');
    const { through, size, failure } = this.follower;
    return {
      indexedThrough: through,
      journalSize: Math.max(size, through),
      rows,
      bytes: bytesOf(this.start.file),
      ...(this.replaced === undefined ? {} : { rebuilt: this.replaced }),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  close(): Promise<void> {
    this.closed ??= this.shut();
    return this.closed;
  }

  private async shut(): Promise<void> {
    this.follower.close();
    // The writer closes last: it is the one that can fold the write-ahead log into the file.
    await this.searcher.close();
    await this.writer.close();
  }
}
