// Keys and where they come from: the key-encryption key and the signing key, by file or environment variable.
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
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readFileSync, realpathSync, writeSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';

/** Where a key stands: a file with mode 0600 outside the data directory, or an environment variable. */
export type KeySource = { readonly file: string } | { readonly env: string };

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
 * Loads the key-encryption key: `dwkek1_` and 32 bytes in base64url, as `createKeys` writes it.
 *
 * @param dataDir when given, a key file inside it is refused: a backup of the data must not hold the key.
 * @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`
 */
export async function loadKeyEncryptionKey(source: KeySource, dataDir?: string): Promise<KeyEncryptionKey> {
  const text = readSource(source, dataDir).trim();
  const raw = Buffer.from(text.slice(KEK_PREFIX.length), 'base64url');
  if (!text.startsWith(KEK_PREFIX) || raw.length !== 32 || KEK_PREFIX + raw.toString('base64url') !== text) {
    throw new DogwatchError('key_invalid', `${place(source)} does not hold a key-encryption key`, {
      remedy: `it should be one line, ${KEK_PREFIX} and 43 characters of base64url; dogwatch keys init makes one`,
    });
  }
  return rawKeyEncryptionKey(raw);
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
 * Loads the signing key: an Ed25519 private key in PKCS #8 PEM (RFC 8410), as `createKeys` or `openssl genpkey` writes it.
 *
 * @throws DogwatchError `key_missing`, `key_unsafe`, `key_invalid`
 */
export async function loadSigningKey(source: KeySource, dataDir?: string): Promise<SigningKey> {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(readSource(source, dataDir));
  } catch (error) {
    if (error instanceof DogwatchError) throw error;
  }
  if (key?.asymmetricKeyType !== 'ed25519') {
    throw new DogwatchError('key_invalid', `${place(source)} does not hold an Ed25519 private key in PKCS #8 PEM`, {
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
  writeNewKey(files.kek, `${KEK_PREFIX}${randomBytes(32).toString('base64url')}\n`);
  const { privateKey } = generateKeyPairSync('ed25519');
  writeNewKey(files.signing, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function writeNewKey(file: string, text: string): void {
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
}

function readSource(source: KeySource, dataDir: string | undefined): string {
  if ('env' in source) {
    const value = process.env[source.env];
    if (value) return value;
    throw new DogwatchError('key_missing', `the environment variable ${source.env} is not set`, {
      remedy: 'set it to the key, or name a key file instead',
    });
  }
  refuseInside(source.file, dataDir);
  let fd: number;
  try {
    fd = openSync(source.file, 'r');
  } catch (cause) {
    throw new DogwatchError('key_missing', `the key file ${source.file} cannot be opened`, {
      cause,
      remedy: 'dogwatch keys init makes new keys; for existing data its own key is needed',
    });
  }
  try {
    const { mode, size } = fstatSync(fd);
    if ((mode & 0o077) !== 0) {
      throw new DogwatchError('key_unsafe', `the key file ${source.file} can be read by others`, {
        remedy: `chmod 600 ${source.file}`,
      });
    }
    if (size > 16_384) throw new DogwatchError('key_invalid', `the file ${source.file} is too long for a key`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function refuseInside(file: string, dataDir: string | undefined): void {
  if (dataDir === undefined) return;
  const inside = (path: string, dir: string): boolean => path.startsWith(dir.endsWith(sep) ? dir : dir + sep);
  if (inside(resolve(file), resolve(dataDir)) || inside(real(file), real(dataDir))) {
    throw new DogwatchError('key_unsafe', `the key file ${file} lies inside the data directory ${dataDir}`, {
      remedy: 'keep keys elsewhere, so that a copy of the data does not hold its own key',
    });
  }
}

/** The path with symbolic links resolved as far as it exists. */
function real(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : resolve(real(parent), full.slice(parent.length).replace(/^[/\\]+/, ''));
  }
}

const place = (source: KeySource): string =>
  'env' in source ? `the environment variable ${source.env}` : `the file ${source.file}`;
