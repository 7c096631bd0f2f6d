// The keys of a rig's journal as a start finds them: a change that a crash interrupted is ended first.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { settleEncryptionKey, settleSigningKey } from '../../src/cli/settle-keys.ts';
import type { Config } from '../../src/config/config.ts';
import { loadKeyEncryptionKey, loadSigningKey } from '../../src/journal/keys.ts';
import type { JournalOptions } from '../../src/journal/open.ts';

/** The part of a configuration that says which data directory, and where its keys are. @param keys their folder */
export const keyConfig = (dir: string, keys: string): Pick<Config, 'name' | 'data' | 'keys'> => ({
  name: 'rig',
  data: dir,
  keys: { encryption: { file: join(keys, 'encryption') }, signing: { file: join(keys, 'signing') } },
});

/** Ends what was begun, and gives the options to open the journal with. */
export async function settledKeys(dir: string, folder: string): Promise<JournalOptions> {
  const config = keyConfig(dir, folder);
  const { encryption, signing } = config.keys;
  await settleSigningKey(config);
  const kek = await loadKeyEncryptionKey(encryption);
  if (existsSync(join(dir, 'keyring.json'))) await settleEncryptionKey(dir, kek);
  return { dir, name: 'rig', kek, signingKey: await loadSigningKey(signing) };
}
