// The watch in the main thread: a handle on its thread, and what brings its findings into the journal before anybody is told.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { newId } from '../exchange/canonical.ts';
import type { Entry } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { Suppression } from '../exchange/finding.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import type { Remains } from '../exchange/memory.ts';
import type { Row } from '../index/search-index.ts';
import type { Line } from '../index/worker-calls.ts';
import type { Remembered, Switch } from './engine.ts';
import type { Told } from './episodes.ts';
import type { FindingListener, TopOptions, TopRates, Watch, WatchStatus } from './watch.ts';
import { WatchThread } from './watch-thread.ts';
import type { WatchNews } from './watch-worker.ts';

export interface WatchOptions {
  /** The data directory. */
  readonly dir: string;
  readonly kek: KeyEncryptionKey;
  /** 32 bytes that seal what it has learned. */
  readonly key: Uint8Array;
  readonly journal: { readonly size: number; append(entry: Entry): Promise<number> };
  readonly index: {
    feed(port: () => MessagePort): void;
    exchange(id: string): Promise<Row | undefined>;
    reached(size: number): Promise<void>;
  };
  /** Detectors that are switched off. */
  readonly off: readonly Switch[];
  /** Hears of what the operator should know. */
  readonly onTrouble: (why: string) => void;
}

/** Milliseconds before a finding that the journal did not take is given to it again. */
const RETRY = 1000;
/** A finding noticed so many milliseconds ago is told as late. */
const LATE = 300_000;

/** Starts to watch; catching up with what was recorded meanwhile goes on behind. */
export function openWatch(options: WatchOptions): Watch {
  return new RunningWatch(options);
}

class RunningWatch implements Watch {
  private readonly options: WatchOptions;
  private readonly thread: WatchThread;
  private readonly listeners = new Set<FindingListener>();
  private readonly timer: NodeJS.Timeout;
  private suppressed: readonly Suppression[] = [];
  private last: Omit<WatchStatus, 'enabled'> = { state: 'starting', through: 0, identities: 0, keys: 0, open: 0 };
  private trouble: string | undefined;
  /** What is on its way into the journal, one after the other. */
  private recording: Promise<void> = Promise.resolve();
  private closing = false;

  constructor(options: WatchOptions) {
    this.options = options;
    const { dir, kek, key, off, index } = options;
    this.thread = new WatchThread({
      start: { dir, kek: kek.id, key, off },
      methods: {
        wrap: (dataKey: Uint8Array, context: string) => kek.wrap(dataKey, context),
        unwrap: (wrapped: Uint8Array, context: string) => kek.unwrap(wrapped, context),
        row: (exchange: string) => index.exchange(exchange),
      },
      opened: (line) => this.opened(line),
      onNews: (news) => this.hear(news),
      onTrouble: (why) => {
        this.last = { ...this.last, state: 'failed' };
        this.note(why);
      },
    });
    this.thread.run();
    this.timer = setInterval(() => this.thread.say('size', [options.journal.size]), 1000);
    this.timer.unref();
  }

  onFinding(listener: FindingListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  top(options: TopOptions = {}): Promise<TopRates> {
    return this.thread.call<TopRates>('top', options);
  }

  decided(decision: Parameters<Watch['decided']>[0]): void {
    this.thread.say('decided', [decision]);
  }

  suppressions(list: readonly Suppression[]): void {
    this.suppressed = list;
    this.thread.say('suppressions', [list]);
  }

  async forget(remains: Remains): Promise<void> {
    const { callers, findings } = await this.thread.call<Remembered>('known');
    // What it had told until then stands in the journal now.
    await this.recording;
    const gone: Remembered = {
      callers: [...(await remains.strangers(callers))],
      findings: [...(await remains.unheard(findings))],
    };
    await this.thread.call('forget', gone);
  }

  status(): WatchStatus {
    return { enabled: true, ...this.last, ...(this.trouble === undefined ? {} : { trouble: this.trouble }) };
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.closing = true;
    await this.recording;
    await this.thread.close();
  }

  /** A thread is new: what the one before it said comes first into the journal, so that it finds it there. */
  private async opened(line: Line): Promise<void> {
    // What becomes durable from now on is fed; what is before it is caught up with.
    this.options.index.feed(() => {
      const { port1, port2 } = new MessageChannel();
      this.thread.say('feed', [port2], [port2]);
      return port1;
    });
    await this.recording;
    await line.call('open', this.options.journal.size, this.suppressed);
  }

  private hear({ told, status, trouble }: WatchNews): void {
    if (status) this.last = status;
    if (trouble !== undefined) this.note(trouble);
    if (told) this.recording = this.recording.then(() => this.record(told));
  }

  private note(why: string): void {
    this.trouble = why;
    this.options.onTrouble(why);
  }

  /** Has findings recorded; whoever listens is told when they are durable. */
  private async record(told: readonly Told[]): Promise<void> {
    for (const { event, finding } of told) {
      const leaf = await this.append({
        id: newId(),
        time: Date.now(),
        kind: `finding.${event}`,
        parts: { summary: Buffer.from(JSON.stringify(finding)) },
      });
      if (leaf === undefined) return;
      // Who waits for it makes the index hurry: the finding is seen in a moment, not with the next batch.
      this.options.index.reached(leaf + 1).catch(() => {});
      const late = Date.now() - Math.max(finding.noticed, finding.latest) > LATE;
      for (const listener of this.listeners) {
        try {
          listener(finding, event, late);
        } catch (error) {
          this.note(`a listener of findings failed: ${(error as Error).message}`);
        }
      }
    }
    this.thread.say('durable', [told.length]);
  }

  /** Appends, again and again when the journal takes nothing now. @returns the leaf, or undefined when the gateway stops first */
  private async append(entry: Entry): Promise<number | undefined> {
    for (;;) {
      try {
        return await this.options.journal.append(entry);
      } catch (error) {
        const code = error instanceof DogwatchError ? error.code : 'internal';
        if (this.closing || code === 'journal_failed') return undefined;
        if (code !== 'journal_unavailable') {
          this.note(`a finding could not be recorded: ${(error as Error).message}`);
          return undefined;
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY).unref());
      }
    }
  }
}
