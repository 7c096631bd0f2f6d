import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdsSecret, StreamScanner, textsHoldSecret } from './needles.ts';

const secret = Buffer.from('0123456789abcdef0123456789abcdef');

/** Feeds pieces cut at the given places; what left, and whether the secret was noticed. */
function scan(bytes: Buffer, cuts: readonly number[]): { left: Buffer; found: boolean } {
  const scanner = new StreamScanner([secret]);
  const places = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const left: Buffer[] = [];
  for (let i = 1; i < places.length; i += 1) {
    const piece = scanner.push(bytes.subarray(places[i - 1], places[i]));
    if (piece === undefined) return { left: Buffer.concat(left), found: true };
    left.push(piece);
  }
  left.push(scanner.end());
  return { left: Buffer.concat(left), found: false };
}

test('without a secret every byte passes, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.nat(200)), (bytes, cuts) => {
      const all = Buffer.from(bytes);
      const result = scan(
        all,
        cuts.map((cut) => Math.min(cut, all.length)),
      );
      assert.equal(result.found, false);
      assert.deepEqual(result.left, all);
    }),
  );
});

test('a secret is noticed wherever the stream is cut, and not one byte of it leaves', () => {
  fc.assert(
    fc.property(
      fc.string({ maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      fc.array(fc.nat(150)),
      (before, after, cuts) => {
        const all = Buffer.concat([Buffer.from(before), secret, Buffer.from(after)]);
        const result = scan(
          all,
          cuts.map((cut) => Math.min(cut, all.length)),
        );
        assert.equal(result.found, true);
        assert.ok(result.left.length <= Buffer.byteLength(before));
      },
    ),
  );
});

test('whole bytes and texts are searched too', () => {
  assert.equal(holdsSecret(Buffer.concat([Buffer.from('x'), secret]), [secret]), true);
  assert.equal(textsHoldSecret(['/', `/v1/input/${secret}`], [secret]), true);
  assert.equal(textsHoldSecret(['/api/v1/monitor'], [secret]), false);
});
