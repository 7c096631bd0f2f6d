// Ends a change of key that was begun: when the process that began it died, or once the configuration names the new key.
import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { handedOver, nextKeyFile, swapKeyFile } from '../journal/key-change.ts';
import { keyProvider } from '../journal/key-provider.ts';
import { keepOneKey, readKeyringFacts } from '../journal/keyring.ts';
import { encodeVerifierKey, keyIdText, originOf } from '../journal/note.ts';
import { keepOneVaultKey } from '../vault/rewrap.ts';

/**
 * A signing key that has been announced and handed over to takes the place of the old key's file. The caller holds the lock.
 *
 * @returns whether there was anything to do
 */
export async function settleSigningKey({ name, data, keys }: Pick<Config, 'name' | 'data' | 'keys'>): Promise<boolean> {
  const current = keyProvider(keys.signing, data);
  if (current.file === undefined || !existsSync(nextKeyFile(current.file))) return false;
  const next = current.at(nextKeyFile(current.file));
  const origin = originOf(name);
  // A file that is no key is none that was handed over to.
  const coming = await next.signing().catch(() => undefined);
  if (coming === undefined || !(await handedOver(data, encodeVerifierKey(origin, coming.publicKey)))) return false;
  await swapKeyFile(current.file, keyIdText(origin, (await current.signing()).publicKey));
  return true;
}

/**
 * Once the newer of two key-encryption keys is the configured one, the older opens nothing any more. The caller holds the lock.
 *
 * @returns whether there was anything to do
 */
export async function settleEncryptionKey(data: string, kek: KeyEncryptionKey): Promise<boolean> {
  const { keks } = await readKeyringFacts(data);
  if (keks.length < 2 || keks.at(-1) !== kek.id) return false;
  await keepOneVaultKey(data, kek);
  await keepOneKey(data, kek);
  return true;
}
