// A change of the signing key, as far as files go: the history of public keys, and the new key file in the place of the old one.
import { existsSync, linkSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { readText } from './checkpoints.ts';
import { dataPaths, syncFolder, writeWhole } from './durable.ts';
import type { SigningKey } from './keys.ts';
import { encodeVerifierKey } from './note.ts';

/** Where the key stands that is to come, until it takes the place of the file. */
export const nextKeyFile = (file: string): string => `${file}.next`;

/** The public keys of a journal as verifier keys, the current one first; empty before the first start. */
export async function verifierKeyLines(dir: string): Promise<string[]> {
  const text = await readText(join(dataPaths(dir).tlog, 'vkey'));
  return text.split('\n').filter((line) => line !== '');
}

/** Whether that verifier key is the one that signs now. */
export const handedOver = async (dir: string, key: string): Promise<boolean> =>
  (await verifierKeyLines(dir))[0] === key;

/**
 * Makes that key the one which signs from now on; those before it stay in the history. The old key has signed a checkpoint over the
 * entry that says so. Doing it again changes nothing.
 */
export async function handOver(dir: string, origin: string, next: SigningKey): Promise<void> {
  const lines = await verifierKeyLines(dir);
  const key = encodeVerifierKey(origin, next.publicKey);
  if (lines[0] === key) return;
  if (lines.includes(key)) {
    throw new DogwatchError('key_invalid', 'the journal was signed with that key before', {
      remedy: 'a key that was replaced does not come back; make a new one',
    });
  }
  await writeWhole(join(dataPaths(dir).tlog, 'vkey'), `${[key, ...lines].join('\n')}\n`);
}

/**
 * Puts the key file that is to come in the place of the current one, which stays beside it under another name: older backups need it.
 *
 * @param id what the old one is called by: `<file>.old-<id>`
 */
export async function swapKeyFile(file: string, id: string): Promise<void> {
  const next = nextKeyFile(file);
  const old = `${file}.old-${id}`;
  if (!existsSync(old)) linkSync(file, old);
  await syncFolder(dirname(file));
  renameSync(next, file);
  await syncFolder(dirname(file));
}
