import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allLines, findLines, foldedBelow, linesOf, membersOf, shownLines, tokensOf, wholeText } from './json-lines.ts';

test('every object and array can be folded to its line', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 4 }), (value) => {
      const laid = linesOf(JSON.stringify(value));
      const { closes } = laid;
      const lines = allLines(laid);
      assert.deepEqual(lines, JSON.stringify(value, undefined, 2).split('\n'));
      assert.deepEqual(allLines(linesOf(JSON.stringify(value, undefined, '\t '))), lines);
      assert.deepEqual(
        lines.map((_, at) => laid.depth(at)),
        lines.map((line) => indentOf(line)),
      );
      for (const [at, line] of lines.entries()) {
        const close = closes[at] ?? -1;
        assert.equal(close >= 0, /[[{]$/.test(line), line);
        if (close >= 0) assert.equal(line.match(/^ */)?.[0], lines[close]?.match(/^ */)?.[0]);
      }
      assert.deepEqual([...shownLines(laid, new Set())], [...lines.keys()]);
      if ((closes[0] ?? -1) > 0) assert.deepEqual([...shownLines(laid, new Set([0]))], [0]);
    }),
    { numRuns: 100 },
  );
});

test('the tokens of a line are the line', () => {
  fc.assert(
    fc.property(fc.string(), fc.json(), (key, json) => {
      const line = `  ${JSON.stringify(key)}: ${json},`;
      assert.equal(
        tokensOf(line)
          .map(({ text }) => text)
          .join(''),
        line,
      );
    }),
    { numRuns: 200 },
  );
});

test('strings that look like brackets are no folds', () => {
  const laid = linesOf(JSON.stringify({ a: '{', b: ['x ['], c: {} }));
  assert.deepEqual([...laid.closes].filter((close) => close >= 0).length, 2);
  assert.equal(membersOf(laid, 0), 3);
  assert.deepEqual(findLines(laid, 'X ['), [3]);
  assert.deepEqual([...foldedBelow(laid, 1)], [2]);
});

test('what is no JSON stays as it is', () => {
  for (const text of ['not\n{json', '[1,', '"a"', '{} {}', ''])
    assert.deepEqual([wholeText(linesOf(text)), linesOf(text).json], [text, false]);
});

test('what is laid out is what was written: numbers with all their digits, members that are there twice', () => {
  const text =
    ' { "id" : 12345678901234567890 , "a":1,"a" :2 , "e":[ ] , "\\u00e9\\/":"\\u0000\\ud800","f": { }, "s":"a\\\\\\"] , {" } ';
  assert.deepEqual(allLines(linesOf(text)), [
    '{',
    '  "id": 12345678901234567890,',
    '  "a": 1,',
    '  "a": 2,',
    '  "e": [],',
    '  "é/": "\\u0000\\ud800",',
    '  "f": {},',
    '  "s": "a\\\\\\"] , {"',
    '}',
  ]);
});

const indentOf = (line: string): number => (line.length - line.trimStart().length) / 2;
