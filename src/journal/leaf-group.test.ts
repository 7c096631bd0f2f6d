import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry, EntryKind } from '../exchange/entry.ts';
import { commitment } from './leaf.ts';
import { LeafGroup } from './leaf-group.ts';
import { leafHash } from './merkle.ts';
import { type EntryRecord, encodeRecord, leafOf, readRecord, recordSize, writeRecord } from './record.ts';
import { encodeBundle } from './tiles.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const entries: fc.Arbitrary<Entry> = fc.record({
  id: fc.uuid(),
  time: fc.oneof(fc.integer({ min: 0, max: 2 ** 48 - 1 }), fc.integer({ min: 0, max: 20_000_000 })),
  kind: fc.constantFrom<EntryKind>('exchange', 'exchange.intent', 'audit.search', 'journal.key'),
  parts: fc.record({ summary: bytes, request: bytes, response: bytes }, { requiredKeys: ['summary'] }),
});

/** The record of an entry, with its request erased or not. */
function recordOf(entry: Entry, erased: boolean): Buffer {
  const records = Buffer.alloc(recordSize(entry));
  writeRecord(records, 0, entry);
  const record = readRecord(records, 0)!;
  const parts: EntryRecord['parts'] = record.parts.map((part) =>
    erased && part.name === 'request' && 'salted' in part ? { name: part.name, erased: commitment(part.salted) } : part,
  );
  return encodeRecord({ ...record, parts });
}

test('leaves, their hashes and their bundle are those of the records, erased parts or not', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(entries, fc.boolean()), { maxLength: 20 }), (given) => {
      const group = new LeafGroup();
      for (let round = 0; round < 2; round++) {
        group.clear(7);
        let erased = 0;
        const leaves = given.map(([entry, erase]) => {
          const record = recordOf(entry, erase);
          if (erase && entry.parts.request !== undefined) erased++;
          // Records stand anywhere among others.
          const all = Buffer.concat([Buffer.alloc(3, 1), record, Buffer.alloc(3, 1)]);
          assert.ok(group.add(all, 3, 3 + record.length, () => erased--));
          return leafOf(readRecord(record, 0)!);
        });
        assert.equal(erased, 0);
        assert.deepEqual(group.hashes, leaves.map(leafHash));
        assert.deepEqual(
          leaves.map((_, at) => group.text(at)),
          leaves,
        );
        for (const count of [0, leaves.length >> 1, leaves.length]) {
          assert.deepEqual(group.bundle(count), encodeBundle(leaves.slice(0, count)));
        }
      }
    }),
  );
});

test('what is read as no record has no leaf, and what is, has its own', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.nat(255), fc.boolean(), (entry, at, value, cut) => {
      const record = recordOf(entry, false);
      let bytes = Buffer.from(record);
      if (cut) {
        bytes = bytes.subarray(0, 4 + (at % (bytes.length - 4)));
        bytes.writeUInt32LE(bytes.length - 4, 0);
      } else bytes[4 + (at % (bytes.length - 4))] = value;
      const read = readRecord(bytes, 0);
      const group = new LeafGroup();
      assert.equal(
        group.add(bytes, 0, bytes.length, () => undefined),
        read !== undefined,
      );
      assert.equal(group.count, 1);
      assert.equal(group.text(0), read === undefined ? undefined : leafOf(read));
      if (read === undefined) assert.equal(group.bundle(1), undefined);
    }),
  );
});

test('many long leaves fit', () => {
  const group = new LeafGroup();
  const kind = `k${'x'.repeat(63)}` as EntryKind;
  const entry: Entry = {
    id: '0195f0a1-7c52-7d3e-9b1a-2f64c0d8e971',
    time: 2 ** 48 - 1,
    kind,
    parts: { summary: Buffer.alloc(1), request: Buffer.alloc(0), response: Buffer.alloc(0) },
  };
  const record = recordOf(entry, false);
  const leaf = leafOf(readRecord(record, 0)!);
  for (let n = 0; n < 1000; n++) group.add(record, 0, record.length, () => undefined);
  assert.deepEqual(group.bundle(1000), encodeBundle(new Array<string>(1000).fill(leaf)));
});
