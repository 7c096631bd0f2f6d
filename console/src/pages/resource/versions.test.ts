// The versions of a resource out of its history, and which two are compared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosen, entriesOf, type HistoryItem } from './versions.ts';

const RESOURCE = { kind: 'monitor', id: '1' };
const there = { state: 'there' };
const change = (exchange: string, more: object = {}) =>
  ({
    type: 'change',
    resource: RESOURCE,
    exchange,
    operation: 'v1.UpdateMonitor',
    effect: 'update',
    made: 'yes',
    before: there,
    after: there,
    ...more,
  }) as unknown as HistoryItem;
const outside = { type: 'outside', after: 'b', before: 'c', changes: [] } as unknown as HistoryItem;

test('each state has a version: the one that was found, each change, and what was changed elsewhere', () => {
  const entries = entriesOf([change('c'), outside, change('b', { made: 'no' }), change('a')], RESOURCE);
  assert.deepEqual(
    entries.map(({ version }) => version && [version.key, version.number]),
    [['c', 4], ['c~before', 3], undefined, ['a', 2], ['a~before', 1]],
  );
});

test('what was made has no version before it, what was deleted one in which it is not there', () => {
  const entries = entriesOf(
    [
      change('b', { effect: 'delete', after: { state: 'absent' } }),
      change('a', { effect: 'create', before: { state: 'absent' } }),
    ],
    RESOURCE,
  );
  assert.deepEqual(
    entries.map(({ version }) => [version?.key, version?.there]),
    [
      ['b', false],
      ['a', true],
    ],
  );
});

test('the newest is compared with the one before it, unless the URL names others', () => {
  const entries = entriesOf([change('c'), change('b'), change('a')], RESOURCE);
  const keys = (asked: { from?: string; to?: string }) => {
    const { from, to } = chosen(entries, asked);
    return [from?.key, to?.key];
  };
  assert.deepEqual(keys({}), ['b', 'c']);
  assert.deepEqual(keys({ to: 'b' }), ['a', 'b']);
  assert.deepEqual(keys({ from: 'a~before', to: 'c' }), ['a~before', 'c']);
  assert.deepEqual(keys({ from: 'nonsense', to: 'nonsense' }), ['b', 'c']);
  assert.deepEqual(chosen([], {}), {});
});

test('what reaches it is a line of its history, and no version of it', () => {
  const downtime = change('b', { resource: { kind: 'downtime', id: '7' }, effect: 'create' });
  const entries = entriesOf(
    [downtime, downtime, change('a', { effect: 'create', before: { state: 'absent' } })],
    RESOURCE,
  );
  assert.deepEqual(
    entries.map(({ version }) => version?.key),
    [undefined, undefined, 'a'],
  );
  assert.equal(new Set(entries.map(({ key }) => key)).size, 3);
});
