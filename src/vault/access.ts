// Who may use a connection.
import type { Identity } from '../exchange/identity.ts';
import type { ConnectionSettings } from './config.ts';

/** Whether one of the identity's groups may use the connection. A connection without groups is nobody's. */
export function mayUse(identity: Pick<Identity, 'groups'>, connection: Pick<ConnectionSettings, 'groups'>): boolean {
  return identity.groups.some((group) => connection.groups.includes(group));
}
