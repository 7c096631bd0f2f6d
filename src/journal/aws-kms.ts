// Keys in AWS KMS: it wraps and unwraps data keys, and seals the signing key. The SDK is loaded when a key is first used.
import { createHash } from 'node:crypto';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import type { AwsKmsSource } from './key-place.ts';
import { readKeyFile } from './key-source.ts';

const SEALED_PREFIX = 'dwsealed1_';
const SEAL_CONTEXT = 'signing key';
/** Attempts of one call, and milliseconds that each may take. */
const ATTEMPTS = 3;
const PATIENCE = 5000;

/** The name under which what it wrapped is found: derived from the ARN, tells nothing of it. */
export const awsKeyId = (key: string): string =>
  createHash('sha256').update(`dogwatch kek v1 aws-kms\n${key}`).digest('hex').slice(0, 16);

/** A key-encryption key that never leaves KMS: Encrypt and Decrypt, with what is wrapped in the encryption context. */
export function awsKeyEncryptionKey(source: AwsKmsSource): KeyEncryptionKey {
  const kms = clientOf(source);
  return {
    id: awsKeyId(source.key),
    wrap: (dataKey, context) => kms.encrypt(dataKey, context),
    unwrap: (wrapped, context) => kms.decrypt(wrapped, context),
  };
}

/** The text of the signing key that `awsSeal` sealed. @throws DogwatchError `key_*`, `wrong_key` */
export async function awsUnseal(source: AwsKmsSource, dataDir: string | undefined): Promise<string> {
  if (source.sealed === undefined) {
    throw new DogwatchError('key_invalid', 'a signing key in AWS KMS needs a file that holds it sealed', {
      remedy: 'say awsKms: { key: ARN, sealed: FILE }; dogwatch keys init makes the file',
    });
  }
  const text = readKeyFile(source.sealed, dataDir).trim();
  if (!text.startsWith(SEALED_PREFIX)) {
    throw new DogwatchError('key_invalid', `the file ${source.sealed} does not hold a sealed signing key`, {
      remedy: 'dogwatch keys init makes one',
    });
  }
  const opened = await clientOf(source).decrypt(Buffer.from(text.slice(SEALED_PREFIX.length), 'base64'), SEAL_CONTEXT);
  return Buffer.from(opened).toString('utf8');
}

/** What a file holds of a signing key whose text this is, so that only KMS can open it. */
export async function awsSeal(source: AwsKmsSource, text: string): Promise<string> {
  const sealed = await clientOf(source).encrypt(Buffer.from(text, 'utf8'), SEAL_CONTEXT);
  return `${SEALED_PREFIX}${Buffer.from(sealed).toString('base64')}\n`;
}

interface Kms {
  encrypt(plaintext: Uint8Array, context: string): Promise<Uint8Array>;
  decrypt(ciphertext: Uint8Array, context: string): Promise<Uint8Array>;
}

function clientOf({ key, region, endpoint }: AwsKmsSource): Kms {
  const where = region ?? /^arn:[^:]+:kms:([^:]+):/.exec(key)?.[1];
  const loaded = once(async () => {
    const { KMSClient, EncryptCommand, DecryptCommand } = await import('@aws-sdk/client-kms');
    const client = new KMSClient({
      ...(where !== undefined && { region: where }),
      ...(endpoint !== undefined && { endpoint }),
      maxAttempts: ATTEMPTS,
      requestHandler: { requestTimeout: PATIENCE, connectionTimeout: PATIENCE },
    });
    return { client, EncryptCommand, DecryptCommand };
  });
  const answer = (bytes: Uint8Array | undefined): Uint8Array => {
    if (bytes !== undefined && bytes.length > 0) return bytes;
    throw new DogwatchError('key_unavailable', `AWS KMS gave an empty answer for ${key}`);
  };
  const EncryptionContext = (context: string) => ({ dogwatch: context });
  return {
    async encrypt(Plaintext, context) {
      const { client, EncryptCommand } = await loaded();
      const command = new EncryptCommand({ KeyId: key, Plaintext, EncryptionContext: EncryptionContext(context) });
      return client.send(command).then(({ CiphertextBlob }) => answer(CiphertextBlob), refused(key, context));
    },
    async decrypt(CiphertextBlob, context) {
      const { client, DecryptCommand } = await loaded();
      const command = new DecryptCommand({ KeyId: key, CiphertextBlob, EncryptionContext: EncryptionContext(context) });
      return client.send(command).then(({ Plaintext }) => answer(Plaintext), refused(key, context));
    },
  };
}

/** What KMS said, as an error; it names the key and never holds one. */
const refused =
  (key: string, context: string) =>
  (cause: unknown): never => {
    const name = cause instanceof Error ? cause.name : 'unknown';
    if (name === 'InvalidCiphertextException' || name === 'IncorrectKeyException') {
      throw new DogwatchError('wrong_key', `the key ${key} of AWS KMS did not encrypt this ${context}`, {
        remedy: 'configure the key that the data directory was made with',
      });
    }
    throw new DogwatchError('key_unavailable', `AWS KMS did not use the key ${key}: ${name}`, {
      remedy:
        'check region, network and credentials, and that the role may call kms:Encrypt and kms:Decrypt with this key',
    });
  };

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
