// Which full segments wait to be sealed, one after another.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Background, isStopped } from './background.ts';
import type { Keyring } from './keyring.ts';
import type { SealJob } from './seal.ts';
import { SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-writer.ts';

/** Sealing waits for a moment in which this thread was busy less than this share of the time … */
const QUIET = 0.5;
/** … measured over so many milliseconds … */
const SAMPLE = 250;
/** … unless so many segments wait. */
const MOST_WAITING = 32;

/** Milliseconds that a shutdown may take for sealing. */
const FINISH = 2000;

/** Has segments sealed in the background, in order. What it costs is spent when calls do not need it. */
export class Sealer {
  readonly #dir: string;
  readonly #keyring: Keyring;
  readonly #background: Background;
  /** The first is the one that is being sealed. */
  readonly #queue: { segment: number; end: number }[] = [];
  #running: Promise<void> | undefined;
  #failure: string | undefined;
  readonly #stopping = new AbortController();
  #closed = false;

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
    if (!this.#closed) this.#running ??= this.#run();
  }

  /** Starts no further one. What is under way goes on, without rests. */
  stop(): void {
    this.#closed = true;
    this.#stopping.abort();
    this.#background.hurry();
  }

  /** Seals what waits, as much as a shutdown has time for, then stops the background thread. The rest is sealed after the next start. */
  async finish(): Promise<void> {
    const sealed = this.#rest();
    const timer = new AbortController();
    await Promise.race([sealed, delay(FINISH, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    await this.#background.close();
    await sealed;
    const next = this.#queue[0];
    if (next !== undefined) await rm(`${join(this.#dir, segmentName(next.segment))}.tmp`, { force: true });
  }

  async #rest(): Promise<void> {
    await this.#running;
    while (this.#queue.length > 0 && (await this.#seal(false))) this.#queue.shift();
  }

  /** Seals the first that waits. @returns whether it was tried to its end */
  async #seal(gently: boolean): Promise<boolean> {
    const { segment, end } = this.#queue[0]!;
    try {
      await this.#background.run({ kind: 'seal', ...(await this.#job(segment, end)), gently });
      this.#failure = undefined;
    } catch (error) {
      if (isStopped(error)) return false;
      this.#failure = (error as Error).message;
    }
    return true;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#quiet();
      if (this.#closed || !(await this.#seal(true))) break;
      this.#queue.shift();
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

  async #job(segment: number, end: number): Promise<Omit<SealJob, 'gently'>> {
    const path = join(this.#dir, segmentName(segment));
    const file = await SegmentFile.open(path, this.#keyring, false);
    file.retire();
    const source = file.header.header;
    const header = { ...source, id: randomBytes(16).toString('base64url'), root: this.#keyring.current };
    const key = this.#keyring.segmentKey(source.root.id, source.id);
    const newKey = this.#keyring.segmentKey(header.root.id, header.id);
    return { path, key, header, newKey, end };
  }
}
