import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { metricNames } from './metric-names.ts';

test('metrics stand before their scopes', () => {
  const cases: Record<string, string[]> = {
    'avg:system.cpu.user{*}': ['system.cpu.user'],
    'system.load.1{host:a,env:b} by {host}': ['system.load.1'],
    'sum:a.b{x:1}.as_rate() / sum:c.d{*} by {y}.rollup(sum, 60)': ['a.b', 'c.d'],
    "top(avg:a.b{*} by {host}, 10, 'mean{x}', 'desc')": ['a.b'],
    'avg(last_5m):avg:system.disk.used{env:prod AND (a:b OR c:d)} by {host} > 0.9': ['system.disk.used'],
    'p99:trace.http.request{service:web}': ['trace.http.request'],
    'count(v: v>=10):trace.rack{*}': ['trace.rack'],
    'a.b{*} + a.b{x}': ['a.b'],
    'a.b{unclosed': ['a.b'],
    '': [],
    '1 + 2': [],
    '}{ by {a}': [],
  };
  for (const [query, names] of Object.entries(cases)) assert.deepEqual(metricNames(query), names, query);
});

test('property: never throws, is bounded, names only what is there', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (query) => {
      const names = metricNames(query);
      assert.ok(names.length <= 100 && names.every((name) => query.includes(name)));
    }),
  );
  const many = Array.from({ length: 500 }, (_, i) => `m${i}{*}`).join(' + ');
  assert.equal(metricNames(many).length, 100);
});
