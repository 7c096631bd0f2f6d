import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from './catalogue.ts';
import { matchOperation } from './matcher.ts';

const match = (method: string, path: string, host?: Parameters<typeof matchOperation>[2]) => {
  const found = matchOperation(method, path.split('/').slice(1).filter(Boolean), host);
  return found && { key: found.operation.key, params: found.params };
};

test('every operation is found by its own path', () => {
  for (const { key, method, path, host, params } of operations()) {
    const filled = path.replace(/\{(\w+)\}/g, '0-$1-0');
    const found = match(method, filled, host);
    assert.equal(found?.key, key, path);
    for (const { name, in: place } of params) {
      if (place === 'path') assert.equal(found?.params[name], `0-${name}-0`, key);
    }
  }
});

test('a literal segment wins over a template, and gives way when it leads nowhere', () => {
  assert.equal(match('GET', '/api/v1/monitor/search')?.key, 'v1.SearchMonitors');
  assert.deepEqual(match('GET', '/api/v1/monitor/searches'), {
    key: 'v1.GetMonitor',
    params: { monitor_id: 'searches' },
  });
  // /dashboard/public is a collection for POST only; a GET of it is a dashboard of that name.
  assert.deepEqual(match('GET', '/api/v1/dashboard/public'), {
    key: 'v1.GetDashboard',
    params: { dashboard_id: 'public' },
  });
  assert.equal(match('GET', '/api/v2/metrics/config/tags')?.key, 'v2.ListTagConfigurationByName');
});

test('HEAD is matched as GET; other methods, cases and paths are not known', () => {
  assert.equal(match('HEAD', '/api/v1/monitor/1')?.key, 'v1.GetMonitor');
  assert.equal(match('OPTIONS', '/api/v1/monitor/1'), undefined);
  assert.equal(match('get', '/api/v1/monitor/1'), undefined);
  assert.equal(match('GET', '/API/v1/monitor/1'), undefined);
  assert.equal(match('GET', '/api/v1/monitor/1/2'), undefined);
  assert.equal(match('GET', '/api/v3/monitor'), undefined);
  assert.equal(match('GET', '/__proto__/constructor'), undefined);
});

test('a named host serves only its own operations; the API host stands for all', () => {
  assert.equal(match('POST', '/api/v2/logs', 'logs')?.key, 'v2.SubmitLog');
  assert.equal(match('POST', '/api/v2/logs', 'api')?.key, 'v2.SubmitLog');
  assert.equal(match('POST', '/api/v2/logs')?.key, 'v2.SubmitLog');
  assert.equal(match('POST', '/api/v2/logs', 'events'), undefined);
  assert.equal(match('GET', '/api/v1/monitor', 'logs'), undefined);
  assert.equal(match('GET', '/', 'ip-ranges')?.key, 'v1.GetIPRanges');
});
