// Whom a subject token allows to act for its subject.
import { decodeJwt } from 'jose';
import type { Identity } from '../exchange/identity.ts';
import { isTokenText } from './token-text.ts';

/**
 * Whether an actor may act by the subject token's `may_act` claim (RFC 8693 section 4.4). Without the claim whoever holds the token may.
 * @param token a verified one
 */
export function mayAct(token: string, actor: Pick<Identity, 'issuer' | 'subject'>): boolean {
  if (isTokenText(token)) return true;
  const { may_act: allowed, iss } = decodeJwt<{ may_act?: unknown }>(token);
  if (allowed === undefined) return true;
  if (typeof allowed !== 'object' || allowed === null) return false;
  const { sub, iss: issuer = iss }: { sub?: unknown; iss?: unknown } = allowed;
  return sub === actor.subject && issuer === actor.issuer;
}
