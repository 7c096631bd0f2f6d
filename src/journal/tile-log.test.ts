import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { Background } from './background.ts';
import { signingKeyOf } from './keys.ts';
import { leafHash, rootOf } from './merkle.ts';
import { parseNote, parseTreeHead } from './note.ts';
import { TileLog } from './tile-log.ts';
import { decodeBundle, decodeTile, encodeBundle, rightmost, tileIndex, tilePath } from './tiles.ts';

const key = signingKeyOf(generateKeyPairSync('ed25519').privateKey);

function place(t: TestContext) {
  const dir = temporaryFolder('tiles');
  const background = new Background();
  background.inline = true;
  t.after(() => background.close());
  return { dir, background };
}

const leaf = (at: number): string => `leaf ${at}`;
const hashes = Array.from({ length: 70_000 }, (_, at) => leafHash(leaf(at)));
function append(log: TileLog, to: number): void {
  for (let at = log.size; at < to; at++) log.append(leaf(at), hashes[at]!);
}

test('tile paths are those of tlog-tiles', () => {
  assert.equal(tileIndex(1_234_067), 'x001/x234/067');
  assert.equal(tileIndex(0), '000');
  assert.equal(tileIndex(1000), 'x001/000');
  assert.equal(tilePath(0, 273, 112), 'tile/0/273.p/112');
  assert.equal(tilePath('entries', 5), 'tile/entries/005');
});

test('a tree of 70,000 has the tiles that tlog-tiles says, and the root that its checkpoint signs', async (t) => {
  const { dir, background } = place(t);
  const log = TileLog.empty(dir, background);
  append(log, 70_000);
  const { note } = await log.checkpoint('dogwatch/test', key, 0);
  assert.deepEqual(parseTreeHead(parseNote(note)!.text)?.root.toString('latin1'), rootOf(hashes));
  const names = (path: string): string[] => readdirSync(join(dir, path)).sort();
  assert.equal(names('tile/0').length, 274);
  assert.deepEqual(names('tile/0/273.p'), ['112']);
  assert.deepEqual(names('tile/1'), ['000', '001.p']);
  assert.deepEqual(names('tile/1/001.p'), ['17']);
  assert.deepEqual(names('tile/2/000.p'), ['1']);
  assert.deepEqual(decodeTile(readFileSync(join(dir, 'tile/0/273.p/112'))), hashes.slice(69_888));
  assert.deepEqual(
    decodeTile(readFileSync(join(dir, 'tile/1/001.p/17')))![16],
    rootOf(hashes.slice(272 * 256, 273 * 256)),
  );
  assert.deepEqual(decodeTile(readFileSync(join(dir, 'tile/2/000.p/1'))), [rootOf(hashes.slice(0, 65_536))]);
  assert.deepEqual(
    decodeBundle(readFileSync(join(dir, 'tile/entries/273.p/112'))),
    Array.from({ length: 112 }, (_, at) => leaf(69_888 + at)),
  );
  assert.equal(readFileSync(join(dir, 'checkpoint'), 'utf8'), note);
});

test('a log taken up at any checkpoint goes on as if it had never stopped', async (t) => {
  const { dir, background } = place(t);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), async (steps) => {
      rmSync(dir, { recursive: true, force: true });
      let log = TileLog.empty(dir, background);
      for (const step of steps) {
        append(log, log.size + step);
        const { size } = await log.checkpoint('dogwatch/test', key, 0);
        assert.equal(Buffer.compare(log.root(), Buffer.from(rootOf(hashes.slice(0, size)), 'latin1')), 0);
        log = (await TileLog.load(dir, background, size))!;
        assert.ok(log);
      }
    }),
    { numRuns: 15 },
  );
});

test('partial tiles stay until the full one is there, then they go', async (t) => {
  const { dir, background } = place(t);
  const log = TileLog.empty(dir, background);
  for (const size of [3, 100, 255]) {
    append(log, size);
    await log.checkpoint('dogwatch/test', key, 0);
  }
  assert.deepEqual(readdirSync(join(dir, 'tile/0/000.p')).sort(), ['100', '255', '3']);
  append(log, 256);
  await log.checkpoint('dogwatch/test', key, 0);
  assert.ok(!existsSync(join(dir, 'tile/0/000.p')));
  assert.ok(!existsSync(join(dir, 'tile/entries/000.p')));
  assert.deepEqual(readdirSync(join(dir, 'tile/1/000.p')), ['1']);
});

test('a checkpoint that cannot be written leaves the one before, and the next writes all', async (t) => {
  const { dir, background } = place(t);
  const log = TileLog.empty(dir, background);
  append(log, 10);
  const first = await log.checkpoint('dogwatch/test', key, 0);
  append(log, 600);
  const broken = { ...key, sign: () => Promise.reject(new Error('the signer is away')) };
  await assert.rejects(log.checkpoint('dogwatch/test', broken, 0), /away/);
  assert.equal(readFileSync(join(dir, 'checkpoint'), 'utf8'), first.note);
  assert.equal(log.pending, 590);
  await log.checkpoint('dogwatch/test', key, 0);
  assert.equal(log.pending, 0);
  assert.ok(await TileLog.load(dir, background, 600));
});

test('bundles that do not fit their lengths are refused', () => {
  const bytes = encodeBundle(['a', 'bc', '']);
  assert.deepEqual(decodeBundle(bytes), ['a', 'bc', '']);
  assert.equal(decodeBundle(bytes.subarray(0, 4)), undefined);
  assert.equal(decodeBundle(Buffer.of(0)), undefined);
  assert.equal(decodeTile(Buffer.alloc(33)), undefined);
  assert.equal(decodeTile(Buffer.alloc(257 * 32)), undefined);
  assert.deepEqual(rightmost(1, 70_000), { index: 1, width: 17 });
});
