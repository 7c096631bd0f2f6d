// Sealing of one secret: AES-256-GCM under the vault's data key, bound to everything else the vault file says of the connection.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { canonicalJson } from '../exchange/canonical.ts';
import type { SecretField } from './credential.ts';

const NONCE = 12;
const TAG = 16;

/**
 * What a secret is sealed for. Who changes the site, the upstream or the groups in the file cannot have the secret sent
 * there: it does not unseal under them.
 */
export interface SealContext {
  readonly field: SecretField;
  /** The connection's record in the file, without its secrets, as it is stored. */
  readonly record: Readonly<Record<string, unknown>>;
}

const associated = ({ field, record }: SealContext): Buffer =>
  canonicalJson({ purpose: 'dogwatch vault secret v1', field, record });

/** Nonce, ciphertext and tag, in base64. */
export function seal(secret: string, dataKey: Uint8Array, context: SealContext): string {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce);
  cipher.setAAD(associated(context));
  return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
}

/** The secret. @throws Error when it was sealed under another key, for another context, or was changed. */
export function unseal(sealed: string, dataKey: Uint8Array, context: SealContext): string {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length < NONCE + TAG) throw new Error('too short');
  const decipher = createDecipheriv('aes-256-gcm', dataKey, bytes.subarray(0, NONCE), { authTagLength: TAG });
  decipher.setAAD(associated(context));
  decipher.setAuthTag(bytes.subarray(-TAG));
  return Buffer.concat([decipher.update(bytes.subarray(NONCE, -TAG)), decipher.final()]).toString('utf8');
}
