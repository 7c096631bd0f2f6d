// Alters a finished journal's files at random, a thousand times: each time `verify` says so, or no entry is any different, for a reason that is named.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../src/exchange/canonical.ts';
import { decodeFrameHeader, decodeSegmentHeader } from '../../src/journal/format.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { createKeys, loadKeyEncryptionKey, loadSigningKey } from '../../src/journal/keys.ts';
import type { JournalOptions } from '../../src/journal/open.ts';
import { openReader } from '../../src/journal/reader.ts';
import { leafOf } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';

/** How many mutations of one kind of one sort of file there were, and what became of them. */
export interface TamperRow {
  readonly file: string;
  readonly mutation: string;
  detected: number;
  withoutEffect: number;
  /** Why those are without effect on any entry. */
  readonly why: Set<string>;
}

export interface TamperReport {
  readonly rows: readonly TamperRow[];
  /** Mutations that were not detected and changed something, or for which no reason is known; must be empty. */
  readonly broken: readonly string[];
}

interface Site {
  readonly dir: string;
  readonly options: JournalOptions;
  /** Copies of the data directory from before, oldest first. */
  readonly older: readonly string[];
  /** What must never change unnoticed. */
  readonly entries: string;
}

/** @param mutations how many */
export async function tamper(mutations: number): Promise<TamperReport> {
  const folder = mkdtempSync(join(tmpdir(), 'dogwatch-tamper-'));
  const rows = new Map<string, TamperRow>();
  const broken: string[] = [];
  try {
    const site = await finishedJournal(folder);
    const names = filesOf(site.dir);
    for (let at = 0; at < mutations; at++) {
      // Every file has its turn; segments, which hold most, have every second.
      const segments = names.filter((name) => sortOf(name) === 'segment');
      const file = at % 2 === 0 ? segments[randomInt(segments.length)]! : names[(at >> 1) % names.length]!;
      const mutation = mutate(site, names, file);
      if (mutation === undefined) {
        at--;
        continue;
      }
      const key = `${sortOf(file)} ${mutation.what}`;
      const row = rows.get(key) ?? {
        file: sortOf(file),
        mutation: mutation.what,
        detected: 0,
        withoutEffect: 0,
        why: new Set(),
      };
      rows.set(key, row);
      if (await detected(site.options)) row.detected++;
      else {
        const why = await whyHarmless(site, file, mutation.before);
        if (why === undefined) broken.push(`${file}: ${mutation.what} was not detected`);
        else {
          row.withoutEffect++;
          row.why.add(why);
        }
      }
      mutation.undo();
    }
    if (await detected(site.options)) broken.push('at the end the journal is not what it was');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows: [...rows.values()].sort((a, b) => (a.file + a.mutation < b.file + b.mutation ? -1 : 1)), broken };
}

/** A journal of several runs, with sealed segments and one that is not, full and partial tiles, and several kept checkpoints. */
async function finishedJournal(folder: string): Promise<Site> {
  const dir = join(folder, 'data');
  const keys = join(folder, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  const [encryption, signing] = [join(keys, 'encryption'), join(keys, 'signing')];
  createKeys({ kek: encryption, signing });
  const kek = await loadKeyEncryptionKey({ file: encryption });
  const options: JournalOptions = {
    dir,
    name: 'rig',
    kek,
    signingKey: await loadSigningKey({ file: signing }),
    segmentBytes: 60_000,
  };
  const older: string[] = [];
  for (let run = 0; run < 4; run++) {
    if (run > 0) {
      older.push(join(folder, `older-${run}`));
      cpSync(dir, older.at(-1)!, { recursive: true });
    }
    const journal = await openJournal(options);
    for (let batch = 0; batch < 12; batch++) {
      await Promise.all(Array.from({ length: 12 + run }, () => journal.append(someEntry())));
      if (batch === 6) await journal.checkpoint();
    }
    await journal.close();
  }
  return { dir, options, older, entries: await allEntries(options) };
}

const someEntry = () => ({
  id: newId(),
  time: Date.now(),
  kind: 'exchange' as const,
  parts: { summary: Buffer.from(JSON.stringify({ n: randomInt(1e9) })), response: randomBytes(randomInt(800)) },
});

/** A digest of every leaf and every byte of every part, in order. */
async function allEntries(options: JournalOptions): Promise<string> {
  const reader = await openReader(options);
  const digest = createHash('sha256');
  try {
    for await (const records of reader.records(0)) {
      for (const record of records) {
        digest.update(leafOf(record));
        for (const part of record.parts) if ('salted' in part) digest.update(part.salted);
      }
    }
  } finally {
    await reader.close();
  }
  return digest.digest('hex');
}

/** Paths of all files, relative to the data directory. */
function filesOf(dir: string): string[] {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  return files.map((file) => join(file.parentPath, file.name).slice(dir.length + 1)).sort();
}

function sortOf(file: string): string {
  if (file.endsWith('.dwj')) return 'segment';
  if (file.includes('/tile/entries/')) return file.includes('.p/') ? 'partial entry bundle' : 'entry bundle';
  if (file.includes('/tile/')) return file.includes('.p/') ? 'partial tile' : 'tile';
  return { checkpoints: 'kept checkpoints' }[file.split('/').at(-1)!] ?? file.split('/').at(-1)!;
}

interface Mutation {
  readonly what: string;
  /** The file's bytes as they were. */
  readonly before: Buffer;
  undo(): void;
}

/** Alters the file in some way that makes a difference to its bytes; undefined when the way that was drawn makes none. */
function mutate({ dir, older }: Site, names: readonly string[], name: string): Mutation | undefined {
  const path = join(dir, name);
  const before = readFileSync(path);
  const put = (what: string, bytes: Buffer | undefined): Mutation | undefined => {
    if (bytes === undefined || bytes.equals(before)) return undefined;
    writeFileSync(path, bytes);
    return { what, before, undo: () => writeFileSync(path, before) };
  };
  const ways: (() => Mutation | undefined)[] = [
    () => put('a bit flipped', flipped(before)),
    () => put('bytes overwritten', overwritten(before)),
    () => put('cut short', before.length === 0 ? undefined : before.subarray(0, randomInt(before.length))),
    () =>
      put(
        'bytes added',
        Buffer.concat([
          before,
          randomInt(2) === 0 ? randomBytes(1 + randomInt(600)) : Buffer.alloc(1 + randomInt(600)),
        ]),
      ),
    () => put('an older version', olderVersion(older, name)),
    () => put('frames swapped', name.endsWith('.dwj') ? framesSwapped(before) : undefined),
    () => put('a frame repeated or dropped', name.endsWith('.dwj') ? frameRepeatedOrDropped(before) : undefined),
    () => {
      rmSync(path);
      return { what: 'deleted', before, undo: () => writeFileSync(path, before) };
    },
    () => {
      const alike = names.filter((other) => other !== name && sortOf(other) === sortOf(name));
      const other = join(dir, alike[randomInt(Math.max(1, alike.length))] ?? name);
      const bytes = readFileSync(other);
      if (bytes.equals(before)) return undefined;
      writeFileSync(path, bytes);
      writeFileSync(other, before);
      const undo = (): void => {
        writeFileSync(path, before);
        writeFileSync(other, bytes);
      };
      return { what: 'swapped with another', before, undo };
    },
  ];
  return ways[randomInt(ways.length)]!();
}

function flipped(bytes: Buffer): Buffer | undefined {
  if (bytes.length === 0) return undefined;
  const copy = Buffer.from(bytes);
  copy[randomInt(copy.length)]! ^= 1 << randomInt(8);
  return copy;
}

function overwritten(bytes: Buffer): Buffer | undefined {
  if (bytes.length === 0) return undefined;
  const copy = Buffer.from(bytes);
  const from = randomInt(copy.length);
  copy.fill(
    randomInt(2) === 0 ? Buffer.alloc(1) : randomBytes(16),
    from,
    Math.min(copy.length, from + 1 + randomInt(700)),
  );
  return copy;
}

function olderVersion(older: readonly string[], name: string): Buffer | undefined {
  const path = join(older[randomInt(older.length)]!, name);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** The parts of a segment: its header, each of its frames, and the rest. */
function framesOf(bytes: Buffer): { header: Buffer; frames: Buffer[]; rest: Buffer } | undefined {
  let at = decodeSegmentHeader(bytes)?.size ?? bytes.length;
  const header = bytes.subarray(0, at);
  const frames: Buffer[] = [];
  for (let frame = decodeFrameHeader(bytes, at); frame !== undefined; frame = decodeFrameHeader(bytes, at)) {
    frames.push(bytes.subarray(at, at + frame.length));
    at += frame.length;
  }
  return frames.length === 0 ? undefined : { header, frames, rest: bytes.subarray(at) };
}

/** A segment without what follows its frames. */
function framesIn(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length - (framesOf(bytes)?.rest.length ?? 0));
}

function framesSwapped(bytes: Buffer): Buffer | undefined {
  const parts = framesOf(bytes);
  if (parts === undefined || parts.frames.length < 2) return undefined;
  const [a, b] = [randomInt(parts.frames.length), randomInt(parts.frames.length)];
  const frames = parts.frames.map((frame, at) => (at === a ? parts.frames[b]! : at === b ? parts.frames[a]! : frame));
  return Buffer.concat([parts.header, ...frames, parts.rest]);
}

function frameRepeatedOrDropped(bytes: Buffer): Buffer | undefined {
  const parts = framesOf(bytes);
  if (parts === undefined) return undefined;
  const at = randomInt(parts.frames.length);
  const frames = randomInt(2) === 0 ? parts.frames.toSpliced(at, 1) : parts.frames.toSpliced(at, 0, parts.frames[at]!);
  return Buffer.concat([parts.header, ...frames, parts.rest]);
}

async function detected(options: JournalOptions): Promise<boolean> {
  try {
    return !(await verifyJournal(options)).ok;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'journal_damaged' || code === 'wrong_key' || code === 'not_found') return true;
    throw error;
  }
}

/** Why a mutation that was not detected changes no entry; undefined when it does, or when no reason is known. */
async function whyHarmless({ dir, options, entries }: Site, file: string, before: Buffer): Promise<string | undefined> {
  if ((await allEntries(options)) !== entries) return undefined;
  const path = join(dir, file);
  const now = existsSync(path) ? readFileSync(path) : undefined;
  switch (sortOf(file)) {
    case 'lock':
      return 'the lock holds nothing';
    case 'keyring.json':
      return now === undefined
        ? 'the keyring is made again from the segments'
        : 'the root is the same: only white space or a label differs';
    case 'kept checkpoints':
      if (now !== undefined && now.length > before.length && onlyZerosAtEnd(before, now)) {
        return 'zeros after the last kept checkpoint, as an interrupted write leaves them';
      }
      return keptAreOlder(before, now)
        ? 'fewer kept checkpoints; the rest, and the newest one, still bind every entry'
        : undefined;
    case 'partial tile':
    case 'partial entry bundle':
      return now === undefined ? 'a partial tile that the full one, or a wider one, has replaced' : undefined;
    case 'segment':
      if (now === undefined) return undefined;
      if (onlyZerosAtEnd(before, now)) return 'zeros after the last frame: room for more';
      return onlyZerosAtEnd(framesIn(before), now)
        ? 'only the index is gone, as before a segment is sealed'
        : undefined;
    default:
      return undefined;
  }
}

/** Whether the file holds the beginning of what it held; a record of it may be cut anywhere, as an interrupted write leaves it. */
function keptAreOlder(before: Buffer, now: Buffer | undefined): boolean {
  return now === undefined || (now.length < before.length && before.subarray(0, now.length).equals(now));
}

function onlyZerosAtEnd(before: Buffer, now: Buffer): boolean {
  const [longer, shorter] = before.length > now.length ? [before, now] : [now, before];
  return (
    longer.subarray(0, shorter.length).equals(shorter) && longer.subarray(shorter.length).every((byte) => byte === 0)
  );
}

/** The report as a table. */
export function tamperTable({ rows }: TamperReport): Record<string, string | number>[] {
  return rows.map(({ file, mutation, detected: found, withoutEffect, why }) => ({
    file,
    mutation,
    mutations: found + withoutEffect,
    detected: found,
    'without effect': withoutEffect,
    why: [...why].join('; '),
  }));
}
