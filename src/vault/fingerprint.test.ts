// Fingerprints: equal for equal secrets under one key, and fit to stand anywhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from './fingerprint.ts';

test('a fingerprint recognises a secret, under its own key only', () => {
  const one = fingerprintOf(Buffer.alloc(32, 1));
  const two = fingerprintOf(Buffer.alloc(32, 2));
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      assert.match(one(a), /^dwfp_[A-Za-z0-9_-]{22}$/);
      assert.equal(one(a), one(Buffer.from(a)));
      assert.equal(one(a) === one(b), a === b);
      assert.notEqual(one(a), two(a));
    }),
  );
});
