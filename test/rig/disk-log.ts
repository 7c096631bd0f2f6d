// Reads the log of disk-shim.c: what a process did to the files below a folder, in order.
import { readFileSync } from 'node:fs';

/** As `enum` in disk-shim.c. */
const TYPES = [
  'none',
  'write',
  'end',
  'truncate',
  'sync',
  'create',
  'rename',
  'unlink',
  'mkdir',
  'rmdir',
  'link',
  'ack',
] as const;
const HEAD = 48;

/** One call that changed something, or the end of one that takes its time. */
export interface DiskCall {
  readonly type: (typeof TYPES)[number];
  /** Joins the beginning of a write or sync with its `end`. */
  readonly call: bigint;
  readonly inode: bigint;
  /** Where a write goes; the new length of a truncation. */
  readonly offset: number;
  /** Of `end`: bytes written, or the negative errno. Of `write`: 1 when the file is O_DSYNC. Of `create`: 1 when it was emptied. */
  readonly result: number;
  /** A path, or the bytes of a write or acknowledgement. */
  readonly a: Buffer;
  /** The second path. */
  readonly b: Buffer;
}

/** All records of the log; one that was cut off by the death of the process is left out. */
export function readDiskLog(file: string): DiskCall[] {
  const bytes = readFileSync(file);
  const calls: DiskCall[] = [];
  for (let at = 0; at + HEAD <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (at + length > bytes.length) break;
    const [a, b] = [bytes.readUInt32LE(at + 40), bytes.readUInt32LE(at + 44)];
    calls.push({
      type: TYPES[bytes.readUInt32LE(at + 4)] ?? 'none',
      call: bytes.readBigUInt64LE(at + 8),
      inode: bytes.readBigUInt64LE(at + 16),
      offset: Number(bytes.readBigInt64LE(at + 24)),
      result: Number(bytes.readBigInt64LE(at + 32)),
      a: bytes.subarray(at + HEAD, at + HEAD + a),
      b: bytes.subarray(at + HEAD + a, at + HEAD + a + b),
    });
    at += length;
  }
  return calls;
}
