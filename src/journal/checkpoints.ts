// When checkpoints are signed, and the file in which they are kept.
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { dataPaths, syncFolder } from './durable.ts';
import { SECTOR } from './format.ts';
import type { SigningKey } from './keys.ts';
import { type NoteVerifier, parseNote, parseTreeHead, type TreeHead, verifyNote } from './note.ts';
import { isNoRoom } from './segment-writer.ts';
import type { Checkpoint, TileLog } from './tile-log.ts';

/** A checkpoint is kept for good at most this often, in milliseconds; and always at the end. */
const KEEP_INTERVAL = 60_000;

export interface CheckpointWriterOptions {
  /** The data directory. */
  readonly dir: string;
  readonly origin: string;
  readonly key: SigningKey;
  readonly tiles: TileLog;
  /** Milliseconds. */
  readonly interval: number;
  /** The checkpoint that the journal was opened with. */
  readonly last: { readonly size: number; readonly time: number } | undefined;
}

/** Appends leaves to the tree, and writes a checkpoint a bounded time after. */
export class CheckpointWriter {
  readonly origin: string;
  readonly #options: CheckpointWriterOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<Checkpoint> | undefined;
  #last: { size: number; time: number } | undefined;
  #keptAt = 0;
  #keptSize = -1;
  #closed = false;
  #onFailure: (error: DogwatchError) => void = () => undefined;

  constructor(options: CheckpointWriterOptions) {
    this.origin = options.origin;
    this.#options = options;
    this.#last = options.last;
  }

  /** Size and time of the last checkpoint. */
  get last(): { readonly size: number; readonly time: number } | undefined {
    return this.#last;
  }

  /** Entries that no checkpoint covers. */
  get pending(): number {
    return this.#options.tiles.pending;
  }

  /** Called when a checkpoint could not be written for a reason other than want of room. */
  onFailure(listener: (error: DogwatchError) => void): void {
    this.#onFailure = listener;
  }

  /** Takes leaves that are durable. */
  append(leaves: readonly string[], hashes: readonly string[]): void {
    const { tiles } = this.#options;
    for (let at = 0; at < leaves.length; at++) tiles.append(leaves[at]!, hashes[at]!);
    this.#schedule();
  }

  /** Signs and writes a checkpoint over all leaves so far. @throws DogwatchError `journal_unavailable`, `journal_failed` */
  async write(): Promise<Checkpoint> {
    // One at a time: one under way may not cover the newest leaves, so it is waited for.
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    this.#writing = this.#write(false);
    try {
      return await this.#writing;
    } finally {
      this.#writing = undefined;
    }
  }

  /** @param write whether to sign a last checkpoint, and keep it */
  async close(write: boolean): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    while (this.#writing !== undefined) await this.#writing.catch(() => undefined);
    if (write && (this.pending > 0 || this.#keptSize !== this.#options.tiles.size)) await this.#write(true);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.write()
        .catch(() => undefined)
        .finally(() => {
          this.#timer = undefined;
          if (this.pending > 0) this.#schedule();
        });
    }, this.#options.interval).unref();
  }

  async #write(keep: boolean): Promise<Checkpoint> {
    const { tiles, key, dir } = this.#options;
    const time = Date.now();
    try {
      const checkpoint = await tiles.checkpoint(this.origin, key, time);
      this.#last = { size: checkpoint.size, time };
      if (keep || time - this.#keptAt >= KEEP_INTERVAL) {
        await keepCheckpoint(dataPaths(dir).checkpoints, checkpoint.note);
        this.#keptAt = time;
        this.#keptSize = checkpoint.size;
      }
      return checkpoint;
    } catch (cause) {
      const error = isNoRoom(cause)
        ? new DogwatchError('journal_unavailable', 'there is no room for a checkpoint', { cause })
        : new DogwatchError('journal_failed', `a checkpoint could not be written: ${(cause as Error).message}`, {
            cause,
            remedy: 'check the disk that holds the data directory, then restart',
          });
      if (error.code === 'journal_failed') this.#onFailure(error);
      throw error;
    }
  }
}

/** Notes stand one after another, each followed by an empty line. One that cannot be written leaves nothing behind. */
async function keepCheckpoint(file: string, note: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_DSYNC;
  const handle = await open(file, flags, 0o600);
  try {
    const { size } = await handle.stat();
    try {
      await handle.writeFile(`${note}\n`);
      if (size === 0) await syncFolder(dirname(file));
    } catch (error) {
      // The next one must not follow half of this one.
      await handle.truncate(size);
      await handle.sync();
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** A kept checkpoint: its note, what it says, and where it begins in the file. */
export interface KeptCheckpoint {
  readonly head: TreeHead;
  readonly note: string;
  readonly byte: number;
}

/** The kept checkpoints as far as they can be read, and where the rest begins that cannot: a torn end, or damage. */
export interface KeptCheckpoints {
  readonly checkpoints: readonly KeptCheckpoint[];
  /** Byte after the last whole one. */
  readonly end: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Why the rest is not the beginning of a checkpoint that was never wholly written. */
  readonly damage?: string;
}

/** With `newest` only so much of the end of the file is read: how long a journal has been kept does not make its start longer. */
const NEWEST = 64 * 1024;

/**
 * Reads and verifies the kept checkpoints of a data directory.
 *
 * @param which `newest`: a few of the last; what stands before them is left to verification
 */
export async function readKept(
  dir: string,
  known: readonly NoteVerifier[],
  origin: string,
  which: 'all' | 'newest' = 'all',
): Promise<KeptCheckpoints> {
  const { text, first, size } = await readEnd(dataPaths(dir).checkpoints, origin, which === 'all' ? undefined : NEWEST);
  const checkpoints: KeptCheckpoint[] = [];
  let at = 0;
  let damage: string | undefined;
  for (;;) {
    // A note ends with its signature lines; the empty line after them ends the record.
    const signatures = text.indexOf('\n\n', at);
    const end = signatures < 0 ? -1 : text.indexOf('\n\n', signatures + 2);
    if (end < 0) break;
    const note = Buffer.from(text.slice(at, end + 1), 'latin1').toString('utf8');
    const head = verifiedHead(note, known, origin);
    if (head === undefined) {
      damage = 'a kept checkpoint is malformed, or not signed by a known key';
      break;
    }
    checkpoints.push({ head, note, byte: first + at });
    at = end + 2;
  }
  // With a record that was cut off in its middle the search above may have ended in another's: it is looked at again as what it may be.
  if (!beginsRecord(text.slice(at), first + at, origin)) {
    damage ??= 'what follows the last whole checkpoint is not the beginning of another';
  } else damage = undefined;
  return { checkpoints, end: first + at, size, ...(damage === undefined ? {} : { damage }) };
}

/** The file's bytes, as Latin-1, from the beginning of a record on; with `most`, only about so many of the last. */
async function readEnd(
  file: string,
  origin: string,
  most: number | undefined,
): Promise<{ text: string; first: number; size: number }> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { text: '', first: 0, size: 0 };
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - (most ?? size));
    const bytes = Buffer.alloc(size - from);
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, from + done);
      if (bytesRead === 0) throw new Error(`${file} became shorter while it was read`);
      done += bytesRead;
    }
    const text = bytes.toString('latin1');
    if (from === 0) return { text, first: 0, size };
    const start = text.indexOf(`\n\n${origin}\n`);
    return start < 0
      ? await readEnd(file, origin, undefined)
      : { text: text.slice(start + 2), first: from + start + 2, size };
  } finally {
    await handle.close();
  }
}

/**
 * Whether bytes are the beginning of a record, as a write that was cut off leaves it: then none of it was ever relied on. Any of
 * the disk's sectors may not have been written, and are zero then.
 *
 * @param text the bytes, as Latin-1, which stand at `byte` of the file
 */
function beginsRecord(text: string, byte: number, origin: string): boolean {
  const size = /^\d{0,16}/.exec(text.slice(origin.length + 1))?.[0] ?? '';
  const record = Buffer.from(
    [origin, size, BASE64_OF_32, '', `— ${origin} ${BASE64_OF_68}`, '', ''].join('\n'),
    'utf8',
  ).toString('latin1');
  let unwritten = false;
  for (let from = 0; from < text.length; ) {
    const to = Math.min(text.length, from + SECTOR - ((byte + from) % SECTOR));
    const sector = text.slice(from, to);
    if (/^\0+$/.test(sector)) unwritten = true;
    else if (unwritten) {
      // The number of digits of the size is not known, so neither is what should stand here.
      if (text.length > record.length + 16 || !MAY_STAND_IN_RECORD.test(sector)) return false;
    } else if (!fits(sector, record, from, origin.length + size.length + 1)) return false;
    from = to;
  }
  return unwritten || text.length < record.length;
}

/** Whether a text is what stands in a record at `from`; `A` stands for any character of base64 after `head`. */
function fits(text: string, record: string, from: number, head: number): boolean {
  for (let at = 0; at < text.length; at++) {
    const [is, should] = [text[at]!, record[from + at]];
    if (from + at > head && should === 'A' ? !/[A-Za-z0-9+/]/.test(is) : is !== should) return false;
  }
  return true;
}

const BASE64_OF_32 = `${'A'.repeat(43)}=`;
const BASE64_OF_68 = `${'A'.repeat(91)}=`;
/** Origin, digits, base64, line ends, and the three bytes of the dash before a signature. */
const MAY_STAND_IN_RECORD = /^[A-Za-z0-9+/=\n ._\-\xe2\x80\x94]*$/;

/** What a checkpoint says, when one of the known keys signed it and it is of this origin. */
export function verifiedHead(note: string, known: readonly NoteVerifier[], origin: string): TreeHead | undefined {
  const parsed = parseNote(note);
  if (parsed === undefined || verifyNote(parsed, known).length === 0) return undefined;
  const head = parseTreeHead(parsed.text);
  return head?.origin === origin ? head : undefined;
}

/** A file's text; the empty text when it is not there. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
