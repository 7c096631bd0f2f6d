// Zstandard frames (RFC 8878) of records, made and read in one step each.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

// Told the size, zstd takes memory for that much and not for its largest window, and node:zlib one buffer for the result
// instead of one for every 16 KiB of it: for a batch of one exchange that halves the cost.

/** zstd's level for batches: what it costs counts for every exchange. Sealing compresses better. */
export const BATCH_LEVEL = 1;

/** Compresses records. @param level zstd's */
export const compressRecords = (records: Buffer, level: number): Buffer =>
  zstdCompressSync(records, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: records.length,
    chunkSize: records.length + (records.length >> 8) + 1024,
  });

/** The `size` bytes of records that were compressed; undefined when they are not as many. @throws Error for what is no zstd frame */
export function decompressRecords(compressed: Buffer, size: number): Buffer | undefined {
  const records = zstdDecompressSync(compressed, { chunkSize: size + 64, maxOutputLength: size + 64 });
  return records.length === size ? records : undefined;
}
