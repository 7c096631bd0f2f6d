// The text index: words, their keyed names, blocks, and the bodies they come from.
import assert from 'node:assert/strict';
import { createCipheriv, createHmac } from 'node:crypto';
import { test } from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import type { BodyInfo, ExchangeIntent, Header } from '../exchange/exchange.ts';
import { entriesOf, id, made, sourceOf } from './arbitrary.test.ts';
import { bodyText, SEARCHABLE_BYTES } from './body-text.ts';
import { documentOf } from './documents.ts';
import { type StoredParts, summaryOf } from './row.ts';
import { TextBlock } from './text-block.ts';
import { textOf } from './text-confirm.ts';
import { decodeRows, findInBucket } from './text-format.ts';
import { hashKeys, hashOf, nameOf } from './text-names.ts';
import { hasPhrase, wordsOf } from './words.ts';

const KEY = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
const info: BodyInfo = { size: 0, recorded: 0 };
const json: Header[] = [['Content-Type', 'application/json']];

test('words are runs of letters and digits, folded, and cut at 64 bytes', () => {
  assert.deepEqual(wordsOf('Error_count:0.5 — Café, ﬁne!'), ['error', 'count', '0', '5', 'café', 'fine']);
  assert.deepEqual(wordsOf('東京 tokyo'), ['東', '京', 'tokyo']);
  assert.deepEqual(wordsOf(' ...'), []);
  assert.equal(wordsOf('x'.repeat(100))[0], 'x'.repeat(64));
  assert.equal(Buffer.byteLength(wordsOf('é'.repeat(100))[0] ?? ''), 64);
  assert.ok(hasPhrase(['a', 'a', 'b'], ['a', 'b']));
  assert.ok(!hasPhrase(['a', 'c', 'b'], ['a', 'b']));
  assert.ok(!hasPhrase(['a'], ['a', 'b']));
  assert.ok(!hasPhrase(['a'], []));
});

test('a name is the AES of the hash of the word, under keys of their own', () => {
  const derived = (what: string): Buffer => createHmac('sha256', KEY).update(what).digest();
  const numbers = derived('dogwatch index hashes of words');
  const byWord = (word: string): { bucket: number; name: number } => {
    const halves = [0, 4].map((at) => BigInt(numbers.readUInt32LE(at)));
    const factors = [(BigInt(numbers.readUInt32LE(8)) & ~7n) | 3n, (BigInt(numbers.readUInt32LE(12)) & ~7n) | 5n];
    for (const byte of Buffer.from(word))
      for (const n of [0, 1])
        halves[n] = (((halves[n] as bigint) ^ BigInt(byte)) * (factors[n] as bigint)) & 0xffff_ffffn;
    const block = Buffer.alloc(16);
    block.writeUInt32LE(Number((halves[0] as bigint) & ~63n), 0);
    block.writeUInt32LE(Number(halves[1]), 4);
    const cipher = createCipheriv('aes-256-ecb', derived('dogwatch index names of words'), null);
    const named = cipher.update(block);
    return { bucket: named[0] as number, name: named.readUInt32LE(1) };
  };
  for (const word of ['a', 'monitor', 'café', '東', 'x'.repeat(64)]) assert.deepEqual(nameOf(KEY, word), byWord(word));
  assert.deepEqual(nameOf(KEY, 'a', 'title'), byWord('\x01a'));
  assert.notDeepEqual(nameOf(KEY, 'a'), nameOf(Buffer.alloc(32), 'a'));
});

test('words that look alike have hashes of their own', () => {
  const keys = hashKeys(KEY);
  const seen = new Set<string>();
  const words = Array.from({ length: 100_000 }, (_, n) => [`${n}`, n.toString(16).padStart(8, '0'), `host${n}`]).flat();
  for (const word of new Set(words)) {
    const { high, low } = hashOf(keys, Buffer.from(word));
    seen.add(`${high} ${low}`);
  }
  assert.equal(seen.size, new Set(words).size);
});

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'Ab', 'monitor', 'é', 'ß', '日本', '\\', '"', '\n', '\u2028', '/', '-', 'x'.repeat(70)),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(' '));

test('a block finds the documents of every word, in memory and as stored', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ text: anyText, escaped: fc.boolean(), title: anyText }), { maxLength: 40 }),
      fc.nat(1000),
      (documents, first) => {
        const block = new TextBlock(KEY);
        const expected = new Map<string, number[]>();
        const titles = new Map<string, number[]>();
        for (const [n, { text, escaped, title }] of documents.entries()) {
          block.begin(first + (n % 7) * 2);
          block.addBody({
            bytes: Buffer.from(escaped ? JSON.stringify(text) : text),
            escaped,
          });
          block.addText(title, 'title');
          for (const word of new Set(wordsOf(text.toWellFormed())))
            expected.set(word, [...(expected.get(word) ?? []), n]);
          for (const word of new Set(wordsOf(title))) titles.set(word, [...(titles.get(word) ?? []), n]);
        }
        const stored = block.seal();
        assert.deepEqual(
          decodeRows(stored.documents),
          documents.map((_, n) => first + (n % 7) * 2),
        );
        for (const [scope, words] of [
          ['any', expected],
          ['title', titles],
        ] as const)
          for (const [word, numbers] of words) {
            assert.deepEqual(block.lookUp(word, scope), numbers, word);
            const { bucket, name } = nameOf(KEY, word, scope);
            const data = stored.buckets[bucket];
            assert.ok(data);
            assert.deepEqual(findInBucket(data, name), numbers, word);
          }
        assert.deepEqual(block.lookUp('nowhere'), []);
      },
    ),
    { numRuns: 200 },
  );
});

test('words in many documents are stored as bitmaps, and tables grow', () => {
  const block = new TextBlock(KEY);
  for (let n = 0; n < 4096; n++) {
    block.begin(n);
    block.addText(`all n${n} ${n % 2 ? 'odd' : 'even'} ${n === 9 ? 'once' : ''} a${n} b${n} c${n} d${n} e${n}`);
  }
  assert.ok(block.full);
  const stored = block.seal();
  const find = (word: string): number[] => {
    const { bucket, name } = nameOf(KEY, word);
    return findInBucket(stored.buckets[bucket] ?? new Uint8Array(), name);
  };
  assert.equal(find('all').length, 4096);
  assert.deepEqual(find('odd').slice(0, 3), [1, 3, 5]);
  assert.deepEqual(find('once'), [9]);
  for (const n of [0, 17, 4095]) assert.deepEqual(find(`n${n}`), [n]);
});

test('bodies are decoded, within bounds, and what is no text is left alone', async () => {
  const body = Buffer.from('{"name":"caf\\u00e9 \\"quoted\\"\\nline"}');
  const words = async (bytes: Uint8Array, headers: Header[], more: Partial<BodyInfo> = {}) => {
    const text = await bodyText(bytes, headers, { ...info, ...more });
    const found = textOf(text && { words: '', titles: [], queries: [], bodies: [text] });
    return found.has('café quoted line', 'any');
  };
  assert.ok(await words(body, json));
  assert.ok(await words(body, []), 'JSON is known by its beginning');
  const coded = (name: string): Header[] => [...json, ['Content-Encoding', name]];
  assert.ok(await words(zlib.gzipSync(body), coded('gzip')));
  assert.ok(await words(zlib.deflateSync(body), coded('deflate')));
  assert.ok(await words(zlib.brotliCompressSync(body), coded('br')));
  assert.ok(await words(zlib.zstdCompressSync(body), coded('ZSTD')));
  assert.ok(await words(zlib.gzipSync(zlib.brotliCompressSync(body)), coded('br, gzip')));
  assert.ok(await words(body, coded('gzip'), { decoded: 'gzip' }), 'decoded when it was recorded');
  assert.ok(!(await words(body, coded('gzip'))), 'not what it says');
  assert.ok(!(await words(body, coded('rot13'))));
  assert.equal(await bodyText(body, coded('br, br, br, br'), info), undefined);
  for (const type of ['image/png', 'application/octet-stream', 'application/x-protobuf'])
    assert.equal(await bodyText(body, [['content-type', type]], info), undefined);
  const bomb = zlib.gzipSync(Buffer.concat([Buffer.from('beginning '), Buffer.alloc(1 << 26, 'a b ')]));
  const decoded = await bodyText(bomb, coded('gzip'), info);
  assert.equal(decoded?.bytes.length, SEARCHABLE_BYTES);
  assert.equal(Buffer.from(decoded.bytes.subarray(0, 9)).toString(), 'beginning');
  assert.equal((await bodyText(Buffer.alloc(SEARCHABLE_BYTES + 5, 'a'), [], info))?.bytes.length, SEARCHABLE_BYTES);
});

test('a body in chunks is one text; a chunk of another exchange is not part of it', async () => {
  const [sample] = fc.sample(
    made.filter((one) => !one.event),
    { numRuns: 1, seed: 4 },
  );
  assert.ok(sample);
  const chunk = (leaf: number, exchange: string, text: string): StoredParts => ({
    leaf,
    id: id(100 + leaf),
    time: 1,
    kind: 'exchange.chunk',
    parts: {
      summary: Buffer.from(JSON.stringify({ exchange, direction: 'response', n: leaf, offset: 0 })),
      response: Buffer.from(text),
    },
  });
  const read = async (other: string) => {
    const [entry] = entriesOf([{ ...sample, recorded: 'whole' }], 0);
    assert.ok(entry);
    const summary = summaryOf(entry) as ExchangeIntent & { response?: object };
    summary.response = {
      status: 200,
      headers: [],
      body: { size: 12, recorded: 12, chunks: [0, 1] },
    };
    const source = sourceOf([
      chunk(0, summary.exchange, 'half a zeb'),
      chunk(1, other || summary.exchange, 'ra crossing'),
    ]);
    return textOf(await documentOf({ entry: { ...entry, leaf: 2 }, summary }, source));
  };
  assert.ok((await read('')).has('a zebra crossing', 'any'));
  assert.ok(!(await read(id(77))).has('zebra', 'any'));
});
