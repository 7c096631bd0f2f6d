// The vault's file, <data>/vault.json: read whole and checked, written whole or not at all, by one process at a time.
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { DogwatchError } from '../exchange/error.ts';
import { settingsSchema } from './config.ts';

const FORMAT = 'dogwatch-vault/1';
const MAX_FILE = 8 * 1024 * 1024;
const LOCK_PATIENCE = 5000;

const sealed = z.base64().max(16_384);

const stored = settingsSchema.shape;

/**
 * A connection as stored. The record without `secrets` is what each secret is bound to, so reading must not add to it:
 * no defaults here, and a setting that comes later is optional.
 */
const recordSchema = z.strictObject({
  ...stored,
  default: stored.default.unwrap(),
  groups: stored.groups.unwrap(),
  readOnly: stored.readOnly.unwrap(),
  images: stored.images.unwrap().optional(),
  sandbox: stored.sandbox.unwrap().optional(),
  created: z.int(),
  rotated: z.int(),
  secrets: z.union([z.strictObject({ apiKey: sealed, appKey: sealed }), z.strictObject({ accessToken: sealed })]),
});

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Id of the key-encryption key. */
  kek: z.string().max(256),
  /** The data key, wrapped by it. */
  dataKey: z.base64().max(16_384),
  /** While the key-encryption key changes: the same data key, wrapped by the one to come. */
  next: z.strictObject({ kek: z.string().max(256), dataKey: z.base64().max(16_384) }).optional(),
  connections: z.array(recordSchema).max(1000),
});

export type VaultRecord = z.output<typeof recordSchema>;
export type VaultFile = z.output<typeof fileSchema>;

const pathIn = (dir: string): string => join(dir, 'vault.json');

/**
 * The vault file of a data directory; undefined when there is none.
 *
 * @throws DogwatchError `vault_damaged` when it cannot be read as one.
 */
export async function readVaultFile(dir: string): Promise<VaultFile | undefined> {
  const path = pathIn(dir);
  const damaged = (why: string) =>
    new DogwatchError('vault_damaged', `${path} cannot be read: ${why}`, {
      remedy: 'Put a copy of it back, or move it away and add the connections again.',
    });
  let text: string;
  try {
    if ((await stat(path)).size > MAX_FILE) throw damaged(`it is longer than ${MAX_FILE} bytes`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof DogwatchError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    if (code === 'ENOENT') return undefined;
    throw damaged(code);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw damaged('it is not whole JSON');
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(`${issue?.path.join('.') || 'the whole'}: ${issue?.message ?? 'wrong form'}`);
}

/**
 * Reads, changes and writes the vault file while no other process does. A crash leaves the old file or the new one.
 * When this returns, the new file is on disk. Mode 0600.
 */
export async function changeVaultFile(
  dir: string,
  change: (file: VaultFile | undefined) => Promise<Omit<VaultFile, 'format'>>,
): Promise<void> {
  const unlock = await lock(dir);
  try {
    const changed: VaultFile = { format: FORMAT, ...(await change(await readVaultFile(dir))) };
    await writeDurably(dir, `${JSON.stringify(changed, undefined, 2)}\n`);
  } finally {
    unlock();
  }
}

async function writeDurably(dir: string, text: string): Promise<void> {
  const path = pathIn(dir);
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** SQLite's file lock: it ends with the process, however that ends. */
async function lock(dir: string): Promise<() => void> {
  const database = new DatabaseSync(join(dir, 'vault.lock'), { timeout: 0 });
  for (const started = Date.now(); ; await delay(20)) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      return () => database.close();
    } catch (cause) {
      if (Date.now() - started < LOCK_PATIENCE) continue;
      database.close();
      throw new DogwatchError('data_in_use', `another process is changing the vault in ${dir}`, {
        remedy: 'Try again when it has finished.',
        cause,
      });
    }
  }
}
