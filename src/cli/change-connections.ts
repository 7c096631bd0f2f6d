// Changes the vault from a command, audited: through the running gateway, which reads it anew, or with the data directory to itself.
import { auditInto } from '../api/audit.ts';
import { localOperator } from '../api/local-operator.ts';
import type { Config } from '../config/config.ts';
import { DogwatchError } from '../exchange/error.ts';
import { loadKeyEncryptionKey } from '../journal/keys.ts';
import { openVault, type Vault } from '../vault/vault.ts';
import { askGateway } from './api-client.ts';
import { openData } from './open-data.ts';
import { osUser, runningApi } from './open-records.ts';

/** Opens the vault for reading; the data directory must be there. */
export async function readVault(config: Config): Promise<Vault> {
  const kek = await loadKeyEncryptionKey(config.keys.encryption, config.data);
  return openVault({ dir: config.data, kek, configured: config.connections });
}

/**
 * Makes one change.
 * @param what one sentence for the audit entry, without secrets
 * @returns whether a running gateway has taken it over
 */
export async function changeConnections(
  config: Config,
  what: string,
  connection: string,
  change: (vault: Vault) => Promise<void>,
): Promise<{ live: boolean }> {
  try {
    const data = await openData(config);
    try {
      const vault = await openVault({ dir: config.data, kek: data.kek, configured: config.connections });
      await auditInto((entry) => data.journal.append(entry))(
        { identity: localOperator(osUser()) },
        'admin.connection',
        what,
        { connection },
      );
      await change(vault);
      return { live: false };
    } finally {
      await data.close();
    }
  } catch (error) {
    if (!(error instanceof DogwatchError) || error.code !== 'data_in_use') throw error;
    const api = await runningApi(config, error);
    await change(await readVault(config));
    await askGateway(api, '/api/v1/connections/reload');
    return { live: true };
  }
}
