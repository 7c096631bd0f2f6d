// The fingerprint function of a site's data directory, made in the same way as the gateway makes it.
import { join } from 'node:path';
import type { Fingerprint } from '../../src/exchange/keys.ts';
import { openKeyring } from '../../src/journal/keyring.ts';
import { loadKeyEncryptionKey } from '../../src/journal/keys.ts';
import { fingerprintOf } from '../../src/vault/fingerprint.ts';
import type { Site } from './gateway.ts';

export async function siteFingerprint(site: Pick<Site, 'directory' | 'dataDir'>): Promise<Fingerprint> {
  const kek = await loadKeyEncryptionKey({ file: join(site.directory, 'keys', 'encryption') });
  const keyring = await openKeyring(site.dataDir, kek);
  return fingerprintOf(keyring.secret('fingerprint'));
}
