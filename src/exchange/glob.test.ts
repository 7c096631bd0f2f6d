// Globs against a plain definition of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, compileGlobs } from './glob.ts';

/** The definition: a star is any split of the text. */
function matches(pattern: string, text: string): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text === '';
  if (first === '*') {
    for (let n = 0; n <= text.length; n += 1) if (matches(rest.join(''), text.slice(n))) return true;
    return false;
  }
  return text.startsWith(first) && matches(rest.join(''), text.slice(first.length));
}

const letters = (...extra: string[]) => fc.string({ unit: fc.constantFrom('a', 'b', '.', ...extra), maxLength: 8 });

test('a compiled glob says what the definition says', () => {
  fc.assert(
    fc.property(letters('*'), letters(), (pattern, text) => {
      assert.equal(compileGlob(pattern)(text), matches(pattern, text), `${pattern} ${text}`);
    }),
    { numRuns: 3000 },
  );
});

test('a list matches when one of its members does', () => {
  fc.assert(
    fc.property(fc.array(letters('*'), { maxLength: 4 }), letters(), (patterns, text) => {
      assert.equal(
        compileGlobs(patterns)(text),
        patterns.some((pattern) => matches(pattern, text)),
      );
    }),
  );
});

test('characters that mean something in regular expressions mean themselves', () => {
  const special = 'v1.(a+)+$[x]{2}\\d|^?';
  assert.ok(compileGlob(special)(special));
  assert.ok(compileGlob(`${special}*`)(`${special}!`));
  assert.ok(!compileGlob('v1.Get')('v1xGet'));
  assert.ok(!compileGlob('a?')('ab'));
});

test('a pattern that would make a backtracking matcher give up is answered', () => {
  const pattern = `${'*a'.repeat(60)}*b`;
  assert.equal(compileGlob(pattern)('a'.repeat(20_000)), false);
  assert.equal(compileGlob(pattern)(`${'a'.repeat(20_000)}b`), true);
});
