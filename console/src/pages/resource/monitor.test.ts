// Monitors read for drawing: the condition in its parts, thresholds on a scale, silence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf, scaleOf, silenceOf, thresholdsOf, windowInWords } from './monitor.ts';

test('a query is taken apart as far as it can be read', () => {
  assert.deepEqual(conditionOf('avg(last_5m):avg:system.load.1{env:prod} by {host} >= 4.5'), {
    aggregate: 'avg',
    window: '5m',
    expression: 'avg:system.load.1{env:prod} by {host}',
    comparator: '>=',
    bound: 4.5,
  });
  assert.deepEqual(conditionOf('logs("status:error").index("*").rollup("count").last("5m") > 100'), {
    expression: 'logs("status:error").index("*").rollup("count").last("5m")',
    comparator: '>',
    bound: 100,
  });
  assert.equal(conditionOf('change(avg(last_1h),last_5m):avg:a{*} > 1').window, '1h');
  assert.deepEqual(conditionOf('"ntp.in_sync".over("*").last(2).count_by_status()'), {
    expression: '"ntp.in_sync".over("*").last(2).count_by_status()',
  });
  assert.equal(conditionOf(`${'('.repeat(30_000)} > 1`).comparator, undefined);
  assert.deepEqual(['5m', '1h', '4d', 'x'].map(windowInWords), ['5 minutes', '1 hour', '4 days', 'x']);
});

test('thresholds lie on one scale, with the levels between them', () => {
  const up = scaleOf({ critical: 100, warning: 70, critical_recovery: 60 });
  assert.deepEqual(
    up?.bands.map(({ level }) => level),
    ['ok', 'warning', 'critical'],
  );
  assert.ok(up.low >= 0 && up.low < 60 && up.high > 100);
  const down = scaleOf({ critical: 5, warning: 10 }, '<');
  assert.deepEqual(
    down?.bands.map(({ level, to }) => [level, to <= 10]),
    [
      ['critical', true],
      ['warning', true],
      ['ok', false],
    ],
  );
  assert.equal(scaleOf({}), undefined);
  assert.ok((scaleOf({ critical: 0 })?.high ?? 0) > 0);
});

test('what is no number is no threshold; the bound of the query stands in for a critical one', () => {
  assert.deepEqual(thresholdsOf({ query: 'avg(last_5m):avg:a{*} > 7', options: { thresholds: { warning: 'x' } } }), {
    critical: 7,
  });
  assert.deepEqual(thresholdsOf({ options: 3 }), {});
  assert.deepEqual(silenceOf({ options: { silenced: { '*': null, 'env:dev': 1_700_000_000 } } }), [
    { scope: '*' },
    { scope: 'env:dev', until: 1_700_000_000_000 },
  ]);
});
