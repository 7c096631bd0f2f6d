// Files of signed notes, one after another, each followed by an empty line: copies of checkpoints, and those that witnesses cosigned.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './durable.ts';
import { parseNote } from './note.ts';

/** A note in a file, and the byte at which it begins. Nothing in it is verified. */
export interface PlacedNote {
  readonly note: string;
  readonly byte: number;
}

/** What a file of notes holds. */
export interface NoteFile {
  readonly notes: readonly PlacedNote[];
  /** Where something stands that is no note; `torn` when it is what an interrupted write leaves of one. */
  readonly odd: readonly { readonly byte: number; readonly torn: boolean }[];
}

/**
 * Appends a note; durable when this returns. The file is only ever appended to: it may be one whose beginning cannot be changed.
 * What a crash left of a note is closed off, so that it spoils no other.
 */
export async function appendNote(path: string, note: string): Promise<void> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC;
  const handle = await open(path, flags, 0o600);
  try {
    const { size } = await handle.stat();
    const end = Buffer.alloc(Math.min(size, 2));
    if (size > 0) await handle.read(end, 0, end.length, size - end.length);
    await handle.writeFile(`${size === 0 || end.toString('latin1') === '\n\n' ? '' : '\n\n'}${note}\n`);
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await handle.close();
  }
}

/** Finds the notes of a file's text. */
export function parseNotes(text: string): NoteFile {
  const notes: PlacedNote[] = [];
  const odd: { byte: number; torn: boolean }[] = [];
  let byte = 0;
  let before: { text: string; byte: number } | undefined;
  // Blank lines part a note's text from its signatures, and notes from each other.
  for (const block of text.split('\n\n')) {
    const isSignatures = block.startsWith('—') || block === '\uFFFD';
    if (before !== undefined && isSignatures) {
      const note = `${before.text}\n\n${block.replace(/\n$/, '')}\n`;
      if (parseNote(note) !== undefined) notes.push({ note, byte: before.byte });
      else odd.push({ byte: before.byte, torn: isTornText(before.text) && isTornSignatures(block) });
      before = undefined;
    } else {
      if (before !== undefined) odd.push({ byte: before.byte, torn: isTornText(before.text) });
      before = undefined;
      if (isSignatures) odd.push({ byte, torn: false });
      else if (block.replaceAll('\n', '') !== '') {
        const lead = block.startsWith('\n') ? 1 : 0;
        before = { text: block.slice(lead), byte: byte + lead };
      }
    }
    byte += Buffer.byteLength(block) + 2;
  }
  if (before !== undefined) odd.push({ byte: before.byte, torn: isTornText(before.text) });
  return { notes, odd };
}

/** Whether this is how a checkpoint's text begins. */
function isTornText(text: string): boolean {
  const [origin = '', size, root, ...more] = text.split('\n');
  if (more.some((line) => line !== '') || /[\p{Cc}\uFFFD]/u.test(origin)) return false;
  return /^\d{0,16}$/.test(size ?? '') && /^([A-Za-z0-9+/]{0,43}|[A-Za-z0-9+/]{43}=)$/.test(root ?? '');
}

/**
 * Whether this is how signature lines begin: whole ones, and the beginning of one more. That one lacks its end, so it has no `=`, or
 * the first of two; a name with one is taken for damage.
 */
function isTornSignatures(block: string): boolean {
  const lines = block.split('\n');
  const last = lines.pop() ?? '';
  if (!lines.every((line) => /^— \S+ [A-Za-z0-9+/]+=*$/.test(line))) return false;
  const encoded = /^— [^\s+]+ ([A-Za-z0-9+/]*=?)$/.exec(last)?.[1];
  if (encoded !== undefined) return !encoded.endsWith('=') || encoded.length % 4 === 3;
  // Half a dash after whole lines may as well be an altered newline: that is not passed over.
  return (last === '\uFFFD' && lines.length === 0) || /^(—|— [^\s+=]*)$/.test(last);
}
