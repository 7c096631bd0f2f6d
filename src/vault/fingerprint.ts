// Fingerprints that stand in records where a secret was.
import { createHmac } from 'node:crypto';
import type { Fingerprint } from '../exchange/keys.ts';

/**
 * A fingerprint function under a key of 32 bytes: `dwfp_` and 128 bits of HMAC-SHA-256 (RFC 2104) in base64url, so it may
 * stand in JSON, headers and paths as it is. Who lacks the key can neither recover a secret nor test a guess.
 */
export function fingerprintOf(key: Uint8Array): Fingerprint {
  return (secret) => `dwfp_${createHmac('sha256', key).update(secret).digest().subarray(0, 16).toString('base64url')}`;
}
