// The token cache against a plain model of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TokenCache } from './token-cache.ts';

test('it behaves as a least-recently-used list with ends and weights', () => {
  const step = fc.record({
    put: fc.boolean(),
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    life: fc.nat(10),
    weight: fc.nat(6),
    passes: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const cache = new TokenCache<number>(3, 10);
      let model: { key: string; value: number; until: number; weight: number }[] = [];
      let now = 0;
      for (const [value, { put, key, life, weight, passes }] of steps.entries()) {
        now += passes;
        const found = model.find((entry) => entry.key === key);
        model = model.filter((entry) => entry.key !== key);
        if (put) {
          cache.set(key, value, now + life, weight);
          model.push({ key, value, until: now + life, weight });
          while (model.length > 3 || model.reduce((sum, entry) => sum + entry.weight, 0) > 10) model.shift();
        } else {
          const alive = found !== undefined && found.until > now;
          assert.equal(cache.get(key, now), alive ? found.value : undefined);
          if (alive) model.push(found);
        }
        assert.equal(cache.size, model.length);
      }
    }),
  );
});
