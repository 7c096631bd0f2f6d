// The live segment: a file that frames are appended to, each durable when its write returns.
import type { KeyObject } from 'node:crypto';
import { close, constants, fdatasync, fstat, ftruncate, open, write } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { syncFolder } from './durable.ts';
import { encodeSegmentHeader, type FrameKey, newIncarnation, type SegmentHeader } from './format.ts';

/** Zeros written ahead of the frames, so that a frame's write changes no metadata and needs one flush, not two. */
const AHEAD = 1024 * 1024;
const zeros = Buffer.alloc(AHEAD);
/** A frame of this size costs less when it extends the file itself than with as many zeros written before it. */
const LARGE = 128 * 1024;

/** The file calls a segment is written with. */
export interface SegmentIo {
  open(path: string, flags: number, mode?: number): Promise<number>;
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  truncate(fd: number, length: number): Promise<void>;
  sync(fd: number): Promise<void>;
  size(fd: number): Promise<number>;
  close(fd: number): Promise<void>;
}

const writeAt = (fd: number, bytes: Uint8Array, offset: number, length: number, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, bytes, offset, length, position, (error, written) => (error ? reject(error) : resolve(written)));
  });

/** The file system itself. */
export const fileIo: SegmentIo = {
  open: (path, flags, mode = 0o600) =>
    new Promise((resolve, reject) => {
      open(path, flags, mode, (error, fd) => (error ? reject(error) : resolve(fd)));
    }),
  write: writeAt,
  truncate: promisify(ftruncate),
  sync: promisify(fdatasync),
  size: async (fd) => (await promisify(fstat)(fd)).size,
  close: promisify(close),
};

/** The name of a segment's file. */
export const segmentName = (segment: number): string => `${String(segment).padStart(10, '0')}.dwj`;

/** The number of the segment whose file has that name; undefined when it is none. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^(\d{10})\.dwj$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Where the frames of a live segment end, and what they hold. */
export interface LiveState {
  /** Byte after the last frame. */
  readonly end: number;
  readonly frames: number;
  /** Record bytes before compression, of all frames. */
  readonly plaintext: number;
}

/** Appends frames to one live segment. One append at a time. */
export class SegmentWriter {
  readonly header: SegmentHeader;
  readonly frameKey: FrameKey;
  readonly path: string;
  readonly #io: SegmentIo;
  /** Opened O_DSYNC: a write that returned is durable. */
  readonly #fd: number;
  #end: number;
  #frames: number;
  #plaintext: number;
  #incarnation: Buffer = newIncarnation();
  /** Zeros are durable up to here. */
  #ahead: number;
  #extending: Promise<void> | undefined;
  /** Why zeros could not be written ahead, other than for want of room. */
  #failure: unknown;

  private constructor(
    io: SegmentIo,
    fd: number,
    path: string,
    header: SegmentHeader,
    frameKey: FrameKey,
    state: LiveState,
    ahead: number,
  ) {
    this.#io = io;
    this.#fd = fd;
    this.path = path;
    this.header = header;
    this.frameKey = frameKey;
    this.#end = state.end;
    this.#frames = state.frames;
    this.#plaintext = state.plaintext;
    this.#ahead = ahead;
  }

  /** Makes a new segment file; it appears under its name only when its header is durable. */
  static async create(dir: string, header: SegmentHeader, key: KeyObject, io: SegmentIo): Promise<SegmentWriter> {
    const path = join(dir, segmentName(header.segment));
    const temporary = `${path}.new`;
    const { bytes, digest } = encodeSegmentHeader(header);
    const first = Buffer.concat([bytes, zeros.subarray(bytes.length)]);
    let fd: number | undefined;
    try {
      await rm(temporary, { force: true });
      fd = await io.open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
      await writeAll(io, fd, first, 0);
      await io.sync(fd);
      await io.close(fd);
      fd = undefined;
      await rename(temporary, path);
      await syncFolder(dirname(path));
      return await SegmentWriter.resume(
        path,
        header,
        { key, digest },
        { end: bytes.length, frames: 0, plaintext: 0 },
        first.length,
        io,
      );
    } catch (error) {
      if (fd !== undefined) await io.close(fd).catch(() => undefined);
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Takes up a live segment where its frames end; the file is `size` bytes long, zeros from `state.end` on. */
  static async resume(
    path: string,
    header: SegmentHeader,
    frameKey: FrameKey,
    state: LiveState,
    size: number,
    io: SegmentIo,
  ): Promise<SegmentWriter> {
    const fd = await io.open(path, constants.O_WRONLY | constants.O_DSYNC);
    return new SegmentWriter(io, fd, path, header, frameKey, state, size);
  }

  get end(): number {
    return this.#end;
  }
  /** Number of the next frame. */
  get frames(): number {
    return this.#frames;
  }
  get plaintext(): number {
    return this.#plaintext;
  }
  get incarnation(): Buffer {
    return this.#incarnation;
  }

  /** Writes a frame after the last one. When this returns it is durable. @throws what the file system said. */
  async append(frame: Buffer, plaintext: number): Promise<void> {
    if (this.#extending !== undefined && this.#end + frame.length > this.#ahead) await this.#extending;
    if (this.#failure !== undefined) throw this.#failure;
    await writeAll(this.#io, this.#fd, frame, this.#end);
    this.#end += frame.length;
    this.#frames++;
    this.#plaintext += plaintext;
    if (this.#end > this.#ahead) this.#ahead = this.#end;
    const near = this.#end + AHEAD / 2 > this.#ahead;
    if (near && this.#extending === undefined && frame.length < LARGE) this.#extending = this.#extend();
  }

  /** Writes zeros ahead, while frames go on being written before them. Where there is no room for it, it is done without. */
  async #extend(): Promise<void> {
    const from = this.#ahead;
    try {
      await writeAll(this.#io, this.#fd, zeros, from);
      this.#ahead = from + AHEAD;
    } catch (error) {
      if (!isNoRoom(error)) this.#failure = error;
    }
    this.#extending = undefined;
  }

  /**
   * After a write that failed for want of room: cuts the file back to the last good frame.
   *
   * @returns whether the file is known to end there; if not, this segment must not be written again.
   */
  async cutBack(): Promise<boolean> {
    this.#incarnation = newIncarnation();
    try {
      await this.#extending;
      await this.#io.truncate(this.#fd, this.#end);
      await this.#io.sync(this.#fd);
      this.#ahead = this.#end;
      return (await this.#io.size(this.#fd)) === this.#end;
    } catch (error) {
      if (isNoRoom(error)) return false;
      throw error;
    }
  }

  /** Cuts the zeros off and closes. */
  async close(): Promise<void> {
    try {
      await this.#extending;
      await this.#io.truncate(this.#fd, this.#end);
      await this.#io.sync(this.#fd);
    } finally {
      await this.#io.close(this.#fd);
    }
  }

  /** Closes without touching the file: after a failure of which nothing is known. */
  async abandon(): Promise<void> {
    await this.#extending;
    await this.#io.close(this.#fd).catch(() => undefined);
  }
}

/** Whether a file operation failed only for want of room. */
export function isNoRoom(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

async function writeAll(io: SegmentIo, fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await io.write(fd, bytes, done, bytes.length - done, position + done);
    if (written === 0) throw Object.assign(new Error('a write wrote nothing'), { code: 'EIO' });
    done += written;
  }
}
