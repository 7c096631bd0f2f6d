import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { acceptableCodings, codingsOf, decodeContent } from './content-coding.ts';

const text = Buffer.from('{"query":"avg:system.cpu.user{*}"}'.repeat(50));

test('every known coding is undone, stacked ones in the right order', async () => {
  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    assert.deepEqual(Buffer.from(await decodeContent(encode(text), codingsOf(coding), 1 << 20)), text, coding);
  }
  assert.deepEqual(
    Buffer.from(await decodeContent(gzipSync(deflateSync(text)), codingsOf('deflate, gzip'), 1 << 20)),
    text,
  );
  assert.deepEqual(codingsOf('identity'), []);
});

test('a decompression bomb is refused at the bound, also behind a second coding', async () => {
  const bomb = gzipSync(Buffer.alloc(8 << 20));
  await assert.rejects(decodeContent(bomb, ['gzip'], 1 << 20), { code: 'decompression_bomb' });
  await assert.rejects(decodeContent(gzipSync(bomb), ['gzip', 'gzip'], 1 << 20), { code: 'decompression_bomb' });
});

test('unknown, untrue and too many codings are refused', async () => {
  await assert.rejects(decodeContent(text, ['lzma'], 1 << 20), { code: 'bad_encoding' });
  await assert.rejects(decodeContent(text, ['gzip'], 1 << 20), { code: 'bad_encoding' });
  await assert.rejects(decodeContent(text, ['gzip', 'gzip', 'gzip', 'gzip'], 1 << 20), { code: 'bad_encoding' });
});

test('Datadog is only asked for codings that can be undone here', () => {
  assert.equal(acceptableCodings('gzip, compress;q=0.5, br;q=0.8'), 'gzip, br;q=0.8');
  assert.equal(acceptableCodings('*'), 'identity');
  assert.equal(acceptableCodings(undefined), 'identity');
});
