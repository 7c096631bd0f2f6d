// A call that waits for somebody's leave: what was asked, and what became of it, as plain data.
import type { Action } from './operation.ts';

/** `pending` waits for an answer; `approved` waits for the call to be made again, once; the others are over. */
export const APPROVAL_STATES = ['pending', 'approved', 'denied', 'used', 'expired'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** One call that was held, and may be made again by the same identity, byte for byte, when somebody approves it. */
export interface Approval {
  /** UUIDv7. */
  readonly id: string;
  readonly state: ApprovalState;
  /** Who asked. */
  readonly identity: { readonly issuer: string; readonly subject: string; readonly name: string };
  readonly session: string;
  readonly connection: string;
  readonly operation: string;
  readonly action: Action;
  readonly method: string;
  /** As it is recorded: secrets that stand in the path are fingerprints. */
  readonly target: string;
  /** The exchange that was refused; its record has the body. */
  readonly exchange: string;
  /** What wants leave for it: a rule of the policy, or `containment:<id>`. */
  readonly rule: string;
  /** Milliseconds since the epoch. */
  readonly asked: number;
  /** Until when it waits: for an answer, or, once approved, for the call. */
  readonly expires: number;
  readonly decided?: {
    readonly by: { readonly id: string; readonly name: string };
    readonly time: number;
    readonly reason?: string;
  };
  /** The exchange that went through with it. */
  readonly used?: string;
}
