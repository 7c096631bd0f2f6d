import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { crashed, entry, site } from '../../test/journal/site.ts';
import { dataPaths } from './durable.ts';
import { decodeSegmentHeader } from './format.ts';
import { openJournal } from './journal.ts';
import { openKeyring } from './keyring.ts';
import { openReader } from './reader.ts';
import { type SealJob, sealSegment } from './seal.ts';
import { SegmentFile } from './segment-file.ts';
import { segmentName } from './segment-writer.ts';
import { verifyJournal } from './verify.ts';

const text = (n: number): Buffer =>
  Buffer.from(JSON.stringify({ n, list: Array.from({ length: 60 }, (_, at) => ({ at, name: `host-${at}` })) }));

test('full segments are sealed: smaller, indexed, and read as before, also by those who had them open', async () => {
  const { options, kek } = site({ segmentBytes: 150_000 });
  const journal = await openJournal(options);
  const reader = await openReader({ dir: options.dir, kek });
  for (let at = 0; at < 130; at++) {
    await journal.append(entry({ response: text(at) }));
    if (at === 20) await reader.refresh();
  }
  const first = join(dataPaths(options.dir).segments, segmentName(1));
  const keyring = await openKeyring(options.dir, kek);
  const sealed = async (): Promise<SegmentFile> => {
    for (;;) {
      const file = await SegmentFile.open(first, keyring, true);
      file.retire();
      if (file.sealed) return file;
      await delay(10);
    }
  };
  assert.deepEqual((await reader.read(3)).parts.response, text(3));
  const file = await sealed();
  assert.ok(file.rows.length <= 2);
  assert.ok(statSync(first).size < 20_000, 'a tenth of the live one');
  await reader.refresh(journal.size);
  let at = 0;
  for await (const stored of reader.entries(0)) assert.deepEqual(stored.parts.response, text(at++));
  assert.equal(at, 130);
  assert.deepEqual((await reader.read(3)).parts.response, text(3));
  await reader.close();
  await journal.close();
  const report = await verifyJournal(options);
  assert.deepEqual([report.problems, report.entries], [[], 130]);
  await openJournal(options).then((again) => again.close());
});

test('sealing that is interrupted is done after the next start', async () => {
  const { options, kek } = site({ segmentBytes: 20_000 });
  const journal = await openJournal(options);
  for (let at = 0; at < 30; at++) await journal.append(entry({ response: text(at) }));
  const dir = crashed(options.dir);
  await journal.close();
  const again = await openJournal({ ...options, dir });
  const keyring = await openKeyring(dir, kek);
  const segments = again.status().segments;
  assert.ok(segments >= 3);
  for (let segment = 1; segment < segments; ) {
    const file = await SegmentFile.open(join(dataPaths(dir).segments, segmentName(segment)), keyring, true);
    file.retire();
    if (file.sealed) segment++;
    else await delay(10);
  }
  await again.close();
  assert.deepEqual((await verifyJournal({ ...options, dir })).problems, []);
});

test('a damaged segment is not sealed: what is left of it stays as it is', async () => {
  const { options, kek } = site();
  const journal = await openJournal(options);
  for (let at = 0; at < 10; at++) await journal.append(entry({ response: text(at) }));
  await journal.close();
  const path = join(dataPaths(options.dir).segments, segmentName(1));
  const bytes = readFileSync(path);
  const keyring = await openKeyring(options.dir, kek);
  const source = decodeSegmentHeader(bytes)!.header;
  const id = randomBytes(16).toString('base64url');
  const key = keyring.segmentKey(source.root.id, source.id);
  const job: SealJob = {
    path,
    key,
    header: { ...source, id },
    newKey: keyring.segmentKey(source.root.id, id),
    end: 10,
    gently: true,
  };
  await assert.rejects(sealSegment({ ...job, end: 11 }), { code: 'journal_damaged' });
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  await assert.rejects(sealSegment(job), { code: 'journal_damaged' });
  assert.deepEqual(readFileSync(path), bytes);
  assert.ok(!existsSync(`${path}.tmp`));
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
  await sealSegment(job);
  assert.deepEqual((await verifyJournal(options)).problems, []);
});

test('a journal that is closed seals what it wrote, when it is worth it, and goes on in a new segment', async () => {
  const { options } = site();
  for (const [entries, sealed] of [
    [5, false],
    [400, true],
    [5, false],
  ] as const) {
    const journal = await openJournal(options);
    await Promise.all(
      Array.from({ length: entries }, (_, at) =>
        journal.append(entry({ response: Buffer.concat([text(at), text(at), text(at)]) })),
      ),
    );
    const path = join(dataPaths(options.dir).segments, segmentName(journal.status().segments));
    await journal.close();
    assert.equal(readFileSync(path).toString('latin1').endsWith('DWI1'), sealed);
  }
  const report = await verifyJournal(options);
  assert.deepEqual([report.problems, report.entries, report.segments], [[], 410, 2]);
});
