// Outcomes that the journal could not take when they happened: kept in short form and recorded as unknown once it can.
import type { Logger } from 'pino';
import type { ExchangeOutcome } from '../exchange/exchange.ts';
import { NO_BODY, type Recorder } from './recorder.ts';

const MAX_KEPT = 10_000;
const RETRY_MS = 1_000;

/** After a restart recovery does the same for every intent without an outcome; this is for a process that lives on. */
export class UnrecordedOutcomes {
  #recorder: Recorder;
  #log: Logger;
  #kept: ExchangeOutcome[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(recorder: Recorder, log: Logger) {
    this.#recorder = recorder;
    this.#log = log;
  }

  /** Notes that a call was sent and that what became of it could not be recorded. */
  add(exchange: string): void {
    if (this.#kept.length >= MAX_KEPT) return;
    const message = 'the journal could not take the outcome when it came';
    this.#kept.push({
      exchange,
      outcome: 'unknown',
      error: { code: 'journal_unavailable', message },
      timing: { completed: 0 },
    });
    this.#timer ??= setTimeout(() => this.#retry(), RETRY_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #retry(): Promise<void> {
    this.#timer = undefined;
    const kept = this.#kept.splice(0);
    const results = await Promise.allSettled(kept.map((outcome) => this.#recorder.outcome(outcome, NO_BODY)));
    this.#kept.unshift(...kept.filter((_, i) => results[i]!.status === 'rejected'));
    const recorded = kept.length - this.#kept.length;
    if (recorded > 0) this.#log.warn({ recorded }, 'outcomes recorded as unknown');
    if (this.#kept.length > 0) this.#timer ??= setTimeout(() => this.#retry(), RETRY_MS);
  }
}
