// A credential that was accepted: who it speaks for, and how far it may be used.
import type { Identity } from '../exchange/identity.ts';
import type { Grant } from './grant.ts';
import type { Revocable } from './revocations.ts';

/** The same object for the same token, as long as it is remembered. */
export interface Credential extends Revocable {
  readonly identity: Identity;
  /** For a token of Dogwatch's own: what it grants. */
  readonly grant?: Grant;
}

/** Whether a credential gives its bearer the roles of its groups: one that was narrowed, or handed to a run, does not. */
export function givesRoles({ grant }: Pick<Credential, 'grant'>): boolean {
  return grant === undefined || (grant.kind !== 'exec' && grant.action === undefined && grant.connection === undefined);
}
