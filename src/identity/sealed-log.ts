// A small append-only file of sealed events: what was appended is on disk before the promise resolves, and nobody can change it unnoticed.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Code } from '../exchange/codes.ts';
import { DogwatchError } from '../exchange/error.ts';

/*
 * Header: magic (8), random id of the file (16). Then frames: length of what follows (u32, big endian), nonce (12), AES-256-GCM
 * ciphertext of a JSON array of events, tag (16). Associated data: the file's id and the frame's number, so that frames cannot be
 * left out in the middle, put in another order, or taken from another file. A new file begins with the state as it was, and an
 * empty array behind that: up to there it was written whole before it got its name, so only what comes later can be cut off.
 */
const MAGIC = Buffer.from('DWIDLOG1', 'latin1');
const HEADER = MAGIC.length + 16;
const NONCE = 12;
const TAG = 16;
const MAX_FRAME = 8 * 1024 * 1024;
const MAX_FILE = 1024 * 1024 * 1024;
/** Events of one frame at most; what waits beyond goes into the next. */
const MAX_BATCH = 1024;
/** A file is written anew when it holds more than this many events, and more than four times those that still count. */
const COMPACT_AT = 4096;

export interface SealedLogOptions<Event> {
  readonly file: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Told each event that the file holds, in order. */
  readonly replay: (event: Event) => void;
  /** The fewest events that make the present state; the file is written anew from them when it has grown. */
  readonly snapshot: () => Iterable<Event>;
  /** How many events `snapshot` would give. */
  readonly live: () => number;
  /** How trouble with the file is called, and what moving it away would lose; as of the identity store when absent. */
  readonly trouble?: { readonly damaged: Code; readonly failed: Code; readonly loses: string };
}

const IDENTITY_STORE = {
  damaged: 'identity_store_damaged',
  failed: 'identity_store_failed',
  loses: 'ends every token of Dogwatch and forgets every revocation, service account, containment and approval',
} as const;

export interface SealedLog<Event> {
  /** Resolves when the event is on disk. @throws DogwatchError `identity_store_failed` */
  append(event: Event): Promise<void>;
  /** Writes the file anew from what still counts: of the rest, nothing is in it when it resolves. @throws as `append` */
  rewrite(): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens the file, and makes one when there is none. A last frame that is not whole was never acknowledged, and is cut off.
 * @throws DogwatchError `identity_store_damaged` when anything else is wrong with it
 */
export async function openSealedLog<Event>(options: SealedLogOptions<Event>): Promise<SealedLog<Event>> {
  const { file, key, live, snapshot, trouble = IDENTITY_STORE } = options;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await rm(`${file}.new`, { force: true });
  const read = await readAll(options);
  let { events, frames, id } = read;
  let handle: FileHandle;
  if (read.size === 0 || needsCompaction(events, live())) handle = await rewrite();
  else {
    handle = await open(file, 'r+');
    await handle.truncate(read.size);
    await handle.sync();
  }
  let position = (await handle.stat()).size;
  let waiting: Waiting[] = [];
  let writing = false;
  let isToBeRewritten = false;
  let written = Promise.resolve();
  let failure: unknown;
  let closed = false;

  /** A new file of the events that still count, in the old one's place. */
  async function rewrite(): Promise<FileHandle> {
    id = randomBytes(16);
    frames = 0;
    events = 0;
    const fresh = await open(`${file}.new`, 'wx', 0o600);
    try {
      await fresh.writeFile(Buffer.concat([MAGIC, id]));
      let batch: string[] = [];
      let length = 0;
      const put = async () => {
        if (batch.length === 0) return;
        await fresh.writeFile(sealed(key, id, frames, `[${batch.join(',')}]`));
        frames += 1;
        batch = [];
        length = 0;
      };
      for (const event of snapshot()) {
        const text = JSON.stringify(event);
        if (batch.length === MAX_BATCH || length + text.length > MAX_FRAME / 8) await put();
        batch.push(text);
        length += text.length;
        events += 1;
      }
      await put();
      await fresh.writeFile(sealed(key, id, frames, '[]'));
      frames += 1;
      await fresh.sync();
      await rename(`${file}.new`, file);
    } catch (error) {
      await fresh.close();
      throw error;
    }
    await syncFolder(dirname(file));
    return fresh;
  }

  async function writeAll(): Promise<void> {
    writing = true;
    try {
      while (waiting.length > 0 || isToBeRewritten) {
        if (waiting.length > 0) await writeBatch();
        else await compact();
      }
    } finally {
      // In the same breath in which nothing was found waiting: what comes later starts anew.
      writing = false;
    }
  }

  async function writeBatch(): Promise<void> {
    let length = 0;
    let count = 0;
    for (; count < waiting.length && count < MAX_BATCH; count += 1) {
      length += waiting[count]?.text.length ?? 0;
      if (count > 0 && length > MAX_FRAME / 8) break;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    try {
      const frame = sealed(key, id, frames, `[${batch.map(({ text }) => text).join(',')}]`);
      for (let at = 0; at < frame.length; ) {
        const { bytesWritten } = await handle.write(frame, at, frame.length - at, position + at);
        at += bytesWritten;
      }
      await handle.datasync();
      position += frame.length;
      frames += 1;
      events += batch.length;
    } catch (error) {
      // After a failed sync nobody knows what the disk holds: nothing more is promised until a restart has read it.
      failure = error;
      for (const each of [...batch, ...waiting]) each.reject(failed(error));
      waiting = [];
      return;
    }
    for (const each of batch) each.resolve();
    if (waiting.length === 0 && needsCompaction(events, live())) await compact();
  }

  async function compact(): Promise<void> {
    isToBeRewritten = false;
    // Those whose promise has resolved have yet to bring the state up to date with it.
    await new Promise((resolve) => setImmediate(resolve));
    const old = handle;
    try {
      handle = await rewrite();
      position = (await handle.stat()).size;
      await old.close();
    } catch (error) {
      failure = error;
      for (const each of waiting) each.reject(failed(error));
      waiting = [];
    }
  }

  const failed = (cause: unknown) =>
    new DogwatchError(trouble.failed, `${file} could not be written`, {
      cause,
      remedy: 'see that the disk is well and has room, and start the gateway again',
    });

  return {
    append(event) {
      if (failure !== undefined || closed) return Promise.reject(failed(failure ?? new Error('it is closed')));
      return new Promise<void>((resolve, reject) => {
        waiting.push({ text: JSON.stringify(event), resolve, reject });
        if (!writing) written = writeAll();
      });
    },
    async rewrite() {
      if (failure === undefined && !closed) {
        isToBeRewritten = true;
        if (!writing) written = writeAll();
        await written;
      }
      if (failure !== undefined || closed) throw failed(failure ?? new Error('it is closed'));
    },
    async close() {
      closed = true;
      await written;
      await handle.close();
    },
  };
}

const needsCompaction = (events: number, live: number): boolean => events > COMPACT_AT && events > 4 * live;

const associated = (id: Uint8Array, frame: number): Buffer => {
  const data = Buffer.alloc(24);
  data.set(id);
  data.writeBigUInt64BE(BigInt(frame), 16);
  return data;
};

function sealed(key: Uint8Array, id: Uint8Array, frame: number, text: string): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(id, frame));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(NONCE + body.length + TAG);
  return Buffer.concat([length, nonce, body, cipher.getAuthTag()]);
}

interface Read {
  /** Bytes that are whole. */
  readonly size: number;
  readonly frames: number;
  readonly events: number;
  readonly id: Buffer;
}

async function readAll<Event>({ file, key, replay, trouble = IDENTITY_STORE }: SealedLogOptions<Event>): Promise<Read> {
  const damaged = (why: string) =>
    new DogwatchError(trouble.damaged, `${file} cannot be read: ${why}`, {
      remedy: `put a copy of it back; or move it away, which ${trouble.loses}`,
    });
  let bytes: Buffer;
  try {
    if ((await stat(file)).size > MAX_FILE) throw damaged(`it is longer than ${MAX_FILE} bytes`);
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { size: 0, frames: 0, events: 0, id: Buffer.alloc(16) };
    throw error;
  }
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged('it has another form');
  const id = Buffer.from(bytes.subarray(MAGIC.length, HEADER));
  let at = HEADER;
  let frames = 0;
  let events = 0;
  let begun = false;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + 4 + length;
    if (length > MAX_FRAME && end <= bytes.length) throw damaged(`the frame at byte ${at} is too long`);
    if (end > bytes.length) break;
    const text = opened(key, id, frames, bytes.subarray(at + 4, end));
    if (text === undefined) {
      // Only the last one can be a write that was cut off.
      if (begun && end === bytes.length) break;
      throw damaged(`the frame at byte ${at} was changed, or sealed under another key`);
    }
    const batch = JSON.parse(text) as Event[];
    begun ||= batch.length === 0;
    for (const event of batch) {
      replay(event);
      events += 1;
    }
    frames += 1;
    at = end;
  }
  if (!begun) throw damaged('its beginning is missing');
  return { size: at, frames, events, id };
}

function opened(key: Uint8Array, id: Uint8Array, frame: number, bytes: Buffer): string | undefined {
  if (bytes.length < NONCE + TAG) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE))
      .setAAD(associated(id, frame))
      .setAuthTag(bytes.subarray(bytes.length - TAG));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE, bytes.length - TAG)), decipher.final()]);
    return text.toString('utf8');
  } catch {
    return undefined;
  }
}

async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
