import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crashed, entry, site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { openJournal } from './journal.ts';
import { openReader } from './reader.ts';

const SECRET = 'the quick brown secret';

test('erasing destroys bytes and salts in live and sealed segments; leaves, tree and all else stay', async () => {
  const { options, kek } = site({ segmentBytes: 20_000 });
  const journal = await openJournal(options);
  for (let at = 0; at < 60; at++) {
    await journal.append(entry({ request: Buffer.from(`${SECRET} ${at}`), response: randomBytes(700) }));
  }
  const reader = await openReader({ dir: options.dir, kek });
  journal.roll(journal.size - 1);
  assert.equal(await journal.append(entry({ kind: 'journal.erased' })), 60);
  const erasure = {
    request: [
      [3, 3],
      [25, 59],
    ],
    summary: [[30, 30]],
  } as const;
  assert.ok((await journal.erase(erasure)) >= 2);
  assert.ok((await journal.erase(erasure)) >= 2, 'doing it again does no harm');
  await reader.refresh(journal.size);
  const erased = await reader.read(30);
  assert.deepEqual([erased.erased, erased.parts.response?.length], [['request', 'summary'], 700]);
  assert.equal((await reader.read(4)).parts.request?.toString(), `${SECRET} 4`);
  assert.equal((await reader.record(4)).parts.length, 3);
  for (let leaf = 0; leaf < 60; leaf++) {
    assert.equal((await reader.read(leaf)).parts.request === undefined, leaf === 3 || leaf >= 25, `entry ${leaf}`);
  }
  await reader.close();
  await journal.close();
  const again = await openJournal(options);
  assert.equal(again.size, 61);
  await again.close();
});

test('no copy of a segment is left behind', async () => {
  const { options } = site({ segmentBytes: 20_000 });
  const journal = await openJournal(options);
  for (let at = 0; at < 40; at++) await journal.append(entry({ response: randomBytes(700) }));
  journal.roll(journal.size - 1);
  await journal.append(entry({ kind: 'journal.erased' }));
  const folder = dataPaths(options.dir).segments;
  await journal.erase({ response: [[0, 39]] });
  const sizes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).length);
  assert.ok(readdirSync(folder).every((name) => /^\d{10}\.dwj$/.test(name)));
  assert.ok(sizes[0] !== undefined && sizes[0] < 10_000, 'the responses are no longer in there');
  await journal.close();
});

test('what is in the live segment is not erased behind the back of its writer', async () => {
  const { options } = site();
  const journal = await openJournal(options);
  await journal.append(entry({ response: randomBytes(10) }));
  await assert.rejects(journal.erase({ response: [[0, 0]] }), { code: 'internal' });
  assert.equal(await journal.erase({}), 0);
  await journal.close();
});

test('a crash in the midst of it leaves every segment whole, as before or as after', async () => {
  const { options, kek } = site({ segmentBytes: 8_000 });
  const journal = await openJournal(options);
  for (let at = 0; at < 60; at++) await journal.append(entry({ response: randomBytes(600) }));
  journal.roll(journal.size - 1);
  await journal.append(entry({ kind: 'journal.erased' }));
  const erasing = journal.erase({ response: [[0, 59]] });
  const copies: string[] = [];
  let done = false;
  void erasing.then(() => {
    done = true;
  });
  while (!done && copies.length < 6) {
    copies.push(crashed(options.dir));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  await erasing;
  await journal.close();
  for (const dir of copies) {
    const again = await openJournal({ ...options, dir });
    const reader = await openReader({ dir, kek });
    for await (const each of reader.entries(0, 60)) {
      assert.equal(each.parts.response === undefined, each.erased.includes('response'));
    }
    await again.erase({ response: [[0, 59]] });
    for await (const each of reader.entries(0, 60)) assert.deepEqual(each.erased, ['response']);
    await reader.close();
    await again.close();
  }
});
