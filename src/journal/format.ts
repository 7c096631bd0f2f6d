// The bytes of a segment file: header, frame headers, index. docs/journal-format.md says the same in words.
import { createCipheriv, createDecipheriv, hash, type KeyObject, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canonicalJson } from '../exchange/canonical.ts';
import { decompressRecords } from './compress.ts';
import { release } from './release.ts';

export const SEGMENT_MAGIC = Buffer.from('DWJSEG1\n', 'latin1');
export const FRAME_MAGIC = 0x31465744; // 'DWF1', little-endian
export const INDEX_MAGIC = 0x31495744; // 'DWI1'
/** The last byte of every frame; never zero, so that a frame whose end was not written can be told from a damaged one. */
export const FRAME_END = 0xd7;
export const FRAME_HEADER = 44;
const GCM_TAG = 16;
/** Bytes a frame takes beside its compressed records. */
export const FRAME_OVERHEAD = FRAME_HEADER + GCM_TAG + 1;
export const SECTOR = 512;
const HEADER_FIXED = 16;
const MAX_HEADER = 65_536;
/** The most record bytes in one frame. */
export const MAX_FRAME_PLAINTEXT = 8 * 1024 * 1024;
/** zstd's own bound for incompressible input of that size, and what the frame adds. */
export const MAX_FRAME = MAX_FRAME_PLAINTEXT + (MAX_FRAME_PLAINTEXT >> 7) + 4096 + FRAME_OVERHEAD;

/** The keyring's root as stored: wrapped by the key-encryption key, with `root <id>` as context. */
export interface WrappedRoot {
  /** 8 random bytes, hex. */
  readonly id: string;
  /** The id of the key-encryption key. */
  readonly kek: string;
  /** base64url */
  readonly wrapped: string;
}

/** What a segment file says of itself, in clear. Its hash is authenticated with every frame. */
export interface SegmentHeader {
  readonly v: 1;
  /** Position among the segments, from 1; also the file's name. */
  readonly segment: number;
  /** 16 random bytes, base64url: the salt from which, with the root, the data key of this file is derived. */
  readonly id: string;
  /** Leaf index of the first entry. */
  readonly first: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** The root that the data key is derived from, as wrapped when the segment was made. */
  readonly root: WrappedRoot;
}

export interface FrameHeader {
  /** 0-based position in the file. */
  readonly number: number;
  /** Leaf index of the first entry in it. */
  readonly first: number;
  readonly count: number;
  /** Record bytes before compression. */
  readonly plaintext: number;
  /** Bytes of the whole frame in the file. */
  readonly length: number;
}

/** One row of a sealed segment's index. */
export interface IndexRow {
  readonly offset: number;
  readonly first: number;
  readonly count: number;
}

/** The header's bytes, zero-padded to whole sectors, and the digest that binds frames to it. */
export function encodeSegmentHeader(header: SegmentHeader): { bytes: Buffer; digest: Buffer } {
  const json = canonicalJson(header);
  const bytes = Buffer.alloc(Math.ceil((HEADER_FIXED + json.length) / SECTOR) * SECTOR);
  SEGMENT_MAGIC.copy(bytes);
  bytes.writeUInt32LE(json.length, 8);
  bytes.writeUInt32LE(crc32(json), 12);
  json.copy(bytes, HEADER_FIXED);
  return { bytes, digest: hash('sha256', json, 'buffer') };
}

/** A header as read: where frames begin, and what binds them to it. */
export interface ReadHeader {
  readonly header: SegmentHeader;
  readonly size: number;
  /** SHA-256 of the header's JSON. */
  readonly digest: Buffer;
}

/** Reads a segment's header from the beginning of the file; undefined when it is not whole or not what it should be. */
export function decodeSegmentHeader(bytes: Buffer): ReadHeader | undefined {
  if (bytes.length < HEADER_FIXED || !bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return undefined;
  const length = bytes.readUInt32LE(8);
  const size = Math.ceil((HEADER_FIXED + length) / SECTOR) * SECTOR;
  if (length > MAX_HEADER || bytes.length < size) return undefined;
  const json = bytes.subarray(HEADER_FIXED, HEADER_FIXED + length);
  if (crc32(json) !== bytes.readUInt32LE(12)) return undefined;
  for (let at = HEADER_FIXED + length; at < size; at++) if (bytes[at] !== 0) return undefined;
  try {
    const header = JSON.parse(json.toString('utf8')) as SegmentHeader;
    if (header.v !== 1 || !Number.isSafeInteger(header.first) || header.first < 0) return undefined;
    return { header, size, digest: hash('sha256', json, 'buffer') };
  } catch {
    return undefined;
  }
}

/** How many bytes at the beginning of a file are enough to read any header. */
export const HEADER_READ = MAX_HEADER + SECTOR;

/** What seals and opens the frames of one segment file. */
export interface FrameKey {
  readonly key: KeyObject;
  /** SHA-256 of the segment header's JSON. */
  readonly digest: Buffer;
}

/** Draws a new half of the nonce: once for each opening of a file for writing, and after each failed write. */
export const newIncarnation = (): Buffer => randomBytes(8);

/**
 * Encrypts compressed records as one frame.
 *
 * The nonce is the frame number and the incarnation (8 random bytes, in the frame), so a number that is used again after a
 * torn or failed write never meets the same nonce.
 *
 * @param memory what the frame may be written into, when it is large enough
 * @returns the frame: new, or a view of `memory`
 */
export function encodeFrame(
  frame: { number: number; first: number; count: number; plaintext: number },
  compressed: Uint8Array,
  seal: FrameKey,
  incarnation: Buffer,
  memory?: Buffer,
): Buffer {
  const length = FRAME_OVERHEAD + compressed.length;
  const bytes =
    memory !== undefined && memory.length >= length ? memory.subarray(0, length) : Buffer.allocUnsafe(length);
  bytes.writeUInt32LE(FRAME_MAGIC, 0);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(frame.plaintext, 8);
  bytes.writeUInt32LE(frame.count, 12);
  bytes.writeUInt32LE(frame.first >>> 0, 16);
  bytes.writeUInt32LE(Math.floor(frame.first / 0x1_0000_0000), 20);
  bytes.writeUInt32LE(frame.number, 24);
  incarnation.copy(bytes, 28);
  const cipher = createCipheriv('aes-256-gcm', seal.key, bytes.subarray(24, 36));
  cipher.setAAD(associatedData(seal, bytes));
  const sealed = cipher.update(compressed);
  let at = FRAME_HEADER + sealed.copy(bytes, FRAME_HEADER);
  release(sealed);
  at += cipher.final().copy(bytes, at);
  cipher.getAuthTag().copy(bytes, at);
  bytes[length - 1] = FRAME_END;
  bytes.writeUInt32LE(crc32(bytes.subarray(FRAME_HEADER, length)), 36);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 40)), 40);
  return bytes;
}

/** Reads a frame's header; undefined when these are not the bytes of one. */
export function decodeFrameHeader(bytes: Buffer, at = 0): FrameHeader | undefined {
  if (bytes.length - at < FRAME_HEADER || bytes.readUInt32LE(at) !== FRAME_MAGIC) return undefined;
  if (crc32(bytes.subarray(at, at + 40)) !== bytes.readUInt32LE(at + 40)) return undefined;
  const header: FrameHeader = {
    length: bytes.readUInt32LE(at + 4),
    plaintext: bytes.readUInt32LE(at + 8),
    count: bytes.readUInt32LE(at + 12),
    first: bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20) * 0x1_0000_0000,
    number: bytes.readUInt32LE(at + 24),
  };
  const sane =
    header.length > FRAME_OVERHEAD &&
    header.length <= MAX_FRAME &&
    header.plaintext <= MAX_FRAME_PLAINTEXT &&
    header.count > 0 &&
    Number.isSafeInteger(header.first + header.count);
  return sane ? header : undefined;
}

/** Whether a whole frame's bytes are those that were written, as far as its CRC can tell. */
export function frameIntact(frame: Buffer): boolean {
  return frame[frame.length - 1] === FRAME_END && crc32(frame.subarray(FRAME_HEADER)) === frame.readUInt32LE(36);
}

/**
 * Decrypts and decompresses a whole frame to its records.
 *
 * @returns undefined when it does not authenticate: other bytes, another place, another key.
 */
export function decodeFrame(frame: Buffer, header: FrameHeader, seal: FrameKey): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', seal.key, frame.subarray(24, 36), { authTagLength: GCM_TAG });
    decipher.setAAD(associatedData(seal, frame));
    decipher.setAuthTag(frame.subarray(-1 - GCM_TAG, -1));
    const compressed = decipher.update(frame.subarray(FRAME_HEADER, -1 - GCM_TAG));
    decipher.final();
    const records = decompressRecords(compressed, header.plaintext);
    release(compressed);
    return records;
  } catch {
    return undefined;
  }
}

const aad = Buffer.alloc(32 + 36);
function associatedData(seal: FrameKey, frame: Buffer): Buffer {
  seal.digest.copy(aad, 0);
  frame.copy(aad, 32, 0, 36);
  return aad;
}

const ROW = 20;
const TRAILER = 24;

/** The index that ends a sealed segment: a row for each frame, then a trailer of fixed size. */
export function encodeIndex(rows: readonly IndexRow[], offset: number): Buffer {
  const bytes = Buffer.alloc(rows.length * ROW + TRAILER);
  let at = 0;
  for (const row of rows) {
    bytes.writeBigUInt64LE(BigInt(row.offset), at);
    bytes.writeBigUInt64LE(BigInt(row.first), at + 8);
    bytes.writeUInt32LE(row.count, at + 16);
    at += ROW;
  }
  bytes.writeBigUInt64LE(BigInt(offset), at);
  bytes.writeUInt32LE(rows.length, at + 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, at)), at + 12);
  bytes.writeUInt32LE(crc32(bytes.subarray(at, at + 16)), at + 16);
  bytes.writeUInt32LE(INDEX_MAGIC, at + 20);
  return bytes;
}

/** Where the index of a sealed segment stands, from the last bytes of the file; undefined when it has none. */
export function decodeIndexTrailer(end: Buffer, fileSize: number): { offset: number; rows: number } | undefined {
  const at = end.length - TRAILER;
  if (at < 0 || end.readUInt32LE(at + 20) !== INDEX_MAGIC) return undefined;
  if (crc32(end.subarray(at, at + 16)) !== end.readUInt32LE(at + 16)) return undefined;
  const offset = Number(end.readBigUInt64LE(at));
  const rows = end.readUInt32LE(at + 8);
  return offset + rows * ROW + TRAILER === fileSize ? { offset, rows } : undefined;
}

/** The rows of a sealed segment's index; `bytes` are all from the index's offset to the end of the file. */
export function decodeIndex(bytes: Buffer): IndexRow[] | undefined {
  const end = bytes.length - TRAILER;
  if (end < 0 || crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end + 12)) return undefined;
  const rows: IndexRow[] = [];
  for (let at = 0; at < end; at += ROW) {
    rows.push({
      offset: Number(bytes.readBigUInt64LE(at)),
      first: Number(bytes.readBigUInt64LE(at + 8)),
      count: bytes.readUInt32LE(at + 16),
    });
  }
  return rows;
}

export const INDEX_TRAILER = TRAILER;
