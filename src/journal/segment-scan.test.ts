// What stands after the last frame: nothing, a frame that was never wholly written, or damage.
import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, encodeIndex, newIncarnation, SECTOR } from './format.ts';
import { FrameScanner, type Tail } from './segment-scan.ts';

const key = { key: createSecretKey(randomBytes(32)), digest: randomBytes(32) };
const frameOf = (bytes: number): Buffer =>
  encodeFrame({ number: 0, first: 0, count: 1, plaintext: bytes }, randomBytes(bytes), key, newIncarnation());

/** What a scanner says that looks for the first frame at `offset` of a file with these bytes. */
async function tailOf(file: Buffer, offset: number): Promise<Tail | 'a frame'> {
  const source = {
    path: 'segment',
    read: (from: number, length: number) => file.subarray(from, from + length),
    size: () => file.length,
    replaced: () => false,
    close: () => undefined,
  };
  const scanner = new FrameScanner(source, { offset, number: 0, first: 0 });
  return (await scanner.next()) === undefined ? scanner.tail() : 'a frame';
}

test('a frame of which the end, or any sectors, were not written is torn, wherever it begins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 2 * SECTOR }),
      fc.integer({ min: 1, max: 4 * SECTOR }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 3 * SECTOR }),
      async (offset, size, share, written, ahead) => {
        const frame = frameOf(size);
        const file = Buffer.concat([Buffer.alloc(offset, 1), frame, Buffer.alloc(ahead)]);
        file.fill(0, offset + Math.ceil(share * frame.length), offset + frame.length);
        for (const [at, done] of written.entries()) {
          const sector = (Math.floor(offset / SECTOR) + at) * SECTOR;
          if (!done) file.subarray(Math.max(sector, offset), sector + SECTOR).fill(0);
        }
        const tail = await tailOf(file, offset);
        if (file.subarray(offset, offset + frame.length).equals(frame)) assert.equal(tail, 'a frame');
        else assert.notEqual(typeof tail === 'string' ? tail : tail.kind, 'damaged', JSON.stringify(tail));
      },
    ),
    { numRuns: 2_000 },
  );
});

test('the index of a sealed segment, with bytes after it, is no torn frame, wherever it begins', async () => {
  for (let offset = 0; offset < SECTOR; offset++) {
    const index = encodeIndex([{ offset: SECTOR, first: 0, count: 1 }], SECTOR + offset);
    const frames = Buffer.alloc(SECTOR + offset, 1);
    for (const rest of [randomBytes(1), randomBytes(600), Buffer.from('DWF1')]) {
      const tail = await tailOf(Buffer.concat([frames, index, rest]), frames.length);
      assert.equal(typeof tail === 'string' ? tail : tail.kind, 'damaged', `frames end at ${offset} of a sector`);
    }
  }
});
