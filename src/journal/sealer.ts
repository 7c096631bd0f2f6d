// Which full segments wait to be sealed, one after another.
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DogwatchError } from '../exchange/error.ts';
import { type Background, isStopped } from './background.ts';
import { decodeSegmentHeader, HEADER_READ } from './format.ts';
import type { Keyring } from './keyring.ts';
import { type Erasure, leavesOf } from './leaf-ranges.ts';
import type { SealJob } from './seal.ts';
import { damagedAt, SegmentFile } from './segment-file.ts';
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
  /** What rewrites a segment now; one at a time. */
  #rewriting: Promise<unknown> = Promise.resolve();
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
      await this.#rewrite(segment, end, { gently });
      this.#failure = undefined;
    } catch (error) {
      if (isStopped(error)) return false;
      this.#failure = (error as Error).message;
    }
    return true;
  }

  /** One after another: two that rewrite the same segment would undo each other's work. */
  #rewrite(segment: number, end: number, how: Pick<SealJob, 'gently' | 'erase'>): Promise<void> {
    const rewriting = this.#rewriting.then(async () =>
      this.#background.run({ kind: 'seal', ...(await this.#job(segment, end)), ...how }),
    );
    this.#rewriting = rewriting.catch(() => undefined);
    return rewriting;
  }

  /**
   * Rewrites the segments that hold these leaves, without the parts that are to be erased.
   *
   * @param live number of the segment that is written on; those before it can be rewritten
   * @returns how many were rewritten
   */
  async erase(erasure: Erasure, live: number): Promise<number> {
    const leaves = leavesOf(erasure);
    const last = leaves.at(-1)?.[1];
    if (last === undefined) return 0;
    const first = (segment: number): Promise<number> => firstLeafOf(join(this.#dir, segmentName(segment)));
    let rewritten = 0;
    let end = Number.POSITIVE_INFINITY;
    const plan: { segment: number; end: number }[] = [];
    for (let segment = live; segment > 0 && end > (leaves[0]?.[0] ?? 0); segment--) {
      const begin = await first(segment).catch((error: NodeJS.ErrnoException) => {
        if (segment === live && error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (begin === undefined) continue;
      if (leaves.some(([from, to]) => from < end && to >= begin)) {
        if (segment === live) throw new DogwatchError('internal', `entry ${last} is still in the live segment`);
        plan.unshift({ segment, end });
      }
      end = begin;
    }
    for (const { segment, end: until } of plan) {
      if (this.#closed) throw closing();
      try {
        await this.#rewrite(segment, Number.isFinite(until) ? until : await this.#endOf(segment), {
          gently: false,
          erase: erasure,
        });
      } catch (error) {
        throw isStopped(error) ? closing() : error;
      }
      rewritten++;
    }
    return rewritten;
  }

  /** Leaf index after the last entry of the newest segment, when no other follows it. */
  async #endOf(segment: number): Promise<number> {
    const file = await SegmentFile.open(join(this.#dir, segmentName(segment)), this.#keyring, false);
    file.retain();
    try {
      for await (const _ of file.frames(file.end));
      return file.end;
    } finally {
      file.retire();
      file.release();
    }
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

const closing = (): DogwatchError =>
  new DogwatchError(
    'journal_unavailable',
    'the journal is closing; what is left to erase is erased after the next start',
  );

/** Leaf index of a segment's first entry, from its header. */
async function firstLeafOf(path: string): Promise<number> {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(HEADER_READ);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    const header = decodeSegmentHeader(bytes.subarray(0, bytesRead));
    if (header === undefined) throw damagedAt(path, 0, 'the segment header cannot be read');
    return header.header.first;
  } finally {
    await handle.close();
  }
}
