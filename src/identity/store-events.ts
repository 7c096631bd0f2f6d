// What the identity store's file holds: each change of tokens, revocations, service accounts, containments and approvals as one event.
import type { Approval } from '../exchange/approval.ts';
import type { Containment } from '../exchange/finding.ts';
import type { Grant } from './grant.ts';

/** A service account: a named agent that signs in with a long-lived token of Dogwatch. */
export interface ServiceAccount {
  readonly name: string;
  readonly groups: readonly string[];
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Who made it, by name. */
  readonly by: string;
}

/** What a block is about. */
export type BlockKind = 'token' | 'session' | 'identity' | 'issuer';

/** Something that gets in no more, until it is lifted or ends. */
export interface Block {
  readonly by: BlockKind;
  /** Hash of a token; a session's id; `issuer#subject`; an issuer. */
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Milliseconds since the epoch, for what ends by itself. */
  readonly until?: number;
}

export type StoreEvent =
  /** A new token: its hash, what it grants; and for a renewable one the lease's hash, the step and the last possible end. */
  | {
      readonly e: 'mint';
      readonly hash: string;
      readonly grant: Grant;
      readonly lease?: { readonly hash: string; readonly step: number; readonly last: number };
      readonly used?: number;
    }
  /** A token's end has moved. */
  | { readonly e: 'until'; readonly id: string; readonly at: number }
  | { readonly e: 'revoke'; readonly id: string }
  /** A token was used, noted now and then. */
  | { readonly e: 'used'; readonly id: string; readonly at: number }
  | ({ readonly e: 'block' } & Block)
  | { readonly e: 'lift'; readonly by: BlockKind; readonly key: string }
  | ({ readonly e: 'account' } & ServiceAccount)
  | { readonly e: 'account-end'; readonly name: string }
  | { readonly e: 'contain'; readonly containment: Containment }
  | { readonly e: 'release'; readonly id: string }
  /** An approval as it is now, and what the same request is known by. */
  | { readonly e: 'approval'; readonly key: string; readonly approval: Approval };
