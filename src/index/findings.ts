// What can be asked of the index about findings, as plain data.
import type { Detector, Finding, FindingDecision, FindingState, Severity } from '../exchange/finding.ts';

/** Which findings are meant: those that meet all of what is given. */
export interface FindingFilter {
  readonly states?: readonly FindingState[];
  readonly severities?: readonly Severity[];
  readonly detectors?: readonly Detector[];
  /** Name or subject of the identity, or `issuer#subject`; case does not matter. */
  readonly identity?: string;
  readonly connection?: string;
  readonly session?: string;
  readonly family?: string;
  readonly operation?: string;
  /** Those that share their cause with the finding of this id, itself included. */
  readonly cause?: string;
  /** Milliseconds since the epoch, both included: those that lasted into that time. */
  readonly from?: number;
  readonly until?: number;
}

/** One page of them. */
export interface FindingsPage extends FindingFilter {
  /** 1 to 500; 50 when absent. */
  readonly limit?: number;
  /** `next` of the page before, for the same filter. */
  readonly cursor?: string;
}

/** A finding as it is now: what the detector last said of it, and what was decided. */
export interface FoundFinding extends Finding {
  readonly state: FindingState;
  /** The latest ones, oldest first. The one without `who` is the end that it came to by itself. */
  readonly decisions: readonly FindingDecision[];
  /** Leaf of the latest entry about it. */
  readonly leaf: number;
}

/** How many findings there are, by what. What there is none of is absent. */
export interface FindingCounts {
  readonly states: { readonly [State in FindingState]?: number };
  /** Of those that are open or acknowledged. */
  readonly severities: { readonly [Each in Severity]?: number };
  readonly detectors: { readonly [Each in Detector]?: number };
}
