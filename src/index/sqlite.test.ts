// The index on its threads over a real journal: follows it, catches up after a kill, is built anew when it must be.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import type { Entry } from '../exchange/entry.ts';
import { openJournal } from '../journal/journal.ts';
import { openKeyring } from '../journal/keyring.ts';
import { createKeys, loadKeyEncryptionKey, loadSigningKey } from '../journal/keys.ts';
import { entriesOf, id, made } from './arbitrary.test.ts';
import { parseQuery } from './query.ts';
import type { Row, SearchIndex } from './search-index.ts';
import { openSqliteIndex, rebuildIndex, type SqliteIndex } from './sqlite.ts';
import { indexFile } from './sqlite-file.ts';

/** A data directory with a journal. */
async function dataDirectory() {
  const home = temporaryFolder('index');
  const dir = join(home, 'data');
  const files = { kek: join(home, 'kek'), signing: join(home, 'signing') };
  createKeys(files, dir);
  const kek = await loadKeyEncryptionKey({ file: files.kek }, dir);
  const signingKey = await loadSigningKey({ file: files.signing }, dir);
  const journal = await openJournal({ dir, name: 'test', kek, signingKey });
  const keyring = await openKeyring(dir, kek);
  let made = 0;
  return {
    dir,
    kek,
    keyring,
    journal,
    kekFile: files.kek,
    open: () => openSqliteIndex({ dir, kek, keyring }),
    /** Appends so many entries of made-up exchanges. */
    async append(count: number, seed = 1): Promise<void> {
      const entries = entriesOf(fc.sample(anyMade, { numRuns: count, seed }), made);
      made += entries.length;
      await Promise.all(entries.map(({ time, kind, parts, id }) => journal.append({ id, time, kind, parts } as Entry)));
    },
    [Symbol.asyncDispose]: () => journal.close(),
  };
}
const anyMade = made;

async function allRows(index: SearchIndex, query = 'kind:*'): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await index.search(parseQuery(query), { limit: 500, ...(cursor ? { cursor } : {}) });
    rows.push(...page.items);
    cursor = page.next;
    if (!cursor) return rows;
  }
}

async function caughtUp(index: SqliteIndex, size: number): Promise<SqliteIndex> {
  index.advance(size);
  await index.reached(size);
  return index;
}

/** What the child of the last test does, and nothing else: indexes on and on, until it is killed. */
async function indexUntilKilled(dir: string, kekFile: string): Promise<void> {
  const kek = await loadKeyEncryptionKey({ file: kekFile }, dir);
  const index = await openSqliteIndex({ dir, kek, keyring: await openKeyring(dir, kek) });
  for (let size = 10; ; size += 10) {
    await caughtUp(index, Math.min(size, Number(process.env.TEST_SIZE)));
    process.send?.(size);
  }
}
if (process.env.TEST_INDEX_DIR && process.send)
  await indexUntilKilled(process.env.TEST_INDEX_DIR, process.env.TEST_INDEX_KEK ?? '');

test('follows a journal, answers while it grows, goes on after it was closed', async () => {
  await using data = await dataDirectory();
  const index = await data.open();
  data.journal.onRecords((records, first, count) => index.take(records, first, count));
  await data.append(100);
  await index.reached(data.journal.size);
  const first = await allRows(index);
  assert.equal(first.length, 100);
  assert.deepEqual(await index.exchange(first[3]?.id ?? ''), first[3]);
  assert.equal(await index.exchange(id(5_000)), undefined);
  assert.equal(await index.exchange('nonsense'), undefined);
  const open = first.filter((row) => row.outcome === 'pending').sort((a, b) => a.leaf - b.leaf);
  assert.deepEqual(
    await index.pending(data.journal.size),
    open.map((row) => ({ exchange: row.id, leaf: row.leaf, time: row.time })),
  );
  assert.deepEqual(await index.pending(0), []);
  const words = await allRows(index, 'latency');
  assert.ok(words.length > 0);
  assert.deepEqual(await index.values('op', 'v1.'), ['v1.GetMonitor', 'v1.UpdateMonitor']);
  const status = await index.status();
  assert.equal(status.indexedThrough, data.journal.size);
  assert.equal(status.rows, 100);
  assert.ok(status.bytes > 0);
  assert.equal(status.failure, undefined);
  assert.equal(statSync(indexFile(data.dir)).mode & 0o077, 0);
  await index.close();
  await assert.rejects(index.search(parseQuery('')), { code: 'index_unavailable' });
  await assert.rejects(index.reached(1e9), { code: 'index_unavailable' });
  const again = await data.open();
  await again.reached(data.journal.size);
  assert.deepEqual(await allRows(again), first);
  assert.deepEqual(
    (await allRows(again, 'latency')).map((row) => row.id),
    words.map((row) => row.id),
  );
  assert.equal((await again.status()).rebuilt, undefined);
  await again.close();
});

test('no text of a body, no title and no search asked for stands in the file', async () => {
  await using data = await dataDirectory();
  await data.append(60);
  const index = await caughtUp(await data.open(), data.journal.size);
  assert.ok((await allRows(index, 'title:"Checkout latency"')).length > 0);
  assert.ok((await allRows(index, 'query:payments')).length > 0);
  await index.close();
  const bytes = readFileSync(indexFile(data.dir)).toString('latin1').toLowerCase();
  assert.ok(bytes.includes('v1.updatemonitor'));
  for (const word of ['checkout', 'error_count', 'payments']) assert.ok(!bytes.includes(word), word);
});

test('a damaged, foreign, older, newer or swapped file is noticed and built anew', async () => {
  await using data = await dataDirectory();
  await data.append(80);
  const size = data.journal.size;
  const index = await caughtUp(await data.open(), size);
  const expected = await allRows(index);
  await index.close();
  const file = indexFile(data.dir);
  const good = `${file}.good`;
  copyFileSync(file, good);
  const change = (sql: string) => () => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
  const harm: [why: RegExp, how: () => void][] = [
    [
      /damaged/,
      () => writeFileSync(file, 'this is no database, but a text that is long enough to be looked at '.repeat(20)),
    ],
    [
      /damaged/,
      () => {
        const bytes = readFileSync(file);
        bytes.fill(0xa5, 8192, bytes.length - 4096);
        writeFileSync(file, bytes);
      },
    ],
    [/damaged/, () => writeFileSync(file, readFileSync(file).subarray(0, 20_000))],
    [/another version/, change('PRAGMA user_version=2')],
    [/another version/, change('PRAGMA user_version=99')],
    [/no index of Dogwatch/, change('PRAGMA application_id=1')],
    [/another journal/, change("UPDATE meta SET value='0192ab00-0000-7000-8000-ffffffffffff' WHERE key='last_id'")],
    [/another key/, change("UPDATE meta SET value='00' WHERE key='key_check'")],
    [/ahead/, change("UPDATE meta SET value=1000000 WHERE key='through'")],
  ];
  for (const [n, [why, how]] of harm.entries()) {
    copyFileSync(good, file);
    how();
    const again = await caughtUp(await data.open(), size);
    assert.match((await again.status()).rebuilt ?? '', why, `harm ${n}`);
    assert.deepEqual(await allRows(again), expected, String(why));
    await again.close();
  }
});

test('damage met while it runs leads to an index built anew', async () => {
  await using data = await dataDirectory();
  await data.append(60);
  const index = await caughtUp(await data.open(), data.journal.size);
  const expected = await allRows(index);
  await index.close();
  const again = await data.open();
  await again.status();
  // Behind the back of both threads: every page but the first few, which hold the schema.
  const file = indexFile(data.dir);
  const bytes = readFileSync(file);
  bytes.fill(0xa5, 4096 * 40);
  writeFileSync(file, bytes);
  await allRows(again).catch(() => {});
  await data.append(40, 2);
  await caughtUp(again, data.journal.size);
  const deadline = Date.now() + 10_000;
  for (;;) {
    const rows = await allRows(again).catch(() => []);
    if (rows.length === 100) {
      assert.deepEqual(
        rows.filter((row) => row.leaf < 60 && row.outcome !== 'pending').length > 0,
        expected.length > 0,
      );
      break;
    }
    assert.ok(Date.now() < deadline, 'the index should have been built anew');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await again.close();
});

test('a rebuild, beside the gateway or without one, gives the same index', async () => {
  await using data = await dataDirectory();
  await data.append(120);
  const index = await caughtUp(await data.open(), data.journal.size);
  const expected = await allRows(index);
  const progress: number[] = [];
  const searching = allRows(index, 'latency OR status:200');
  assert.equal(await index.rebuild((leaves) => progress.push(leaves)), data.journal.size);
  assert.equal(progress.at(-1), data.journal.size);
  await searching;
  assert.deepEqual(await allRows(index), expected);
  await data.append(10, 3);
  await caughtUp(index, data.journal.size);
  assert.equal((await allRows(index)).length, 130);
  const all = await allRows(index);
  await index.close();
  assert.equal(await rebuildIndex({ ...data, size: data.journal.size }), data.journal.size);
  const again = await data.open();
  assert.deepEqual(await allRows(again), all);
  await again.close();
});

test('killed at any moment, it goes on from where it was', async () => {
  await using data = await dataDirectory();
  await data.append(400);
  const size = data.journal.size;
  for (let round = 0; round < 3; round++) {
    const child = fork(fileURLToPath(import.meta.url), {
      env: {
        ...process.env,
        TEST_INDEX_DIR: data.dir,
        TEST_INDEX_KEK: data.kekFile,
        TEST_SIZE: String(size),
        NODE_TEST_CONTEXT: '',
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    for (let heard = 0; heard <= round * 5; heard++) await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const index = await data.open();
  assert.ok((await index.status()).indexedThrough > 0);
  await caughtUp(index, size);
  assert.equal((await index.status()).rebuilt, undefined);
  const killed = await allRows(index);
  const words = await allRows(index, 'latency');
  await index.rebuild();
  assert.deepEqual(killed, await allRows(index));
  assert.deepEqual(words, await allRows(index, 'latency'));
  await index.close();
});

test('a thread that ended is started again, and the journal is caught up with', async () => {
  await using data = await dataDirectory();
  await data.append(30);
  const index = await caughtUp(await data.open(), data.journal.size);
  const troubles: string[] = [];
  index.onTrouble = (why) => troubles.push(why);
  const expected = await allRows(index);
  for (const [n, thread] of workers(index).entries()) {
    await thread.terminate();
    assert.equal(troubles.length, n + 1);
    assert.match(troubles[n] ?? '', /^The thread sqlite-(search-)?worker ended\.$/);
    // The thread that ended second is the one that would answer.
    if (n === 0) assert.match((await index.status()).failure ?? '', /ended/);
  }
  await data.append(10, 2);
  await caughtUp(index, data.journal.size);
  const deadline = Date.now() + 10_000;
  while ((await statusOf(index)).failure !== undefined) {
    assert.ok(Date.now() < deadline, 'both threads should have been started again');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const rows = await allRows(index);
  assert.equal(rows.length, 40);
  assert.deepEqual(rows.filter(({ id }) => expected.some((row) => row.id === id)).length, expected.length);
  await index.close();
  assert.equal(troubles.length, 2, 'closing is no trouble');
});

test('those who wait for an index that is stuck do not pile up', async () => {
  await using data = await dataDirectory();
  const index = await data.open();
  const waiting = Array.from({ length: 1000 }, () => index.reached(1e6).catch((error: { code: string }) => error.code));
  await assert.rejects(index.reached(1e6), { code: 'index_unavailable' });
  await index.close();
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set(['index_unavailable']));
});

/** The worker threads of an index, the writer's first. */
function workers(index: SqliteIndex): Worker[] {
  const threads = index as unknown as Record<'writer' | 'searcher', { running?: { worker: Worker } }>;
  return [threads.writer, threads.searcher].flatMap(({ running }) => running?.worker ?? []);
}

/** The status, asked for until the thread that answers runs again. */
async function statusOf(index: SqliteIndex) {
  for (let left = 100; ; left--) {
    try {
      return await index.status();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
