// The vault: connections by name, and their credentials, which lie sealed on disk and are in clear only in this process.
import { randomBytes } from 'node:crypto';
import { DogwatchError } from '../exchange/error.ts';
import { type ConnectionSettings, settingsSchema } from './config.ts';
import {
  type Connection,
  type Connections,
  combine,
  type Held,
  invalid,
  readConnections,
  sealRecord,
  unwrapDataKey,
  type VaultOptions,
  WRAP_CONTEXT,
} from './connections.ts';
import { type Credential, credentialOf, secretsIn } from './credential.ts';
import { changeVaultFile, type VaultRecord } from './vault-file.ts';

export type { Connection, VaultOptions } from './connections.ts';
export type { Credential } from './credential.ts';

/**
 * Opens the vault of a data directory, together with the connections that the configuration names.
 *
 * @throws DogwatchError `wrong_key`, `vault_damaged`, `connection_invalid`; `key_missing`, `key_unsafe`, `key_invalid` for
 *   secrets that the configuration refers to.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  return new Vault(options, await readConnections(options));
}

/** Made by `openVault`. Everything that reads is synchronous but `credential`; everything that changes is durable when it resolves. */
export class Vault {
  readonly #options: VaultOptions;
  #held: Connections;
  #default: Connection | undefined;

  constructor(options: VaultOptions, held: Connections) {
    this.#options = options;
    this.#held = held;
    this.#default = defaultAmong(held);
  }

  connection(name: string): Connection | undefined {
    return this.#held.get(name)?.description;
  }

  connections(): readonly Connection[] {
    return [...this.#held.values()].map(({ description }) => description);
  }

  /** The one for requests that name none: the one marked so, or the only one. */
  defaultConnection(): Connection | undefined {
    return this.#default;
  }

  /** As `credentialNow`, for those who don't mind waiting. */
  async credential(name: string): Promise<Credential> {
    return this.credentialNow(name);
  }

  /**
   * The credential of a connection; unsealed at its first use, from memory after that.
   *
   * @throws DogwatchError `unknown_connection`, `credential_unavailable`
   */
  credentialNow(name: string): Credential {
    const held = this.#get(name);
    if (held.credential !== undefined) return held.credential;
    if (held.open === undefined) {
      throw new DogwatchError('credential_unavailable', `nothing holds the credential of connection ${name}`, {
        remedy: `dogwatch connection add ${name}`,
      });
    }
    held.credential = held.open();
    return held.credential;
  }

  /** The secrets of a connection as bytes, to look for in what comes back from Datadog. Throws as `credentialNow`. */
  secretsOf(name: string): readonly Buffer[] {
    const held = this.#get(name);
    held.bytes ??= secretsIn(this.credentialNow(name)).map(([, secret]) => Buffer.from(secret, 'latin1'));
    return held.bytes;
  }

  /**
   * Adds a connection, or the secrets of one that the configuration names without any.
   *
   * @throws DogwatchError `connection_invalid` when it exists, or contradicts the configuration; `key_invalid`.
   */
  async add(settings: ConnectionSettings, credential: Credential): Promise<void> {
    const { name } = settings;
    const checked = settingsSchema.safeParse(settings);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw invalid(`connection ${JSON.stringify(name)}: ${issue?.path.join('.')} ${issue?.message}`);
    }
    const secrets = credentialOf({ ...credential }, `connection ${name}`);
    await this.#change((records, dataKey) => {
      if (records.some((record) => record.name === name)) {
        throw invalid(
          `there is a connection ${name} already`,
          `dogwatch connection rotate ${name} replaces its secrets`,
        );
      }
      const now = Date.now();
      return [...records, sealRecord({ ...checked.data, created: now, rotated: now }, secrets, dataKey)];
    });
  }

  /** Replaces the secrets of a connection. @throws DogwatchError `unknown_connection`, `connection_invalid`, `key_invalid` */
  async rotate(name: string, credential: Credential): Promise<void> {
    const secrets = credentialOf({ ...credential }, `connection ${name}`);
    await this.#change((records, dataKey) => {
      const record = this.#sealedRecord(records, name);
      const { secrets: _, ...rest } = record;
      const rotated = sealRecord({ ...rest, rotated: Date.now() }, secrets, dataKey);
      return records.map((each) => (each === record ? rotated : each));
    });
  }

  /** Removes a connection and its secrets from the vault. @throws DogwatchError `unknown_connection`, `connection_invalid` */
  async remove(name: string): Promise<void> {
    await this.#change((records) => {
      const record = this.#sealedRecord(records, name);
      return records.filter((each) => each !== record);
    });
  }

  /** Reads file and references anew: what another process changed holds from now on. On an error the old state stays. */
  async reload(): Promise<void> {
    this.#take(await readConnections(this.#options));
  }

  #get(name: string): Held {
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    throw new DogwatchError('unknown_connection', `there is no connection ${JSON.stringify(name.slice(0, 64))}`, {
      remedy: 'dogwatch connection list names them.',
    });
  }

  #sealedRecord(records: readonly VaultRecord[], name: string): VaultRecord {
    const record = records.find((each) => each.name === name);
    if (record !== undefined) return record;
    const { description } = this.#get(name);
    throw invalid(
      `the vault holds no secrets of connection ${name}`,
      description.sources.length > 0
        ? `They come from ${description.sources.join(' and ')}; change them there.`
        : `dogwatch connection add ${name}`,
    );
  }

  /** Changes the file on the basis of what it holds now, checks that the result can be opened, and takes it over. */
  async #change(change: (records: readonly VaultRecord[], dataKey: Buffer) => VaultRecord[]): Promise<void> {
    const { dir, kek } = this.#options;
    let held: Connections | undefined;
    await changeVaultFile(dir, async (file) => {
      const dataKey = file === undefined ? randomBytes(32) : await unwrapDataKey(file, kek);
      const wrapped = file?.dataKey ?? Buffer.from(await kek.wrap(dataKey, WRAP_CONTEXT)).toString('base64');
      const connections = change(file?.connections ?? [], dataKey);
      held = combine(this.#options, connections, dataKey);
      const { kek: wrappedBy = kek.id, next } = file ?? {};
      return { kek: wrappedBy, dataKey: wrapped, ...(next && { next }), connections };
    });
    if (held !== undefined) this.#take(held);
  }

  #take(held: Connections): void {
    this.#held = held;
    this.#default = defaultAmong(held);
  }
}

function defaultAmong(held: Connections): Connection | undefined {
  const all = [...held.values()].map(({ description }) => description);
  return all.find((connection) => connection.default) ?? (all.length === 1 ? all[0] : undefined);
}
