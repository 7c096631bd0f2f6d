// Entries handed over in memory: the same as those of the journal, whatever part of them was handed over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry } from '../exchange/entry.ts';
import { recordSize, writeRecord } from '../journal/record.ts';
import { entriesOf, made, sourceOf } from './arbitrary.test.ts';
import { HandedSource } from './handed-source.ts';
import { Handover } from './handover.ts';
import type { StoredParts } from './row.ts';

const entries = entriesOf(fc.sample(made, { numRuns: 60, seed: 5 }));
const source = sourceOf(entries);

/** The records of entries, as the journal tells them. */
function recordsOf(some: readonly StoredParts[]): Buffer {
  const records = Buffer.alloc(some.reduce((sum, entry) => sum + recordSize(entry as Entry), 0));
  let at = 0;
  for (const entry of some) {
    writeRecord(records, at, entry as Entry);
    at += recordSize(entry as Entry);
  }
  return records;
}

const plain = ({ leaf, id, time, kind, parts }: StoredParts) => ({
  leaf,
  id,
  time,
  kind,
  parts: Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])),
});

test('what was handed over is what the journal holds, before it, within it and after it', async () => {
  const leaf = fc.nat(entries.length);
  await fc.assert(
    fc.asyncProperty(leaf, leaf, leaf, leaf, async (a, b, from, to) => {
      const [first, end] = [Math.min(a, b), Math.max(a, b)];
      const handover = new Handover();
      for (let at = first; at < end; at += 5) {
        const some = entries.slice(at, Math.min(at + 5, end));
        handover.add(recordsOf(some), at, some.length);
      }
      const handed = new HandedSource(source);
      handed.hand(handover.take());
      const got: StoredParts[] = [];
      for await (const batch of handed.batches(from, to)) got.push(...batch);
      assert.deepEqual(got.map(plain), entries.slice(from, to).map(plain));
      if (from < entries.length) assert.equal((await handed.read(from)).id, entries[from]?.id);
      handed.hand(undefined);
      const read: StoredParts[] = [];
      for await (const batch of handed.batches(from, to)) read.push(...batch);
      assert.deepEqual(read, entries.slice(from, to));
    }),
    { numRuns: 200 },
  );
});

test('after a gap, and beyond its room, nothing is gathered until what there is was taken', () => {
  const handover = new Handover();
  assert.equal(handover.take(), undefined);
  handover.add(recordsOf(entries.slice(0, 2)), 0, 2);
  handover.add(recordsOf(entries.slice(3, 4)), 3, 1);
  const taken = handover.take();
  assert.deepEqual([taken?.first, taken?.count], [0, 2]);
  handover.giveBack(taken?.bytes.buffer ?? new ArrayBuffer(0));
  handover.add(Buffer.alloc(3 << 20), 4, 1);
  assert.equal(handover.take(), undefined);
  handover.add(Buffer.alloc(1.5 * 2 ** 20), 5, 1);
  assert.ok(handover.filling);
  handover.add(Buffer.alloc(1 << 20), 6, 1);
  handover.add(Buffer.alloc(10), 7, 1);
  const again = handover.take();
  assert.deepEqual([again?.first, again?.count], [5, 1]);
  assert.equal(again?.bytes.buffer, taken?.bytes.buffer, 'the buffer is used again');
});
