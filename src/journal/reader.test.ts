import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { entry, site } from '../../test/journal/site.ts';
import { openJournal } from './journal.ts';
import { rawKeyEncryptionKey } from './keys.ts';
import { openReader } from './reader.ts';

test('an empty journal has no entries', async () => {
  const { options, kek } = site();
  const journal = await openJournal(options);
  const reader = await openReader({ dir: options.dir, kek });
  assert.equal(reader.size, 0);
  for await (const _ of reader.entries(0)) assert.fail();
  await assert.rejects(reader.read(0), { code: 'not_found' });
  await journal.append(entry());
  await reader.refresh();
  assert.equal((await reader.read(0)).leaf, 0);
  await reader.close();
  await journal.close();
});

test('a reader that is told sizes sees just those, across segments', async () => {
  const { options, kek } = site({ segmentBytes: 5000 });
  const journal = await openJournal(options);
  for (const blocking of [false, true]) {
    const reader = await openReader({ dir: options.dir, kek, blocking });
    let seen = reader.size;
    for (let round = 0; round < 30; round++) {
      const count = 1 + (round % 7);
      await Promise.all(Array.from({ length: count }, () => journal.append(entry({ request: randomBytes(700) }))));
      await reader.refresh(journal.size - 1);
      const told = reader.size;
      for await (const stored of reader.entries(seen)) assert.equal(stored.leaf, seen++);
      assert.equal(seen, told);
      assert.equal(told, journal.size - 1);
    }
    await reader.close();
  }
  await journal.close();
});

test('any range, any single entry, many at once, more segments than are kept open', async () => {
  const { options, kek } = site({ segmentBytes: 2500 });
  const journal = await openJournal(options);
  const bodies = Array.from({ length: 90 }, () => randomBytes(900));
  for (const body of bodies) await journal.append(entry({ response: body }));
  assert.ok(journal.status().segments > 20);
  const reader = await openReader({ dir: options.dir, kek });
  const leaves = Array.from({ length: 200 }, (_, at) => (at * 37) % 90);
  const found = await Promise.all(leaves.map((leaf) => reader.read(leaf)));
  assert.deepEqual(
    found.map((stored) => stored.parts.response),
    leaves.map((leaf) => bodies[leaf]),
  );
  for (const [from, to] of [
    [0, 90],
    [10, 11],
    [17, 63],
    [89, 200],
    [90, 95],
    [50, 50],
  ] as const) {
    const got: number[] = [];
    for await (const stored of reader.entries(from, to)) got.push(stored.leaf);
    assert.deepEqual(
      got,
      Array.from({ length: Math.max(0, Math.min(to, 90) - from) }, (_, at) => from + at),
    );
  }
  let batched = 0;
  for await (const batch of reader.batches(5)) {
    for (const stored of batch) assert.equal(stored.leaf, 5 + batched++);
  }
  assert.equal(batched, 85);
  await Promise.all([reader.read(1), reader.close()]);
  await journal.close();
});

test('a worker thread follows what the main thread writes', async () => {
  const raw = randomBytes(32);
  const { options } = site({ kek: rawKeyEncryptionKey(raw), segmentBytes: 20_000 });
  const journal = await openJournal(options);
  const program = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { rawKeyEncryptionKey } from ${JSON.stringify(import.meta.resolve('./keys.ts'))};
    import { openReader } from ${JSON.stringify(import.meta.resolve('./reader.ts'))};
    const { dir, raw } = workerData;
    const reader = await openReader({ dir, kek: rawKeyEncryptionKey(raw), blocking: true });
    let seen = 0;
    parentPort.on('message', async (size) => {
      await reader.refresh(size);
      for await (const stored of reader.entries(seen)) if (stored.leaf !== seen++) throw new Error('out of order');
      parentPort.postMessage(seen);
    });
    parentPort.postMessage('ready');`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
  const worker = new Worker(url, { workerData: { dir: options.dir, raw } });
  await once(worker, 'message');
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 12 }, () => journal.append(entry({ response: randomBytes(400) }))));
    worker.postMessage(journal.size);
    assert.deepEqual(await once(worker, 'message'), [journal.size]);
  }
  await worker.terminate();
  await journal.close();
});
