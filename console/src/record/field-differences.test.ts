// Differences of two JSON values: items of lists are known by what identifies them, and nothing equal is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldDifferences, sameJson } from './field-differences.ts';

test('fields are told by their path, with their values', () => {
  const before = { name: 'a', options: { thresholds: { critical: 100, warning: 50 } }, tags: ['x', 'y'] };
  const after = { name: 'a', options: { thresholds: { critical: 1000 } }, tags: ['y', 'z'], muted: true };
  assert.deepEqual(fieldDifferences(before, after), [
    { type: 'changed', path: ['options', 'thresholds', 'critical'], before: 100, after: 1000 },
    { type: 'removed', path: ['options', 'thresholds', 'warning'], before: 50 },
    { type: 'added', path: ['tags', { index: 1, known: 'z' }], after: 'z' },
    { type: 'removed', path: ['tags', { index: 0, known: 'x' }], before: 'x' },
    { type: 'added', path: ['muted'], after: true },
  ]);
});

test('an item that was put in front leaves those behind it alone', () => {
  const widget = (id: number, q: string) => ({ id, definition: { type: 'timeseries', requests: [{ q }] } });
  assert.deepEqual(
    fieldDifferences(
      { widgets: [widget(1, 'a'), widget(2, 'b')] },
      { widgets: [widget(3, 'n'), widget(1, 'a'), widget(2, 'c')] },
    ).map(({ type, path }) => [type, path[1]]),
    [
      ['added', { index: 0, known: '3' }],
      ['changed', { index: 2, known: '2' }],
    ],
  );
});

test('there are differences when, and only when, the values differ', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (one, other) => {
      const [a, b] = [JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))];
      assert.deepEqual(fieldDifferences(a, a), []);
      if (sameJson(a, b)) assert.deepEqual(fieldDifferences(a, b), []);
      else if (!Array.isArray(a) || !Array.isArray(b)) assert.ok(fieldDifferences(a, b).length > 0);
    }),
    { numRuns: 200 },
  );
});
