// The demo's upstream, asked by Datadog's own client: what it answers must deserialise, and what is changed must stay changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { client, v1, v2 } from '@datadog/datadog-api-client';
import { type DemoUpstream, startUpstream } from './upstream.ts';

let upstream: DemoUpstream;
let configuration: client.Configuration;

before(async () => {
  upstream = await startUpstream();
  configuration = configured(upstream.apiKey, upstream.appKey);
});
after(() => upstream?.close());

function configured(apiKeyAuth: string, appKeyAuth: string): client.Configuration {
  return client.createConfiguration({
    authMethods: { apiKeyAuth, appKeyAuth },
    baseServer: new client.ServerConfiguration(upstream.url, {}),
  });
}

const refusedWith = (code: number) => (error: unknown) => (error as { code?: number }).code === code;

test('calls without both keys are forbidden', async () => {
  for (const [apiKey, appKey] of [
    ['wrong', upstream.appKey],
    [upstream.apiKey, 'wrong'],
    [upstream.appKey, upstream.apiKey],
  ] as const) {
    await assert.rejects(new v1.MonitorsApi(configured(apiKey, appKey)).listMonitors(), refusedWith(403));
  }
  assert.equal((await new v1.AuthenticationApi(configuration).validate()).valid, true);
});

test('a dashboard lives from its creation to its deletion', async () => {
  const dashboards = new v1.DashboardsApi(configuration);
  const body: v1.Dashboard = {
    title: 'One',
    layoutType: 'ordered',
    widgets: [{ definition: { type: 'note', content: 'hello' } }],
  };
  const { id: dashboardId = '' } = await dashboards.createDashboard({ body });
  assert.match(dashboardId, /^[a-z0-9]{3}-[a-z0-9]{3}-[a-z0-9]{3}$/);
  const updated = await dashboards.updateDashboard({ dashboardId, body: { ...body, title: 'Two' } });
  assert.equal(updated.title, 'Two');
  const { widgets, ...read } = await dashboards.getDashboard({ dashboardId });
  assert.equal(read.title, 'Two');
  assert.notEqual(
    (widgets[0]?.definition as { _unparsed?: boolean } | undefined)?._unparsed,
    true,
    'the widget did not deserialise',
  );
  const { dashboards: listed = [] } = await dashboards.listDashboards();
  assert.deepEqual(
    listed.map(({ id, title }) => [id, title]),
    [[dashboardId, 'Two']],
  );
  assert.equal((await dashboards.deleteDashboard({ dashboardId })).deletedDashboardId, dashboardId);
  await assert.rejects(dashboards.getDashboard({ dashboardId }), refusedWith(404));
});

test('a monitor lives from its creation to its deletion', async () => {
  const monitors = new v1.MonitorsApi(configuration);
  const query = 'avg(last_5m):avg:system.load.1{*} > 4';
  const { id: monitorId = 0, ...created } = await monitors.createMonitor({
    body: { name: 'Load', type: 'query alert', query, options: { thresholds: { critical: 4 } } },
  });
  assert.equal(created.overallState, 'No Data');
  assert.ok(created.created instanceof Date);
  const updated = await monitors.updateMonitor({ monitorId, body: { options: { thresholds: { critical: 9 } } } });
  assert.equal(updated.options?.thresholds?.critical, 9);
  assert.equal(updated.query, query);
  assert.equal((await monitors.getMonitor({ monitorId })).options?.thresholds?.critical, 9);
  assert.equal((await monitors.listMonitors()).length, 1);
  assert.equal((await monitors.deleteMonitor({ monitorId })).deletedMonitorId, monitorId);
  await assert.rejects(monitors.getMonitor({ monitorId }), refusedWith(404));
  await assert.rejects(monitors.createMonitor({ body: { type: 'query alert', query: 'nonsense' } }), refusedWith(400));
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

  const metrics = new v2.MetricsApi(configuration);
  const attributes = {
    from: now - 3_600_000,
    to: now,
    queries: [{ dataSource: 'metrics' as const, query, name: 'a' }],
  };
  const second = await metrics.queryTimeseriesData({ body: { data: { type: 'timeseries_request', attributes } } });
  assert.equal(Math.max(...(second.data?.attributes?.values?.[0] ?? []).map(Number)), values.at(-1));
  const scalar = await metrics.queryScalarData({
    body: {
      data: {
        type: 'scalar_request',
        attributes: {
          ...attributes,
          queries: [{ dataSource: 'metrics', query: query.replace('sum', 'max'), aggregator: 'max' }],
        },
      },
    },
  });
  const [column] = scalar.data?.attributes?.columns ?? [];
  assert.deepEqual(column instanceof v2.DataScalarColumn ? column.values : undefined, [values.at(-1)]);
});

test('log search finds what the query names', async () => {
  const logs = new v2.LogsApi(configuration);
  const { data = [] } = await logs.listLogs({
    body: { filter: { query: 'service:auth "login failed"' }, page: { limit: 20 } },
  });
  assert.equal(data.length, 20);
  for (const { attributes } of data) {
    assert.match(attributes?.message ?? '', /^login failed for user-\d+ from [\d.]+:/);
    assert.ok(attributes?.timestamp instanceof Date);
  }
  assert.equal((await logs.listLogsGet({ filterQuery: 'service:nothing-of-the-kind' })).data?.length, 0);
});

test('what it does not serve, and what is no request, is an error in the shape of Datadog', async () => {
  const headers = { 'dd-api-key': upstream.apiKey, 'dd-application-key': upstream.appKey };
  const missing = await fetch(`${upstream.url}/api/v2/users`, { headers });
  assert.deepEqual([missing.status, await missing.json()], [404, { errors: ['Not found'] }]);
  const broken = await fetch(`${upstream.url}/api/v1/monitor`, { method: 'POST', headers, body: '{' });
  assert.deepEqual([broken.status, await broken.json()], [400, { errors: ['Invalid JSON'] }]);
  const long = await fetch(`${upstream.url}/api/v1/monitor`, {
    method: 'POST',
    headers,
    body: Buffer.alloc(5 << 20, ' '),
  });
  assert.equal(long.status, 413);
});
