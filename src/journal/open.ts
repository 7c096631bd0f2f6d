// Opens a data directory for writing: a torn tail is cut, and the tree is caught up with the segments.
import { open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { newId } from '../exchange/canonical.ts';
import type { Entry, LifecycleEvent } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import type { KeyEncryptionKey } from '../exchange/keys.ts';
import { Background } from './background.ts';
import { CheckpointWriter, type KeptCheckpoints, readKept, readText, verifiedHead } from './checkpoints.ts';
import { dataPaths, makeFolder, syncFolder } from './durable.ts';
import { type Keyring, openKeyring } from './keyring.ts';
import type { SigningKey } from './keys.ts';
import { type DataLock, lockDataDirectory } from './lock.ts';
import { isJournalName, type NoteVerifier, originOf, type TreeHead } from './note.ts';
import { catchUp } from './rebuild.ts';
import { Sealer } from './sealer.ts';
import { damagedAt, SegmentFile } from './segment-file.ts';
import { SegmentStore } from './segment-store.ts';
import { fileIo, type SegmentIo, SegmentWriter, segmentName, segmentNumber } from './segment-writer.ts';
import { verifierKeysFor } from './verifier-keys.ts';

/** How to open a journal. */
export interface JournalOptions {
  /** The data directory. It is made when it is not there. */
  readonly dir: string;
  /** The journal's name: its origin is `dogwatch/<name>`. Letters, digits, `.`, `_`, `-`, `/`; at most 128. */
  readonly name: string;
  readonly kek: KeyEncryptionKey;
  readonly signingKey: SigningKey;
  /** Continue after damage: a new segment is started, and an entry says so. */
  readonly acceptDamage?: boolean;
  /** The lock of the data directory, when the caller holds it already; else it is taken, and released by `close`. */
  readonly lock?: DataLock;
  /** Milliseconds between an entry and the checkpoint that covers it, at most. 1,000 by default. */
  readonly checkpointInterval?: number;
  /** A segment is sealed when it holds this many bytes of records, uncompressed. 16 MiB by default. */
  readonly segmentBytes?: number;
  /** What segments are written with; tests make it fail. */
  readonly io?: SegmentIo;
}

/** An opened data directory. */
export interface Opened {
  readonly segments: SegmentStore;
  readonly checkpoints: CheckpointWriter;
  readonly sealer: Sealer;
  readonly background: Background;
  /** The lock, when it was taken here. */
  readonly lock: DataLock | undefined;
  /** What was done, a sentence each. */
  readonly recovered: readonly string[];
  /** Entries that say so. */
  readonly entries: readonly Entry[];
}

/** @throws DogwatchError `data_in_use`, `wrong_key`, `journal_damaged`, `config_invalid` for a name that is none */
export async function openForWriting(options: JournalOptions): Promise<Opened> {
  if (!isJournalName(options.name)) {
    throw new DogwatchError('config_invalid', `a journal cannot be called ${JSON.stringify(options.name)}`, {
      remedy: 'use letters, digits, dots, dashes, underlines and slashes, beginning with a letter or digit',
    });
  }
  const lock = options.lock === undefined ? lockDataDirectory(options.dir) : undefined;
  const background = new Background();
  try {
    return await openLocked(options, background, lock);
  } catch (error) {
    await background.close();
    lock?.release();
    throw error;
  }
}

async function openLocked(
  options: JournalOptions,
  background: Background,
  lock: DataLock | undefined,
): Promise<Opened> {
  const { dir, signingKey, io = fileIo, acceptDamage = false } = options;
  const paths = dataPaths(dir);
  for (const folder of [dir, dirname(paths.segments), paths.segments, paths.tlog]) makeFolder(folder);
  // A process that was killed may have made a segment, and not have seen to it that its name is durable.
  await syncFolder(paths.segments);
  const keyring = await openKeyring(dir, options.kek);
  const origin = originOf(options.name);
  const known = await verifierKeysFor(dataPaths(dir).tlog, origin, signingKey);
  const segments = await listSegments(paths.segments);
  const signed = await newestCheckpoint(dir, known, origin);
  const recovered: string[] = [];
  const end = await newestEnd(paths.segments, segments, keyring, io);
  if (end.cut !== undefined) recovered.push(end.cut);
  const tree = await catchUp({ dir, keyring, background, signed, size: end.size, damage: end.damage, acceptDamage });
  if (tree.accepted !== undefined) recovered.push(tree.accepted);
  const sealer = new Sealer(paths.segments, keyring, background);
  const live = tree.accepted === undefined ? await end.resume() : undefined;
  const { size } = tree.tiles;
  const store = new SegmentStore(
    {
      dir: paths.segments,
      keyring,
      io,
      segmentBytes: options.segmentBytes ?? 16 * 1024 * 1024,
      onRolled: (segment, next) => sealer.add(segment, next),
    },
    { size, count: segments, live },
  );
  const checkpoints = new CheckpointWriter({
    dir,
    origin,
    key: signingKey,
    tiles: tree.tiles,
    interval: options.checkpointInterval ?? 1000,
    last: signed === undefined ? undefined : { size: signed.size, time: Date.now() },
  });
  await sealBacklog(paths.segments, segments, keyring, sealer);
  return { segments: store, checkpoints, sealer, background, lock, recovered, entries: recovered.map(recoveryEntry) };
}

function recoveryEntry(what: string): Entry {
  const event: LifecycleEvent = { what, details: {} };
  const summary = Buffer.from(JSON.stringify(event), 'utf8');
  return { id: newId(), time: Date.now(), kind: 'journal.recovered', parts: { summary } };
}

/** How many segments there are. What an interrupted rewrite left is removed. */
async function listSegments(folder: string): Promise<number> {
  const numbers = new Set<number>();
  let newest = 0;
  for (const name of await readdir(folder)) {
    const number = segmentNumber(name);
    if (number !== undefined) {
      numbers.add(number);
      newest = Math.max(newest, number);
    } else if (/^\d{10}\.dwj\.(new|tmp)$/.test(name)) await rm(join(folder, name));
  }
  for (let number = 1; number <= newest; number++) {
    if (!numbers.has(number)) {
      throw new DogwatchError('journal_damaged', `the segment ${join(folder, segmentName(number))} is missing`, {
        remedy: 'restore it from a backup',
      });
    }
  }
  return newest;
}

/** The newest tree head that this journal signed: of the served checkpoint and the kept ones, the larger. */
async function newestCheckpoint(
  dir: string,
  known: readonly NoteVerifier[],
  origin: string,
): Promise<TreeHead | undefined> {
  const paths = dataPaths(dir);
  const kept = await readKept(dir, known, origin, 'newest');
  await cutTornCheckpoint(paths.checkpoints, kept);
  const file = join(paths.tlog, 'checkpoint');
  const note = await readText(file);
  const served = note === '' ? undefined : verifiedHead(note, known, origin);
  if (note !== '' && served === undefined) throw damagedAt(file, 0, 'the checkpoint is not signed by a known key');
  const last = kept.checkpoints.at(-1)?.head;
  return (served?.size ?? -1) >= (last?.size ?? -1) ? served : last;
}

/** The last kept checkpoint may have been cut short by a crash; it was never relied on. */
async function cutTornCheckpoint(file: string, kept: KeptCheckpoints): Promise<void> {
  if (kept.damage !== undefined) throw damagedAt(file, kept.end, kept.damage);
  if (kept.end === kept.size) return;
  const handle = await open(file, 'r+');
  try {
    await handle.truncate(kept.end);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface NewestEnd {
  /** Leaf index after the last whole frame. */
  readonly size: number;
  /** What was cut. */
  readonly cut?: string;
  /** Why the file does not end there as it should. */
  readonly damage?: DogwatchError;
  /** Opens the segment to write on, if it can be. */
  resume(): Promise<SegmentWriter | undefined>;
}

/** Where the newest segment ends; a torn frame at its end is cut off. */
async function newestEnd(folder: string, newest: number, keyring: Keyring, io: SegmentIo): Promise<NewestEnd> {
  const none = async (): Promise<undefined> => undefined;
  if (newest === 0) return { size: 0, resume: none };
  const path = join(folder, segmentName(newest));
  const file = await SegmentFile.open(path, keyring, false);
  try {
    if (file.sealed) return { size: file.end, resume: none };
    let plaintext = 0;
    for await (const frame of file.frames(file.end)) plaintext += frame.header.plaintext;
    const tail = await file.tail();
    const size = file.end;
    if (tail.kind === 'damaged') return { size, damage: damagedAt(path, tail.end, tail.why), resume: none };
    if (tail.kind === 'torn') await cut(path, tail.end);
    const state = { end: tail.end, frames: file.rows.length, plaintext };
    const { header, digest } = file.header;
    const key = { key: keyring.segmentKey(header.root.id, header.id), digest };
    const { fileSize } = file;
    const resume = () => SegmentWriter.resume(path, header, key, state, fileSize, io);
    return { size, resume, ...(tail.kind === 'torn' ? { cut: cutMessage(path, tail) } : {}) };
  } finally {
    file.retire();
  }
}

const cutMessage = (path: string, tail: { end: number; bytes: number }): string =>
  `a write that a crash interrupted was cut off ${path} at byte ${tail.end}: ${tail.bytes} bytes, never acknowledged`;

async function cut(path: string, end: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(end);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Full segments that were not sealed when the process ended. They are the last ones, since sealing goes in order. */
async function sealBacklog(folder: string, newest: number, keyring: Keyring, sealer: Sealer): Promise<void> {
  const backlog: { segment: number; end: number }[] = [];
  let next: SegmentFile | undefined;
  for (let segment = newest; segment > 0; segment--) {
    const file = await SegmentFile.open(join(folder, segmentName(segment)), keyring, false);
    file.retire();
    if (file.sealed && next !== undefined) break;
    if (next !== undefined) backlog.unshift({ segment, end: next.first });
    next = file;
  }
  for (const { segment, end } of backlog) sealer.add(segment, end);
}
