import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from '../change/diff.ts';
import type { ResourceChange } from './resource-changes.ts';
import { imagedChanges, toldChanges } from './told-changes.ts';

function changeOf(id: string, before: unknown, after: unknown): ResourceChange {
  return {
    resource: { kind: 'monitor', id },
    effect: 'update',
    before: { state: 'there', value: before },
    after: { state: 'there', value: after },
    difference: difference(before, after),
  };
}

const read = (changes: readonly ResourceChange[]) =>
  ({ made: 'yes', resources: [], request: new Uint8Array(), changes }) as const;

test('differences that do not fit are left out and counted; smaller ones after them are told', () => {
  const [large, small] = toldChanges(
    read([changeOf('1', { a: 'x'.repeat(900) }, { a: 'y'.repeat(900) }), changeOf('2', { a: 1 }, { a: 2 })]),
    1_000,
  );
  assert.equal(large?.changes, undefined);
  assert.equal(large?.patch, undefined);
  assert.ok((large?.omitted ?? 0) > 1_800);
  assert.deepEqual(large?.before, { state: 'there' });
  assert.deepEqual(small?.changes, [{ type: 'changed', path: ['a'], before: 1, after: 2 }]);
  assert.equal(small?.omitted, undefined);
});

test('states stand whole as long as they fit together, and say their bytes when they do not', () => {
  const [change] = imagedChanges(read([changeOf('1', { a: 1 }, { a: 'é'.repeat(600) })]), 1_000);
  assert.deepEqual(change?.before, { state: 'there', value: { a: 1 } });
  assert.deepEqual(change?.after, { state: 'there', omitted: 1_208 });
  const [unknown] = imagedChanges(
    read([
      {
        resource: { kind: 'monitor', id: '1' },
        effect: 'delete',
        before: { state: 'unknown', why: 'no time' },
        after: { state: 'absent' },
      },
    ]),
    10,
  );
  assert.deepEqual([unknown?.before, unknown?.after], [{ state: 'unknown', why: 'no time' }, { state: 'absent' }]);
});
