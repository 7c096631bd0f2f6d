// What connections there are: those of the configuration and those of the vault file, put together, each with the way to its credential.
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import type { ConnectionConfig, ConnectionSettings, SecretRef } from './config.ts';
import { type Credential, credentialOf, type SecretField, secretsIn } from './credential.ts';
import { seal, unseal } from './seal.ts';
import { readSecret } from './secret-source.ts';
import { readVaultFile, type VaultFile, type VaultRecord } from './vault-file.ts';

/** The wrapped data key is bound to this purpose. */
export const WRAP_CONTEXT = 'dogwatch vault data key v1';
const FIELDS: readonly SecretField[] = ['apiKey', 'appKey', 'accessToken'];

export interface VaultOptions {
  /** The data directory; it exists. */
  readonly dir: string;
  readonly kek: KeyEncryptionKey;
  /** The connections of the configuration, file paths resolved. */
  readonly configured: readonly ConnectionConfig[];
  /** Default process.env. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A connection, without any secret. */
export interface Connection extends ConnectionSettings {
  /** Where its settings stand. */
  readonly origin: 'config' | 'vault';
  /** What its credential is; `missing`: the configuration names the connection, and nothing holds its secrets yet. */
  readonly credential: 'keys' | 'token' | 'missing';
  /** Where the secrets come from: `sealed`, `env DD_API_KEY`, `file /etc/…`. */
  readonly sources: readonly string[];
  /** Milliseconds since the epoch, for sealed ones. */
  readonly created?: number;
  readonly rotated?: number;
}

/** A connection and the way to its credential. */
export interface Held {
  readonly description: Connection;
  /** Unseals; absent when nothing holds the secrets. */
  readonly open: (() => Credential) | undefined;
  credential?: Credential;
  bytes?: readonly Buffer[];
}

export type Connections = ReadonlyMap<string, Held>;

/** A connection that is incomplete or contradictory. */
export const invalid = (message: string, remedy?: string): DogwatchError =>
  new DogwatchError('connection_invalid', message, remedy === undefined ? {} : { remedy });

/** Reads the vault file and the secrets that the configuration refers to. Throws as `openVault`. */
export async function readConnections(options: VaultOptions): Promise<Connections> {
  const file = await readVaultFile(options.dir);
  if (file === undefined) return combine(options, [], undefined);
  return combine(options, file.connections, await unwrapDataKey(file, options.kek));
}

/** The vault's data key. @throws DogwatchError `wrong_key` */
export async function unwrapDataKey(file: VaultFile, kek: KeyEncryptionKey): Promise<Buffer> {
  const wrap = file.next?.kek === kek.id ? file.next : file;
  if (wrap.kek !== kek.id) {
    throw new DogwatchError('wrong_key', `the vault was sealed under the key ${file.kek}, not ${kek.id}`, {
      remedy: 'Configure the key-encryption key that this data directory was made with.',
    });
  }
  return Buffer.from(await kek.unwrap(Buffer.from(wrap.dataKey, 'base64'), WRAP_CONTEXT));
}

/** All connections, by name: those of the configuration first, in its order. */
export function combine(
  options: VaultOptions,
  records: readonly VaultRecord[],
  dataKey: Buffer | undefined,
): Connections {
  const held = new Map<string, Held>();
  const sealedByName = new Map(records.map((record) => [record.name, record]));
  if (sealedByName.size < records.length) throw invalid('the vault file names a connection twice');
  for (const config of options.configured) {
    const record = sealedByName.get(config.name);
    sealedByName.delete(config.name);
    held.set(config.name, configured(config, record, dataKey, options));
  }
  for (const record of sealedByName.values())
    held.set(record.name, sealed(record, settingsOf(record), 'vault', dataKey));
  const defaults = [...held.values()].filter(({ description }) => description.default);
  if (defaults.length > 1) {
    const names = defaults.map(({ description }) => description.name).join(', ');
    throw invalid(`several connections are the default: ${names}`, 'Let one of them be.');
  }
  return held;
}

function configured(
  config: ConnectionConfig,
  record: VaultRecord | undefined,
  dataKey: Buffer | undefined,
  { dir, env = process.env }: VaultOptions,
): Held {
  const { apiKey, appKey, accessToken, ...settings } = config;
  const refs: Partial<Record<SecretField, SecretRef | undefined>> = { apiKey, appKey, accessToken };
  const secrets: Partial<Record<SecretField, string>> = {};
  const sources: string[] = [];
  for (const field of FIELDS) {
    const ref = refs[field];
    if (ref === undefined) continue;
    secrets[field] = readSecret(ref, `the ${field} of connection ${config.name}`, dir, env);
    sources.push('env' in ref ? `env ${ref.env}` : `file ${ref.file}`);
  }
  if (record !== undefined) {
    if (sources.length > 0) {
      throw invalid(
        `connection ${config.name} has secrets in the vault, and others in the configuration`,
        `Remove those of the configuration, or: dogwatch connection remove ${config.name}`,
      );
    }
    if (record.site !== config.site || record.upstream !== config.upstream) {
      throw invalid(
        `connection ${config.name} was added for ${record.upstream ?? record.site}, the configuration says ${config.upstream ?? config.site}`,
        `Its secrets go only where they were meant for. dogwatch connection remove ${config.name}, then add it again.`,
      );
    }
    return sealed(record, settings, 'config', dataKey);
  }
  if (sources.length === 0) {
    return { description: { ...settings, origin: 'config', credential: 'missing', sources }, open: undefined };
  }
  const credential = credentialOf(secrets, `connection ${config.name}`);
  const kind = accessToken === undefined ? 'keys' : 'token';
  return { description: { ...settings, origin: 'config', credential: kind, sources }, open: () => credential };
}

function settingsOf(record: VaultRecord): ConnectionSettings {
  const {
    secrets: _secrets,
    created: _created,
    rotated: _rotated,
    images = true,
    sandbox = false,
    ...settings
  } = record;
  return { ...settings, images, sandbox };
}

function sealed(
  record: VaultRecord,
  settings: ConnectionSettings,
  origin: 'config' | 'vault',
  dataKey: Buffer | undefined,
): Held {
  const { created, rotated } = record;
  const kind = 'accessToken' in record.secrets ? 'token' : 'keys';
  return {
    description: { ...settings, origin, credential: kind, sources: ['sealed'], created, rotated },
    open: () => unsealRecord(record, dataKey),
  };
}

/** A record with its secrets sealed for it. */
export function sealRecord(record: Omit<VaultRecord, 'secrets'>, credential: Credential, dataKey: Buffer): VaultRecord {
  const secrets = Object.fromEntries(
    secretsIn(credential).map(([field, secret]) => [field, seal(secret, dataKey, { field, record })]),
  );
  return { ...record, secrets: secrets as VaultRecord['secrets'] };
}

function unsealRecord({ secrets, ...record }: VaultRecord, dataKey: Buffer | undefined): Credential {
  const clear: Partial<Record<SecretField, string>> = {};
  try {
    if (dataKey === undefined) throw new Error('no data key');
    for (const [field, secret] of Object.entries(secrets) as [SecretField, string][]) {
      clear[field] = unseal(secret, dataKey, { field, record });
    }
  } catch {
    // No cause: it could quote what it failed on.
    throw new DogwatchError(
      'credential_unavailable',
      `the secrets of connection ${record.name} were not sealed for what the vault file says of it: it was changed by other hands`,
      { remedy: `dogwatch connection remove ${record.name}, then add it again` },
    );
  }
  return credentialOf(clear, `connection ${record.name}`);
}
