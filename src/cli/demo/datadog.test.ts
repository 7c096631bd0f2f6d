// The demo's Datadog, asked by Datadog's own client: what it answers must deserialise, and tell the story that the demo tells.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, v1, v2 } from '@datadog/datadog-api-client';
import { type DemoDatadog, startDatadog } from './datadog.ts';

let datadog: DemoDatadog;
let configuration: client.Configuration;

before(async () => {
  datadog = await startDatadog();
  configuration = configured(datadog.apiKey, datadog.appKey);
});
after(() => datadog?.close());

function configured(apiKeyAuth: string, appKeyAuth: string): client.Configuration {
  return client.createConfiguration({
    authMethods: { apiKeyAuth, appKeyAuth },
    baseServer: new client.ServerConfiguration(datadog.url, {}),
  });
}

const refusedWith = (code: number) => (error: unknown) => (error as { code?: number }).code === code;

test('calls without both keys are forbidden', async () => {
  for (const [apiKey, appKey] of [
    ['wrong', datadog.appKey],
    [datadog.apiKey, 'wrong'],
    [datadog.appKey, datadog.apiKey],
  ] as const) {
    await assert.rejects(new v1.MonitorsApi(configured(apiKey, appKey)).listMonitors(), refusedWith(403));
  }
  assert.equal((await new v1.AuthenticationApi(configuration).validate()).valid, true);
});

test('metric queries of both versions show the same spike', async () => {
  const now = Date.now();
  const query = 'sum:auth.login.failures{service:auth}';
  const first = await new v1.MetricsApi(configuration).queryMetrics({
    from: Math.floor(now / 1000) - 3600,
    to: Math.floor(now / 1000),
    query,
  });
  const points = first.series?.[0]?.pointlist ?? [];
  assert.ok(points.length >= 59);
  const values = points.map(([, value]) => value).sort((a, b) => a - b);
  assert.ok((values.at(-1) ?? 0) > 10 * (values[30] ?? 0), 'there is no spike');
  const attributes = {
    from: now - 3_600_000,
    to: now,
    queries: [{ dataSource: 'metrics' as const, query, name: 'a' }],
  };
  const second = await new v2.MetricsApi(configuration).queryTimeseriesData({
    body: { data: { type: 'timeseries_request', attributes } },
  });
  assert.equal(Math.max(...(second.data?.attributes?.values?.[0] ?? []).map(Number)), values.at(-1));
});

test('log search finds who it was', async () => {
  const logs = new v2.LogsApi(configuration);
  const { data = [] } = await logs.listLogs({
    body: { filter: { query: 'service:auth "login failed"', from: 'now-1h', to: 'now' }, page: { limit: 100 } },
  });
  assert.ok(data.length >= 50);
  const attacker = data.filter(({ attributes }) => attributes?.message?.includes('from 203.0.113.77:'));
  assert.ok(attacker.length > data.length / 3, `${attacker.length} of ${data.length}`);
  for (const { attributes } of data) {
    assert.match(attributes?.message ?? '', /^login failed for user-\d+ from [\d.]+:/);
    assert.ok(attributes?.timestamp instanceof Date);
  }
  assert.equal((await logs.listLogsGet({ filterQuery: 'service:nothing-of-the-kind' })).data?.length, 0);
});
