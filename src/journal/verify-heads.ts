// The signed tree heads that a journal is held against: served, kept and cosigned ones of its directory, and those kept elsewhere.
import { join } from 'node:path';
import { readKept, readText, verifiedHead } from './checkpoints.ts';
import { type Cosignature, cosignaturesOf, type WitnessKey } from './cosignature.ts';
import { dataPaths } from './durable.ts';
import type { PlacedNote } from './key-chain.ts';
import { type NoteVerifier, parseNote } from './note.ts';
import { parseNotes } from './note-file.ts';
import type { Problem } from './verify-segments.ts';
import type { PlacedHead } from './verify-tree.ts';

/** A file of checkpoints that was kept outside of the data directory. */
export interface OutsideFile {
  readonly file: string;
  readonly text: string;
}

/** A witness whose cosignatures are looked for. */
export interface KnownWitness {
  /** For people. */
  readonly name: string;
  readonly key: WitnessKey;
}

/** The largest tree that a witness cosigned, as far as the data directory and the files given say. */
export interface WitnessedHead {
  readonly name: string;
  /** 0 when there is no cosignature of it. */
  readonly size: number;
  /** Seconds since the epoch, as the witness said. */
  readonly time?: number;
}

export interface SignedHeads {
  /** All of them, smallest first. */
  readonly all: readonly PlacedHead[];
  /** Those of the data directory as they were signed. */
  readonly notes: readonly PlacedNote[];
  /** How many the data directory kept. */
  readonly kept: number;
  readonly witnesses: readonly WitnessedHead[];
}

export interface HeadSources {
  /** The data directory. */
  readonly dir: string;
  readonly known: readonly NoteVerifier[];
  readonly origin: string;
  readonly outside: readonly OutsideFile[];
  readonly witnesses: readonly KnownWitness[];
  readonly report: (problem: Problem) => void;
  readonly note: (text: string) => void;
}

/** Reads all of them. What is malformed, or not signed by a known key, is reported. */
export async function signedHeads(sources: HeadSources): Promise<SignedHeads> {
  const { dir, known, origin, outside, witnesses, report } = sources;
  const paths = dataPaths(dir);
  const file = join(paths.tlog, 'checkpoint');
  const note = await readText(file);
  const served = note === '' ? undefined : verifiedHead(note, known, origin);
  if (note !== '' && served === undefined) {
    report({ file, byte: 0, what: 'the checkpoint is malformed, or not signed by the key of this journal' });
  }
  const kept = await readKept(dir, known, origin);
  if (kept.damage !== undefined) report({ file: paths.checkpoints, byte: kept.end, what: kept.damage });
  const all: PlacedHead[] = kept.checkpoints.map(({ head, byte }) => ({ head, file: paths.checkpoints, byte }));
  const last = all.at(-1);
  for (let at = 1; at < all.length; at++) {
    const [before, after] = [all[at - 1]!, all[at]!];
    if (after.head.size < before.head.size) {
      report({ file: after.file, byte: after.byte, what: 'a kept checkpoint is smaller than the one before it' });
    }
  }
  if (served === undefined && note === '' && last !== undefined) {
    report({ file, what: 'the checkpoint is missing, though older ones were kept' });
  }
  if (served !== undefined && last !== undefined && served.size < last.head.size) {
    const what = `the checkpoint covers ${served.size} entries, but one was kept that covers ${last.head.size}`;
    report({ file, byte: 0, what });
  }
  if (served !== undefined) all.push({ head: served, file, byte: 0 });
  const notes: PlacedNote[] = kept.checkpoints.map((each) => ({
    note: each.note,
    size: each.head.size,
    file: paths.checkpoints,
    byte: each.byte,
  }));
  if (served !== undefined) notes.push({ note, size: served.size, file, byte: 0 });
  const cosigned: OutsideFile[] = [];
  for (const each of [paths.cosigned, join(paths.tlog, 'cosigned')])
    cosigned.push({ file: each, text: await readText(each) });
  const apart = cosignedApart(cosigned[0]!.text, cosigned[1]!.text);
  if (apart !== undefined) report({ file: cosigned[1]!.file, what: apart });
  const best = new Map<KnownWitness, Cosignature & { readonly size: number }>();
  const own = served?.size ?? last?.head.size ?? 0;
  for (const [at, each] of [...cosigned, ...outside].entries()) {
    const isOutside = at >= cosigned.length;
    for (const placed of readFile(each, isOutside, sources)) {
      if (isOutside && placed.head.size > own) {
        const what = `a checkpoint that was kept covers ${placed.head.size} entries, but the newest of the data directory covers ${own}: it was rolled back`;
        report({ file: each.file, byte: placed.byte, what });
      }
      all.push(placed);
      for (const witness of witnesses) {
        const [found] = placed.cosignatures.get(witness) ?? [];
        if (found !== undefined && placed.head.size >= (best.get(witness)?.size ?? 0)) {
          best.set(witness, { ...found, size: placed.head.size });
        }
      }
    }
  }
  all.sort((a, b) => a.head.size - b.head.size);
  return {
    all,
    notes,
    kept: kept.checkpoints.length,
    witnesses: witnesses.map((witness) => {
      const found = best.get(witness);
      return { name: witness.name, size: found?.size ?? 0, ...(found !== undefined && { time: found.time }) };
    }),
  };
}

/** The cosigned checkpoint that is served is the last one kept, perhaps with more cosignatures, or one that was not kept any more. */
function cosignedApart(kept: string, served: string): string | undefined {
  const last = parseNotes(kept).notes.at(-1)?.note;
  if (last === undefined) return undefined;
  if (served === '') return 'the cosigned checkpoint is missing, though older ones were kept';
  const lines = new Set(served.split('\n'));
  const text = parseNote(last)?.text ?? '';
  if (!served.startsWith(text) || last.split('\n').every((line) => lines.has(line))) return undefined;
  return 'the cosigned checkpoint has other signatures than when it was kept';
}

interface CosignedHead extends PlacedHead {
  readonly cosignatures: ReadonlyMap<KnownWitness, readonly Cosignature[]>;
}

function readFile({ file, text }: OutsideFile, isOutside: boolean, sources: HeadSources): CosignedHead[] {
  const { known, origin, witnesses, report, note: tell } = sources;
  const { notes, odd } = parseNotes(text);
  for (const { byte, torn } of odd) {
    if (torn) tell(`${file} holds the beginning of a checkpoint whose writing was interrupted, at byte ${byte}`);
    else report({ file, byte, what: 'what stands there is no checkpoint' });
  }
  const heads: CosignedHead[] = [];
  for (const { note, byte } of notes) {
    const head = verifiedHead(note, known, origin);
    if (head === undefined) {
      const what = isOutside
        ? 'the checkpoint is not signed by a key of this journal: it is of another journal, or this one was signed anew by another key'
        : 'a cosigned checkpoint is malformed, or not signed by a known key';
      report({ file, byte, what });
      continue;
    }
    const cosignatures = new Map<KnownWitness, readonly Cosignature[]>();
    for (const witness of witnesses) {
      const parsed = parseNote(note);
      const found = parsed && cosignaturesOf(parsed, [witness.key]);
      if (found === undefined)
        report({ file, byte, what: `the cosignature of the witness ${witness.name} does not verify` });
      else cosignatures.set(witness, found);
    }
    heads.push({ head, file, byte, cosignatures });
  }
  return heads;
}
