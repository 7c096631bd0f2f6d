// One interface over every place a key can stand: how to load it, and, where Dogwatch can, how to make a new one there.
import { existsSync } from 'node:fs';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { awsSeal } from './aws-kms.ts';
import { type KeySource, placeOf } from './key-place.ts';
import { refuseInside } from './key-source.ts';
import { loadKeyEncryptionKey, loadSigningKey, newKek, newSigningKey, type SigningKey, writeNewKey } from './keys.ts';

/** A key's place. The same for files, variables, commands and a KMS. */
export interface KeyProvider {
  readonly kind: 'file' | 'env' | 'command' | 'aws-kms';
  /** In words, for messages. */
  readonly place: string;
  /** The file that holds the key, in clear or sealed; undefined when it is in none of Dogwatch's making. */
  readonly file: string | undefined;
  /** @throws DogwatchError `key_*` */
  encryption(): Promise<KeyEncryptionKey>;
  /** @throws DogwatchError `key_*`, `wrong_key` */
  signing(): Promise<SigningKey>;
  /** Makes a new key in a new file. @throws DogwatchError `key_unsafe` when there is one; `key_invalid` where no file holds it */
  create(what: 'encryption' | 'signing'): Promise<void>;
  /** The same provider for a key in another file beside. */
  at(file: string): KeyProvider;
}

/** @param dataDir key files inside it are refused */
export function keyProvider(source: KeySource, dataDir: string): KeyProvider {
  const file = 'file' in source ? source.file : 'awsKms' in source ? source.awsKms.sealed : undefined;
  return {
    kind: kindOf(source),
    place: placeOf(source),
    file,
    encryption: () => loadKeyEncryptionKey(source, dataDir),
    signing: () => loadSigningKey(source, dataDir),
    async create(what) {
      if (file === undefined) {
        throw new DogwatchError('key_invalid', `a key cannot be made in ${placeOf(source)}`, {
          remedy:
            'make one there by its own means: a key-encryption key is dwkek1_ and 32 random bytes in base64url, a signing key Ed25519 in PKCS #8 PEM',
        });
      }
      refuseInside(file, dataDir);
      const text = what === 'encryption' ? newKek() : newSigningKey();
      writeNewKey(file, 'awsKms' in source ? await awsSeal(source.awsKms, text) : text);
    },
    at(other) {
      if ('awsKms' in source) return keyProvider({ awsKms: { ...source.awsKms, sealed: other } }, dataDir);
      return keyProvider({ file: other }, dataDir);
    },
  };
}

const kindOf = (source: KeySource): KeyProvider['kind'] =>
  'file' in source ? 'file' : 'env' in source ? 'env' : 'command' in source ? 'command' : 'aws-kms';

/** Whether the provider's own file is there already. */
export const hasKeyFile = ({ file }: KeyProvider): boolean => file !== undefined && existsSync(file);
