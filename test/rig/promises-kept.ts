// Holds a journal, after a crash, against what was promised before it: nothing acknowledged is lost, nothing is half there.
import { hash } from 'node:crypto';
import { newId } from '../../src/exchange/canonical.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { verifierKeyLines } from '../../src/journal/key-change.ts';
import { readKeyringFacts } from '../../src/journal/keyring.ts';
import { Frontier, leafHash } from '../../src/journal/merkle.ts';
import type { JournalOptions } from '../../src/journal/open.ts';
import { openReader } from '../../src/journal/reader.ts';
import { leafOf } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { Promised } from './victim.ts';

/** What a check found. */
export interface Kept {
  /** Broken promises; must be empty. */
  readonly broken: readonly string[];
  readonly entries: number;
  /** Whether something was cut off. */
  readonly recovered: boolean;
}

/** Verifies, recovers, verifies again, and compares. The journal is closed when it returns, one entry longer. */
export async function checkPromises(options: JournalOptions, promised: Promised): Promise<Kept> {
  const broken = [...promised.broken];
  await verified('before the recovery', options, broken);
  let recovered = false;
  try {
    const journal = await openJournal(options);
    recovered = journal.recovered.length > 0;
    const summary = Buffer.from('{"what":"the rig looked"}');
    await journal.append({ id: newId(), time: Date.now(), kind: 'gateway.start', parts: { summary } });
    await journal.close();
  } catch (error) {
    return { broken: [...broken, `it cannot be opened: ${String(error)}`], entries: 0, recovered };
  }
  const size = await verified('after the recovery', options, broken);
  await checkKeys(options, promised, broken);
  await compare(options, promised, broken);
  return { broken, entries: size, recovered };
}

async function verified(when: string, options: JournalOptions, broken: string[]): Promise<number> {
  try {
    const { problems, entries } = await verifyJournal(options);
    for (const problem of problems) broken.push(`verify ${when}: ${JSON.stringify(problem)}`);
    return entries;
  } catch (error) {
    // A process that died before it had made a journal leaves none, which is not wrong.
    const { code } = error as { code?: string };
    if (code !== 'not_found' || when.startsWith('after')) broken.push(`verify ${when}: ${String(error)}`);
    return 0;
  }
}

/** The history of keys is whole, and one key opens the keyring: a change is over, or was never begun. */
async function checkKeys({ dir, kek }: JournalOptions, { rotated }: Promised, broken: string[]): Promise<void> {
  const signed = (await verifierKeyLines(dir)).length;
  if (signed < 1 + rotated.signing) broken.push(`${rotated.signing} signing keys were replaced, ${signed} are known`);
  const { keks } = await readKeyringFacts(dir);
  if (keks.at(-1) !== kek.id && keks[0] !== kek.id) broken.push('the keyring is not that of the key');
}

async function compare(options: JournalOptions, promised: Promised, broken: string[]): Promise<void> {
  const reader = await openReader(options);
  const frontier = new Frontier(0, []);
  const ids = new Set<string>();
  try {
    let leaf = 0;
    for await (const records of reader.records(0)) {
      for (const record of records) {
        const held = new Map(
          record.parts.map((part) => [part.name, 'salted' in part ? part.salted.subarray(16) : undefined]),
        );
        const summary = JSON.parse(String(held.get('summary'))) as { response?: string };
        const gone = held.has('response') && held.get('response') === undefined;
        if (gone && !promised.erasing.has(leaf))
          broken.push(`the response of entry ${leaf} is gone, and nobody erased it`);
        if (!gone && promised.erased.has(leaf)) broken.push(`the response of entry ${leaf} was erased and is there`);
        const response = gone ? (summary.response ?? '') : hash('sha256', held.get('response') ?? '');
        if (summary.response !== undefined && summary.response !== response) broken.push(`entry ${leaf} is half there`);
        if (ids.has(record.id)) broken.push(`entry ${leaf} is there twice`);
        ids.add(record.id);
        const promise = promised.entries.get(leaf);
        if (promise !== undefined && (promise.id !== record.id || promise.response !== response)) {
          broken.push(`entry ${leaf} is not the one that was acknowledged`);
        }
        frontier.append(leafHash(leafOf(record)));
        const root = promised.checkpoints.get(++leaf);
        if (root !== undefined && root !== Buffer.from(frontier.root(), 'latin1').toString('base64')) {
          broken.push(`the checkpoint of ${leaf} entries was signed over another history`);
        }
      }
    }
    for (const acknowledged of promised.entries.keys()) {
      if (acknowledged >= leaf) broken.push(`entry ${acknowledged} was acknowledged and is lost`);
    }
    for (const size of promised.checkpoints.keys()) {
      if (size > leaf) broken.push(`a checkpoint of ${size} entries was signed, ${leaf} are there`);
    }
  } finally {
    await reader.close();
  }
}
