// Edits of the query line keep what stands there, and mean what was clicked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addTerm,
  partsOf,
  quoteValue,
  removeTerm,
  senseOf,
  sinceOf,
  termsOf,
  withRange,
  withSince,
} from './query-text.ts';

test('parts cover every character once, whatever is typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab-:"\\()[] <>=*ORNT\u202e\n') }), (text) => {
      let at = 0;
      for (const { from, to } of partsOf(text)) {
        assert.equal(from, at);
        assert.ok(to > from);
        at = to;
      }
      assert.equal(at, text.length);
      termsOf(text);
    }),
  );
});

test('terms: fields, negation, quotation marks, ranges, parentheses', () => {
  const terms = termsOf('op:v1.UpdateMonitor -who:"Ada L" time:[a TO b] status:(404 OR 5*) "free text"');
  assert.deepEqual(
    terms.map(({ field, value, negated }) => [field, value, negated]),
    [
      ['op', 'v1.UpdateMonitor', false],
      ['who', 'Ada L', true],
      ['time', '[a TO b]', false],
      ['status', '(404 OR 5*)', false],
      [undefined, undefined, false],
    ],
  );
  assert.deepEqual(termsOf('a:1 OR b:2'), []);
});

test('values are quoted when they must be, and found again', () => {
  assert.equal(quoteValue('v1.UpdateMonitor'), 'v1.UpdateMonitor');
  assert.equal(quoteValue('monitor/123'), 'monitor/123');
  assert.equal(quoteValue('no deletes'), '"no deletes"');
  assert.equal(quoteValue('a "b" \\'), '"a \\"b\\" \\\\"');
  assert.equal(quoteValue('OR'), '"OR"');
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (value) => {
      const query = addTerm('who:ada since:1h', 'rule', value);
      assert.equal(senseOf(query, 'rule', value), 'in');
      assert.equal(removeTerm(query, 'rule', value), 'who:ada since:1h');
      assert.equal(senseOf(addTerm(query, 'rule', value, true), 'rule', value), 'out');
    }),
  );
});

test('a click beside an OR means both sides', () => {
  assert.equal(addTerm('a OR b', 'who', 'ada'), '(a OR b) who:ada');
  assert.equal(withSince('a OR b', '1h'), '(a OR b) since:1h');
});

test('time: a relative one is known again, a range is in UTC and replaces what was there', () => {
  assert.equal(sinceOf('who:ada since:24h'), '24h');
  assert.equal(sinceOf('since:24h until:1h'), undefined);
  assert.equal(withSince('since:24h who:ada', '7d'), 'who:ada since:7d');
  assert.equal(withSince('since:24h who:ada', undefined), 'who:ada');
  assert.equal(
    withRange('who:ada since:24h', Date.UTC(2026, 10, 22, 9), Date.UTC(2026, 10, 22, 10, 0, 0, 500)),
    'who:ada time:[2026-11-22T09:00:00Z TO 2026-11-22T10:00:00.500Z]',
  );
});
