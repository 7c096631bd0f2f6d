// Which roles an identity has in Dogwatch itself. Least by default: nobody has one unless a group says so.
import type { Identity } from '../exchange/identity.ts';
import type { RolesConfig } from './config.ts';

/** An auditor searches and reads the record; an admin also changes Dogwatch. */
export type Role = 'auditor' | 'admin';

/** The identity's roles by its groups. An admin is also an auditor. */
export function rolesOf(identity: Pick<Identity, 'groups'>, roles: RolesConfig): Set<Role> {
  const anyOf = (groups: readonly string[]) => identity.groups.some((group) => groups.includes(group));
  if (anyOf(roles.admin)) return new Set(['admin', 'auditor']);
  return new Set(anyOf(roles.auditor) ? ['auditor'] : []);
}
