import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, newId } from './canonical.ts';

test('RFC 8785: members sorted, no white space, numbers as ECMAScript writes them', () => {
  assert.equal(canonicalJson({ b: 1e21, a: 'é', c: [1.0, null] }).toString(), '{"a":"é","b":1e+21,"c":[1,null]}');
  assert.throws(() => canonicalJson(undefined), TypeError);
});

test('ids are UUIDv7, unique, and tell their time (RFC 9562 section 5.7)', () => {
  const before = Date.now();
  const ids = Array.from({ length: 2_000 }, newId);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    assert.ok(time >= before && time <= Date.now());
  }
});
