// The `vkey` file: the public keys whose signatures count for a journal.
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { readText } from './checkpoints.ts';
import { writeWhole } from './durable.ts';
import type { SigningKey } from './keys.ts';
import { encodeVerifierKey, type NoteVerifier, parseVerifierKey } from './note.ts';
import { damagedAt } from './segment-file.ts';

/** The keys whose signatures count for this journal: those of its `vkey` file, of which this signing key must be the first. */
export async function verifierKeysFor(tlog: string, origin: string, signingKey: SigningKey): Promise<NoteVerifier[]> {
  const file = join(tlog, 'vkey');
  const own = encodeVerifierKey(origin, signingKey.publicKey);
  const text = await readText(file);
  if (text === '') {
    await writeWhole(file, `${own}\n`);
    return readVerifierKeys(`${own}\n`, file);
  }
  if (text.slice(0, text.indexOf('\n')) !== own) {
    const theirs = text.slice(0, text.indexOf('+'));
    throw theirs === origin
      ? new DogwatchError('wrong_key', 'the journal was signed with another signing key', {
          remedy: 'configure the signing key that the data directory was made with',
        })
      : new DogwatchError('config_invalid', `the data directory holds the journal ${theirs}, not ${origin}`, {
          remedy: 'keep the name that the journal was made with, or use another data directory',
        });
  }
  return readVerifierKeys(text, file);
}

/** Reads a `vkey` file: a verifier key per line, the newest first. @throws DogwatchError `journal_damaged` */
export function readVerifierKeys(text: string, file: string): NoteVerifier[] {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0)
    throw damagedAt(file, text.length, 'the file of verifier keys is cut short');
  return lines.map((line) => {
    const key = parseVerifierKey(line);
    if (key === undefined) throw damagedAt(file, text.indexOf(line), 'this is no verifier key');
    return key;
  });
}
