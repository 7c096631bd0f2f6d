// The vault's part of a change of the key-encryption key: its data key is wrapped anew, what is sealed stays as it is.
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { unwrapDataKey, WRAP_CONTEXT } from './connections.ts';
import { changeVaultFile, readVaultFile } from './vault-file.ts';

/** First half: from here on either key opens the vault. Nothing happens where there is none. @throws DogwatchError `wrong_key`, `vault_damaged` */
export async function addKeyToVault(dir: string, old: KeyEncryptionKey, next: KeyEncryptionKey): Promise<void> {
  if ((await readVaultFile(dir)) === undefined) return;
  await changeVaultFile(dir, async (file) => {
    if (file === undefined) throw new Error('the vault file went away');
    if (file.kek === next.id || file.next?.kek === next.id) return file;
    const dataKey = await unwrapDataKey(file, old);
    const wrap = async (kek: KeyEncryptionKey) => ({
      kek: kek.id,
      dataKey: Buffer.from(await kek.wrap(dataKey, WRAP_CONTEXT)).toString('base64'),
    });
    return { ...(await wrap(old)), next: await wrap(next), connections: file.connections };
  });
}

/** Second half: only that key opens the vault. Doing it again changes nothing. @throws DogwatchError `wrong_key`, `vault_damaged` */
export async function keepOneVaultKey(dir: string, kek: KeyEncryptionKey): Promise<void> {
  if ((await readVaultFile(dir))?.next === undefined) return;
  await changeVaultFile(dir, async (file) => {
    if (file === undefined) throw new Error('the vault file went away');
    await unwrapDataKey(file, kek);
    const { dataKey } = file.next?.kek === kek.id ? file.next : file;
    return { kek: kek.id, dataKey, connections: file.connections };
  });
}
