import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crashed, entry, site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { decodeFrameHeader, decodeSegmentHeader } from './format.ts';
import { type Journal, openJournal } from './journal.ts';
import { rawKeyEncryptionKey } from './keys.ts';
import type { JournalOptions } from './open.ts';
import { openReader } from './reader.ts';
import { segmentName } from './segment-writer.ts';
import { verifyJournal } from './verify.ts';

const NEVER = 1e9;

/** A journal that was killed after `frames` frames, of which a checkpoint covers the first `covered`; and where its last frame is. */
async function killed(frames: number, covered: number) {
  const { options } = site({ checkpointInterval: NEVER });
  const journal = await openJournal(options);
  for (let at = 0; at < frames; at++) {
    if (at === covered) await journal.checkpoint();
    await Promise.all([journal.append(entry({ response: randomBytes(1500) })), journal.append(entry())]);
  }
  if (covered === frames) await journal.checkpoint();
  const dir = crashed(options.dir);
  await journal.close();
  const segment = join(dataPaths(dir).segments, segmentName(1));
  return { dir, options: { ...options, dir }, segment, ...lastFrame(segment) };
}

function lastFrame(segment: string): { start: number; end: number } {
  const bytes = readFileSync(segment);
  let at = decodeSegmentHeader(bytes)!.size;
  for (;;) {
    const next = at + decodeFrameHeader(bytes, at)!.length;
    if (decodeFrameHeader(bytes, next) === undefined) return { start: at, end: next };
    at = next;
  }
}

/** Opens, checks that exactly `size` entries are there and verify, and returns what was recovered. */
async function reopen(options: JournalOptions, size: number): Promise<readonly string[]> {
  const journal = await openJournal(options);
  const { recovered } = journal;
  const leaf = await journal.append(entry());
  assert.equal(leaf, size + recovered.length);
  await journal.close();
  const report = await verifyJournal(options);
  assert.deepEqual(report.problems, []);
  assert.equal(report.entries, size + recovered.length + 1);
  assert.equal(report.signed, report.entries);
  return recovered;
}

const restore = (segment: string, bytes: Buffer): void => writeFileSync(segment, bytes);

test('a killed journal is whole: everything acknowledged is there', async () => {
  for (const covered of [0, 2, 5]) {
    const { options } = await killed(5, covered);
    assert.deepEqual(await reopen(options, 10), []);
  }
});

test('a last frame torn at any byte is cut, whether the file ends there or zeros follow', async () => {
  const { dir, options, segment, start, end } = await killed(3, 2);
  const whole = readFileSync(segment);
  const cuts = [
    ...new Set([
      1,
      3,
      4,
      43,
      44,
      45,
      511,
      512,
      513,
      end - start - 2,
      end - start - 1,
      ...Array.from({ length: 4 }, () => 1 + (randomBytes(2).readUInt16LE() % (end - start - 1))),
    ]),
  ];
  for (const cut of cuts) {
    for (const zeros of [false, true]) {
      const copy = crashed(dir);
      const torn = join(dataPaths(copy).segments, segmentName(1));
      if (zeros)
        restore(torn, Buffer.concat([whole.subarray(0, start + cut), Buffer.alloc(whole.length - start - cut)]));
      else truncateSync(torn, start + cut);
      const recovered = await reopen({ ...options, dir: copy }, 4);
      assert.match(
        recovered.join(),
        new RegExp(`at byte ${start}: \\d+ bytes, never acknowledged`),
        `cut at ${cut}, zeros ${zeros}`,
      );
    }
  }
});

test('a last frame of which single sectors were never written is cut', async () => {
  const { dir, options, start, end } = await killed(3, 2);
  for (let sector = Math.floor(start / 512); sector * 512 < end; sector++) {
    const copy = crashed(dir);
    const segment = join(dataPaths(copy).segments, segmentName(1));
    const bytes = readFileSync(segment);
    bytes.fill(0, Math.max(start, sector * 512), Math.min(end, (sector + 1) * 512));
    restore(segment, bytes);
    assert.equal((await reopen({ ...options, dir: copy }, 4)).length, 1, `sector ${sector}`);
  }
});

test('a flipped bit is damage, wherever it is: the start is refused, naming file and byte', async () => {
  const { options, segment, start, end } = await killed(4, 1);
  const whole = readFileSync(segment);
  const first = decodeSegmentHeader(whole)!.size;
  const places = [
    first,
    first + 20,
    first + 60,
    start,
    start + 5,
    start + 41,
    start + 50,
    end - 1,
    Math.floor((start + end) / 2),
  ];
  for (const place of places) {
    const bytes = Buffer.from(whole);
    bytes[place]! ^= 0x10;
    restore(segment, bytes);
    await assert.rejects(openJournal(options), (error: Error & { code: string }) => {
      assert.equal(error.code, 'journal_damaged', `byte ${place}: ${error.message}`);
      assert.match(error.message, /0000000001\.dwj, byte \d+: /);
      return true;
    });
  }
  restore(segment, whole);
  await reopen(options, 8);
});

test('bytes after the end that no write of ours leaves are damage', async () => {
  const { options, segment, end } = await killed(2, 2);
  const bytes = readFileSync(segment);
  bytes.fill(0x55, end, end + 3000);
  restore(segment, bytes);
  await assert.rejects(openJournal(options), { code: 'journal_damaged' });
});

test('a repeated, an older and a foreign frame after the end are damage', async () => {
  const { options, segment, start, end } = await killed(3, 3);
  const whole = readFileSync(segment);
  for (const from of [start, decodeSegmentHeader(whole)!.size]) {
    const bytes = Buffer.from(whole);
    bytes.copy(bytes, end, from, from + decodeFrameHeader(bytes, from)!.length);
    restore(segment, bytes);
    await assert.rejects(openJournal(options), { code: 'journal_damaged' });
  }
});

test('entries that a checkpoint covers and that are gone are damage, not a torn end', async () => {
  const { options, segment, start } = await killed(3, 3);
  truncateSync(segment, start);
  await assert.rejects(openJournal(options), { code: 'journal_damaged', message: /covers 6 entries/ });
});

test('with damage accepted, a new segment is begun, and an entry says so', async () => {
  const { options, segment, start } = await killed(4, 2);
  const bytes = readFileSync(segment);
  bytes[start + 60]! ^= 1;
  restore(segment, bytes);
  await assert.rejects(openJournal(options), { code: 'journal_damaged' });
  const journal = await openJournal({ ...options, acceptDamage: true });
  assert.match(journal.recovered.join(), /continued at entry 6 .*byte/);
  assert.equal(await journal.append(entry()), 7);
  await journal.close();
  const reader = await openReader(options);
  const stored = await reader.read(6);
  assert.equal(stored.kind, 'journal.recovered');
  assert.match(stored.parts.summary!.toString(), /in spite of damage/);
  assert.equal((await reader.read(5)).leaf, 5);
  await reader.close();
  await openJournal(options).then((again) => again.close());
  const report = await verifyJournal(options);
  assert.equal(report.ok, false);
  assert.equal(report.entries, 8);
  assert.match(report.problems.map(({ what }) => what).join(), /./);
});

test('with damage accepted before the last checkpoint, the log goes on after what was signed', async () => {
  const { options, segment } = await killed(4, 4);
  const bytes = readFileSync(segment);
  bytes[decodeSegmentHeader(bytes)!.size + 60]! ^= 1;
  restore(segment, bytes);
  const journal = await openJournal({ ...options, acceptDamage: true });
  assert.equal(await journal.append(entry()), 9);
  await journal.close();
  const report = await verifyJournal(options);
  assert.deepEqual(
    report.problems.map(({ entry: at }) => at),
    [0],
  );
  assert.equal(report.entries, 10);
});

test('the tree is made again when tiles are lost or altered, and must give the signed root', async () => {
  const { options } = site({ checkpointInterval: NEVER });
  const journal = await openJournal(options);
  await Promise.all(Array.from({ length: 700 }, () => journal.append(entry())));
  await journal.close();
  const tile = (path: string): string => join(dataPaths(options.dir).tlog, 'tile', path);
  const damages: ((dir: string) => void)[] = [
    (dir) => rmSync(join(dataPaths(dir).tlog, 'tile'), { recursive: true }),
    (dir) => rmSync(join(dataPaths(dir).tlog, 'checkpoint')),
    (dir) => writeFileSync(join(dir, 'journal/tlog/tile/1/000.p/2'), randomBytes(64)),
    (dir) => writeFileSync(join(dir, 'journal/tlog/tile/entries/002.p/188'), randomBytes(64)),
    (dir) => truncateSync(join(dir, 'journal/tlog/tile/0/002.p/188'), 100),
  ];
  assert.equal(statSync(tile('0/002.p/188')).size, 188 * 32);
  for (const damage of damages) {
    const copy = crashed(options.dir);
    damage(copy);
    assert.deepEqual(await reopen({ ...options, dir: copy }, 700), []);
  }
});

test('a kept checkpoint that was being written is cut; an altered one is damage', async () => {
  const { options, dir } = await killed(2, 2);
  const file = dataPaths(dir).checkpoints;
  const whole = readFileSync(file);
  assert.ok(whole.length > 100);
  // Everywhere, so also amid the bytes of the dash before the signature.
  const dash = whole.indexOf('—');
  for (const cut of [1, 20, dash + 1, dash + 2, whole.length - 1]) {
    const copy = crashed(dir);
    writeFileSync(dataPaths(copy).checkpoints, Buffer.concat([whole, whole.subarray(0, cut)]));
    await reopen({ ...options, dir: copy }, 4);
  }
  // A sector that was never written is zero, before one that was or after it.
  const room = Buffer.concat(Array.from({ length: 2 }, () => whole));
  const boundary = 512 - room.length;
  assert.ok(boundary > 0 && boundary < whole.length);
  for (const [from, to] of [
    [0, boundary],
    [boundary, whole.length],
    [0, whole.length],
  ] as const) {
    const copy = crashed(dir);
    const record = Buffer.from(whole);
    record.fill(0, from, to);
    writeFileSync(dataPaths(copy).checkpoints, Buffer.concat([room, record]));
    await reopen({ ...options, dir: copy }, 4);
  }
  const altered = Buffer.from(whole);
  altered[whole.indexOf('\n') + 1]! ^= 1;
  writeFileSync(file, altered);
  await assert.rejects(openJournal(options), { code: 'journal_damaged', message: /checkpoints, byte 0: / });
});

test('many kept checkpoints do not make the start longer: the newest are read', async () => {
  const { options, dir } = await killed(2, 2);
  const file = dataPaths(dir).checkpoints;
  const whole = readFileSync(file);
  const many = Buffer.concat(Array.from({ length: 2000 }, () => whole));
  const altered = Buffer.from(many);
  altered[whole.indexOf('\n') + 1]! ^= 1;
  // Damage far back is for verification to find.
  writeFileSync(file, altered);
  await openJournal(options).then((journal) => journal.close());
  assert.equal((await verifyJournal(options)).ok, false);
  altered[altered.length - whole.length + whole.indexOf('\n') + 1]! ^= 1;
  writeFileSync(file, altered);
  await assert.rejects(openJournal(options), { code: 'journal_damaged' });
});

test('an altered checkpoint is damage', async () => {
  const { options, dir } = await killed(2, 2);
  const file = join(dataPaths(dir).tlog, 'checkpoint');
  const note = readFileSync(file, 'utf8');
  writeFileSync(file, note.replace('\n4\n', '\n2\n'));
  await assert.rejects(openJournal(options), { code: 'journal_damaged', message: /checkpoint, byte 0/ });
});

test('a missing segment is named', async () => {
  const { options } = site({ segmentBytes: 2000 });
  const journal = await openJournal(options);
  for (let at = 0; at < 8; at++) await journal.append(entry({ request: randomBytes(1000) }));
  await journal.close();
  const folder = dataPaths(options.dir).segments;
  assert.ok(readdirSync(folder).length >= 3);
  rmSync(join(folder, segmentName(2)));
  await assert.rejects(openJournal(options), { code: 'journal_damaged', message: /0000000002\.dwj is missing/ });
});

test('the wrong keys are said to be wrong, and nothing is touched', async () => {
  const { options, signingKey } = site();
  const other = site();
  await openJournal(options).then((journal) => journal.append(entry()).then(() => journal.close()));
  const before = crashed(options.dir);
  await assert.rejects(openJournal({ ...options, kek: rawKeyEncryptionKey(randomBytes(32)) }), { code: 'wrong_key' });
  await assert.rejects(openReader({ dir: options.dir, kek: rawKeyEncryptionKey(randomBytes(32)) }), {
    code: 'wrong_key',
  });
  await assert.rejects(openJournal({ ...options, signingKey: other.signingKey }), { code: 'wrong_key' });
  await assert.rejects(openJournal({ ...options, name: 'another' }), { code: 'config_invalid' });
  assert.deepEqual(
    readdirSync(before, { recursive: true }).sort(),
    readdirSync(options.dir, { recursive: true }).sort(),
  );
  assert.ok(signingKey);
  await reopen(options, 1);
});

test('a lost keyring is restored from the segments', async () => {
  const { options } = site();
  await openJournal(options).then((journal) => journal.append(entry()).then(() => journal.close()));
  rmSync(dataPaths(options.dir).keyring);
  await reopen(options, 1);
});

test('what an interrupted making or sealing of a segment left is removed', async () => {
  const { options } = site();
  await openJournal(options).then((journal) => journal.append(entry()).then(() => journal.close()));
  const folder = dataPaths(options.dir).segments;
  writeFileSync(join(folder, '0000000001.dwj.tmp'), 'half');
  writeFileSync(join(folder, '0000000002.dwj.new'), 'half');
  await reopen(options, 1);
  assert.deepEqual(readdirSync(folder), ['0000000001.dwj']);
});

test('two cannot write at once', async () => {
  const { options } = site();
  const journal: Journal = await openJournal(options);
  await assert.rejects(openJournal(options), { code: 'data_in_use' });
  await journal.close();
  await openJournal(options).then((again) => again.close());
});
