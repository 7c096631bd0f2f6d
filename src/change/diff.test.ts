import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyPatch, type Operation } from 'rfc6902';
import { difference, isEqual } from './diff.ts';
import { fieldPathOf } from './path.ts';

const clone = <T>(value: T): T => structuredClone(value);
/** The earlier value after the patch, by a library that knows RFC 6902 and nothing of us. */
function patched(before: unknown, after: unknown): unknown {
  const root = { value: clone(before) };
  const { patch } = difference(before, after);
  const within = patch.map((operation) => ({
    ...operation,
    path: `/value${operation.path}`,
    ...('from' in operation && { from: `/value${operation.from}` }),
  }));
  const errors = applyPatch(root, clone(within) as Operation[]);
  assert.ok(
    errors.every((error) => error === null),
    JSON.stringify({ before, after, patch, errors }),
  );
  return root.value;
}
const told = (before: unknown, after: unknown, serverMade?: (path: string) => boolean) =>
  difference(before, after, serverMade).changes.map(({ type, path }) => `${type} ${fieldPathOf(path)}`);

test('fields: changed, added, removed; what is equal is not told', () => {
  assert.deepEqual(told({ a: 1, b: { c: 2 }, d: [1] }, { b: { c: 3 }, d: [1], e: null }), [
    'removed a',
    'changed b.c',
    'added e',
  ]);
  assert.deepEqual(difference({ a: [{ x: 1 }] }, { a: [{ x: 1 }] }), { changes: [], patch: [], serverMade: 0 });
  assert.deepEqual(told(1, { a: 1 }), ['changed ']);
});

test('items are matched by what identifies them: a widget keeps its id when others are put before it', () => {
  const widget = (id: number, title: string) => ({ id, definition: { title } });
  const { changes } = difference(
    { widgets: [widget(1, 'a'), widget(2, 'b'), widget(3, 'c')] },
    { widgets: [widget(9, 'new'), widget(1, 'a'), widget(3, 'C')] },
  );
  assert.deepEqual(
    changes.map(({ type, path, before, after }) => [type, path, before, after]),
    [
      ['removed', ['widgets', { index: 1, known: 'id=2' }], widget(2, 'b'), undefined],
      ['added', ['widgets', { index: 0, known: 'id=9' }], undefined, widget(9, 'new')],
      ['changed', ['widgets', { index: 2, known: 'id=3' }, 'definition', 'title'], 'c', 'C'],
    ],
  );
  const query = (name: string, text: string) => ({ name, query: text });
  assert.deepEqual(told([query('q1', 'a'), query('q2', 'b')], [query('q2', 'b'), query('q1', 'c')]), [
    'moved []',
    'changed [].query',
  ]);
});

test('ids that the server gave anew to every item do not hide that the items stayed', () => {
  const before = {
    widgets: [
      { id: 1, title: 'a', x: 1 },
      { id: 2, title: 'b', x: 1 },
    ],
  };
  const after = {
    widgets: [
      { id: 7, title: 'b', x: 2 },
      { id: 8, title: 'a', x: 1 },
    ],
  };
  assert.deepEqual(
    told(before, after, (path) => path === 'widgets[].id'),
    ['moved widgets[]', 'changed widgets[].x'],
  );
});

test('without anything that identifies, equal items stay, others changed where they stand', () => {
  assert.deepEqual(told(['a', 'b', 'c'], ['b', 'x', 'c', 'a']), ['added []', 'moved []']);
  assert.deepEqual(told([{ q: 1 }, { q: 2 }], [{ q: 1 }, { q: 3 }]), ['changed [].q']);
  assert.deepEqual(told(['a', 'a'], ['a']), ['removed []']);
});

test('what the server makes is counted, not told; the patch has it', () => {
  const made = (path: string) => path === 'modified_at';
  const { changes, patch, serverMade } = difference({ modified_at: 1, a: 1 }, { modified_at: 2, a: 1 }, made);
  assert.deepEqual([changes, serverMade, patch], [[], 1, [{ op: 'replace', path: '/modified_at', value: 2 }]]);
});

test('names that pointers escape, and names that objects inherit', () => {
  const before = { 'a/b': { '~x': 1 }, constructor: 1 };
  const after = { 'a/b': { '~x': 2 }, toString: 2 };
  assert.deepEqual(patched(before, after), after);
  const odd = JSON.parse('{"__proto__":{"a":1}}');
  assert.deepEqual(told(odd, {}), ['removed __proto__']);
});

const leaf = fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.constant(null));
const name = fc.constantFrom('a', 'b', 'id', 'name', 'a/b', '~', '', '0');
const { json } = fc.letrec<{ json: unknown; item: unknown }>((tie) => ({
  item: fc.record(
    { id: fc.integer({ min: 0, max: 6 }), name: fc.string({ maxLength: 1 }), v: tie('json') },
    { requiredKeys: [] },
  ),
  json: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('json'), { maxLength: 6 }),
    fc.array(tie('item'), { maxLength: 6 }),
    fc.dictionary(name, tie('json'), { maxKeys: 4 }),
  ),
}));

test('property: the patch, applied to the earlier value, gives the later one; nothing is told exactly when they are equal', () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      const plain = JSON.parse(JSON.stringify([before, after])) as [unknown, unknown];
      assert.deepEqual(patched(plain[0], plain[1]), plain[1]);
      const { changes, patch } = difference(plain[0], plain[1]);
      assert.equal(patch.length === 0, isEqual(plain[0], plain[1]));
      assert.equal(changes.length === 0, patch.length === 0);
    }),
    { numRuns: 3000 },
  );
});

test('property: shuffled, cut and grown lists of items', () => {
  const item = fc.record(
    { id: fc.integer({ min: 0, max: 30 }), v: fc.integer({ min: 0, max: 2 }) },
    { noNullPrototype: true },
  );
  const list = fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 20 });
  fc.assert(
    fc.property(list, list, (before, after) => {
      assert.deepEqual(patched(before, after), after);
    }),
    { numRuns: 2000 },
  );
});

test('long and deep values are compared in bounded work', () => {
  const numbers = Array.from({ length: 100_000 }, (_, i) => i);
  assert.deepEqual(told(numbers, [...numbers].reverse()), ['changed ']);
  assert.deepEqual(told(numbers, [-1, ...numbers.slice(0, -1)]), ['removed []', 'added []']);
  let deep: unknown = 1;
  let other: unknown = 2;
  for (let i = 0; i < 50_000; i++) [deep, other] = [{ a: deep }, { a: other }];
  assert.equal(difference(deep, other).changes.length, 1);
  assert.equal(difference([deep, 1], [other, 2]).changes.length, 1);
  assert.equal(difference(deep, deep).patch.length, 0);
});
