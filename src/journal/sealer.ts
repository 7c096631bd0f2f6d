// Which full segments wait to be sealed, one after another.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Background } from './background.ts';
import type { Keyring } from './keyring.ts';
import { type SealJob, sealSegment } from './seal.ts';
import { SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-writer.ts';

/** Sealing waits for a moment in which this thread was busy less than this share of the time … */
const QUIET = 0.5;
/** … measured over so many milliseconds … */
const SAMPLE = 250;
/** … unless so many segments wait. */
const MOST_WAITING = 32;

/** Has segments sealed in the background, in order. What it costs is spent when calls do not need it. */
export class Sealer {
  readonly #dir: string;
  readonly #keyring: Keyring;
  readonly #background: Background;
  readonly #queue: { segment: number; end: number }[] = [];
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  readonly #stopping = new AbortController();
  #closed = false;
  /** Path of the segment that is being sealed. */
  #current: string | undefined;

  constructor(dir: string, keyring: Keyring, background: Background) {
    this.#dir = dir;
    this.#keyring = keyring;
    this.#background = background;
  }

  /** Why the last segment could not be sealed. It is as durable as before, only larger. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** @param end leaf index after the segment's last entry */
  add(segment: number, end: number): void {
    this.#queue.push({ segment, end });
    this.#running ??= this.#run();
  }

  /** Starts no further one. What is under way ends with the background thread: to be closed in between. */
  stop(): void {
    this.#closed = true;
    this.#stopping.abort();
  }

  /** Removes what was half done. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    if (this.#current !== undefined) await rm(`${this.#current}.tmp`, { force: true });
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined && !this.#closed; next = this.#queue.shift()) {
      await this.#quiet();
      if (this.#closed) break;
      try {
        await this.#seal(next.segment, next.end);
        this.#failure = undefined;
      } catch (error) {
        if (!this.#closed) this.#failure = (error as Error).message;
      }
    }
    this.#running = undefined;
  }

  async #quiet(): Promise<void> {
    let busy = 1;
    while (busy > QUIET && this.#queue.length < MOST_WAITING && !this.#closed) {
      const before = performance.eventLoopUtilization();
      await delay(SAMPLE, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined);
      busy = performance.eventLoopUtilization(before).utilization;
    }
  }

  /** Seals a segment in this thread, at once: when the journal is closed and nothing else is to be done. */
  async sealNow(segment: number, end: number): Promise<void> {
    try {
      await sealSegment({ ...(await this.#job(segment, end)), gently: false });
    } catch (error) {
      this.#failure = (error as Error).message;
    }
  }

  async #seal(segment: number, end: number): Promise<void> {
    const job = await this.#job(segment, end);
    this.#current = job.path;
    await this.#background.run({ kind: 'seal', ...job });
    this.#current = undefined;
  }

  async #job(segment: number, end: number): Promise<SealJob> {
    const path = join(this.#dir, segmentName(segment));
    const file = await SegmentFile.open(path, this.#keyring, false);
    file.retire();
    const source = file.header.header;
    const header = { ...source, id: randomBytes(16).toString('base64url'), root: this.#keyring.current };
    const key = this.#keyring.segmentKey(source.root.id, source.id);
    const newKey = this.#keyring.segmentKey(header.root.id, header.id);
    return { path, key, header, newKey, end, gently: true };
  }
}
