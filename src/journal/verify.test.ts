import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { crashed, entry, site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { decodeFrameHeader, decodeSegmentHeader } from './format.ts';
import { openJournal } from './journal.ts';
import { openKeyring } from './keyring.ts';
import { rawKeyEncryptionKey } from './keys.ts';
import { TILE_WIDTH } from './merkle.ts';
import { type Report, verifyJournal } from './verify.ts';
import { type Problem, SegmentLeaves } from './verify-segments.ts';

/**
 * A closed journal of `count` entries in segments of which all but the last are sealed, with three kept checkpoints. None is written
 * because time passed: a busy machine would leave more files than a quick one.
 */
async function finished(count = 300) {
  const { options } = site({ segmentBytes: 30_000, checkpointInterval: 1e9 });
  for (let third = 0; third < 3; third++) {
    const journal = await openJournal(options);
    for (let at = 0; at < count / 30; at++) {
      await Promise.all(
        Array.from({ length: 10 }, () =>
          journal.append(entry({ request: randomBytes(300), response: Buffer.from('{"ok":true}') })),
        ),
      );
    }
    await delay(100);
    await journal.close();
  }
  return options;
}

const files = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => relative(dir, join(each.parentPath, each.name)))
    .sort();

const said = (report: Report): string => report.problems.map(({ what }) => what).join('; ');

test('a whole journal verifies, and the report counts what is there', async () => {
  const options = await finished();
  const progress: number[] = [];
  const report = await verifyJournal(options, ({ entries, of }) => progress.push(entries / of));
  assert.deepEqual(
    { ...report, root: '', segments: 0, bytes: 0, keys: report.keys.length },
    {
      ok: true,
      origin: 'dogwatch/test',
      entries: 300,
      signed: 300,
      root: '',
      segments: 0,
      bytes: 0,
      erasedParts: 0,
      erasures: { count: 0, newest: [] },
      keys: 1,
      checkpoints: 3,
      witnesses: [],
      problems: [],
      notes: [],
    },
  );
  assert.ok(report.segments >= 3);
  assert.equal(progress.at(-1), 1);
});

test('it runs beside the writer', async () => {
  const { options } = site({ segmentBytes: 30_000, checkpointInterval: 20 });
  const journal = await openJournal(options);
  let writing = true;
  const writer = (async () => {
    while (writing)
      await Promise.all(Array.from({ length: 5 }, () => journal.append(entry({ request: randomBytes(500) }))));
  })();
  let last = 0;
  for (let round = 0; round < 8; round++) {
    await delay(40);
    const report = await verifyJournal(options);
    assert.deepEqual(report.problems, []);
    assert.ok(report.entries >= last);
    last = report.entries;
  }
  assert.ok(last > 0);
  writing = false;
  await writer;
  await journal.close();
});

test('what a writer adds while the newest frames are looked at is no damage; bytes that stay wrong are', async () => {
  const { options } = site({ checkpointInterval: 1e9 });
  const journal = await openJournal(options);
  for (let at = 0; at < TILE_WIDTH; at++) await journal.append(entry());
  const keyring = await openKeyring(options.dir, options.kek, true);
  const { segments } = dataPaths(options.dir);
  const leavesWhile = async (change: () => Promise<void>) => {
    const problems: Problem[] = [];
    const leaves = new SegmentLeaves(segments, keyring, { own() {}, erased() {} }, (problem) => problems.push(problem));
    let changed = false;
    for await (const _ of leaves.groups()) {
      if (!changed) await change();
      changed = true;
    }
    return { problems, end: leaves.end };
  };
  // More of them than are read ahead at once.
  const grown = await leavesWhile(async () => {
    for (let at = 0; at < 50; at++) await journal.append(entry({ request: randomBytes(1000) }));
  });
  assert.deepEqual(grown, { problems: [], end: TILE_WIDTH + 50 });
  await journal.close();
  const segment = join(segments, '0000000001.dwj');
  const damaged = await leavesWhile(async () => {
    const bytes = readFileSync(segment);
    bytes[bytes.findLastIndex((byte) => byte !== 0)]! ^= 1;
    writeFileSync(segment, bytes);
  });
  assert.match(damaged.problems.map(({ what }) => what).join(), /not those written/);
});

test('a flipped bit anywhere in the kept checkpoints is found; a record that was never wholly written is none', async () => {
  const options = await finished(3);
  const file = join(options.dir, 'journal', 'checkpoints');
  const whole = readFileSync(file);
  for (let bit = 0; bit < whole.length * 8; bit += 7) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    writeFileSync(file, bytes);
    const report = await verifyJournal(options).catch((error: { code?: string }) => error);
    assert.ok('code' in report || !(report as Report).ok, `bit ${bit} of byte ${bit >> 3}`);
  }
  const record = whole.subarray(0, whole.indexOf('\n\n', whole.indexOf('\n\n') + 2) + 2);
  for (let length = 0; length < record.length; length += 29) {
    writeFileSync(file, Buffer.concat([whole, record.subarray(0, length)]));
    assert.ok((await verifyJournal(options)).ok, `torn after ${length} bytes`);
  }
  writeFileSync(file, whole);
});

test('a flipped bit in any file is found', async () => {
  const options = await finished(60);
  const names = files(options.dir).filter((name) => name !== 'lock');
  for (const name of names) {
    const file = join(options.dir, name);
    const whole = readFileSync(file);
    for (let time = 0; time < 6; time++) {
      const bit = time === 0 ? 0 : randomBytes(4).readUInt32LE() % (whole.length * 8);
      const bytes = Buffer.from(whole);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
      const report = await verifyJournal(options).catch((error: { code?: string }) => error);
      if ('code' in report)
        assert.ok(report.code === 'wrong_key' || report.code === 'journal_damaged', `${name}: ${report}`);
      else assert.equal((report as Report).ok, false, `${name} bit ${bit}`);
    }
    writeFileSync(file, whole);
  }
  assert.ok((await verifyJournal(options)).ok);
});

test('swapped, repeated and dropped frames are found', async () => {
  const { options } = site();
  const journal = await openJournal(options);
  for (let at = 0; at < 6; at++) await journal.append(entry({ request: Buffer.alloc(500, 7) }));
  await journal.close();
  const segment = join(dataPaths(options.dir).segments, '0000000001.dwj');
  const whole = readFileSync(segment);
  const frames: Buffer[] = [];
  const start = decodeSegmentHeader(whole)!.size;
  for (let at = start; at < whole.length; at += frames.at(-1)!.length) {
    frames.push(whole.subarray(at, at + decodeFrameHeader(whole, at)!.length));
  }
  assert.equal(frames.length, 6);
  const orders = [
    [0, 2, 1, 3, 4, 5],
    [0, 1, 1, 3, 4, 5],
    [0, 1, 3, 4, 5],
    [1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4],
    [0, 1, 2, 3, 4, 5, 5],
  ];
  for (const order of orders) {
    writeFileSync(segment, Buffer.concat([whole.subarray(0, start), ...order.map((at) => frames[at]!)]));
    const report = await verifyJournal(options);
    assert.equal(report.ok, false, order.join());
    assert.ok(report.problems.some(({ entry: at, byte }) => at !== undefined || byte !== undefined));
  }
});

test('an old state of the directory is found by what was kept outside of it', async () => {
  const options = await finished();
  const old = crashed(options.dir);
  await openJournal(options).then((journal) => journal.append(entry()).then(() => journal.close()));
  copyFileSync(dataPaths(options.dir).checkpoints, dataPaths(old).checkpoints);
  const report = await verifyJournal({ ...options, dir: old });
  assert.match(said(report), /covers 300 entries, but one was kept that covers 301/);
  assert.match(said(report), /end before entry 300, but a signed checkpoint covers 301/);
});

test('a rewritten history with a freshly signed checkpoint is found by a kept checkpoint', async () => {
  const options = await finished(60);
  const forged = site();
  copyFileSync(dataPaths(options.dir).keyring, dataPaths(forged.dir).keyring);
  const journal = await openJournal({ ...options, dir: forged.dir });
  for (let at = 0; at < 60; at++) await journal.append(entry());
  await journal.close();
  assert.ok((await verifyJournal({ ...options, dir: forged.dir })).ok);
  copyFileSync(dataPaths(options.dir).checkpoints, dataPaths(forged.dir).checkpoints);
  const report = await verifyJournal({ ...options, dir: forged.dir });
  assert.match(said(report), /history was rewritten/);
  await assert
    .rejects(openJournal({ ...options, dir: forged.dir }), { code: 'journal_damaged' })
    .catch(() => undefined);
});

test('missing and cut files are named', async () => {
  const options = await finished();
  const names = files(join(options.dir, 'journal')).filter((name) => name !== 'checkpoints');
  for (const name of names) {
    for (const cut of [undefined, 0, 1]) {
      const copy = crashed(options.dir);
      const file = join(copy, 'journal', name);
      if (cut === undefined) rmSync(file);
      else writeFileSync(file, readFileSync(file).subarray(0, cut === 0 ? 0 : statSync(file).size - 1));
      const report = await verifyJournal({ ...options, dir: copy }).catch((error: { code?: string }) => error);
      if ('code' in report) assert.equal(report.code, 'journal_damaged', name);
      else {
        assert.equal((report as Report).ok, false, `${name} ${cut}`);
        assert.ok(
          (report as Report).problems.some(
            (problem) => problem.file.includes(name.split('.p/')[0]!) || problem.entry !== undefined,
          ),
          name,
        );
      }
      rmSync(copy, { recursive: true });
    }
  }
});

test('a partial tile that a wider one replaced may be missing, but not altered', async () => {
  const { options } = site({ checkpointInterval: 1e9 });
  const journal = await openJournal(options);
  for (const _ of [1, 2]) {
    await Promise.all(Array.from({ length: 7 }, () => journal.append(entry())));
    await journal.checkpoint();
  }
  await journal.close();
  for (const kind of ['0', 'entries']) {
    const replaced = join(options.dir, 'journal', 'tlog', 'tile', kind, '000.p', '7');
    const whole = readFileSync(replaced);
    writeFileSync(replaced, whole.subarray(0, -1));
    assert.match(said(await verifyJournal(options)), /the partial tile is not that of the entries/);
    rmSync(replaced);
    assert.ok((await verifyJournal(options)).ok);
  }
});

test('the wrong key is said to be wrong; no journal, too', async () => {
  const options = await finished(30);
  await assert.rejects(verifyJournal({ ...options, kek: rawKeyEncryptionKey(randomBytes(32)) }), { code: 'wrong_key' });
  const empty = site();
  await assert.rejects(verifyJournal(empty.options), { code: 'not_found' });
  // Died while it was being made: its first file is a draft, and there is no segment.
  const tlog = join(empty.options.dir, 'journal', 'tlog');
  mkdirSync(tlog, { recursive: true });
  writeFileSync(join(tlog, 'vkey.tmp'), '');
  await assert.rejects(verifyJournal(empty.options), { code: 'not_found' });
  mkdirSync(join(empty.options.dir, 'journal', 'segments'), { recursive: true });
  writeFileSync(join(empty.options.dir, 'journal', 'segments', '0.dwj'), '');
  await assert.rejects(verifyJournal(empty.options), { code: 'journal_damaged' });
});

test('what was added to an entry bundle is found', async () => {
  const options = await finished(300);
  for (const name of files(options.dir).filter((each) => each.includes('/entries/'))) {
    const file = join(options.dir, name);
    const whole = readFileSync(file);
    // Two zero bytes are a leaf of no bytes; one is a length that is cut short.
    for (const added of [1, 2, 600]) {
      writeFileSync(file, Buffer.concat([whole, Buffer.alloc(added)]));
      assert.match(
        said(await verifyJournal(options)),
        /entry bundle does not hold|partial tile is not/,
        `${name} ${added}`,
      );
    }
    writeFileSync(file, whole);
  }
  assert.ok((await verifyJournal(options)).ok);
});
