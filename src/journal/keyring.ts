// The keyring: one random root, kept wrapped in the data directory, from which every other secret of it is derived.
import { createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { dataPaths, syncFolder, writeWhole } from './durable.ts';
import { decodeSegmentHeader, HEADER_READ, type WrappedRoot } from './format.ts';

/** What a secret is for; each purpose has its own. */
export type Purpose = 'fingerprint' | 'index' | 'local-operator' | 'tokens' | 'alerts' | 'watch';

interface KeyringFile {
  readonly v: 1;
  /**
   * The first is the one that purposes derive from, for good; the last is the one new segments derive from. While the key-encryption
   * key changes, each root stands here twice, wrapped by the old key and by the new one.
   */
  readonly roots: readonly WrappedRoot[];
}

/** The secrets of a data directory. */
export interface Keyring {
  /** 32 bytes, the same for the life of the data directory. */
  secret(purpose: Purpose): Buffer;
  /** The root that new segments use. */
  readonly current: WrappedRoot;
  /** The data key of a segment file. @throws DogwatchError `wrong_key` when the root is not of this keyring. */
  segmentKey(root: string, segmentId: string): KeyObject;
}

const contextOf = (id: string): string => `root ${id}`;

/**
 * Opens the keyring of a data directory. A new directory gets a new one; when the file is lost, it is restored from the
 * copy in the newest segment's header.
 *
 * @param readOnly nothing is written: what is restored from segments stays in memory
 * @throws DogwatchError `wrong_key` when it was wrapped by another key; `journal_damaged` when it cannot be read, or, read-only,
 * when there is nothing to restore it from.
 */
export async function openKeyring(dir: string, kek: KeyEncryptionKey, readOnly = false): Promise<Keyring> {
  const file = dataPaths(dir).keyring;
  const stored =
    (await load(file)) ?? (await restore(dir, file, kek, readOnly)) ?? (readOnly ? undefined : await create(file, kek));
  if (stored === undefined) throw damaged(file);
  const wraps = wrapsFor(stored, kek.id);
  const roots = await unwrapAll(wraps, kek);
  const first = wraps[0];
  const current = wraps.at(-1);
  if (first === undefined || current === undefined) throw damaged(file);
  return {
    current,
    secret: (purpose) =>
      Buffer.from(hkdfSync('sha256', roots.get(first.id) ?? '', '', `dogwatch secret v1 ${purpose}`, 32)),
    segmentKey(root, segmentId) {
      const bytes = roots.get(root);
      if (bytes === undefined) {
        throw new DogwatchError('wrong_key', `a segment was encrypted under the root ${root}, which ${file} lacks`, {
          remedy: `restore ${file} from a backup that is as new as the segment`,
        });
      }
      const salt = Buffer.from(segmentId, 'base64url');
      return createSecretKey(Buffer.from(hkdfSync('sha256', bytes, salt, 'dogwatch segment v1', 32)));
    },
  };
}

/** Of each root the wrap by that key; by another, when that key wrapped none of it, so that unwrapping says what is wrong. */
function wrapsFor({ roots }: KeyringFile, kek: string): WrappedRoot[] {
  const byId = new Map<string, WrappedRoot>();
  for (const root of roots) if (root.kek === kek || !byId.has(root.id)) byId.set(root.id, root);
  return [...byId.values()];
}

async function unwrapAll(wraps: readonly WrappedRoot[], kek: KeyEncryptionKey): Promise<Map<string, Buffer>> {
  const roots = new Map<string, Buffer>();
  for (const { id, wrapped } of wraps) {
    roots.set(id, Buffer.from(await kek.unwrap(Buffer.from(wrapped, 'base64url'), contextOf(id))));
  }
  return roots;
}

/** What can be told of a keyring without any key. */
export interface KeyringFacts {
  /** Ids of the roots, the one of new segments last. */
  readonly roots: readonly string[];
  /** Ids of the key-encryption keys that open it; more than one while that key changes. */
  readonly keks: readonly string[];
}

/** @throws DogwatchError `journal_damaged`; `not_found` when there is no keyring */
export async function readKeyringFacts(dir: string): Promise<KeyringFacts> {
  const file = dataPaths(dir).keyring;
  const stored = await load(file);
  if (stored === undefined) throw new DogwatchError('not_found', `there is no keyring ${file}`);
  const unique = (values: string[]): string[] => [...new Set(values)];
  return { roots: unique(stored.roots.map(({ id }) => id)), keks: unique(stored.roots.map(({ kek }) => kek)) };
}

/**
 * First half of a change of the key-encryption key: from here on either key opens the keyring, and segments that are begun use a new
 * root, which the old key has wrapped nowhere else. Doing it again with the same keys changes nothing.
 *
 * @throws DogwatchError `wrong_key`
 */
export async function addKeyToKeyring(dir: string, old: KeyEncryptionKey, next: KeyEncryptionKey): Promise<void> {
  const file = dataPaths(dir).keyring;
  const stored = await load(file);
  if (stored === undefined) throw new DogwatchError('not_found', `there is no keyring ${file}`);
  if (stored.roots.some(({ kek }) => kek === next.id)) return;
  const roots = await unwrapAll(wrapsFor(stored, old.id), old);
  roots.set(randomBytes(8).toString('hex'), randomBytes(32));
  const wrapped: WrappedRoot[] = [];
  for (const [id, bytes] of roots) {
    for (const kek of [old, next]) {
      wrapped.push({
        id,
        kek: kek.id,
        wrapped: Buffer.from(await kek.wrap(bytes, contextOf(id))).toString('base64url'),
      });
    }
  }
  await replace(file, { v: 1, roots: wrapped });
}

/**
 * Second half: only that key opens the keyring. Doing it again changes nothing.
 *
 * @throws DogwatchError `wrong_key` when that key does not open all of it
 */
export async function keepOneKey(dir: string, kek: KeyEncryptionKey): Promise<void> {
  const file = dataPaths(dir).keyring;
  const stored = await load(file);
  if (stored === undefined || stored.roots.every((root) => root.kek === kek.id)) return;
  const wraps = wrapsFor(stored, kek.id);
  await unwrapAll(wraps, kek);
  await replace(file, { v: 1, roots: wraps });
}

/** Why the file of a keyring is not what Dogwatch wrote, though it may be good enough to read; undefined when it is. */
export async function keyringProblem(dir: string, kek: KeyEncryptionKey): Promise<string | undefined> {
  const file = dataPaths(dir).keyring;
  const stored = await load(file);
  if (stored === undefined) return 'the keyring is missing; the next start restores it from the segments';
  const text = await readFile(file, 'utf8');
  const asWritten = stored.roots.every(
    ({ id, wrapped }) =>
      /^[0-9a-f]{16}$/.test(id) && Buffer.from(wrapped, 'base64url').toString('base64url') === wrapped,
  );
  if (!asWritten || text !== `${JSON.stringify(stored)}\n`) return 'the keyring is not as it was written';
  const covered = new Set(stored.roots.filter((root) => root.kek === kek.id).map(({ id }) => id));
  if (stored.roots.some(({ id }) => !covered.has(id))) return `the keyring names another key than ${kek.id} for a root`;
  return undefined;
}

const replace = (file: string, keyring: KeyringFile): Promise<void> => writeWhole(file, `${JSON.stringify(keyring)}\n`);

const damaged = (file: string): DogwatchError =>
  new DogwatchError('journal_damaged', `the keyring ${file} cannot be read`, {
    remedy: 'restore it from a backup; or move it away, and it is restored from the newest segment of the journal',
  });

async function load(file: string): Promise<KeyringFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let stored: KeyringFile;
  try {
    stored = JSON.parse(text);
  } catch {
    throw damaged(file);
  }
  const whole =
    stored.v === 1 &&
    Array.isArray(stored.roots) &&
    stored.roots.length > 0 &&
    stored.roots.every((root) => typeof root.id === 'string' && typeof root.wrapped === 'string');
  if (!whole) throw damaged(file);
  return stored;
}

async function create(file: string, kek: KeyEncryptionKey): Promise<KeyringFile> {
  const id = randomBytes(8).toString('hex');
  const wrapped = await kek.wrap(randomBytes(32), contextOf(id));
  return store(file, { v: 1, roots: [{ id, kek: kek.id, wrapped: Buffer.from(wrapped).toString('base64url') }] });
}

/** Writes a keyring where there is none; when another caller was first, theirs is the one. */
async function store(file: string, keyring: KeyringFile): Promise<KeyringFile> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(keyring)}\n`);
    await handle.sync();
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await handle.close();
    await rm(temporary, { force: true });
  }
  await syncFolder(dirname(file));
  return (await load(file)) ?? keyring;
}

/** The keyring as the newest segment's header has it: roots of older segments are found in their own headers. */
async function restore(
  dir: string,
  file: string,
  kek: KeyEncryptionKey,
  readOnly: boolean,
): Promise<KeyringFile | undefined> {
  const folder = dataPaths(dir).segments;
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [] as string[];
  });
  const roots = new Map<string, WrappedRoot>();
  const segments = names.filter((name) => name.endsWith('.dwj')).sort();
  for (const name of segments) {
    const header = await readHeader(join(folder, name));
    if (header !== undefined) roots.set(header.root.id, header.root);
  }
  if (segments.length === 0) return undefined;
  // A new root beside segments that another one encrypted would shut them for good.
  if (roots.size === 0) throw damaged(file);
  for (const { id, wrapped } of roots.values()) await kek.unwrap(Buffer.from(wrapped, 'base64url'), contextOf(id));
  const keyring: KeyringFile = { v: 1, roots: [...roots.values()] };
  return readOnly ? keyring : store(file, keyring);
}

async function readHeader(path: string) {
  const handle = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(HEADER_READ);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return decodeSegmentHeader(bytes.subarray(0, bytesRead))?.header;
  } finally {
    await handle.close();
  }
}
