// The local operator: whoever holds the key-encryption key may read the journal, so the command may ask the gateway that runs here.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Identity } from '../exchange/identity.ts';

/** What the audit entries name as issuer. */
export const LOCAL_ISSUER = 'dogwatch:local';

const PREFIX = 'dwl_';
const MAX_USER = 128;

/**
 * A bearer token for the gateway run `run`: an HMAC under a secret that only the holder of the key-encryption key can derive.
 * @param secret 32 bytes, `keyring.secret('local-operator')`
 * @param run id of the run, from run.json; so the token ends with the run
 * @param user name of the operating-system user, for the audit entries
 */
export function localOperatorToken(secret: Uint8Array, run: string, user: string): string {
  const name = Buffer.from(user.slice(0, MAX_USER), 'utf8').toString('base64url');
  return `${PREFIX}${name}.${mac(secret, run, name)}`;
}

export const isLocalOperatorToken = (token: string): boolean => token.startsWith(PREFIX);

/** The identity that a local operator's token stands for, or undefined when it is not of this run. Compares in constant time. */
export function verifyLocalOperator(secret: Uint8Array, run: string, token: string): Identity | undefined {
  if (token.length > 1024) return undefined;
  const match = /^dwl_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(token);
  const [, name, tag] = match ?? [];
  if (name === undefined || tag === undefined) return undefined;
  // As text: base64url has unused bits in its last character, and one token is to have one spelling (RFC 4648 section 3.5).
  if (!timingSafeEqual(Buffer.from(tag), Buffer.from(mac(secret, run, name)))) return undefined;
  const user = Buffer.from(name, 'base64url').toString('utf8');
  return localOperator(user);
}

/** The identity under which a user of this machine appears in audit entries. */
export function localOperator(user: string): Identity {
  return { issuer: LOCAL_ISSUER, subject: user, kind: 'person', name: user, groups: [], onBehalfOf: [], claims: {} };
}

function mac(secret: Uint8Array, run: string, name: string): string {
  return createHmac('sha256', secret).update(`dogwatch local operator v1\n${run}\n${name}`).digest('base64url');
}
