// Re-reads a whole journal and checks it: frames, commitments, tree, every kept checkpoint. Read-only, also beside the writer.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { readText } from './checkpoints.ts';
import { dataPaths } from './durable.ts';
import { checkKeyChain } from './key-chain.ts';
import { verifierKeyLines } from './key-change.ts';
import { keyringProblem, openKeyring } from './keyring.ts';
import type { NoteVerifier } from './note.ts';
import { readVerifierKeys } from './verifier-keys.ts';
import { Accounts, type ToldErasure } from './verify-accounts.ts';
import { type KnownWitness, type OutsideFile, signedHeads, type WitnessedHead } from './verify-heads.ts';
import { type Problem, SegmentLeaves } from './verify-segments.ts';
import { TreeCheck } from './verify-tree.ts';

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
  /** What the witnesses cosigned that were asked for. */
  readonly witnesses: readonly WitnessedHead[];
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
  /** Checkpoints that were kept elsewhere: the journal must be a later state of the same log. */
  readonly since?: readonly OutsideFile[];
  /** Keys of the log that are trusted; the journal's own file of keys must hold each. Without any, that file is believed. */
  readonly keys?: readonly NoteVerifier[];
  readonly witnesses?: readonly KnownWitness[];
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
  const { dir, since = [], keys: pinned = [], witnesses = [] } = options;
  const paths = dataPaths(dir);
  const problems: Problem[] = [];
  const notes: string[] = [];
  const report = (problem: Problem): void => {
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  };
  const own = await publicKeys(paths);
  const wrong = await keyringProblem(dir, options.kek);
  if (wrong !== undefined) report({ file: paths.keyring, what: wrong });
  const keyring = await openKeyring(dir, options.kek, true);
  const origin = own[0]?.name ?? '';
  for (const { name, id } of pinned) {
    if (own.some((each) => each.name === name && each.id === id)) continue;
    const what = `the key ${name}+${id.toString(16).padStart(8, '0')} that was given is none of this journal's: it was signed anew by another, or is another journal`;
    report({ file: join(paths.tlog, 'vkey'), what });
  }
  const known = [...own, ...pinned.filter((key) => !own.some(({ name, id }) => name === key.name && id === key.id))];
  // The signed heads are read before the segments: what a checkpoint covers was in the segments before it.
  const heads = await signedHeads({
    dir,
    known,
    origin,
    outside: since,
    witnesses,
    report,
    note: (text) => notes.push(text),
  });
  const signed = heads.all.at(-1)?.head;
  const accounts = new Accounts();
  const segments = new SegmentLeaves(paths.segments, keyring, accounts, report);
  const tree = new TreeCheck(paths.tlog, heads.all, report);
  const tell = (): void => onProgress({ entries: segments.end, of: Math.max(signed?.size ?? 0, segments.end) });
  let told = 0;
  for await (const group of segments.groups()) {
    tree.compare(group);
    if (performance.now() - told < 200) continue;
    told = performance.now();
    tell();
  }
  tree.finish(segments.end, paths.segments);
  for (const problem of accounts.problems(paths.segments)) report(problem);
  const lines = await verifierKeyLines(dir);
  const keys = own.map((verifier, at) => ({ line: lines[at] ?? '', verifier }));
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
    witnesses: heads.witnesses,
    problems,
    notes: [...notes, ...segments.notes],
  };
}

async function publicKeys({ tlog, segments }: { tlog: string; segments: string }): Promise<NoteVerifier[]> {
  const file = join(tlog, 'vkey');
  const text = await readText(file);
  // It is the first file that a journal gets: without it, and with nothing but a draft of it, the journal was never made.
  const there = text === '' ? [...(await namesIn(tlog)), ...(await namesIn(segments))] : [];
  if (text === '' && there.every((name) => name === 'vkey.tmp')) {
    throw new DogwatchError('not_found', `there is no journal in ${tlog}`, { remedy: 'name the data directory' });
  }
  return readVerifierKeys(text, file);
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
