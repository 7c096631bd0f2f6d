// An erasure that is under way, as a file: what a crash interrupts is ended after the next start.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { syncFolder, writeWhole } from './durable.ts';

/** Entries `journal.erased` whose work is not known to be done. It holds nothing of what is erased. */
export interface EraseJob {
  readonly v: 1;
  readonly batches: readonly {
    /** Id of the entry that tells of it; without that entry nothing was destroyed. */
    readonly entry: string;
    /** By part, the leaves as ranges. */
    readonly parts: { readonly [Part in PartName]?: string };
    /** The leaves that begin the records concerned, which the index knows them by. Absent when an older version wrote it. */
    readonly records?: string;
  }[];
}

const fileIn = (dir: string): string => join(dir, 'journal', 'erasing.json');

/** @throws DogwatchError `journal_damaged` */
export async function readEraseJob(dir: string): Promise<EraseJob | undefined> {
  const file = fileIn(dir);
  try {
    const job = JSON.parse(await readFile(file, 'utf8')) as EraseJob;
    if (job.v === 1 && Array.isArray(job.batches)) return job;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new DogwatchError('journal_damaged', `${file} cannot be read`, {
    remedy: 'remove it, and erase again what the newest entries journal.erased tell of',
  });
}

/** Durable when this returns. */
export const writeEraseJob = (dir: string, job: EraseJob): Promise<void> =>
  writeWhole(fileIn(dir), `${JSON.stringify(job)}\n`);

export async function removeEraseJob(dir: string): Promise<void> {
  await rm(fileIn(dir), { force: true });
  await syncFolder(join(dir, 'journal'));
}
