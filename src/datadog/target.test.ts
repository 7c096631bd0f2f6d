import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DogwatchError } from '../exchange/error.ts';
import { normaliseTarget, targetText } from './target.ts';

const codeOf = (raw: string): string => {
  try {
    normaliseTarget(raw);
    return 'accepted';
  } catch (error) {
    assert.ok(error instanceof DogwatchError);
    return error.code;
  }
};

test('a plain target stays as it is', () => {
  assert.deepEqual(normaliseTarget('/api/v1/monitor?page=0&q=a%2Fb'), {
    path: '/api/v1/monitor',
    query: 'page=0&q=a%2Fb',
    segments: ['api', 'v1', 'monitor'],
  });
  assert.deepEqual(normaliseTarget('/'), { path: '/', query: '', segments: [] });
});

test('escapes of unreserved characters are undone, others upper-cased; segments are decoded', () => {
  const { path, segments } = normaliseTarget('/api/v1/%6donitor/pl%3aeu%20%c3%a9/system.cpu');
  assert.equal(path, '/api/v1/monitor/pl%3Aeu%20%C3%A9/system.cpu');
  assert.deepEqual(segments, ['api', 'v1', 'monitor', 'pl:eu é', 'system.cpu']);
});

test('one trailing slash is dropped', () => {
  assert.equal(normaliseTarget('/api/v1/monitor/').path, '/api/v1/monitor');
  assert.equal(normaliseTarget('/api/v1/a.b/').path, '/api/v1/a.b');
});

test('path tricks are refused', () => {
  for (const raw of [
    '/api/v1/monitor/../user',
    '/api/v1/monitor/%2e%2e/user',
    '/api/v1/monitor/.%2E/user',
    '/api/v1/./user',
    '/api/v1/user/..',
    '/.',
    '//api/v1/user',
    '/api//v1/user',
    '/api/v1/user//',
    '/api/v1/monitor%2F..%2Fuser',
    '/api/v1/monitor%2f1',
    '/api/v1/monitor%5c1',
    '/api/v1/monitor\\1',
    '/api/v1/monitor%00',
    '/api/v1/monitor%0d%0aX: y',
    '/api/v1/monitor%7f',
    '/api/v1/monitor%252e%252e',
    '/api/v1/monitor%252F',
    '/api/v1/monitor/..;/user',
    '/api/v1/user;a=b',
    '/api/v1/%zz',
    '/api/v1/%',
    '/api/v1/%ff',
    '/api/v1/%c0%ae%c0%ae/user',
    '/api/v1/m\u00f6nitor',
    '/api/v1/a b',
    '/api/v1/a#b',
    '/api/v1/{id}',
  ]) {
    assert.equal(codeOf(raw), 'bad_path', raw);
  }
});

test('anything but origin form, and broken queries, are refused', () => {
  for (const raw of [
    '',
    '*',
    'http://api.datadoghq.com/api/v1/user',
    'api.datadoghq.com:443',
    'api/v1/user',
    '?a=b',
    '/a?b c',
    '/a?b#c',
    '/a?b%',
    '/a?b%g1',
    '/a?\u00e9',
    `/${'a'.repeat(70_000)}`,
  ]) {
    assert.equal(codeOf(raw), 'bad_target', raw.slice(0, 60));
  }
});

test('property: what is accepted is normal, and is judged as it is sent', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%41',
      '%25',
      '%3a',
      ';',
      '\\',
      '?',
      '=',
      '&',
      'api',
      'v1',
      'é',
      '%C3%A9',
    ),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const raw = `/${pieces.join('')}`;
      if (codeOf(raw) !== 'accepted') return;
      const target = normaliseTarget(raw);
      assert.deepEqual(normaliseTarget(targetText(target)), target);
      assert.ok(
        target.segments.every((segment) => !['', '.', '..'].includes(segment) && !/[/\\\p{Cc}]/u.test(segment)),
      );
      assert.deepEqual(target.path === '/' ? [] : target.path.slice(1).split('/').map(decodeURIComponent), [
        ...target.segments,
      ]);
      // A second reader, with the rules of the WHATWG, sees the same path.
      assert.equal(new URL(`http://h${targetText(target)}`).pathname, target.path);
    }),
    { numRuns: 2000 },
  );
});
