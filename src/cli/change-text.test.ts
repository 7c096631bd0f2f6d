import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from '../change/diff.ts';
import { changeLines } from './change-text.ts';
import { columnsOf } from './printable.ts';
import { paint } from './terminal.ts';

const colour = paint({ isTTY: false } as NodeJS.WriteStream);
const lines = (before: unknown, after: unknown, width = 80, most?: number) =>
  changeLines(difference(before, after).changes, { width, colour, ...(most !== undefined && { most }) });

test('each change is one line: where, old and new', () => {
  assert.deepEqual(
    lines(
      {
        name: 'CPU',
        options: { thresholds: { critical: 90 } },
        tags: ['a', 'b'],
        widgets: [{ id: 1, t: 'x' }, { id: 2 }],
      },
      {
        name: 'CPU',
        options: { thresholds: { critical: 99 } },
        tags: ['b', 'a'],
        widgets: [{ id: 1, t: 'y' }],
        'odd key': null,
      },
    ),
    [
      '~ options.thresholds.critical: 90 → 99',
      '> tags[0]: from place 2 to 1',
      '- widgets[id=2]: {"id": 2}',
      '~ widgets[id=1].t: "x" → "y"',
      '+ ["odd key"]: null',
    ],
  );
});

test('long texts stand below each other, and are cut', () => {
  const [first, ...rest] = lines({ query: 'a'.repeat(300) }, { query: 'b'.repeat(50) }, 60);
  assert.equal(first, '~ query');
  assert.equal(rest.filter((line) => line.startsWith('    - ')).length, 4);
  assert.equal(rest.filter((line) => line.startsWith('    + ')).length, 1);
  assert.ok(rest.every((line) => line.length <= 60));
  assert.equal(lines({}, { big: new Array(100_000).fill({ a: 'x'.repeat(100) }) }, 60)[0]?.length, 60);
  assert.deepEqual(lines({ a: 1, b: 1, c: 1 }, { a: 2, b: 2, c: 2 }, 80, 1), ['~ a: 1 → 2', '… and 2 more']);
});

test('hostile names and values steer nothing', () => {
  const before = { 'a\u001b[2J': 'x', list: [{ id: 'i\u202e' }] };
  const after = { 'a\u001b[2J': '\u001b]0;owned\u0007\n\u202e', list: [{ id: 'i\u202e', '\u200b': '日本' }] };
  const text = lines(before, after);
  for (const line of text) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
    assert.ok(columnsOf(line) <= 80, line);
  }
  assert.equal(text.length, 2);
});
