// Follows the signing keys of a journal: each but the first was announced by an entry that the one before it has signed a checkpoint over.
import type { KeyChange } from '../exchange/entry.ts';
import { type NoteVerifier, parseNote, verifyNote } from './note.ts';
import type { Problem } from './verify-segments.ts';

/** A signed note as it was kept, and where it stands. */
export interface PlacedNote {
  readonly note: string;
  readonly size: number;
  readonly file: string;
  readonly byte: number;
}

/** An entry `journal.key`. */
export interface Announcement {
  readonly leaf: number;
  /** Verifier keys. */
  readonly from: string;
  readonly to: string;
}

/** What an entry `journal.key` announces; undefined when its summary is not there or says something else. */
export function announcementOf(leaf: number, summary: Uint8Array | undefined): Announcement | undefined {
  try {
    const { key } = JSON.parse(Buffer.from(summary ?? []).toString('utf8')) as KeyChange;
    return typeof key.from === 'string' && typeof key.to === 'string'
      ? { leaf, from: key.from, to: key.to }
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What is wrong with the succession of keys.
 *
 * @param keys the lines of the `vkey` file and their verifiers, the current key first
 * @param notes the checkpoints, by size
 */
export function checkKeyChain(
  file: string,
  keys: readonly { readonly line: string; readonly verifier: NoteVerifier }[],
  notes: readonly PlacedNote[],
  announcements: readonly Announcement[],
): Problem[] {
  const problems: Problem[] = [];
  // Signatures are verified once more here, which a journal with one key can be spared.
  if (keys.length < 2) return problems;
  const signed = notes.flatMap((placed) => {
    const parsed = parseNote(placed.note);
    const signers =
      parsed === undefined
        ? []
        : verifyNote(
            parsed,
            keys.map(({ verifier }) => verifier),
          );
    return signers.map((signer) => ({ ...placed, key: keys.findIndex(({ verifier }) => verifier === signer) }));
  });
  for (let at = keys.length - 2; at >= 0; at--) {
    const [key, before] = [keys[at]!, keys[at + 1]!];
    const announced = announcements.find(({ from, to }) => from === before.line && to === key.line);
    const own = signed.filter((note) => note.key === at);
    if (announced === undefined) {
      problems.push({ file, what: `the key ${nameOf(key.line)} signs, but no entry announces it` });
      continue;
    }
    const witnessed = signed.some((note) => note.key === at + 1 && note.size > announced.leaf);
    if (!witnessed) {
      const what = `the key ${nameOf(key.line)} is announced by entry ${announced.leaf}, which the key before it signed no checkpoint over`;
      problems.push({ file, entry: announced.leaf, what });
    }
    const first = own.reduce((least, note) => Math.min(least, note.size), Number.POSITIVE_INFINITY);
    for (const note of own) {
      if (note.size > announced.leaf) continue;
      const what = `a checkpoint over ${note.size} entries is signed by the key ${nameOf(key.line)}, which entry ${announced.leaf} announces only later`;
      problems.push({ file: note.file, byte: note.byte, what });
    }
    for (const note of signed) {
      if (note.key <= at || note.size <= first) continue;
      const what = `a checkpoint over ${note.size} entries is signed by a key that had been replaced by then`;
      problems.push({ file: note.file, byte: note.byte, what });
    }
  }
  return problems;
}

/** Name and id of a verifier key, without the key. */
const nameOf = (line: string): string => line.split('+').slice(0, 2).join('+');
