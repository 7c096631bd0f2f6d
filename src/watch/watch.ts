// The watch as the rest of Dogwatch sees it: what it tells, what it is told, and what can be asked of it. Plain data.
import type { Finding, FindingDecision, Suppression } from '../exchange/finding.ts';
import type { Memory } from '../exchange/memory.ts';
import type { Action } from '../exchange/operation.ts';

/** What happened to a finding. It is told after it is durable in the journal. */
export type FindingEvent = 'opened' | 'updated' | 'ended';

/**
 * Hears of findings. A listener that throws is of no concern to others.
 * @param late it was noticed minutes after it happened, when what was recorded before a restart was caught up with: nobody need be woken
 */
export type FindingListener = (finding: Finding, event: FindingEvent, late: boolean) => void;

export interface TopOptions {
  /** What a row is about: one identity, one operation, or one identity's calls of one operation. The last, when absent. */
  readonly by?: 'identity' | 'operation' | 'both';
  /** Only calls of this one, `issuer#subject`. */
  readonly identity?: string;
  /** Only calls for this one. */
  readonly connection?: string;
  /** Rows, 1 to 500; 50 when absent. */
  readonly limit?: number;
}

/** Calls of the last minute that have something in common. */
export interface TopRow {
  readonly identity?: { readonly issuer: string; readonly subject: string; readonly name: string };
  readonly operation?: string;
  /** Calls in the last `window` milliseconds. */
  readonly calls: number;
  /** Calls per second in the latest ten seconds. */
  readonly perSecond: number;
  readonly actions: Readonly<Record<Action, number>>;
  /** Of the calls, how many Dogwatch refused, and how many others ended without an answer or with a status of 400 or more. */
  readonly refusals: number;
  readonly errors: number;
}

/** The rates of the last minute, busiest first. */
export interface TopRates {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds: 60,000. */
  readonly window: number;
  readonly total: Omit<TopRow, 'identity' | 'operation'>;
  readonly rows: readonly TopRow[];
  /** Rows that were left out. */
  readonly more: number;
}

export interface WatchStatus {
  readonly enabled: boolean;
  /** `starting`: its thread is not up (yet). `catching-up`: it reads what was recorded while it was not there. */
  readonly state: 'off' | 'starting' | 'catching-up' | 'watching' | 'failed';
  /** Leaves of the journal that it has seen. */
  readonly through: number;
  /** Identities and rate keys it knows. */
  readonly identities: number;
  readonly keys: number;
  /** Findings that are not over. */
  readonly open: number;
  /** Why its memory of before is not there, or what the last failure was. */
  readonly trouble?: string;
}

/** The watch of a running gateway. */
export interface Watch extends Memory {
  /** @returns a function that ends it */
  onFinding(listener: FindingListener): () => void;
  /** @throws DogwatchError `watch_unavailable` when its thread is not up */
  top(options?: TopOptions): Promise<TopRates>;
  /** Tells what somebody decided: a dismissed or resolved finding does not grow any more. */
  decided(decision: FindingDecision): void;
  /** Sets the suppressions that are in force, in place of those of before. */
  suppressions(list: readonly Suppression[]): void;
  status(): WatchStatus;
  close(): Promise<void>;
}
