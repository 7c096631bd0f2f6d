// The thread that watches: fed with what ended by the index, it reads from the journal what it missed, and keeps what it has learned.
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { newId } from '../exchange/canonical.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { FindingDecision, Suppression } from '../exchange/finding.ts';
import type { EntrySource } from '../index/documents.ts';
import { type FeedBatch, type FeedItem, FeedPacker } from '../index/row-feed.ts';
import { FeedUnpacker } from '../index/row-unpacker.ts';
import type { Row } from '../index/search-index.ts';
import { Line } from '../index/worker-calls.ts';
import { openWorkerJournal } from '../index/worker-journal.ts';
import { Engine, type Remembered, type Switch } from './engine.ts';
import type { Told } from './episodes.ts';
import { JournalRows } from './journal-rows.ts';
import { reconciled } from './reconcile.ts';
import { readState, stateFile, writeState } from './state-file.ts';
import type { TopOptions, TopRates, WatchStatus } from './watch.ts';

/** What the thread is started with. */
export interface WatchStart {
  readonly dir: string;
  /** The key-encryption key's public name. */
  readonly kek: string;
  /** 32 bytes that seal the state. */
  readonly key: Uint8Array;
  readonly off: readonly Switch[];
}

/** What it tells of its own accord. */
export interface WatchNews {
  /** To be journalled, in this order; each is answered by `durable`. */
  readonly told?: readonly Told[];
  readonly status?: Omit<WatchStatus, 'enabled'>;
  /** Something that the operator should know of; it goes on. */
  readonly trouble?: string;
}

/** Milliseconds without a word from the index, when there is more in the journal, after which it is read there. */
const PATIENCE = 2500;
/** Entries that are caught up with at most; of a longer absence the beginning is left out. */
const CATCH_UP = 500_000;
/** Milliseconds between two states on disk; and so many times as long as it took to write the last one. */
const SAVE = { every: 60_000, times: 100 } as const;

/** Milliseconds that somebody who has something forgotten waits for findings to be recorded. */
const PATIENT = 10_000;

const start = workerData as WatchStart;
if (!parentPort) throw new Error('this module is started as a worker thread');
const port = parentPort;
const file = stateFile(start.dir);
let engine: Engine;
let isOpen = false;
let source: EntrySource;
const ahead = () => engine.ahead;
let unpacker = new FeedUnpacker(ahead);
let rows: JournalRows;
const batches: { batch: FeedBatch; feed: MessagePort }[] = [];
let feed: MessagePort | undefined;
/** Leaves that the engine has seen, that are durable as far as is known, and where the first catching-up ends. */
let through = 0;
let size = 0;
let goal = 0;
let caughtUp = false;
const watching = Promise.withResolvers<void>();
/** When there was a word from the index. */
let heard = performance.now();
/** Findings that are on their way into the journal. */
let underWay = 0;
let working: Promise<void> | undefined;
let saving: Promise<void> | undefined;
let saved = { at: performance.now(), took: 0, through: -1 };
let timer: NodeJS.Timeout | undefined;

const news = (value: WatchNews): void => line.tell(value);
const trouble = (text: string): void => news({ trouble: text });

const line = new Line(port, {
  /** Opens state and journal, and begins to catch up. Returns at once. */
  async open(known: number, suppressions: readonly Suppression[]): Promise<void> {
    source = await openWorkerJournal(start, line);
    const { state, trouble: why } = readState(file, start.key);
    engine = newEngine();
    if (why !== undefined) trouble(why);
    if (state) restore(state.engine, state.through, known);
    engine.suppress(suppressions);
    rows = new JournalRows((exchange) => line.call<Row | undefined>('row', exchange));
    size = known;
    goal = known;
    through = Math.max(through, size - CATCH_UP, 0);
    timer = setInterval(beat, 1000);
    isOpen = true;
    work();
  },
  /** From now on hears what ended over that port. */
  feed(next: MessagePort): void {
    feed?.close();
    feed = next;
    unpacker = new FeedUnpacker(ahead);
    batches.length = 0;
    next.on('message', (batch: FeedBatch) => {
      heard = performance.now();
      batches.push({ batch, feed: next });
      work();
    });
  },
  size(known: number): void {
    size = Math.max(size, known);
  },
  /** So many findings have become durable. */
  durable(count: number): void {
    underWay -= count;
  },
  top(options: TopOptions): TopRates {
    return engine.rates1m(Date.now(), options);
  },
  decided(decision: FindingDecision): void {
    engine.decided(decision);
  },
  suppressions(list: readonly Suppression[]): void {
    engine.suppress(list);
  },
  /** Whom and what it remembers, once it has caught up. */
  async known(): Promise<Remembered> {
    await watching.promise;
    return engine.known();
  },
  /** Forgets them, also on disk when it resolves. Findings that were told before have been recorded. */
  async forget(gone: Remembered): Promise<void> {
    await watching.promise;
    await settled();
    engine.forget(gone);
    unpacker.askAgain();
    const kept = keep();
    saving = kept
      .catch(() => {})
      .finally(() => {
        saving = undefined;
      });
    await kept;
    rmSync(`${file}.damaged`, { force: true });
  },
  async close(): Promise<void> {
    clearInterval(timer);
    await working;
    await saving;
    if (caughtUp && underWay === 0 && saved.through !== through) await save();
    feed?.close();
    setImmediate(() => port.close());
  },
});

function newEngine(): Engine {
  return new Engine({
    off: start.off,
    newId,
    onDefect: (detector, error) =>
      trouble(`the detector ${detector} failed: ${(error as Error).stack ?? String(error)}`),
  });
}

function restore(state: unknown, leaf: number, known: number): void {
  try {
    if (leaf > known) throw new Error(`it is of a journal of ${leaf} entries, and there are ${known}`);
    engine.load(state);
    through = leaf;
  } catch (error) {
    // What was taken in before it failed is of no use.
    engine = newEngine();
    trouble(`what the watch had learned cannot be used: ${(error as Error).message}; it is learned anew`);
  }
}

/** Does what is to be done, one thing at a time. */
function work(): void {
  if (!isOpen) return;
  working ??= run()
    .catch((error: unknown) => trouble(`the watch could not go on: ${String((error as Error).message)}`))
    .finally(() => {
      working = undefined;
    });
}

async function run(): Promise<void> {
  if (!caughtUp) await catchUp();
  for (let next = batches.shift(); next; next = batches.shift()) {
    const { batch } = next;
    if (batch.from > through) await read(batch.from);
    unpacker.each(batch, (row) => {
      if (row.leaf < through) return;
      engine.pass(row.time);
      engine.observe(row);
    });
    through = Math.max(through, batch.through);
    size = Math.max(size, through);
    // It is known as taken only now, so that no more come than are worked on.
    next.feed.postMessage(through);
    tell(engine.drain());
    // Whoever asks has a turn.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (size > through && performance.now() - heard > PATIENCE) {
    await read(size);
    tell(engine.drain());
  }
}

/** What was recorded while nobody watched. It is told at the end, when it is known what had been told of it before. */
async function catchUp(): Promise<void> {
  await read(goal);
  const events = reconciled(engine.drain(), rows.findings, engine.lasting);
  for (const decision of rows.decisions) engine.decided(decision);
  rows.forget();
  caughtUp = true;
  tell(events);
  status();
  watching.resolve();
}

/** Takes in the journal up to that leaf. */
async function read(to: number): Promise<void> {
  await source.refresh(to);
  const packer = new FeedPacker();
  const reading = new FeedUnpacker(ahead);
  for await (const entries of source.batches(through, to)) {
    const items: FeedItem[] = [];
    for (const entry of entries) {
      const item = await rows.item(entry);
      if (item) items.push(item);
    }
    const until = (entries.at(-1)?.leaf ?? through) + 1;
    reading.each(packer.pack(items, through, until), (row) => {
      engine.pass(row.time);
      engine.observe(row);
    });
    through = until;
    if (caughtUp) tell(engine.drain());
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (caughtUp) rows.forget();
  heard = performance.now();
}

function tell(told: readonly Told[]): void {
  if (told.length === 0) return;
  underWay += told.length;
  news({ told });
}

/** Once a second: time passes, and what was learned is kept from time to time. */
function beat(): void {
  if (caughtUp) {
    engine.pass(Date.now());
    tell(engine.drain());
    const now = performance.now();
    const due = now - saved.at > Math.max(SAVE.every, saved.took * SAVE.times);
    // A state is of use only when every finding in it is in the journal.
    if (due && underWay === 0 && saved.through !== through && working === undefined)
      saving ??= save().finally(() => {
        saving = undefined;
      });
  }
  status();
  work();
}

/** Keeps what was learned so far. The watch goes on while it is written. */
async function save(): Promise<void> {
  try {
    await keep();
  } catch (error) {
    trouble(`what the watch has learned could not be written: ${(error as Error).message}`);
  }
}

/** Resolves when no state is being written, and every finding that was told is in the journal: a state is of use then. */
async function settled(): Promise<void> {
  for (const until = performance.now() + PATIENT; saving || underWay > 0; ) {
    if (performance.now() > until)
      throw new DogwatchError('watch_unavailable', 'The journal does not take what the watch tells.', {
        remedy: 'See the log; what is to be forgotten is forgotten after the next start at the latest.',
      });
    await (saving ?? delay(20));
  }
}

/** @throws when it cannot be written */
async function keep(): Promise<void> {
  const began = performance.now();
  const leaf = through;
  try {
    await writeState(file, start.key, { through: leaf, engine: engine.save() });
  } finally {
    const at = performance.now();
    saved = { at, took: at - began, through: leaf };
  }
}

function status(): void {
  news({ status: { state: caughtUp ? 'watching' : 'catching-up', through, ...engine.status } });
}
