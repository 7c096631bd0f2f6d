// Changes a key of a data directory that no gateway has open, so that a crash at any step leaves one that opens.
import { existsSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { auditInto } from '../api/audit.ts';
import { localOperator } from '../api/local-operator.ts';
import type { Config } from '../config/config.ts';
import { newId } from '../exchange/canonical.ts';
import type { KeyChange } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { syncFolder } from '../journal/durable.ts';
import { type Journal, openJournal } from '../journal/journal.ts';
import { handedOver, handOver, nextKeyFile, swapKeyFile } from '../journal/key-change.ts';
import type { KeySource } from '../journal/key-place.ts';
import { hasKeyFile, type KeyProvider, keyProvider } from '../journal/key-provider.ts';
import { addKeyToKeyring, readKeyringFacts } from '../journal/keyring.ts';
import type { SigningKey } from '../journal/keys.ts';
import { type DataLock, lockDataDirectory } from '../journal/lock.ts';
import { encodeVerifierKey, keyIdText, originOf } from '../journal/note.ts';
import { addKeyToVault } from '../vault/rewrap.ts';
import { settleEncryptionKey, settleSigningKey } from './settle-keys.ts';

/** What a change of key needs of the configuration. */
type KeyConfig = Pick<Config, 'name' | 'data' | 'keys'>;

/** How a change of key went. */
export interface Rotated {
  readonly from: string;
  readonly to: string;
  /** The old key's file now, when it is a file. */
  readonly old?: string;
  /** The new key is in place; otherwise the configuration has to name it. */
  readonly inPlace: boolean;
}

/** Called before each step that changes anything, with its name: tests end the process there. */
export type Step = (name: string) => void;

/**
 * Replaces the key-encryption key.
 *
 * @param to where the new key stands; when absent a new file takes the place of the configured one
 * @throws DogwatchError `data_in_use`, `key_*`, `wrong_key`, `journal_damaged`
 */
export function rotateEncryption(
  config: KeyConfig,
  to: KeySource | undefined,
  user: string,
  step: Step = () => undefined,
): Promise<Rotated> {
  return withLock(config, async (lock) => {
    const current = keyProvider(config.keys.encryption, config.data);
    const old = await current.encryption();
    await settleEncryptionKey(config.data, old).catch(ignoreNone);
    const signing = await signingKey(config);
    const { provider, swap } = await comingKey(current, to, 'encryption', config.data, step);
    const next = await provider.encryption();
    if (next.id === old.id) throw sameKey();
    await withJournal(config, { lock, kek: old, signing }, (journal) =>
      audited(journal, user, 'began to change the key-encryption key', {
        from: old.id,
        to: next.id,
        place: provider.place,
      }),
    );
    step('keyring');
    await addKeyToKeyring(config.data, old, next);
    step('vault');
    await addKeyToVault(config.data, old, next);
    if (!swap) return { from: old.id, to: next.id, inPlace: false };
    step('swap');
    await swapKeyFile(current.file ?? '', old.id);
    step('settle');
    await settleEncryptionKey(config.data, next);
    await withJournal(config, { lock, kek: next, signing }, (journal) =>
      audited(journal, user, 'changed the key-encryption key', { from: old.id, to: next.id }),
    );
    return { from: old.id, to: next.id, old: `${current.file}.old-${old.id}`, inPlace: true };
  });
}

/**
 * Replaces the signing key: the old key signs a checkpoint over an entry that names the new one, which signs from then on.
 * Parameters and errors as `rotateEncryption`.
 */
export function rotateSigning(
  config: KeyConfig,
  to: KeySource | undefined,
  user: string,
  step: Step = () => undefined,
): Promise<Rotated> {
  return withLock(config, async (lock) => {
    const origin = originOf(config.name);
    await settleSigningKey(config);
    const current = keyProvider(config.keys.signing, config.data);
    const old = await current.signing();
    const kek = await keyProvider(config.keys.encryption, config.data).encryption();
    const { provider, swap } = await comingKey(current, to, 'signing', config.data, step);
    const next = await provider.signing();
    if (next.publicKey.equals(old.publicKey)) throw sameKey();
    const [from, key] = [encodeVerifierKey(origin, old.publicKey), encodeVerifierKey(origin, next.publicKey)];
    step('announce');
    await withJournal(config, { lock, kek, signing: old }, (journal) => announce(journal, user, { from, to: key }));
    step('hand over');
    await handOver(config.data, origin, next);
    const ids = { from: keyIdText(origin, old.publicKey), to: keyIdText(origin, next.publicKey) };
    if (!swap) return { ...ids, inPlace: false };
    step('swap');
    await swapKeyFile(current.file ?? '', ids.from);
    step('sign');
    await withJournal(config, { lock, kek, signing: next }, (journal) =>
      audited(journal, user, 'changed the signing key', ids),
    );
    return { ...ids, old: `${current.file}.old-${ids.from}`, inPlace: true };
  });
}

/** The old key's last words: an entry that names the new key, and, as the journal closes, a checkpoint over it that is kept. */
async function announce(journal: Journal, user: string, key: KeyChange['key']): Promise<void> {
  const event: KeyChange = {
    who: { id: `dogwatch:local#${user}`, name: user, groups: [] },
    what: `the signing key changes to ${key.to.split('+').slice(0, 2).join('+')}`,
    details: key,
    key,
  };
  const summary = Buffer.from(JSON.stringify(event));
  await journal.append({ id: newId(), time: Date.now(), kind: 'journal.key', parts: { summary } });
}

const audited = (journal: Journal, user: string, what: string, details: Record<string, string>): Promise<void> =>
  auditInto((entry) => journal.append(entry))({ identity: localOperator(user) }, 'admin.keys', what, details);

async function withLock<T>(config: KeyConfig, use: (lock: DataLock) => Promise<T>): Promise<T> {
  if (!existsSync(config.data)) {
    throw new DogwatchError('not_found', `there is no data directory ${config.data}`, {
      remedy: 'before the first start there is nothing to rotate: replace the key itself',
    });
  }
  let lock: DataLock;
  try {
    lock = lockDataDirectory(config.data);
  } catch (error) {
    if (!(error instanceof DogwatchError) || error.code !== 'data_in_use') throw error;
    throw new DogwatchError('data_in_use', error.message, {
      cause: error,
      remedy: 'keys change while the gateway is stopped: stop it, rotate, start it again',
    });
  }
  try {
    return await use(lock);
  } finally {
    lock.release();
  }
}

async function withJournal(
  { data, name }: KeyConfig,
  keys: { lock: DataLock; kek: KeyEncryptionKey; signing: SigningKey },
  use: (journal: Journal) => Promise<void>,
): Promise<void> {
  const { lock, kek, signing } = keys;
  const journal = await openJournal({ dir: data, name, kek, signingKey: signing, lock });
  try {
    await use(journal);
  } finally {
    await journal.close();
  }
}

async function signingKey(config: KeyConfig): Promise<SigningKey> {
  await settleSigningKey(config);
  return keyProvider(config.keys.signing, config.data).signing();
}

/** The key that is to come: where `to` says, or a new one beside the file of the current one. One that an interrupted change made is taken. */
async function comingKey(
  current: KeyProvider,
  to: KeySource | undefined,
  what: 'encryption' | 'signing',
  data: string,
  step: Step = () => undefined,
): Promise<{ provider: KeyProvider; swap: boolean }> {
  if (to !== undefined) {
    const provider = keyProvider(to, data);
    step('create');
    if (provider.file !== undefined && !hasKeyFile(provider)) await provider.create(what);
    return { provider, swap: false };
  }
  if (current.file === undefined) {
    throw new DogwatchError('key_invalid', `a new key cannot take the place of the one in ${current.place}`, {
      remedy: "put a new key elsewhere and say where: --to 'env: NEW_KEY', or --to 'file: PATH'",
    });
  }
  const file = nextKeyFile(current.file);
  const provider = current.at(file);
  step('create');
  if (!hasKeyFile(provider)) {
    // Under its final name only when it is whole: one that an interrupted change left is believed.
    const making = `${file}.${newId()}`;
    await current.at(making).create(what);
    renameSync(making, file);
    await syncFolder(dirname(file));
  }
  return { provider, swap: true };
}

const sameKey = (): DogwatchError => new DogwatchError('key_invalid', 'the new key is the old one');

/** A data directory that no gateway has opened yet has no keyring. */
const ignoreNone = (error: unknown): boolean => {
  if (error instanceof DogwatchError && error.code === 'not_found') return false;
  throw error;
};

/** What can be shown of the keys: nothing secret. */
export async function describeKeys(config: Config) {
  const [encryption, signing] = (['encryption', 'signing'] as const).map((key) =>
    keyProvider(config.keys[key], config.data),
  );
  const origin = originOf(config.name);
  const kek = await encryption!.encryption();
  const facts = await readKeyringFacts(config.data).catch(() => undefined);
  const vkey = encodeVerifierKey(origin, (await signing!.signing()).publicKey);
  return {
    encryption: {
      id: kek.id,
      provider: encryption!.kind,
      place: encryption!.place,
      opens: facts?.keks ?? [],
      roots: facts?.roots ?? [],
    },
    signing: { vkey, provider: signing!.kind, place: signing!.place, signs: await handedOver(config.data, vkey) },
  };
}
