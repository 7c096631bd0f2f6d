// The segments as a whole: appends frames to the live one, and rolls over to a new one when it is full.
import { randomBytes } from 'node:crypto';
import { encodeFrame, type SegmentHeader } from './format.ts';
import type { Keyring } from './keyring.ts';
import { release } from './release.ts';
import { isNoRoom, type SegmentIo, SegmentWriter } from './segment-writer.ts';

/** Frames up to this size share one piece of memory. */
const FRAME_MEMORY = 512 * 1024;
/** A segment is sealed at this age, in milliseconds, however little it holds. */
const SEGMENT_AGE = 24 * 60 * 60 * 1000;

/** A segment with fewer bytes of records is written on after the next start. */
const WORTH_SEALING = 1024 * 1024;

export interface SegmentStoreOptions {
  /** The folder of the segments. */
  readonly dir: string;
  readonly keyring: Keyring;
  readonly io: SegmentIo;
  /** A segment that holds this many bytes of records takes no more. */
  readonly segmentBytes: number;
  /** Told of each segment that takes no more: its number, and the leaf index after its last entry. */
  readonly onRolled: (segment: number, end: number) => void;
}

/** Appends to the live segment. One append at a time. */
export class SegmentStore {
  readonly #options: SegmentStoreOptions;
  #live: SegmentWriter | undefined;
  /** Number of the newest segment; 0 when there is none. */
  #count: number;
  #size: number;
  #rolling = false;
  readonly #memory = Buffer.allocUnsafeSlow(FRAME_MEMORY);

  /** @param live the newest segment when it can be written on */
  constructor(options: SegmentStoreOptions, state: { size: number; count: number; live: SegmentWriter | undefined }) {
    this.#options = options;
    this.#size = state.size;
    this.#count = state.count;
    this.#live = state.live;
  }

  /** Durable entries. */
  get size(): number {
    return this.#size;
  }
  get count(): number {
    return this.#count;
  }
  /** The number of the segment that is written on, or would be the next one's; those before it change no more. */
  get liveNumber(): number {
    return this.#live?.header.segment ?? this.#count + 1;
  }
  get liveBytes(): number {
    return this.#live?.end ?? 0;
  }

  /**
   * Makes records durable as one frame. After a failure for want of room the file ends with the last good frame, or, when that
   * cannot be made sure, is not written again.
   *
   * @param compressed the records, as `compressRecords` gives them; it is used up
   * @throws what the file system said
   */
  async append(records: Buffer, count: number, compressed: Buffer): Promise<void> {
    const live = await this.#writable();
    const frame = { number: live.frames, first: this.#size, count, plaintext: records.length };
    const bytes = encodeFrame(frame, compressed, live.frameKey, live.incarnation, this.#memory);
    release(compressed);
    try {
      await live.append(bytes, records.length);
    } catch (error) {
      if (isNoRoom(error) && !(await live.cutBack())) await this.#leave(live);
      throw error;
    }
    this.#size += count;
  }

  /**
   * @param clean whether the live file may be touched; not after a failure of which nothing is known
   * @returns the number of the live segment, when it holds enough to be worth sealing
   */
  async close(clean: boolean): Promise<number | undefined> {
    const live = this.#live;
    this.#live = undefined;
    if (!clean) await live?.abandon();
    if (!clean || live === undefined) return undefined;
    await live.close();
    return live.plaintext >= WORTH_SEALING ? live.header.segment : undefined;
  }

  /** When that entry is in the live segment, the next append begins a new one, so that all there is until then can be rewritten. */
  roll(leaf: number): void {
    if (this.#live !== undefined && leaf >= this.#live.header.first) this.#rolling = true;
  }

  async #writable(): Promise<SegmentWriter> {
    const live = this.#live;
    if (live !== undefined) {
      const old = live.frames > 0 && Date.now() - live.header.created >= SEGMENT_AGE;
      if (live.plaintext < this.#options.segmentBytes && !old && !this.#rolls(live)) return live;
      const next = await this.#create();
      this.#live = next;
      this.#rolling = false;
      await live.close();
      this.#options.onRolled(live.header.segment, this.#size);
      return next;
    }
    this.#live = await this.#create();
    this.#rolling = false;
    return this.#live;
  }

  #rolls(live: SegmentWriter): boolean {
    if (live.frames === 0) this.#rolling = false;
    return this.#rolling;
  }

  async #create(): Promise<SegmentWriter> {
    const { dir, keyring, io } = this.#options;
    const header: SegmentHeader = {
      v: 1,
      segment: this.#count + 1,
      id: randomBytes(16).toString('base64url'),
      first: this.#size,
      created: Date.now(),
      root: keyring.current,
    };
    const writer = await SegmentWriter.create(dir, header, keyring.segmentKey(header.root.id, header.id), io);
    this.#count++;
    return writer;
  }

  /** Gives up a segment whose end is not known: the next append starts another. */
  async #leave(live: SegmentWriter): Promise<void> {
    this.#live = undefined;
    await live.abandon();
  }
}
