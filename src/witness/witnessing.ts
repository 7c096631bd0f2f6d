// Has checkpoints cosigned by witnesses and copied elsewhere, at an interval, beside the data path: nothing waits for it.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { readText } from '../journal/checkpoints.ts';
import { type Cosignature, cosignaturesOf, type WitnessKey } from '../journal/cosignature.ts';
import { dataPaths, writeWhole } from '../journal/durable.ts';
import { parseNote, parseTreeHead } from '../journal/note.ts';
import { appendNote } from '../journal/note-file.ts';
import { askWitness, NotCosigned, type Witness } from './client.ts';
import { type CopyTarget, copyName, sendCopy } from './copies.ts';

export interface WitnessingOptions {
  /** The data directory. */
  readonly dir: string;
  readonly witnesses: readonly Witness[];
  /** So many cosignatures make a checkpoint witnessed. */
  readonly needed: number;
  readonly copies: readonly CopyTarget[];
  /** Milliseconds between checkpoints that are handed out. */
  readonly interval: number;
  /** Milliseconds that a witness or place has to answer. */
  readonly timeout: number;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** How one witness or place does. */
export interface OutletStatus {
  readonly name: string;
  /** Tree size that it last cosigned, or was last given. */
  readonly size: number;
  /** Milliseconds since the epoch of that; absent when it never did. */
  readonly time?: number;
  readonly failures: number;
  /** Why the last attempt failed; absent when it did not. */
  readonly problem?: string;
  /** It contradicts what this log says: history was rewritten or rolled back. */
  readonly conflict: boolean;
}

export interface WitnessingStatus {
  readonly witnesses: readonly OutletStatus[];
  readonly copies: readonly OutletStatus[];
  readonly needed: number;
  /** The largest tree that enough witnesses cosigned since the start or before; absent when there is none. */
  readonly witnessed?: { readonly size: number };
}

export interface Witnessing {
  status(): WitnessingStatus;
  /** Hands out a last checkpoint, which `sign` has written, within a bounded time, and stops. */
  finish(sign: () => Promise<unknown>): Promise<void>;
}

/** Milliseconds before the first of further attempts; doubled with each, up to the longest. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 10 * 60_000;
/** Milliseconds that a stop may take for it. */
const FINISH = 3000;

/** A witness or a place, and how it has done. */
interface Outlet {
  readonly name: string;
  size: number;
  time: number | undefined;
  failures: number;
  /** Failures in a row. */
  failed: number;
  next: number;
  problem: string | undefined;
  conflict: boolean;
}

const outlet = (name: string): Outlet => ({
  name,
  size: 0,
  time: undefined,
  failures: 0,
  failed: 0,
  next: 0,
  problem: undefined,
  conflict: false,
});

/** The checkpoint that is being handed out. */
interface Current {
  readonly note: string;
  readonly text: string;
  readonly size: number;
  readonly taken: number;
  readonly cosignatures: Map<WitnessKey, Cosignature>;
  /** How many cosignatures stand in the file. */
  stored: number;
  /** Whether it is in the file of those kept for good. */
  kept: boolean;
  readonly copied: Set<Outlet>;
}

/** Starts. With neither witnesses nor places nothing is ever done. */
export function startWitnessing(options: WitnessingOptions): Witnessing {
  return new Rounds(options);
}

class Rounds implements Witnessing {
  readonly #options: WitnessingOptions;
  readonly #witnesses: readonly (readonly [Witness, Outlet])[];
  readonly #copies: readonly (readonly [CopyTarget, Outlet])[];
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #current: Current | undefined;
  #witnessed: number | undefined;

  constructor(options: WitnessingOptions) {
    this.#options = options;
    this.#witnesses = options.witnesses.map((witness) => [witness, outlet(witness.name)]);
    this.#copies = options.copies.map((target) => [target, outlet(copyName(target))]);
    this.#running = this.#witnesses.length + this.#copies.length > 0 ? this.#run() : Promise.resolve();
  }

  status(): WitnessingStatus {
    const shown = ({ name, size, time, failures, problem, conflict }: Outlet): OutletStatus => ({
      name,
      size,
      failures,
      conflict,
      ...(time !== undefined && { time }),
      ...(problem !== undefined && { problem }),
    });
    return {
      witnesses: this.#witnesses.map(([, each]) => shown(each)),
      copies: this.#copies.map(([, each]) => shown(each)),
      needed: this.#options.needed,
      ...(this.#witnessed !== undefined && { witnessed: { size: this.#witnessed } }),
    };
  }

  async finish(sign: () => Promise<unknown>): Promise<void> {
    if (this.#witnesses.length + this.#copies.length === 0) return;
    this.#stopping.abort();
    await this.#running;
    await sign().catch(() => undefined);
    // Whoever does not answer now has the last chance after the next start.
    for (const [, each] of [...this.#witnesses, ...this.#copies]) each.next = 0;
    // Witnesses first, then the places.
    await this.#round(Math.min(this.#options.timeout, FINISH / 2), true);
  }

  async #run(): Promise<void> {
    await this.#recall();
    while (!this.#stopping.signal.aborted) {
      await this.#round(this.#options.timeout, false);
      await delay(this.#pause(), undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** What the witnesses cosigned before the start: the file of the last run says it. */
  async #recall(): Promise<void> {
    const note = parseNote(await readText(join(dataPaths(this.#options.dir).tlog, 'cosigned')).catch(() => ''));
    const head = note && parseTreeHead(note.text);
    if (note === undefined || head === undefined) return;
    let count = 0;
    for (const [{ key }, each] of this.#witnesses) {
      const [found] = cosignaturesOf(note, [key]) ?? [];
      if (found === undefined) continue;
      count++;
      each.size = head.size;
      each.time = found.time * 1000;
    }
    if (count > 0 && count >= this.#options.needed) this.#witnessed = head.size;
  }

  /** Until the next checkpoint, or the next attempt of what failed. */
  #pause(): number {
    const now = Date.now();
    let next = (this.#current?.taken ?? now) + this.#options.interval;
    for (const [, each] of [...this.#witnesses, ...this.#copies]) if (each.failed > 0) next = Math.min(next, each.next);
    return Math.max(next - now, 50);
  }

  async #round(timeout: number, last: boolean): Promise<void> {
    try {
      const current = await this.#checkpoint(last);
      if (current === undefined) return;
      const signal = (): AbortSignal => AbortSignal.timeout(timeout);
      await Promise.all(this.#witnesses.map(([witness, each]) => this.#cosign(current, witness, each, signal())));
      await this.#store(current);
      const note = current.note + linesOf(current);
      await Promise.all(this.#copies.map(([target, each]) => this.#copy(current, note, target, each, signal())));
    } catch (error) {
      this.#options.log.error({ message: messageOf(error) }, 'checkpoints cannot be handed to witnesses and copies');
    }
  }

  /** The newest checkpoint once the interval is over; until then the one that is under way. */
  async #checkpoint(last: boolean): Promise<Current | undefined> {
    const now = Date.now();
    if (this.#current !== undefined && !last && now - this.#current.taken < this.#options.interval)
      return this.#current;
    const note = await readText(join(dataPaths(this.#options.dir).tlog, 'checkpoint'));
    const parsed = parseNote(note);
    const head = parsed && parseTreeHead(parsed.text);
    if (parsed === undefined || head === undefined) return this.#current;
    // The same tree signed again is no news.
    if (parsed.text !== this.#current?.text) {
      this.#current = {
        note,
        text: parsed.text,
        size: head.size,
        taken: now,
        cosignatures: new Map(),
        stored: 0,
        kept: false,
        copied: new Set(),
      };
    } else this.#current = { ...this.#current, taken: now };
    return this.#current;
  }

  async #cosign(current: Current, witness: Witness, each: Outlet, signal: AbortSignal): Promise<void> {
    if (current.cosignatures.has(witness.key) || Date.now() < each.next) return;
    try {
      const tlog = dataPaths(this.#options.dir).tlog;
      const cosignature = await askWitness(witness, {
        tlog,
        checkpoint: current.note,
        old: Math.min(each.size, current.size),
        signal,
      });
      current.cosignatures.set(witness.key, cosignature);
      each.size = current.size;
      this.#succeeded(each, 'the witness cosigns again');
    } catch (error) {
      this.#failed(each, error, 'a witness did not cosign the checkpoint');
    }
  }

  async #copy(current: Current, note: string, target: CopyTarget, each: Outlet, signal: AbortSignal): Promise<void> {
    if (current.copied.has(each) || Date.now() < each.next) return;
    try {
      await sendCopy(target, note, signal);
      current.copied.add(each);
      each.size = current.size;
      this.#succeeded(each, 'checkpoints are copied again');
    } catch (error) {
      this.#failed(each, error, 'a checkpoint could not be copied');
    }
  }

  #succeeded(each: Outlet, again: string): void {
    if (each.failed > 0) this.#options.log.info({ outlet: each.name, size: each.size }, again);
    each.time = Date.now();
    each.failed = 0;
    each.next = 0;
    each.problem = undefined;
    each.conflict = false;
  }

  #failed(each: Outlet, error: unknown, what: string): void {
    each.failures++;
    each.failed++;
    each.next = Date.now() + Math.min(FIRST_PAUSE * 2 ** (each.failed - 1), LONGEST_PAUSE);
    each.problem = messageOf(error);
    each.conflict = error instanceof NotCosigned && error.conflict;
    const { log } = this.#options;
    const fields = { outlet: each.name, failures: each.failed, problem: each.problem };
    if (each.conflict)
      log.error(fields, 'a witness contradicts this log: stop, and compare it with copies of its checkpoints');
    else log.warn(fields, what);
  }

  /** Served beside the checkpoint as soon as enough have cosigned, and kept for good. */
  async #store(current: Current): Promise<void> {
    const count = current.cosignatures.size;
    if (count === 0 || count < this.#options.needed || count === current.stored) return;
    const paths = dataPaths(this.#options.dir);
    const note = current.note + linesOf(current);
    await writeWhole(join(paths.tlog, 'cosigned'), note);
    current.stored = count;
    this.#witnessed = current.size;
    if (current.kept) return;
    await appendNote(paths.cosigned, note);
    current.kept = true;
  }
}

const linesOf = ({ cosignatures }: Current): string => [...cosignatures.values()].map(({ line }) => line).join('');

const messageOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  return typeof code === 'string' && !message.includes(code) ? `${code}: ${message}` : message || 'unknown';
};
