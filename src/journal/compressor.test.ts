import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decompressRecords } from './compress.ts';
import { Compressor } from './compressor.ts';

test('records are compressed before the thread is there, by it, and after it has gone', async () => {
  const compressor = new Compressor();
  const check = async (): Promise<void> => {
    const all = [300_000, 5, 70_000].map((bytes) =>
      Buffer.from(new SharedArrayBuffer(2 * bytes)).fill(randomBytes(bytes), 0, bytes),
    );
    const compressed = await Promise.all(all.map((records) => compressor.compress(records)));
    all.forEach((records, at) => {
      assert.ok(decompressRecords(compressed[at]!, records.length)?.equals(records));
    });
  };
  try {
    assert.ok(!compressor.ready);
    await check();
    while (!compressor.ready) await delay(5);
    await check();
    const closing = compressor.close();
    await check();
    await closing;
    assert.ok(!compressor.ready);
    await check();
  } finally {
    await compressor.close();
  }
});
