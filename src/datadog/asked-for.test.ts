import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { askedFor } from './asked-for.ts';
import { classify } from './classify.ts';
import { normaliseTarget } from './target.ts';

/** Only the lists and texts that are not empty. */
function asked(operation: string, target: string, body?: unknown): object {
  const told = askedFor(operation, target, body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value.length > 0));
}

test('metric queries of reads, with their range', () => {
  const query = encodeURIComponent('avg:auth.logins{env:prod,!ok:true} by {user}');
  assert.deepEqual(asked('v1.QueryMetrics', `/api/v1/query?from=100&to=200&query=${query}`), {
    metrics: ['auth.logins'],
    filters: ['env:prod', '!ok:true'],
    groupBys: ['user'],
    from: '100',
    to: '200',
  });
  const attributes = {
    formulas: [{ formula: 'a / b' }],
    from: 1000,
    to: 2000,
    queries: [
      { data_source: 'metrics', name: 'a', query: 'sum:x.y{*}.as_count()' },
      { data_source: 'logs', name: 'b', search: { query: 'service:web' }, compute: { aggregation: 'count' } },
    ],
  };
  assert.deepEqual(asked('v2.QueryTimeseriesData', '/api/v2/query/timeseries', { data: { attributes } }), {
    metrics: ['x.y'],
    searches: [{ kind: 'logs', query: 'service:web', from: '1000', to: '2000' }],
    from: '1000',
    to: '2000',
  });
  assert.deepEqual(asked('v2.ListTagConfigurationByName', '/api/v2/metrics/my.metric/tags'), {
    metrics: ['my.metric'],
  });
  assert.deepEqual(asked('v1.GetMetricMetadata', '/api/v1/metrics/dist%2Ehttp'), { metrics: ['dist.http'] });
  const snapshot = encodeURIComponent(JSON.stringify({ requests: [{ q: 'avg:snap.one{*}' }] }));
  assert.deepEqual(asked('v1.GetGraphSnapshot', `/api/v1/graph/snapshot?start=1&end=2&graph_def=${snapshot}`), {
    metrics: ['snap.one'],
    from: '1',
    to: '2',
  });
});

test('searches of logs, spans, RUM, events and audit, with their range', () => {
  const search = (kind: string, query: string) => ({
    searches: [{ kind, query, from: 'now-15m', to: 'now' }],
    from: 'now-15m',
    to: 'now',
  });
  const filter = { query: 'status:error', from: 'now-15m', to: 'now' };
  const inQuery = 'filter%5Bquery%5D=status%3Aerror&filter%5Bfrom%5D=now-15m&filter%5Bto%5D=now';
  assert.deepEqual(asked('v2.ListLogs', '/api/v2/logs/events/search', { filter }), search('logs', 'status:error'));
  assert.deepEqual(asked('v2.ListLogsGet', `/api/v2/logs/events?${inQuery}`), search('logs', 'status:error'));
  assert.deepEqual(
    asked('v2.ListSpans', '/api/v2/spans/events/search', { data: { attributes: { filter } } }),
    search('spans', 'status:error'),
  );
  assert.deepEqual(asked('v2.SearchRUMEvents', '/api/v2/rum/events/search', { filter }), search('rum', 'status:error'));
  assert.deepEqual(asked('v2.ListEvents', `/api/v2/events?${inQuery}`), search('events', 'status:error'));
  assert.deepEqual(
    asked('v2.SearchAuditLogs', '/api/v2/audit/events/search', { filter }),
    search('audit', 'status:error'),
  );
  assert.deepEqual(
    asked('v1.ListLogs', '/api/v1/logs-queries/list', { query: 'status:error', time: { from: 'now-15m', to: 'now' } }),
    search('logs', 'status:error'),
  );
});

test('what is being written will ask: monitors, dashboards, SLOs, notebooks', () => {
  assert.deepEqual(
    asked('v1.UpdateMonitor', '/api/v1/monitor/1', {
      type: 'query alert',
      query: 'avg(last_5m):sum:x{a:b} by {y} > 5',
    }),
    { metrics: ['x'], filters: ['a:b'], groupBys: ['y'] },
  );
  assert.deepEqual(asked('v1.CreateMonitor', '/api/v1/monitor', { type: 'composite', query: '12 && !34' }), {
    refersTo: [
      { kind: 'monitor', id: '12' },
      { kind: 'monitor', id: '34' },
    ],
  });
  assert.deepEqual(
    asked('v1.CreateMonitor', '/api/v1/monitor', {
      type: 'log alert',
      query: 'logs("status:error").index("*").rollup("count").last("5m") > 1',
    }),
    { searches: [{ kind: 'logs', query: 'status:error' }] },
  );
  const widgets = [
    { definition: { type: 'timeseries', requests: [{ q: 'avg:old.style{*}' }] } },
    {
      definition: {
        type: 'group',
        widgets: [
          { definition: { requests: [{ queries: [{ data_source: 'metrics', query: 'max:deep{env:prod}' }] }] } },
          { definition: { type: 'log_stream', query: 'service:api' } },
          {
            definition: {
              type: 'list_stream',
              requests: [{ query: { data_source: 'rum_stream', query_string: '@type:view' } }],
            },
          },
          { definition: { requests: [{ apm_query: { search: { query: 'env:x' } } }] } },
        ],
      },
    },
  ];
  const found = {
    metrics: ['old.style', 'deep'],
    filters: ['env:prod'],
    searches: [
      { kind: 'logs', query: 'service:api' },
      { kind: 'rum', query: '@type:view' },
      { kind: 'spans', query: 'env:x' },
    ],
  };
  assert.deepEqual(asked('v1.CreateDashboard', '/api/v1/dashboard', { title: 'x', widgets }), found);
  const cells = widgets.map(({ definition }) => ({ attributes: { definition }, type: 'notebook_cells' }));
  assert.deepEqual(asked('v1.CreateNotebook', '/api/v1/notebooks', { data: { attributes: { cells } } }), found);
  const slo = { type: 'metric', query: { numerator: 'sum:good{*}.as_count()', denominator: 'sum:all{*}.as_count()' } };
  assert.deepEqual(asked('v1.CreateSLO', '/api/v1/slo', slo), { metrics: ['good', 'all'] });
  const slice = { time_slice: { query: { queries: [{ data_source: 'metrics', name: 'a', query: 'avg:slice{*}' }] } } };
  assert.deepEqual(asked('v1.CreateSLO', '/api/v1/slo', { sli_specification: slice }), { metrics: ['slice'] });
});

test("arguments of MCP's tools", () => {
  const call = (name: string, given: unknown) =>
    asked(`mcp.${name}`, '/api/unstable/mcp-server/mcp', {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: given },
    });
  assert.deepEqual(call('search_datadog_logs', { query: 'status:error', from: 'now-1h', to: 'now' }), {
    searches: [{ kind: 'logs', query: 'status:error', from: 'now-1h', to: 'now' }],
    from: 'now-1h',
    to: 'now',
  });
  assert.deepEqual(call('get_datadog_metric', { queries: ['avg:a.b{env:prod} by {host}'], from: 'now-1h' }), {
    metrics: ['a.b'],
    filters: ['env:prod'],
    groupBys: ['host'],
    from: 'now-1h',
  });
  assert.deepEqual(call('get_datadog_metric_context', { metric_name: 'a.b' }), { metrics: ['a.b'] });
  assert.deepEqual(call('search_datadog_rum_events', { query: '@type:view' }), {
    searches: [{ kind: 'rum', query: '@type:view' }],
  });
  assert.deepEqual(call('search_datadog_monitors', { query: 'title:cpu' }), {
    searches: [{ kind: 'monitors', query: 'title:cpu' }],
  });
  assert.deepEqual(asked('mcp.initialize', '/mcp', { method: 'initialize' }), {});
});

test('property: never throws, and is bounded', () => {
  const operations = [
    'v1.QueryMetrics',
    'v1.CreateDashboard',
    'v2.ListLogs',
    'mcp.x',
    'unknown.POST',
    'v1.GetMetricMetadata',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...operations),
      fc.string(),
      fc.oneof(fc.json(), fc.string()),
      (operation, target, body) => {
        askedFor(operation, `/${target}`, Buffer.from(body));
      },
    ),
  );
  const widgets = Array.from({ length: 5000 }, (_, n) => ({ q: `avg:m${n}{a:${n}}` }));
  const told = askedFor('v1.CreateDashboard', '/api/v1/dashboard', Buffer.from(JSON.stringify({ widgets })));
  assert.deepEqual([told.metrics.length, told.filters.length], [1000, 1000]);
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  assert.deepEqual(askedFor('v1.CreateDashboard', '/api/v1/dashboard', Buffer.from(deep)).metrics, []);
});

const corpus = join(import.meta.dirname, '../../../shared/datadog/recordings.ndjson.gz');
test('real exchanges: all that is judged to be asked for is among what is told, and all of it is read', {
  skip: existsSync(corpus) ? false : 'no ../shared/datadog/recordings.ndjson.gz',
}, () => {
  const unread = new Set<string>();
  const counts = { metrics: 0, searches: 0 };
  for (const line of gunzipSync(readFileSync(corpus)).toString('utf8').trim().split('\n')) {
    const { interactions } = JSON.parse(line) as {
      interactions: { method: string; url: string; requestBody: unknown }[];
    };
    for (const { method, url, requestBody } of interactions) {
      const raw = url.replace(/^https:\/\/[^/]+/, '') || '/';
      const body = typeof requestBody === 'string' ? Buffer.from(requestBody) : undefined;
      const request = { method, target: normaliseTarget(raw), host: undefined, ...(body && { body }) };
      const { operation, asked: judged } = classify(request).classification;
      const told = askedFor(operation, raw, body);
      const searched = new Set(told.searches.map(({ query }) => query));
      for (const metric of judged.metrics ?? []) assert.ok(told.metrics.includes(metric), `${operation} ${metric}`);
      for (const query of judged.queries ?? []) {
        if (query.trim() !== '') assert.ok(searched.has(query), `${operation} ${query}`);
      }
      if (told.metrics.length > 0) counts.metrics++;
      if (told.searches.length > 0) counts.searches++;
      for (const { text } of told.unread) unread.add(`${operation} ${text}`);
    }
  }
  assert.deepEqual([...unread], []);
  assert.ok(counts.metrics > 100 && counts.searches > 60, JSON.stringify(counts));
});
