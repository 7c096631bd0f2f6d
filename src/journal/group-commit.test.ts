import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { entry } from '../../test/journal/site.ts';
import type { Entry } from '../exchange/entry.ts';
import type { Batch } from './batch.ts';
import { decompressRecords } from './compress.ts';
import { GroupCommit } from './group-commit.ts';

/** A group commit over a disk that takes so many milliseconds for a write, and refuses every `refusing`th. */
function over(milliseconds: number, refusing = Number.POSITIVE_INFINITY) {
  const committed: (readonly Entry[])[] = [];
  let [writing, durable] = [false, 0];
  const group = new GroupCommit(async (batch: Batch, compressed: Promise<Buffer>) => {
    assert.ok(!writing, 'one write at a time');
    writing = true;
    const records = Buffer.from(batch.records);
    const until = performance.now() + milliseconds;
    do await new Promise((resolve) => setImmediate(resolve));
    while (performance.now() < until);
    assert.ok(records.equals(batch.records), 'records stay as they are until they are durable');
    assert.ok(decompressRecords(await compressed, records.length)?.equals(records));
    committed.push(batch.waiters.map((each) => each.entry));
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

test('those who write take turns: while one batch is written the next is compressed; order is kept, one write at a time', async () => {
  const { committed, group, append } = over(0.2);
  const turns = (): boolean => committed.some((batch) => batch.length >= 8 && batch.length <= 24);
  const given: Entry[] = [];
  // A busy machine makes a slow disk of a quick one, for a while.
  for (let round = 0; round < 40 && !(round > 1 && turns()); round++) given.push(...(await load(append, 32, 6)));
  await group.close();
  assert.deepEqual(
    committed.flatMap((batch) => batch.map(({ id }) => id)),
    given.map(({ id }) => id),
  );
  assert.ok(turns());
  assert.equal(group.waiting, 0);
});

test('a slow disk is given all who write at once', async () => {
  const { committed, group, append } = over(40);
  await load(append, 32, 12);
  await group.close();
  assert.ok(committed.length <= 16, `${committed.length} batches`);
});

test('what is closed early or refused leaves nobody waiting', async () => {
  const { group, append } = over(2, 3);
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
