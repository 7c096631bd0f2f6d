import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endToEnd, flatten, headerCount, headerPairs, headerPairsOfBytes, headerValue } from './headers.ts';

test('order, case and duplicates survive', () => {
  const raw = ['Accept', 'a', 'X-Tag', '1', 'x-tag', '2'];
  const pairs = headerPairs(raw);
  assert.deepEqual(flatten(pairs), raw);
  assert.equal(headerValue(pairs, 'x-tag'), '1');
  assert.equal(headerCount(pairs, 'x-tag'), 2);
  assert.equal(headerValue(pairs, 'missing'), undefined);
});

test('hop-by-hop fields end here, those that Connection names included (RFC 9110 section 7.6.1)', () => {
  const pairs = headerPairs([
    'Connection',
    'close, X-Private',
    'X-Private',
    '1',
    'Keep-Alive',
    '5',
    'TE',
    'trailers',
    'Upgrade',
    'h2c',
    'X-Public',
    '2',
  ]);
  assert.deepEqual(endToEnd(pairs), [['X-Public', '2']]);
});

test('header bytes are ISO 8859-1, not UTF-8', () => {
  assert.deepEqual(headerPairsOfBytes([Buffer.from('X-A'), Buffer.from([0xe9])]), [['X-A', 'é']]);
});
