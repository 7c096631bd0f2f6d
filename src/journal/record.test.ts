import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../exchange/canonical.ts';
import type { Entry, EntryKind } from '../exchange/entry.ts';
import { commitment, SALT } from './leaf.ts';
import { encodeRecord, leafOf, MAX_PART, nextRecord, readRecord, recordSize, writeRecord } from './record.ts';

const bytes = fc.uint8Array({ maxLength: 300 });
const entries: fc.Arbitrary<Entry> = fc.record({
  id: fc.uuid(),
  time: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  kind: fc.constantFrom<EntryKind>('exchange', 'exchange.intent', 'audit.search', 'journal.key'),
  parts: fc.record(
    { summary: bytes, request: bytes, response: bytes, before: bytes, after: bytes },
    { requiredKeys: ['summary'] },
  ),
});

const write = (entry: Entry): { records: Buffer; leaf: string } => {
  const records = Buffer.alloc(recordSize(entry));
  return { records, leaf: writeRecord(records, 0, entry) };
};

test('what is written is read, and its leaf is what was committed to', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const { records, leaf } = write(entry);
      const record = readRecord(records, 0);
      assert.ok(record);
      assert.deepEqual([record.id, record.time, record.kind], [entry.id, entry.time, entry.kind]);
      const read = Object.fromEntries(
        record.parts.map((part) => [part.name, 'salted' in part && part.salted.subarray(SALT)]),
      );
      const given = Object.entries(entry.parts).map(([name, part]) => [name, Buffer.from(part)]);
      assert.deepEqual(read, Object.fromEntries(given));
      assert.equal(leafOf(record), leaf);
      assert.deepEqual(encodeRecord(record), records);
      assert.equal(nextRecord(records, 0), records.length);
    }),
  );
});

test('the leaf is RFC 8785 JSON with salted SHA-256 commitments', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const { records, leaf } = write(entry);
      assert.deepEqual(Buffer.from(leaf), canonicalJson(JSON.parse(leaf)));
      const { c, i, k, t, v } = JSON.parse(leaf);
      assert.deepEqual([i, k, t, v], [entry.id, entry.kind, entry.time, 1]);
      const letters = { after: 'a', before: 'b', request: 'q', response: 'r', summary: 's' };
      assert.deepEqual(
        Object.keys(c),
        Object.entries(letters)
          .filter(([name]) => name in entry.parts)
          .map(([, letter]) => letter),
      );
      for (const part of readRecord(records, 0)!.parts) {
        assert.ok('salted' in part);
        assert.equal(c[letters[part.name]], createHash('sha256').update(part.salted).digest('base64url'));
      }
      assert.ok(leaf.length < 400);
    }),
  );
});

test('an erased part keeps its commitment, and the leaf stays', () => {
  fc.assert(
    fc.property(entries, (entry) => {
      const { records, leaf } = write(entry);
      const record = readRecord(records, 0)!;
      const erased = {
        ...record,
        parts: record.parts.map((part) =>
          part.name === 'request' && 'salted' in part ? { name: part.name, erased: commitment(part.salted) } : part,
        ),
      };
      const read = readRecord(encodeRecord(erased), 0)!;
      assert.deepEqual(read, erased);
      assert.equal(leafOf(read), leaf);
    }),
  );
});

test('equal entries have different commitments: salts are fresh', () => {
  const entry: Entry = {
    id: '01890000-0000-7000-8000-000000000000',
    time: 1,
    kind: 'exchange',
    parts: { summary: Buffer.from('{}') },
  };
  const leaves = new Set(Array.from({ length: 1000 }, () => write(entry).leaf));
  assert.equal(leaves.size, 1000);
});

test('bytes that are no record are refused, never misread past their end', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(), (entry, at, flip, cut) => {
      const { records } = write(entry);
      const cutShort = Buffer.from(records.subarray(0, cut % records.length));
      assert.equal(readRecord(cutShort, 0), undefined);
      const flipped = Buffer.from(records);
      flipped[at % flipped.length]! ^= flip;
      const read = readRecord(flipped, 0);
      if (read !== undefined) assert.notDeepEqual(read, readRecord(records, 0));
    }),
  );
});

test('what is no entry is refused with the reason', () => {
  const good = {
    id: '01890000-0000-7000-8000-000000000000',
    time: 1,
    kind: 'exchange' as EntryKind,
    parts: { summary: Buffer.from('{}') },
  };
  recordSize(good);
  const cases: [Partial<Entry>, RegExp][] = [
    [{ id: 'x' }, /UUID/],
    [{ id: '01890000-0000-7000-8000-00000000000A' }, /UUID/],
    [{ kind: 'a"b' as EntryKind }, /kind/],
    [{ time: 1.5 }, /time/],
    [{ time: -1 }, /time/],
    [{ parts: {} as Entry['parts'] }, /summary/],
    [{ parts: { summary: Buffer.alloc(2), response: Buffer.alloc(MAX_PART + 1) } }, /response has 1048577 bytes/],
  ];
  for (const [change, message] of cases)
    assert.throws(() => recordSize({ ...good, ...change }), { code: 'internal', message });
});
