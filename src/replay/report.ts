// What a replay tells, as plain data.
import type { Change } from '../change/diff.ts';
import type { Action, RiskLevel, RiskTag } from '../exchange/operation.ts';
import type { Divergence } from './compare.ts';

/** What a call did to one resource. */
export interface StateChange {
  readonly kind: string;
  /** The id in the replay. */
  readonly id: string;
  readonly effect: 'created' | 'updated' | 'deleted';
  /** Without what the server makes itself. */
  readonly changes: readonly Change[];
}

export interface Step {
  /** 1 for the session's first call. */
  readonly n: number;
  readonly exchange: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `(erased)` when the record no longer tells. */
  readonly operation: string;
  readonly action?: Action;
  readonly risk?: RiskLevel;
  readonly tags: readonly RiskTag[];
  readonly method?: string;
  /** As sent: with the ids of the replay. */
  readonly target?: string;
  readonly how: /** It was sent to the target. */
    | 'executed'
    /** It asks for data that nobody can make again: the recorded answer stands. */
    | 'from-recording'
    /** `--skip` */
    | 'skipped'
    /** It could not be done again, or was not done the first time. */
    | 'stepped-over';
  /** Its body was another than recorded. */
  readonly edited?: true;
  readonly why?: string;
  readonly status: { readonly recorded?: number; readonly actual?: number };
  readonly changes: readonly StateChange[];
  readonly divergences: readonly Divergence[];
}

/** What the session did to one resource, from before its first call to after its last. */
export interface ResourceImpact {
  readonly kind: string;
  readonly id: string;
  /** When it has another id in the recording. */
  readonly recordedId?: string;
  readonly connection: string;
  readonly title?: string;
  readonly effect: 'created' | 'updated' | 'deleted' | 'unchanged';
  readonly before?: unknown;
  readonly after?: unknown;
  /** Without what the server makes itself. */
  readonly changes: readonly Change[];
  /** Numbers of the steps that changed it. */
  readonly steps: readonly number[];
  readonly risk: RiskLevel;
  readonly tags: readonly RiskTag[];
  /** How it stands against the recording's end; absent when the record does not tell. */
  readonly asRecorded?: boolean;
  readonly divergences: readonly Divergence[];
}

export interface Replay {
  readonly session: string;
  readonly against: string;
  readonly verified: { readonly entries: number; readonly size: number; readonly origin: string };
  /** What the state at the beginning was made of. */
  readonly origin: { readonly resources: number; readonly calls: number; readonly guessed: readonly string[] };
  readonly steps: readonly Step[];
  readonly impact: readonly ResourceImpact[];
  /** Recorded ids and those of the replay, where they differ. */
  readonly ids: readonly (readonly [recorded: string, actual: string])[];
  /** Resources that the recording changed and the replay did not. */
  readonly missing: readonly { readonly kind: string; readonly id: string; readonly because: string }[];
  readonly divergences: number;
}
