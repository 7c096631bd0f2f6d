// The worker thread that writes the index: follows the journal as far as it is told, and builds the index anew when it must.
import { rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Feeder } from './feeder.ts';
import { HandedSource } from './handed-source.ts';
import type { Handed } from './handover.ts';
import { isDamage, openIndexFile, openOwnIndex, putAside, swapIn } from './sqlite-file.ts';
import { forgetRows } from './sqlite-forgetter.ts';
import { Indexer } from './sqlite-indexer.ts';
import { Line } from './worker-calls.ts';
import { openWorkerJournal, type WorkerStart } from './worker-journal.ts';

/** What the writer tells of its own accord. */
export interface WriterNews {
  /** Leaves that are searchable now. */
  readonly through?: number;
  /** Leaves that a rebuild has taken in. */
  readonly rebuilt?: number;
  /** The buffer of what was handed over, given back. */
  readonly read?: ArrayBuffer;
}

const start = workerData as WorkerStart;
if (!parentPort) throw new Error('this module is started as a worker thread');
let source: HandedSource;
let db: DatabaseSync;
let indexer: Indexer;
let feeder: Feeder | undefined;
const tell = (news: WriterNews): void => line.tell(news);
const built = `${start.file}.new`;

const line = new Line(
  parentPort,
  {
    /** Opens journal and index. Returns how far the index is, and why it was replaced. */
    async open(): Promise<{ through: number; replaced?: string }> {
      source = new HandedSource(await openWorkerJournal(start, line));
      const opened = await openOwnIndex(start.file, start.key, source);
      db = opened.db;
      indexer = newIndexer();
      return { through: indexer.through, ...(opened.replaced === undefined ? {} : { replaced: opened.replaced }) };
    },
    /** From now on tells what ended over that port, in place of any other. */
    feed(port: MessagePort): void {
      feeder?.close();
      feeder = new Feeder(port);
      indexer.feeder = feeder;
    },
    /** Is answered once it is open. */
    ready(): void {},
    async advance(size: number, handed?: Handed): Promise<number> {
      try {
        source.hand(handed);
        await source.refresh(size);
        await indexer.advance(size, (through) => tell({ through }));
        return indexer.through;
      } finally {
        source.hand(undefined);
        if (handed) line.tell({ read: handed.bytes.buffer } satisfies WriterNews, [handed.bytes.buffer]);
      }
    },
    /** Throws the damaged file away; nobody else has it open. */
    reset(): void {
      try {
        db.close();
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
      putAside(start.file);
      db = openIndexFile(start.file, start.key);
      indexer = newIndexer();
    },
    /** Has the rows of these leaves, rising, written anew from what the journal has left of them. */
    async forget(leaves: Float64Array): Promise<void> {
      // What an interrupted build has left may hold what was erased.
      removeBuilt();
      indexer.forget();
      await forgetRows(db, source, start.key, [...leaves]);
    },
    /** Folds the write-ahead log into the file and empties it. Returns false when somebody is reading. */
    fold(): boolean {
      return (db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number }).busy === 0;
    },
    /** Builds a second index of so many leaves beside the first. */
    async build(size: number): Promise<void> {
      removeBuilt();
      await source.refresh(size);
      const second = openIndexFile(built, start.key);
      try {
        await new Indexer(second, source, start.key).advance(size, (rebuilt) => tell({ rebuilt }));
        second.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE');
      } catch (error) {
        second.close();
        removeBuilt();
        throw error;
      }
      second.close();
    },
    /** Puts what was built in the place of the index; nobody else has it open. */
    swap(): number {
      db.close();
      swapIn(built, start.file);
      db = openIndexFile(start.file, start.key);
      indexer = newIndexer();
      return indexer.through;
    },
    close(): void {
      feeder?.close();
      db?.close();
      // The line is what keeps this thread alive.
      setImmediate(() => parentPort?.close());
    },
  },
  isDamage,
);

function newIndexer(): Indexer {
  const made = new Indexer(db, source, start.key);
  made.feeder = feeder;
  return made;
}

function removeBuilt(): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${built}${suffix}`, { force: true });
}
