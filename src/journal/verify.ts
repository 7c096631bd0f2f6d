// Re-reads a whole journal and checks it: frames, commitments, tree, every kept checkpoint. Read-only, also beside the writer.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { readKept, readText, verifiedHead } from './checkpoints.ts';
import { dataPaths } from './durable.ts';
import { checkKeyChain, type PlacedNote } from './key-chain.ts';
import { verifierKeyLines } from './key-change.ts';
import { openKeyring } from './keyring.ts';
import { TILE_WIDTH } from './merkle.ts';
import type { NoteVerifier } from './note.ts';
import { readVerifierKeys } from './verifier-keys.ts';
import { Accounts, type ToldErasure } from './verify-accounts.ts';
import { type Problem, SegmentLeaves } from './verify-segments.ts';
import { type PlacedHead, TreeCheck } from './verify-tree.ts';

/** What a verification found. */
export interface Report {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  readonly origin: string;
  /** Entries in the segments. */
  readonly entries: number;
  /** Entries covered by the newest signed checkpoint. */
  readonly signed: number;
  /** base64 root of the newest signed checkpoint. */
  readonly root: string;
  readonly segments: number;
  /** Bytes of segments that were read. */
  readonly bytes: number;
  /** Parts that were erased; their commitments still stand. */
  readonly erasedParts: number;
  /** Entries that tell of an erasure, and the newest of them. Parts that are gone without one are a problem. */
  readonly erasures: { readonly count: number; readonly newest: readonly ToldErasure[] };
  /** Keys that have signed, the current one first, as verifier keys. */
  readonly keys: readonly string[];
  /** Kept checkpoints, all of them older states of this log unless a problem says otherwise. */
  readonly checkpoints: number;
  /** In the order of the journal; at most 100. */
  readonly problems: readonly Problem[];
  /** What is unusual, but no sign of tampering. */
  readonly notes: readonly string[];
}

/** How far a verification has got. */
export interface Progress {
  readonly entries: number;
  readonly of: number;
}

export interface VerifyOptions {
  /** The data directory. */
  readonly dir: string;
  readonly kek: KeyEncryptionKey;
}

const MOST_PROBLEMS = 100;

/**
 * Verifies a journal.
 *
 * @param onProgress called a few times a second
 * @throws DogwatchError `wrong_key`; `journal_damaged` when there is nothing that could be verified
 */
export async function verifyJournal(
  options: VerifyOptions,
  onProgress: (progress: Progress) => void = () => undefined,
): Promise<Report> {
  const { dir } = options;
  const paths = dataPaths(dir);
  const keyring = await openKeyring(dir, options.kek);
  const problems: Problem[] = [];
  const report = (problem: Problem): void => {
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  };
  const known = await publicKeys(paths.tlog);
  const origin = known[0]?.name ?? '';
  // The signed heads are read before the segments: what a checkpoint covers was in the segments before it.
  const heads = await signedHeads(dir, known, origin, report);
  const signed = heads.all.at(-1)?.head;
  const segments = new SegmentLeaves(paths.segments, keyring, report);
  const accounts = new Accounts();
  segments.onRecord = (record, leaf) => accounts.see(record, leaf);
  const tree = new TreeCheck(paths.tlog, heads.all, report);
  const tell = (): void => onProgress({ entries: segments.end, of: Math.max(signed?.size ?? 0, segments.end) });
  let told = 0;
  for await (const { first, leaves } of segments.groups(TILE_WIDTH)) {
    tree.compare(first, leaves);
    if (performance.now() - told < 200) continue;
    told = performance.now();
    tell();
  }
  tree.finish(segments.end, paths.segments);
  for (const problem of accounts.problems(paths.segments)) report(problem);
  const lines = await verifierKeyLines(dir);
  const keys = known.map((verifier, at) => ({ line: lines[at] ?? '', verifier }));
  for (const problem of checkKeyChain(join(paths.tlog, 'vkey'), keys, heads.notes, accounts.announcements))
    report(problem);
  tell();
  return {
    ok: problems.length === 0,
    origin,
    entries: segments.end,
    signed: signed?.size ?? 0,
    root: signed?.root.toString('base64') ?? '',
    segments: segments.segments,
    bytes: segments.bytes,
    erasedParts: segments.erasedParts,
    erasures: { count: accounts.told, newest: accounts.erasures },
    keys: lines,
    checkpoints: heads.kept,
    problems,
    notes: segments.notes,
  };
}

async function publicKeys(tlog: string): Promise<NoteVerifier[]> {
  const file = join(tlog, 'vkey');
  const text = await readText(file);
  if (text === '' && (await readdir(tlog).catch(() => [])).length === 0) {
    throw new DogwatchError('not_found', `there is no journal in ${tlog}`, { remedy: 'name the data directory' });
  }
  return readVerifierKeys(text, file);
}

interface SignedHeads {
  /** All of them, smallest first. */
  readonly all: readonly PlacedHead[];
  /** The same as they were signed. */
  readonly notes: readonly PlacedNote[];
  readonly kept: number;
}

async function signedHeads(
  dir: string,
  known: readonly NoteVerifier[],
  origin: string,
  report: (problem: Problem) => void,
): Promise<SignedHeads> {
  const paths = dataPaths(dir);
  const file = join(paths.tlog, 'checkpoint');
  const note = await readText(file);
  const served = note === '' ? undefined : verifiedHead(note, known, origin);
  if (note !== '' && served === undefined) {
    report({ file, byte: 0, what: 'the checkpoint is malformed, or not signed by the key of this journal' });
  }
  const kept = await readKept(dir, known, origin);
  const { damage } = kept;
  if (damage !== undefined) report({ file: paths.checkpoints, byte: kept.end, what: damage });
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
    report({
      file,
      byte: 0,
      what: `the checkpoint covers ${served.size} entries, but one was kept that covers ${last.head.size}`,
    });
  }
  if (served !== undefined) all.push({ head: served, file, byte: 0 });
  const notes: PlacedNote[] = kept.checkpoints.map((each) => ({
    note: each.note,
    size: each.head.size,
    file: paths.checkpoints,
    byte: each.byte,
  }));
  if (served !== undefined) notes.push({ note, size: served.size, file, byte: 0 });
  all.sort((a, b) => a.head.size - b.head.size);
  return { all, notes, kept: kept.checkpoints.length };
}
