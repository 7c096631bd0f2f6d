// Makes the proof of an exchange: its entries, opened as far as wanted, each with its place in the signed tree.
import { join } from 'node:path';
import type { PartName } from '../exchange/entry.ts';
import { DogwatchError } from '../exchange/error.ts';
import { readText } from './checkpoints.ts';
import { parseNote, parseTreeHead } from './note.ts';
import { type Closed, encodeHead, encodeLine, MAX_ENTRIES } from './proof-line.ts';
import { type EntryRecord, leafOf } from './record.ts';
import { tileHashes } from './tile-hashes.ts';
import { encodeTlogProof } from './tlog-proof.ts';
import { inclusionProof } from './tree-proof.ts';

/** What proofs are made of. */
export interface ProofSource {
  /** The folder of the log. */
  readonly tlog: string;
  /** The stored record of an entry. */
  record(leaf: number): Promise<EntryRecord>;
  /** Has a checkpoint signed over all that is durable. @throws DogwatchError `journal_unavailable`, `journal_failed` */
  checkpoint(): Promise<unknown>;
}

/** What to prove. */
export interface Proving {
  /** Exchange id. */
  readonly exchange: string;
  /** Leaf indexes of its entries, ascending. */
  readonly leaves: readonly number[];
  /** Parts that are not opened. */
  readonly without: readonly PartName[];
}

/**
 * The proof file, line by line.
 *
 * @throws DogwatchError `bad_parameter` for an exchange of too many entries; `journal_damaged`; as `ProofSource.checkpoint`
 */
export async function* proveExchange(source: ProofSource, proving: Proving): AsyncGenerator<string> {
  const { exchange, leaves, without } = proving;
  if (leaves.length > MAX_ENTRIES) {
    throw new DogwatchError(
      'bad_parameter',
      `the exchange has ${leaves.length} entries; ${MAX_ENTRIES} are the most of a proof`,
    );
  }
  const checkpoint = await checkpointOver(source, leaves.at(-1) ?? 0);
  const size = sizeOf(checkpoint);
  const subtree = tileHashes(source.tlog, size);
  yield encodeHead({ exchange, entries: leaves.length });
  for (const index of leaves) {
    const record = await source.record(index);
    const parts: { [Part in PartName]?: Buffer } = {};
    const closed: { [Part in PartName]?: Closed } = {};
    for (const part of record.parts) {
      if (without.includes(part.name)) closed[part.name] = 'withheld';
      else if ('salted' in part) parts[part.name] = part.salted;
      else closed[part.name] = 'erased';
    }
    const hashes = await inclusionProof(index, size, subtree);
    yield encodeLine({ leaf: leafOf(record), parts, closed, proof: encodeTlogProof({ index, hashes, checkpoint }) });
  }
}

/** The checkpoint to prove with: one that witnesses cosigned when it covers the entry, else the newest, else a new one. */
async function checkpointOver(source: ProofSource, leaf: number): Promise<string> {
  for (const name of ['cosigned', 'checkpoint']) {
    const note = await readText(join(source.tlog, name));
    if (note !== '' && sizeOf(note) > leaf) return note;
  }
  await source.checkpoint();
  const note = await readText(join(source.tlog, 'checkpoint'));
  if (sizeOf(note) > leaf) return note;
  throw new DogwatchError('journal_unavailable', `no checkpoint covers entry ${leaf} yet`, {
    remedy: 'try again shortly',
  });
}

/** Entries under a checkpoint; -1 for what is none. */
function sizeOf(note: string): number {
  const parsed = parseNote(note);
  return (parsed && parseTreeHead(parsed.text)?.size) ?? -1;
}
