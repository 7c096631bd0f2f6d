// What a command writes as it comes: to a file that appears when it is whole, readable by its owner alone, or to stdout.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../exchange/error.ts';

type Pieces = AsyncIterable<string | Uint8Array>;

/** @param file stdout when absent or `-`. @throws UsageError `usage` when the file cannot be written */
export async function writeOutput(file: string | undefined, pieces: Pieces): Promise<void> {
  if (file === undefined || file === '-') {
    for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
    return;
  }
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.part`;
  const out = createWriteStream(unfinished, { flags: 'wx', mode: 0o600 });
  try {
    await once(out, 'open');
  } catch (cause) {
    throw new UsageError('usage', `${file} cannot be written: ${(cause as Error).message}`, { cause });
  }
  try {
    await pipeline(Readable.from(pieces, { objectMode: false }), out);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
