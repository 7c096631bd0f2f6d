// When checkpoints are signed, and the file in which they are kept.
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DogwatchError } from '../exchange/error.ts';
import { dataPaths, syncFolder } from './durable.ts';
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

/** Reads and verifies the kept checkpoints of a data directory. */
export async function readKept(dir: string, known: readonly NoteVerifier[], origin: string): Promise<KeptCheckpoints> {
  const text = await readText(dataPaths(dir).checkpoints);
  const checkpoints: KeptCheckpoint[] = [];
  let at = 0;
  let byte = 0;
  let damage: string | undefined;
  for (;;) {
    // A note ends with its signature lines; the empty line after them ends the record.
    const signatures = text.indexOf('\n\n', at);
    const end = signatures < 0 ? -1 : text.indexOf('\n\n', signatures + 2);
    if (end < 0) break;
    const note = text.slice(at, end + 1);
    const head = verifiedHead(note, known, origin);
    if (head === undefined) {
      damage = 'a kept checkpoint is malformed, or not signed by a known key';
      break;
    }
    checkpoints.push({ head, note, byte });
    byte += Buffer.byteLength(note) + 1;
    at = end + 2;
  }
  if (damage === undefined && !beginsRecord(text.slice(at), origin)) {
    damage = 'what follows the last whole checkpoint is not the beginning of another';
  }
  return { checkpoints, end: byte, size: Buffer.byteLength(text), ...(damage === undefined ? {} : { damage }) };
}

/** Whether a text is the beginning of a record, as a write that was cut off leaves it: then no byte of it was ever relied on. */
function beginsRecord(text: string, origin: string): boolean {
  const size = /^\d{0,16}/.exec(text.slice(origin.length + 1))?.[0] ?? '';
  const record = [origin, size, BASE64_OF_32, '', `— ${origin} ${BASE64_OF_68}`, '', ''].join('\n');
  if (text.length >= record.length) return false;
  for (let at = 0; at < text.length; at++) {
    const [is, should] = [text[at]!, record[at]!];
    // `A` stands for any character of base64.
    const fits = at > origin.length + size.length + 1 && should === 'A' ? /[A-Za-z0-9+/]/.test(is) : is === should;
    if (!fits) return false;
  }
  return true;
}

const BASE64_OF_32 = `${'A'.repeat(43)}=`;
const BASE64_OF_68 = `${'A'.repeat(91)}=`;

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
