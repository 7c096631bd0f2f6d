// How Dogwatch's own tokens are written: a prefix that scanners of secrets can find, and 256 random bits.
import { hash, randomBytes } from 'node:crypto';
import { decodeJwt } from 'jose';

/** What a token begins with. */
export const TOKEN_PREFIX = 'dw_';
/** What the secret begins with that renews a token of a run. */
export const LEASE_PREFIX = 'dwr_';

const FORM = /^dwr?_[A-Za-z0-9_-]{43}$/;

/** A prefix and 256 random bits in base64url. */
export const newTokenText = (prefix: typeof TOKEN_PREFIX | typeof LEASE_PREFIX): string =>
  `${prefix}${randomBytes(32).toString('base64url')}`;

/** Whether a text claims to be a token of Dogwatch. */
export const isTokenText = (text: string): boolean => text.startsWith(TOKEN_PREFIX);

/** Whether it could be one: everything else need not be looked for. */
export const isWholeTokenText = (text: string): boolean => text.length <= 47 && FORM.test(text);

/** SHA-256 in base64url. Of 256 random bits that is all that needs to be kept: there is nothing to guess. */
export const hashOfToken = (text: string): string => hash('sha256', text, 'base64url');

/**
 * What a JWT is known by when it is revoked: the hash of what was signed. The signature does not count, since of an ECDSA
 * signature anybody can make a second one that verifies as well.
 */
export const revocationKeyOf = (jwt: string): string => hashOfToken(jwt.slice(0, Math.max(0, jwt.lastIndexOf('.'))));

/** When a JWT ends by its own account, any leeway included, in milliseconds since the epoch; undefined when it does not say. */
export function endOfJwt(jwt: string): number | undefined {
  try {
    const { exp } = decodeJwt(jwt);
    return typeof exp === 'number' && exp > 0 && exp < 8e12 ? (exp + 600) * 1000 : undefined;
  } catch {
    return undefined;
  }
}
