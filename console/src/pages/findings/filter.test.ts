// What arrives live takes the place that a search would give it, or leaves the list.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../api/types.ts';
import { belongs, filterOf, placed } from './filter.ts';

const finding = (id: string, noticed: number, more: Partial<Finding> = {}) =>
  ({
    id,
    noticed,
    severity: 'high',
    detector: 'surge',
    state: 'open',
    subject: { identity: { issuer: 'https://idp', subject: 'a', name: 'Ann' } },
    ...more,
  }) as Finding;

test('a filter holds only names that there are', () => {
  assert.deepEqual(filterOf({ severity: 'high,worst', detector: 'surge', who: 'Ann' }), {
    severities: ['high'],
    detectors: ['surge'],
    who: 'Ann',
  });
});

test('state, severity, detector and identity must all fit', () => {
  const one = finding('1', 1);
  const filter = (more: Record<string, string>) => filterOf(more);
  assert.equal(belongs(one, 'open', filter({})), true);
  assert.equal(belongs(one, 'dismissed', filter({})), false);
  assert.equal(belongs(one, 'all', filter({ severity: 'low,high', who: 'https://idp#a' })), true);
  assert.equal(belongs(one, 'all', filter({ detector: 'cost' })), false);
  assert.equal(belongs(one, 'all', filter({ who: 'Bob' })), false);
});

test('it stands by when it was noticed, once', () => {
  const [a, b, c] = [finding('a', 30), finding('b', 20), finding('c', 10)];
  const ids = (items: readonly Finding[]) => items.map(({ id }) => id).join('');
  assert.equal(ids(placed([a, c], b, true)), 'abc');
  assert.equal(ids(placed([a, b, c], { ...b, severity: 'low' }, true)), 'abc');
  assert.equal(ids(placed([a, b, c], b, false)), 'ac');
  assert.equal(ids(placed([], b, true)), 'b');
});
