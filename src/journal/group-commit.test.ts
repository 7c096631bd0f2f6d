import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { entry } from '../../test/journal/site.ts';
import type { Entry } from '../exchange/entry.ts';
import type { Batch } from './batch.ts';
import { decompressRecords } from './compress.ts';
import { GroupCommit } from './group-commit.ts';

/** What a commit was given. */
interface Committed {
  readonly entries: readonly Entry[];
  /** Whether another thread had compressed it. */
  readonly elsewhere: boolean;
}

/** A group commit over a disk that takes a moment for each write, and refuses every `refusing`th. */
function slow(refusing = Number.POSITIVE_INFINITY) {
  const committed: Committed[] = [];
  let [writing, durable] = [false, 0];
  const group = new GroupCommit(async (batch: Batch, compressed: Buffer | undefined) => {
    assert.ok(!writing, 'one write at a time');
    writing = true;
    const records = Buffer.from(batch.records);
    await delay(2);
    assert.ok(records.equals(batch.records), 'records stay as they are until they are durable');
    if (compressed !== undefined) assert.ok(decompressRecords(compressed, records.length)?.equals(records));
    committed.push({ entries: batch.waiters.map((each) => each.entry), elsewhere: compressed !== undefined });
    writing = false;
    const refused = committed.length % refusing === 0;
    for (const waiter of batch.waiters) {
      if (refused) waiter.reject(new Error('refused'));
      else waiter.resolve(durable++);
    }
  });
  const append = (given: Entry): Promise<number> =>
    new Promise((resolve, reject) => group.add({ entry: given, resolve, reject }));
  return { committed, group, append };
}

/** Writers that wait for each entry, as calls of the gateway do; each entry is larger than a third of a batch that is not waited with. */
async function load(append: (entry: Entry) => Promise<unknown>, writers: number, each: number): Promise<Entry[]> {
  const given: Entry[] = [];
  const writer = async (): Promise<void> => {
    for (let serial = 0; serial < each; serial++) {
      const made = entry({ request: randomBytes(12_000), response: Buffer.alloc(12_000, serial) });
      given.push(made);
      await append(made).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return given;
}

test('while a batch is written the next is compressed elsewhere; order is kept, one write at a time', async () => {
  const { committed, group, append } = slow();
  let given: Entry[] = [];
  // The thread takes a moment to start.
  for (let round = 0; round < 50 && !committed.some((each) => each.elsewhere); round++) {
    given = given.concat(await load(append, 16, 6));
  }
  given = given.concat(await load(append, 16, 6));
  await group.close();
  assert.ok(committed.some((each) => each.elsewhere));
  assert.ok(committed.some((each) => !each.elsewhere));
  assert.deepEqual(
    committed.flatMap((each) => each.entries.map(({ id }) => id)),
    given.map(({ id }) => id),
  );
  assert.equal(group.waiting, 0);
});

test('what is closed early or refused leaves nobody waiting', async () => {
  const { committed, group, append } = slow(3);
  for (let round = 0; round < 50 && !committed.some((each) => each.elsewhere); round++) await load(append, 8, 4);
  const [answers, burst] = [[] as string[], 150];
  for (let at = 0; at < burst; at++) {
    append(entry({ request: randomBytes(20_000) })).then(
      () => answers.push('durable'),
      () => answers.push('refused'),
    );
  }
  assert.ok(group.queuedBytes > 0);
  await group.close();
  assert.equal(answers.length, burst);
  assert.ok(answers.includes('refused') && answers.includes('durable'));
});
