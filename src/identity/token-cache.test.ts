// The token cache: what it must keep, what it must not give, and how much it may hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenCache } from './token-cache.ts';

const MAX = 6;

test('it keeps what was used last, forgets what has ended, and stays within its bounds', () => {
  const step = fc.record({
    put: fc.boolean(),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'),
    life: fc.nat(20),
    passes: fc.nat(2),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const cache = new TokenCache<number>(MAX, 1000);
      const latest = new Map<string, { value: number; until: number }>();
      /** Keys by their last use, the latest at the end. */
      let used: string[] = [];
      let now = 0;
      for (const [value, { put, key, life, passes }] of steps.entries()) {
        now += passes;
        if (put) {
          cache.set(key, value, now + life, 1);
          latest.set(key, { value, until: now + life });
        } else {
          const expected = latest.get(key);
          const found = cache.get(key, now);
          if (expected === undefined || expected.until <= now) assert.equal(found, undefined);
          else if (used.slice(-MAX / 2).includes(key)) assert.equal(found, expected.value);
          else assert.ok(found === undefined || found === expected.value);
          if (found === undefined) continue;
        }
        assert.ok(cache.size <= MAX, `${cache.size} entries`);
        used = [...used.filter((each) => each !== key), key];
      }
    }),
  );
});

test('weight bounds it too', () => {
  const cache = new TokenCache<number>(1000, 100);
  for (let n = 0; n < 50; n += 1) cache.set(`k${n}`, n, 10, 20);
  assert.ok(cache.size <= 5, `${cache.size} entries of weight 20`);
  assert.equal(cache.get('k49', 0), 49);
});
