import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { diffRows, withContext } from './line-diff.ts';

const line = fc.constantFrom('a', 'b', 'c', '{', '}', '');

test('each side of the rows is its text, line by line', () => {
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 30 }),
      fc.array(line, { minLength: 1, maxLength: 30 }),
      (before, after) => {
        const rows = diffRows(before, after);
        assert.deepEqual(
          rows.flatMap(({ left }) => (left ? [left.text] : [])),
          before,
        );
        assert.deepEqual(
          rows.flatMap(({ right }) => (right ? [right.text] : [])),
          after,
        );
        for (const { kind, left, right } of rows) if (kind === 'same') assert.equal(left?.text, right?.text);
        const shown = withContext(rows).flatMap((part) => (part.kind === 'skipped' ? part.rows : [part]));
        assert.deepEqual(shown, rows);
      },
    ),
    { numRuns: 300 },
  );
});

test('equal texts differ nowhere, and a long equal stretch is left out', () => {
  const text = Array.from({ length: 50 }, (_, at) => `line ${at}`);
  assert.ok(diffRows(text, text).every(({ kind }) => kind === 'same'));
  const parts = withContext(diffRows(text, text.with(25, 'other')));
  assert.deepEqual(
    parts.map(({ kind }) => kind),
    ['skipped', 'same', 'same', 'same', 'changed', 'same', 'same', 'same', 'skipped'],
  );
});
