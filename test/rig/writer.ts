// The rigs' victim: a process that appends to a journal from many writers at once, and tells on descriptor 3 what was acknowledged.
import { hash, randomBytes, randomInt } from 'node:crypto';
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../src/exchange/canonical.ts';
import type { Entry } from '../../src/exchange/entry.ts';
import { openJournal } from '../../src/journal/journal.ts';
import { rangesOf, rangesText } from '../../src/journal/leaf-ranges.ts';
import { keyConfig, settledKeys } from './settled-keys.ts';

/** What to do: the first argument, as JSON. */
export interface WriterOrder {
  /** The data directory. */
  readonly dir: string;
  /** The folder of the keys. */
  readonly keys: string;
  /** How many write at once. */
  readonly writers: number;
  /** Each of them writes so many entries, then the journal is closed. Without it they go on until they are killed. */
  readonly each?: number;
  readonly segmentBytes: number;
  /** Milliseconds. */
  readonly checkpointInterval: number;
  /** Whether responses are erased on the way. */
  readonly erases?: boolean;
  /** Which of its keys is replaced before it is opened, as the command does it, where there is a journal. */
  readonly rotates?: 'encryption' | 'signing' | undefined;
}

/*
 * Lines on descriptor 3:
 *   rotating <key>                                      a change of that key begins
 *   rotated <key>                                       and is over
 *   open
 *   entry <leaf> <id> <SHA-256 of the response, hex>    acknowledged
 *   checkpoint <size> <root, base64>                    signed and written
 *   erasing <leaves>                                    from here on, their responses may be gone
 *   erased <leaves>                                     and now they are
 *   refused <code>
 *   broken <what>                                       a promise was broken that this process can see
 *   closed
 */
const tell = (line: string): void => void writeSync(3, `${line}\n`);

const order = JSON.parse(process.argv[2] ?? '{}') as WriterOrder;
if (order.rotates !== undefined && existsSync(join(order.dir, 'keyring.json'))) await rotate(order.rotates);
const journal = await openJournal({
  ...(await settledKeys(order.dir, order.keys)),
  segmentBytes: order.segmentBytes,
  checkpointInterval: order.checkpointInterval,
});
tell('open');
await Promise.all(Array.from({ length: order.writers }, (_, writer) => write(writer)));
await journal.close().catch((error: Error) => tell(`refused ${codeOf(error)}`));
tell('closed');

async function rotate(key: 'encryption' | 'signing'): Promise<void> {
  const { rotateEncryption, rotateSigning } = await import('../../src/cli/rotate-keys.ts');
  tell(`rotating ${key}`);
  try {
    const change = key === 'signing' ? rotateSigning : rotateEncryption;
    await change(keyConfig(order.dir, order.keys), undefined, 'rig');
    tell(`rotated ${key}`);
  } catch (error) {
    tell(`broken the ${key} key cannot be changed: ${String(error)}`);
  }
}

async function write(writer: number): Promise<void> {
  for (let serial = 0; serial < (order.each ?? Number.POSITIVE_INFINITY); serial++) {
    try {
      // Some give several at once, and do not wait for one before the next.
      const leaves = await Promise.all(Array.from({ length: writer % 4 === 0 ? 3 : 1 }, () => append(writer, serial)));
      if (writer === 0 && serial % 20 === 19) await checkpoint();
      if (writer === 0 && order.erases && serial % 8 === 1) await erase(leaves);
    } catch (error) {
      const code = codeOf(error);
      tell(`refused ${code}`);
      if (code === 'journal_failed') return staysFailed();
      if (code !== 'journal_unavailable') return;
      await delay(1);
    }
  }
}

async function append(writer: number, serial: number): Promise<number> {
  const response = randomBytes(randomInt(10) === 0 ? randomInt(40_000) : randomInt(2_000));
  const summary = { writer, serial, response: hash('sha256', response) };
  const entry: Entry = {
    id: newId(),
    time: Date.now(),
    kind: 'exchange',
    parts: { summary: Buffer.from(JSON.stringify(summary)), response },
  };
  const leaf = await journal.append(entry);
  tell(`entry ${leaf} ${entry.id} ${summary.response}`);
  return leaf;
}

/** As an operator's command does: an entry says so, and then it is done. */
async function erase(leaves: readonly number[]): Promise<void> {
  const response = rangesOf(leaves);
  const text = rangesText(response);
  tell(`erasing ${text}`);
  journal.roll(Math.max(...leaves));
  const event = {
    who: { name: 'rig' },
    what: 'erase',
    details: {},
    erased: { why: 'the rig', parts: { response: text } },
  };
  const summary = Buffer.from(JSON.stringify(event));
  await journal.append({ id: newId(), time: Date.now(), kind: 'journal.erased', parts: { summary } });
  await journal.erase({ response });
  tell(`erased ${text}`);
}

async function checkpoint(): Promise<void> {
  const { size, root } = await journal.checkpoint();
  tell(`checkpoint ${size} ${root}`);
}

/** After a failed write or sync nothing is taken any more, however often one asks. */
async function staysFailed(): Promise<void> {
  for (let time = 0; time < 3; time++) {
    await delay(time);
    const code = await append(-1, time).then(() => 'taken', codeOf);
    if (code !== 'journal_failed') tell(`broken an entry after a failure: ${code}`);
  }
  const { state, reason } = journal.status();
  if (state !== 'failed' || reason === undefined) tell(`broken after a failure the state is ${state}: ${reason}`);
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}
