import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { entry, site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { openJournal } from './journal.ts';
import { openReader } from './reader.ts';
import { fileIo, type SegmentIo } from './segment-writer.ts';
import { verifyJournal } from './verify.ts';

const failure = (code: string): NodeJS.ErrnoException => Object.assign(new Error(`${code}: made to fail`), { code });

/** The file system, of which single calls are made to fail. */
function failing() {
  const fail: { [Call in keyof SegmentIo]?: string } = {};
  /** How many bytes of the next failing write get through. */
  const state = { partial: 0 };
  const check = (call: keyof SegmentIo): void => {
    const code = fail[call];
    if (code !== undefined) throw failure(code);
  };
  const io: SegmentIo = {
    async open(path, flags, mode) {
      check('open');
      return fileIo.open(path, flags, mode);
    },
    async write(fd, bytes, offset, length, position) {
      if (fail.write !== undefined && state.partial > 0) {
        const some = Math.min(state.partial, length);
        state.partial -= some;
        return fileIo.write(fd, bytes, offset, some, position);
      }
      check('write');
      return fileIo.write(fd, bytes, offset, length, position);
    },
    async truncate(fd, length) {
      check('truncate');
      return fileIo.truncate(fd, length);
    },
    async sync(fd) {
      check('sync');
      return fileIo.sync(fd);
    },
    async size(fd) {
      return fileIo.size(fd);
    },
    close: fileIo.close,
  };
  return { io, fail, state };
}

test('a full disk refuses entries, keeps those before, and is over as soon as there is room', async () => {
  const { io, fail, state } = failing();
  const { options } = site({ io });
  const journal = await openJournal(options);
  assert.equal(await journal.append(entry()), 0);
  for (const partial of [0, 1, 50, 400]) {
    fail.write = 'ENOSPC';
    state.partial = partial;
    const lost = [journal.append(entry({ request: randomBytes(2000) })), journal.append(entry())];
    for (const each of lost) await assert.rejects(each, { code: 'journal_unavailable' });
    assert.equal(journal.status().state, 'unavailable');
    assert.match(journal.status().reason ?? '', /no room/);
    delete fail.write;
    const size = journal.size;
    assert.equal(await journal.append(entry()), size);
    assert.equal(journal.status().state, 'ok');
  }
  await journal.close();
  const report = await verifyJournal(options);
  assert.deepEqual([report.problems, report.entries, report.segments], [[], 5, 1]);
});

test('when the torn write cannot be cut off, the next entry goes into a new segment', async () => {
  const { io, fail, state } = failing();
  const { options } = site({ io });
  const journal = await openJournal(options);
  await journal.append(entry());
  fail.write = 'ENOSPC';
  fail.truncate = 'ENOSPC';
  state.partial = 300;
  await assert.rejects(journal.append(entry({ request: randomBytes(2000) })), { code: 'journal_unavailable' });
  delete fail.write;
  delete fail.truncate;
  assert.equal(await journal.append(entry()), 1);
  await journal.close();
  assert.equal(readdirSync(dataPaths(options.dir).segments).length, 2);
  const report = await verifyJournal(options);
  assert.deepEqual([report.problems, report.entries], [[], 2]);
  await openJournal(options).then((again) => again.close());
});

test('no room for a new segment: refused, and over as soon as there is', async () => {
  const { io, fail } = failing();
  const { options } = site({ io, segmentBytes: 1000 });
  const journal = await openJournal(options);
  await journal.append(entry({ request: randomBytes(2000) }));
  fail.open = 'ENOSPC';
  await assert.rejects(journal.append(entry()), { code: 'journal_unavailable' });
  delete fail.open;
  assert.equal(await journal.append(entry()), 1);
  await journal.close();
  assert.deepEqual((await verifyJournal(options)).problems, []);
});

for (const code of ['EIO', 'EROFS']) {
  test(`a write that fails with ${code} ends the journal until a restart`, async () => {
    const { io, fail, state } = failing();
    const { options } = site({ io });
    const journal = await openJournal(options);
    await journal.append(entry());
    fail.write = code;
    state.partial = 100;
    const waiting = [journal.append(entry({ request: randomBytes(500) })), journal.append(entry())];
    for (const each of waiting) await assert.rejects(each, { code: 'journal_failed' });
    delete fail.write;
    await assert.rejects(journal.append(entry()), { code: 'journal_failed' });
    await assert.rejects(journal.checkpoint(), { code: 'journal_failed' });
    assert.equal(journal.status().state, 'failed');
    await journal.close();
    const again = await openJournal({ ...options, io: fileIo });
    assert.match(again.recovered.join(), /never acknowledged/);
    assert.equal(await again.append(entry()), 2);
    await again.close();
    assert.deepEqual((await verifyJournal(options)).problems, []);
  });
}

test('a failing fsync is never retried: the journal takes nothing more', async () => {
  const { io, fail } = failing();
  const { options } = site({ io, segmentBytes: 1000 });
  const journal = await openJournal(options);
  await journal.append(entry({ request: randomBytes(2000) }));
  fail.sync = 'EIO';
  await assert.rejects(journal.append(entry()), { code: 'journal_failed' });
  delete fail.sync;
  await assert.rejects(journal.append(entry()), { code: 'journal_failed' });
  await journal.close();
});

test('many entries at once wait for their turn, in order and without loss', async () => {
  const { options, kek } = site();
  const journal = await openJournal(options);
  const body = randomBytes(300_000);
  const all = Array.from({ length: 60 }, (_, at) => journal.append(entry({ response: body.subarray(at) })));
  assert.ok(journal.status().waiting > 0);
  assert.deepEqual(
    await Promise.all(all),
    all.map((_, at) => at),
  );
  const reader = await openReader({ dir: options.dir, kek });
  for await (const { leaf, parts } of reader.entries(0)) assert.ok(parts.response!.equals(body.subarray(leaf)));
  await reader.close();
  await journal.close();
});

test('more than can be held is refused, not piled up', async () => {
  const { options } = site();
  const journal = await openJournal(options);
  const body = Buffer.alloc(1024 * 1024);
  const all = await Promise.allSettled(Array.from({ length: 80 }, () => journal.append(entry({ response: body }))));
  const refused = all.filter((each) => each.status === 'rejected');
  assert.ok(refused.length >= 10 && refused.length < 30);
  for (const { reason } of refused) assert.equal(reason.code, 'journal_unavailable');
  assert.equal(journal.size, 80 - refused.length);
  assert.equal(await journal.append(entry()), journal.size - 1);
  await journal.close();
});

test('what is no entry is refused alone', async () => {
  const { options } = site();
  const journal = await openJournal(options);
  const [good, bad, alsoGood] = await Promise.allSettled([
    journal.append(entry()),
    journal.append({ ...entry(), id: 'not an id' }),
    journal.append(entry()),
  ]);
  assert.deepEqual(
    [good, alsoGood].map((each) => each?.status === 'fulfilled' && each.value),
    [0, 1],
  );
  assert.equal(bad.status === 'rejected' && bad.reason.code, 'internal');
  await journal.close();
  await assert.rejects(journal.append(entry()), { code: 'journal_unavailable' });
});

test('a failed checkpoint stops the journal for good, also when a write that was under way then succeeds', async () => {
  const gate = Promise.withResolvers<void>();
  let held: Promise<void> | undefined;
  const io: SegmentIo = {
    ...fileIo,
    async write(...call) {
      await held;
      return fileIo.write(...call);
    },
  };
  const { options } = site({ io, checkpointInterval: 50 });
  const journal = await openJournal(options);
  await journal.append(entry());
  held = gate.promise;
  const underWay = journal.append(entry());
  const { tlog } = dataPaths(options.dir);
  rmSync(tlog, { recursive: true });
  writeFileSync(tlog, 'a file where the folder should be');
  while (journal.status().state === 'ok') await delay(5);
  assert.equal(journal.status().state, 'failed');
  gate.resolve();
  assert.equal(await underWay, 1);
  assert.equal(journal.status().state, 'failed');
  assert.match(journal.status().reason ?? '', /checkpoint could not be written/);
  await assert.rejects(journal.append(entry()), { code: 'journal_failed' });
  await journal.close();
});
