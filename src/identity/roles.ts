// Which roles an identity has in Dogwatch itself. Least by default: nobody has one unless a group says so.
import type { Identity } from '../exchange/identity.ts';
import type { RolesConfig } from './config.ts';

/** What may be done in Dogwatch, each with all that stands before it. */
export const ROLES = ['auditor', 'operator', 'admin'] as const;

/**
 * An auditor searches and reads the record. An operator also keeps Dogwatch running: has connections and index read anew. An
 * admin also changes who may do what: tokens, service accounts, revocations, keys, erasure.
 */
export type Role = (typeof ROLES)[number];

/** The identity's roles by its groups. */
export function rolesOf(identity: Pick<Identity, 'groups'>, roles: RolesConfig): Set<Role> {
  const highest = ROLES.findLastIndex((role) => identity.groups.some((group) => roles[role].includes(group)));
  return new Set(ROLES.slice(0, highest + 1));
}
