// The keys themselves: the key-encryption key and the signing key, their forms, and how new ones are made.
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { awsKeyEncryptionKey, awsUnseal } from './aws-kms.ts';
import { type KeySource, placeOf } from './key-place.ts';
import { readKeyText, refuseInside } from './key-source.ts';

export type { KeySource } from './key-place.ts';

/** Signs checkpoints. The private key need not be in this process. */
export interface SigningKey {
  /** The 32-byte Ed25519 public key, encoded as RFC 8032 section 5.1.5 says. */
  readonly publicKey: Buffer;
  /** The 64-byte Ed25519 signature. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

const KEK_PREFIX = 'dwkek1_';
const WRAP_NONCE = 12;
const WRAP_TAG = 16;

/**
 * Loads the key-encryption key: `dwkek1_` and 32 bytes in base64url, as `createKeys` writes it; or a handle on the one in a KMS.
 *
 * @param dataDir when given, a key file inside it is refused: a backup of the data must not hold the key.
 * @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `key_unavailable`
 */
export async function loadKeyEncryptionKey(source: KeySource, dataDir?: string): Promise<KeyEncryptionKey> {
  if ('awsKms' in source) return awsKeyEncryptionKey(source.awsKms);
  return rawKeyEncryptionKey(parseKek(await readKeyText(source, dataDir), placeOf(source)));
}

/** The 32 bytes of a key-encryption key's text. */
function parseKek(written: string, place: string): Buffer {
  const text = written.trim();
  const raw = Buffer.from(text.slice(KEK_PREFIX.length), 'base64url');
  if (!text.startsWith(KEK_PREFIX) || raw.length !== 32 || KEK_PREFIX + raw.toString('base64url') !== text) {
    throw new DogwatchError('key_invalid', `${place} does not hold a key-encryption key`, {
      remedy: `it should be one line, ${KEK_PREFIX} and 43 characters of base64url; dogwatch keys init makes one`,
    });
  }
  return raw;
}

/** A key-encryption key of 32 raw bytes that this process holds: AES-256-GCM, random nonce, the context in the associated data. */
export function rawKeyEncryptionKey(raw: Uint8Array): KeyEncryptionKey {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', raw, '', 'dogwatch kek v1 wrap', 32)));
  const id = Buffer.from(hkdfSync('sha256', raw, '', 'dogwatch kek v1 id', 8)).toString('hex');
  const associated = (context: string): Buffer => Buffer.from(`dogwatch wrap v1\n${id}\n${context}`, 'utf8');
  return {
    id,
    async wrap(dataKey, context) {
      const nonce = randomBytes(WRAP_NONCE);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(associated(context));
      return Buffer.concat([nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
    },
    async unwrap(wrapped, context) {
      try {
        const bytes = Buffer.from(wrapped);
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, WRAP_NONCE), {
          authTagLength: WRAP_TAG,
        });
        decipher.setAAD(associated(context));
        decipher.setAuthTag(bytes.subarray(-WRAP_TAG));
        return Buffer.concat([decipher.update(bytes.subarray(WRAP_NONCE, -WRAP_TAG)), decipher.final()]);
      } catch {
        throw new DogwatchError('wrong_key', `the key-encryption key ${id} did not encrypt this ${context}`, {
          remedy: 'configure the key that the data directory was made with',
        });
      }
    },
  };
}

/**
 * Loads the signing key: an Ed25519 private key in PKCS #8 PEM (RFC 8410), as `createKeys` or `openssl genpkey` writes it, which a
 * KMS may have sealed.
 *
 * @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`, `key_unavailable`, `wrong_key`
 */
export async function loadSigningKey(source: KeySource, dataDir?: string): Promise<SigningKey> {
  const text = 'awsKms' in source ? await awsUnseal(source.awsKms, dataDir) : await readKeyText(source, dataDir);
  return parseSigningKey(text, placeOf(source));
}

/** @throws DogwatchError `key_invalid`; nothing of the text is in it. */
export function parseSigningKey(text: string, place: string): SigningKey {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(text);
  } catch {
    key = undefined;
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new DogwatchError('key_invalid', `${place} does not hold an Ed25519 private key in PKCS #8 PEM`, {
      remedy: 'dogwatch keys init makes one, as does openssl genpkey -algorithm ed25519',
    });
  }
  return signingKeyOf(key);
}

/** A signing key that this process holds. */
export function signingKeyOf(privateKey: KeyObject): SigningKey {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    publicKey: Buffer.from(x ?? '', 'base64url'),
    async sign(message) {
      return sign(null, message, privateKey);
    },
  };
}

/**
 * Makes a new key-encryption key and a new signing key, each in a new file with mode 0600; an existing file is never replaced.
 *
 * @throws DogwatchError `key_unsafe` when a file is there already, or would lie inside the data directory.
 */
export function createKeys(files: { readonly kek: string; readonly signing: string }, dataDir?: string): void {
  for (const file of [files.kek, files.signing]) refuseInside(file, dataDir);
  writeNewKey(files.kek, newKek());
  writeNewKey(files.signing, newSigningKey());
}

/** The text of a new key-encryption key. */
export const newKek = (): string => `${KEK_PREFIX}${randomBytes(32).toString('base64url')}\n`;

/** The text of a new signing key. */
export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Writes a key into a new file with mode 0600, and has it durable. @throws DogwatchError `key_unsafe` when there is one already. */
export function writeNewKey(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let fd: number;
  try {
    fd = openSync(file, 'wx', 0o600);
  } catch (cause) {
    throw new DogwatchError('key_unsafe', `the key file ${file} cannot be made`, {
      cause,
      remedy: 'an existing key file is never replaced; move it away if it is not needed, or name another place',
    });
  }
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
