// Public keys given on the command line: a verifier key, or a file with one a line.
import { readFileSync, statSync } from 'node:fs';
import { UsageError } from '../exchange/error.ts';
import { parseWitnessKey, type WitnessKey } from '../journal/cosignature.ts';
import { type NoteVerifier, parseVerifierKey } from '../journal/note.ts';

const MAX_FILE = 64 << 10;

/** Keys of logs. @throws UsageError `key_invalid` */
export const logKeys = (given: readonly string[]): NoteVerifier[] =>
  keysOf(given, parseVerifierKey, "a log's verifier key");

/** Keys of witnesses. @throws UsageError `key_invalid` */
export const witnessKeys = (given: readonly string[]): WitnessKey[] =>
  keysOf(given, parseWitnessKey, "a witness's verifier key");

function keysOf<Key>(given: readonly string[], parse: (text: string) => Key | undefined, what: string): Key[] {
  return given.flatMap((text) => {
    const key = parse(text);
    if (key !== undefined) return [key];
    const lines = linesOf(text);
    const keys = lines?.map(parse);
    if (keys !== undefined && keys.length > 0 && keys.every((each) => each !== undefined)) return keys as Key[];
    throw new UsageError(
      'key_invalid',
      lines === undefined
        ? `${text} is neither ${what} nor a file of them`
        : `the file ${text} holds something else than ${what} a line`,
      {
        remedy: 'a verifier key is <name>+<key id>+<base64>; the file vkey beside the checkpoints holds those of a log',
      },
    );
  });
}

function linesOf(file: string): string[] | undefined {
  try {
    if (!statSync(file).isFile() || statSync(file).size > MAX_FILE) return undefined;
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
  } catch {
    return undefined;
  }
}
