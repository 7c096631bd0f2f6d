import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scanJson } from './json-scan.ts';

/** What the browser takes for JSON, of objects and arrays. */
function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

test('what is JSON is what the browser takes for it, down to the last character', () => {
  const wrapped = fc
    .tuple(fc.json({ maxDepth: 4 }), fc.constantFrom('', ' ', '\n\t'))
    .map(([it, blank]) => `[${blank}${it}${blank}]`);
  const changes = fc.array(
    fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...'{}[]",:\\ \t\n\v01-+.eEuntrue/\u0001\u00a0\ufeff')),
    {
      minLength: 1,
      maxLength: 2,
    },
  );
  fc.assert(
    fc.property(fc.oneof(fc.json({ maxDepth: 4 }), wrapped), changes, (json, edits) => {
      assert.equal(scanJson(json) !== undefined, isJson(json), json);
      let text = json;
      for (const [place, removed, added] of edits) {
        const at = place % (text.length + 1);
        text = text.slice(0, at) + added + text.slice(at + removed);
      }
      assert.equal(scanJson(text) !== undefined, isJson(text), text);
    }),
    { numRuns: 2000 },
  );
});

test('numbers, words and escapes are those of JSON', () => {
  const values = [
    ...[
      '0',
      '-0',
      '01',
      '-',
      '1.',
      '.5',
      '1.5e',
      '1e+5',
      '1E-05',
      '--1',
      '+1',
      '1e5.5',
      '0x1',
      'Infinity',
      'NaN',
      '1_000',
    ],
    ...['true', 'truE', 'tru', 'nulll', 'falsetrue', 'undefined'],
    ...['"\\u00e9"', '"\\u00g9"', '"\\u00e"', '"\\x"', '"\\', '"\\"', '"\t"', '"\u007f\ud800"', "'a'"],
    ...['', ',', '{}', '{"a"}', '{"a":}', '{a:1}', '{"a":1,}', '{1:2}', '[', ']', '[}', '{]', '1,', '1 2', '"a":1'],
  ];
  for (const value of values)
    for (const text of [`[${value}]`, `{"a":${value}}`, `[1,${value}]`, value])
      assert.equal(scanJson(text) !== undefined, isJson(text), text);
});

test('however deep it goes', () => {
  const deep = 200_000;
  const text = `${'['.repeat(deep)}1${']'.repeat(deep)}`;
  assert.equal(scanJson(text)?.from.length, 2 * deep + 1);
  assert.equal(scanJson('['.repeat(deep)), undefined);
});

test('the beginning of a text is laid out as the text is, wherever it was cut', () => {
  fc.assert(
    fc.property(fc.object({ maxDepth: 3 }), fc.nat(), (value, place) => {
      const text = JSON.stringify(value, undefined, 1);
      const whole = scanJson(text)!;
      const begun = scanJson(text.slice(0, place % (text.length + 1)), true)!;
      const sure = begun.from.length - 1;
      assert.deepEqual(begun.from.slice(0, sure), whole.from.slice(0, sure));
      assert.deepEqual(begun.depth.slice(0, sure), whole.depth.slice(0, sure));
    }),
  );
  for (const text of ['not json', '{"a":1}}', '{"a" 1', '[1,2 3', '["a"b', 'tru'])
    assert.equal(scanJson(text, true), undefined, text);
});
