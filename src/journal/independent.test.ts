// A second reader, written from docs/journal-format.md alone: it shares no code with the journal.
import assert from 'node:assert/strict';
import { createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { entry, site } from '../../test/journal/site.ts';
import { openJournal } from './journal.ts';
import { rawKeyEncryptionKey } from './keys.ts';

const hkdf = (key: Buffer, salt: Buffer, info: string, length = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length));
const none = Buffer.alloc(0);

function open(key: Buffer, nonce: Buffer, associated: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

function roots(dir: string, raw: Buffer): Map<string, Buffer> {
  const key = hkdf(raw, none, 'dogwatch kek v1 wrap');
  const kek = hkdf(raw, none, 'dogwatch kek v1 id', 8).toString('hex');
  const file = JSON.parse(readFileSync(join(dir, 'keyring.json'), 'utf8'));
  return new Map(
    file.roots.map((root: { id: string; kek: string; wrapped: string }) => {
      assert.equal(root.kek, kek);
      const wrapped = Buffer.from(root.wrapped, 'base64url');
      const associated = Buffer.from(`dogwatch wrap v1\n${kek}\nroot ${root.id}`);
      return [root.id, open(key, wrapped.subarray(0, 12), associated, wrapped.subarray(12))];
    }),
  );
}

interface Found {
  readonly id: string;
  readonly kind: string;
  readonly parts: Record<string, Buffer>;
  readonly leaf: string;
}

function* records(bytes: Buffer): Generator<Found> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    const id = bytes.toString('hex', at + 4, at + 20).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    const time = bytes.readUIntLE(at + 20, 6);
    let from = at + 27 + bytes[at + 26]!;
    const kind = bytes.toString('latin1', at + 27, from);
    const parts: Record<string, Buffer> = {};
    const commitments: Record<string, string> = {};
    let count = bytes[from++]!;
    while (count-- > 0) {
      const letter = String.fromCharCode(bytes[from]!);
      assert.equal(bytes[from + 1], 0);
      const length = 16 + bytes.readUInt32LE(from + 2);
      const salted = bytes.subarray(from + 6, from + 6 + length);
      parts[letter] = salted.subarray(16);
      commitments[letter] = createHash('sha256').update(salted).digest('base64url');
      from += 6 + length;
    }
    assert.equal(from, end);
    yield { id, kind, parts, leaf: JSON.stringify({ c: commitments, i: id, k: kind, t: time, v: 1 }) };
    at = end;
  }
}

function* segment(path: string, keys: Map<string, Buffer>, first: number): Generator<Found> {
  const bytes = readFileSync(path);
  assert.equal(bytes.toString('latin1', 0, 8), 'DWJSEG1\n');
  const json = bytes.subarray(16, 16 + bytes.readUInt32LE(8));
  assert.equal(bytes.readUInt32LE(12), crc32(json));
  const header = JSON.parse(json.toString());
  assert.equal(header.first, first);
  const key = hkdf(keys.get(header.root.id)!, Buffer.from(header.id, 'base64url'), 'dogwatch segment v1');
  const digest = createHash('sha256').update(json).digest();
  let number = 0;
  for (let at = Math.ceil((16 + json.length) / 512) * 512; bytes.toString('latin1', at, at + 4) === 'DWF1'; number++) {
    const frame = bytes.subarray(at, at + bytes.readUInt32LE(at + 4));
    assert.equal(frame.at(-1), 0xd7);
    assert.equal(frame.readUInt32LE(36), crc32(frame.subarray(44)));
    assert.equal(frame.readUInt32LE(40), crc32(frame.subarray(0, 40)));
    assert.equal(frame.readBigUInt64LE(16), BigInt(first));
    assert.equal(frame.readUInt32LE(24), number);
    const associated = Buffer.concat([digest, frame.subarray(0, 36)]);
    const plain = zstdDecompressSync(open(key, frame.subarray(24, 36), associated, frame.subarray(44, -1)));
    assert.equal(plain.length, frame.readUInt32LE(8));
    let count = 0;
    for (const record of records(plain)) {
      yield record;
      count++;
    }
    assert.equal(count, frame.readUInt32LE(12));
    first += count;
    at += frame.length;
  }
}

function root(leaves: readonly string[]): Buffer {
  const sha256 = (...parts: (Buffer | string)[]): Buffer => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  if (leaves.length < 2) return sha256('\0', leaves[0]!);
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256('\u0001', root(leaves.slice(0, half)), root(leaves.slice(half)));
}

test('a reader written from the format page reads every entry, live and sealed, and gets the signed root', async () => {
  const raw = randomBytes(32);
  const { options, dir } = site({ kek: rawKeyEncryptionKey(raw), segmentBytes: 40_000 });
  const journal = await openJournal(options);
  const given = Array.from({ length: 200 }, (_, at) =>
    entry({ kind: at % 3 ? 'exchange' : 'exchange.intent', response: at % 2 ? randomBytes(600) : undefined }),
  );
  for (let at = 0; at < given.length; at += 5)
    await Promise.all(given.slice(at, at + 5).map((each) => journal.append(each)));
  const folder = join(dir, 'journal/segments');
  while (readFileSync(join(folder, '0000000001.dwj')).toString('latin1').endsWith('DWI1') === false) await delay(20);
  await journal.close();
  const keys = roots(dir, raw);
  const found: Found[] = [];
  const names = readdirSync(folder).sort();
  assert.ok(names.length >= 2);
  for (const name of names) for (const record of segment(join(folder, name), keys, found.length)) found.push(record);
  assert.equal(found.length, given.length);
  found.forEach(({ id, kind, parts }, at) => {
    const { id: givenId, kind: givenKind, parts: givenParts } = given[at]!;
    assert.deepEqual([id, kind, parts.s, parts.r], [givenId, givenKind, givenParts.summary, givenParts.response]);
  });
  const checkpoint = readFileSync(join(dir, 'journal/tlog/checkpoint'), 'utf8').split('\n');
  assert.deepEqual(checkpoint.slice(0, 3), [
    'dogwatch/test',
    '200',
    root(found.map(({ leaf }) => leaf)).toString('base64'),
  ]);
});
