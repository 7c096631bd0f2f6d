import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import {
  decodeFrame,
  decodeFrameHeader,
  decodeIndex,
  decodeIndexTrailer,
  decodeSegmentHeader,
  encodeFrame,
  encodeIndex,
  encodeSegmentHeader,
  frameIntact,
  INDEX_TRAILER,
  newIncarnation,
  SECTOR,
  type SegmentHeader,
} from './format.ts';

const key = { key: createSecretKey(randomBytes(32)), digest: randomBytes(32) };
const frameOf = (records: Uint8Array, first: number, number: number): Buffer =>
  encodeFrame({ number, first, count: 1, plaintext: records.length }, zstdCompressSync(records), key, newIncarnation());

test('a frame gives back its records, at any leaf index', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 5000 }),
      fc.maxSafeNat(),
      fc.nat({ max: 2 ** 32 - 1 }),
      (records, leaf, number) => {
        const first = Math.min(leaf, Number.MAX_SAFE_INTEGER - 1);
        const frame = frameOf(records, first, number);
        const header = decodeFrameHeader(frame);
        assert.deepEqual(header, { length: frame.length, plaintext: records.length, count: 1, first, number });
        assert.ok(frameIntact(frame));
        assert.deepEqual(decodeFrame(frame, header!, key), Buffer.from(records));
      },
    ),
  );
});

test('every flipped bit of a frame is seen by header or CRC, and by the tag alone where it is of the ciphertext', () => {
  const frame = frameOf(randomBytes(200), 7, 3);
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const flipped = Buffer.from(frame);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const header = decodeFrameHeader(flipped);
    assert.ok(header === undefined || !frameIntact(flipped), `bit ${bit}`);
    const known = decodeFrameHeader(frame)!;
    // The CRCs and the end mark are not authenticated: they find accidents, not attackers.
    const authenticated = (bit >= 0 && bit < 36 * 8) || (bit >= 44 * 8 && bit < (frame.length - 1) * 8);
    assert.equal(decodeFrame(flipped, known, key) === undefined, authenticated, `bit ${bit}`);
  }
});

test('a frame is bound to its key and to its segment header', () => {
  const frame = frameOf(randomBytes(50), 0, 0);
  const header = decodeFrameHeader(frame)!;
  assert.equal(decodeFrame(frame, header, { ...key, digest: randomBytes(32) }), undefined);
  assert.equal(decodeFrame(frame, header, { ...key, key: createSecretKey(randomBytes(32)) }), undefined);
});

test('a frame that decompresses to more than it says is refused', () => {
  const bomb = zstdCompressSync(Buffer.alloc(1_000_000));
  const frame = encodeFrame({ number: 0, first: 0, count: 1, plaintext: 1000 }, bomb, key, newIncarnation());
  assert.equal(decodeFrame(frame, decodeFrameHeader(frame)!, key), undefined);
});

test('a segment header is read as written, and any flipped bit of it, padding too, is seen', () => {
  const header: SegmentHeader = {
    v: 1,
    segment: 1,
    id: randomBytes(16).toString('base64url'),
    first: 12,
    created: 1,
    root: { id: 'a', kek: 'b', wrapped: 'c' },
  };
  const { bytes, digest } = encodeSegmentHeader(header);
  assert.equal(bytes.length % SECTOR, 0);
  assert.deepEqual(decodeSegmentHeader(bytes), { header, size: bytes.length, digest });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(decodeSegmentHeader(flipped), undefined, `bit ${bit}`);
  }
  for (let cut = 0; cut < bytes.length; cut++) assert.equal(decodeSegmentHeader(bytes.subarray(0, cut)), undefined);
});

test('an index is read as written, and any flipped bit of it is seen', () => {
  const rows = Array.from({ length: 9 }, (_, at) => ({ offset: 512 + at * 100, first: at * 3, count: 3 }));
  const bytes = encodeIndex(rows, 5000);
  const size = 5000 + bytes.length;
  assert.deepEqual(decodeIndexTrailer(bytes.subarray(-INDEX_TRAILER), size), { offset: 5000, rows: 9 });
  assert.deepEqual(decodeIndex(bytes), rows);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const trailer = decodeIndexTrailer(flipped.subarray(-INDEX_TRAILER), size);
    assert.ok(trailer === undefined || decodeIndex(flipped) === undefined, `bit ${bit}`);
  }
});
