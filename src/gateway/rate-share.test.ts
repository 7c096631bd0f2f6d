import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header } from '../exchange/exchange.ts';
import { RateShare } from './rate-share.ts';

const told = (limit: number, remaining: number, reset: number, name = 'monitors'): Header[] => [
  ['X-RateLimit-Limit', String(limit)],
  ['X-RateLimit-Remaining', String(remaining)],
  ['X-RateLimit-Reset', String(reset)],
  ['X-RateLimit-Period', '10'],
  ['X-RateLimit-Name', name],
];

test('no more than the share of a limit is used in its period', () => {
  const rates = new RateShare(0.2);
  assert.ok(rates.take('prod', 'v1.GetMonitor', 0));
  rates.learn('prod', 'v1.GetMonitor', 200, told(20, 19, 5), 100);
  const taken = Array.from({ length: 10 }, () => rates.take('prod', 'v1.GetMonitor', 200)).filter(Boolean).length;
  assert.equal(taken, 3, 'four of twenty, of which one was used before the limit was known');
  assert.ok(rates.take('prod', 'v1.GetMonitor', 5_200), 'the next period');
});

test('operations under one limit share it; other connections do not', () => {
  const rates = new RateShare(0.1);
  for (const operation of ['v1.GetMonitor', 'v1.ListMonitors']) rates.learn('prod', operation, 200, told(20, 19, 5), 0);
  assert.equal(
    ['v1.GetMonitor', 'v1.ListMonitors', 'v1.GetMonitor'].filter((each) => rates.take('prod', each, 1)).length,
    1,
  );
  assert.ok(rates.take('other', 'v1.GetMonitor', 1));
});

test('what agents have used up is not there; 429 ends reading until the period does', () => {
  const rates = new RateShare(0.5);
  rates.learn('prod', 'v1.GetMonitor', 200, told(100, 0, 7), 0);
  assert.ok(!rates.take('prod', 'v1.GetMonitor', 6_999));
  assert.ok(rates.take('prod', 'v1.GetMonitor', 7_000));
  rates.learn('prod', 'v1.GetMonitor', 429, [], 8_000);
  assert.ok(!rates.take('prod', 'v1.GetMonitor', 17_000));
  assert.ok(rates.take('prod', 'v1.GetMonitor', 18_000));
});

test('numbers that are none teach nothing', () => {
  const rates = new RateShare(0.2);
  for (const limit of ['-1', '1e9', '', 'NaN', '99999999999999999999'])
    rates.learn('prod', 'v1.GetMonitor', 200, [['x-ratelimit-limit', limit]], 0);
  assert.ok(Array.from({ length: 50 }, () => rates.take('prod', 'v1.GetMonitor', 1)).every(Boolean));
});
