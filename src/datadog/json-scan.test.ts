import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type JsonVisitor, scanJson, stringAt } from './json-scan.ts';

const deaf: JsonVisitor = { field() {}, item() {}, leave() {}, scalar() {} };
const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

/** All scalars with the text that their spans mean. */
function scalars(text: string): unknown[] {
  const bytes = Buffer.from(text);
  const found: unknown[] = [];
  const scalar = (start: number, end: number, isString: boolean) => {
    found.push(isString ? stringAt(bytes, start, end) : Number(bytes.toString('latin1', start, end)));
  };
  assert.ok(scanJson(bytes, { ...deaf, scalar }), text);
  return found;
}

function leaves(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leaves);
  return typeof value === 'string' || typeof value === 'number' ? [value] : [];
}

test('strings and numbers are told where they stand, escapes and all', () => {
  assert.deepEqual(scalars('{"a":["x\\n\\u00e9\\"",-1.5e+3,0,true,null],"é":"ü"}'), ['x\né"', -1500, 0, 'ü']);
});

test('property: every JSON value is read whole', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      // JSON.parse normalises -0, and fixes the order of fields, as JSON.stringify wrote them.
      assert.deepEqual(scalars(text), leaves(JSON.parse(text)));
    }),
  );
});

test('property: accepts exactly what JSON.parse accepts', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e1',
    'true',
    'nul',
    ' ',
    '\\',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const text = pieces.join('');
      assert.equal(scanJson(Buffer.from(text), deaf), isJson(text), text);
    }),
    { numRuns: 5000 },
  );
});

test('what is not exactly one JSON text is refused', () => {
  for (const text of [
    '',
    ' ',
    '\ufeff{}',
    '{} {}',
    '{"a":1,}',
    "{'a':1}",
    '[1 2]',
    '01',
    '+1',
    '1.',
    '"\t"',
    '"\\x"',
    '"\\u12g4"',
    'NaN',
    '"a',
  ]) {
    assert.equal(scanJson(Buffer.from(text), deaf), false, text);
  }
});

test('depth is bounded', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
  assert.equal(scanJson(nested(200), deaf), true);
  assert.equal(scanJson(nested(300), deaf), false);
  assert.equal(scanJson(Buffer.from('['.repeat(1_000_000)), deaf), false);
});
