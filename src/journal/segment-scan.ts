// Reads the frames of a live segment in order, and tells a torn tail from damage.
import { decodeFrameHeader, FRAME_HEADER, type FrameHeader, frameIntact, MAX_FRAME, SECTOR } from './format.ts';
import type { Source } from './source.ts';

/** A frame in a file. */
export interface PlacedFrame {
  readonly offset: number;
  readonly header: FrameHeader;
  /** All its bytes, a view that holds until the next frame is asked for. */
  readonly bytes: Buffer;
}

/** How the frames of a live segment end. */
export type Tail =
  /** Nothing but zeros, or nothing, follows. */
  | { readonly kind: 'clean'; readonly end: number }
  /** The beginning of a frame that was never wholly written, and so never acknowledged. */
  | { readonly kind: 'torn'; readonly end: number; readonly bytes: number }
  /** Anything else. */
  | { readonly kind: 'damaged'; readonly end: number; readonly why: string };

const WINDOW = 1024 * 1024;

/** Reads frames one after another from a place in the file. */
export class FrameScanner {
  readonly #file: Source;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  /** How much to read at once: little at first, since a follower often wants but one frame. */
  #ahead = 16 * 1024;
  /** Where the next frame begins. */
  offset: number;
  /** What its header must say. */
  number: number;
  first: number;

  constructor(file: Source, from: { offset: number; number: number; first: number }) {
    this.#file = file;
    this.offset = from.offset;
    this.number = from.number;
    this.first = from.first;
  }

  /** The next frame when its bytes are all there and intact, and it is the next in number and leaf. Else undefined, and nothing moves. */
  async next(): Promise<PlacedFrame | undefined> {
    const frame = await this.#peek();
    if (frame === undefined || !frameIntact(frame.bytes)) return undefined;
    this.offset += frame.header.length;
    this.number++;
    this.first += frame.header.count;
    return frame;
  }

  /** Forgets what was read ahead, so that what was written since is seen. */
  forget(): void {
    this.#window = Buffer.alloc(0);
  }

  /** What stands where the next frame would begin. To be asked after `next` gave undefined. */
  async tail(): Promise<Tail> {
    this.forget();
    const end = this.offset;
    const rest = await lastNonZero(this.#file, end);
    if (rest === undefined) return { kind: 'clean', end };
    const torn: Tail = { kind: 'torn', end, bytes: rest.last + 1 - end };
    const damaged = (why: string): Tail => ({ kind: 'damaged', end, why });
    if (rest.last - end >= MAX_FRAME) return damaged('more follows than one frame can hold');
    const bytes = await this.#file.read(end, rest.last + 1 - end);
    const header = decodeFrameHeader(bytes);
    const length = header?.length ?? FRAME_HEADER;
    if (!beginsLikeFrame(bytes, end)) return damaged('it is no frame');
    if (laterFrame(bytes, Math.min(length, bytes.length), this.number)) return damaged('later frames follow');
    if (end + length > rest.size) return torn;
    if (header !== undefined && (header.number !== this.number || header.first !== this.first)) {
      return damaged(`a frame of another place stands there: number ${header.number}, leaf ${header.first}`);
    }
    if (header !== undefined && bytes.length > length) return damaged('bytes follow a damaged frame');
    // A write that was cut short leaves its end, or whole sectors of it, as they were: zero.
    if (bytes.length < length || hasUnwrittenSector(bytes, end, length)) return torn;
    return damaged(header === undefined ? 'it is no frame' : 'the frame is whole, but its bytes are not those written');
  }

  async #peek(): Promise<PlacedFrame | undefined> {
    let header = await this.#header();
    if (header === undefined) return undefined;
    if (header.number !== this.number || header.first !== this.first) return undefined;
    const have = this.#windowAt + this.#window.length - this.offset;
    if (have < header.length) {
      await this.#fill(header.length);
      header = await this.#header();
      if (header === undefined || this.#window.length < header.length) return undefined;
    }
    const from = this.offset - this.#windowAt;
    return { offset: this.offset, header, bytes: this.#window.subarray(from, from + header.length) };
  }

  async #header(): Promise<FrameHeader | undefined> {
    const have = this.#windowAt + this.#window.length - this.offset;
    if (this.offset < this.#windowAt || have < FRAME_HEADER) await this.#fill(FRAME_HEADER);
    return decodeFrameHeader(this.#window, this.offset - this.#windowAt);
  }

  async #fill(least: number): Promise<void> {
    this.#window = await this.#file.read(this.offset, Math.max(least, this.#ahead));
    this.#windowAt = this.offset;
    this.#ahead = Math.min(WINDOW, this.#ahead * 4);
  }
}

/** The offset of the last byte at or after `from` that is not zero, and the file's size. */
async function lastNonZero(file: Source, from: number): Promise<{ last: number; size: number } | undefined> {
  const size = file.size();
  for (let end = size; end > from; ) {
    const start = Math.max(from, end - WINDOW);
    const bytes = await file.read(start, end - start);
    for (let at = bytes.length - 1; at >= 0; at--) if (bytes[at] !== 0) return { last: start + at, size };
    end = start;
  }
  return undefined;
}

const MAGIC = Buffer.from('DWF1', 'latin1');

/** Whether these bytes, at `offset` of the file, may be what is there of a frame: its first sector was not written, or begins as one does. */
function beginsLikeFrame(bytes: Buffer, offset: number, magic = MAGIC): boolean {
  const room = SECTOR - (offset % SECTOR);
  if (bytes.subarray(0, room).every((byte) => byte === 0)) {
    // Of so little room that the magic goes on in the next sector, that one tells.
    return room >= magic.length || beginsLikeFrame(bytes.subarray(room), offset + room, magic.subarray(room));
  }
  const start = bytes.subarray(0, magic.length);
  const written = magic.findIndex((byte, at) => start[at] !== byte);
  return written < 0 || (written > 0 && start.subarray(written).every((byte) => byte === 0));
}

/** Whether a frame with a higher number begins anywhere in `bytes` from `from` on. */
function laterFrame(bytes: Buffer, from: number, number: number): boolean {
  for (let at = bytes.indexOf(MAGIC, Math.max(from, 1)); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    const header = decodeFrameHeader(bytes, at);
    if (header !== undefined && header.number > number) return true;
  }
  return false;
}

/** Whether some sector holds none of the first `length` bytes but zeros. `bytes` begin at `offset` of the file. */
function hasUnwrittenSector(bytes: Buffer, offset: number, length: number): boolean {
  for (let from = 0; from < length; ) {
    const to = Math.min(length, from + SECTOR - ((offset + from) % SECTOR));
    if (bytes.subarray(from, to).every((byte) => byte === 0)) return true;
    from = to;
  }
  return false;
}
