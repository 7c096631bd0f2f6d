import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { classify, createdResources, readsBody } from './classify.ts';
import { hasSecrets, redactBody } from './secrets.ts';
import { hostKindOf } from './sites.ts';
import { normaliseTarget } from './target.ts';

const fingerprint = (secret: string | Uint8Array): string => `fp${Buffer.from(secret).length}`;
function of(method: string, raw: string, body?: unknown) {
  const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const request = { method, target: normaliseTarget(raw), host: undefined, ...(bytes && { body: bytes }) };
  return classify(request, fingerprint).classification;
}
const ids = (method: string, raw: string, body?: unknown) =>
  of(method, raw, body).resources.map(({ kind, id }) => `${kind}/${id}`);
const created = (key: string, body: unknown, status = 200) =>
  createdResources(key, status, Buffer.from(JSON.stringify(body)), fingerprint);

test('operation, action, risk and tags come from the catalogue', () => {
  const { operation, action, risk, tags } = of('PUT', '/api/v1/monitor/123');
  assert.deepEqual([operation, action, risk, tags], ['v1.UpdateMonitor', 'update', 'high', ['blindness']]);
});

test('ids stand in path, query and body; what a resource stands in is told after it', () => {
  assert.deepEqual(ids('DELETE', '/api/v1/dashboard/abc-def-ghi'), ['dashboard/abc-def-ghi']);
  assert.deepEqual(
    ids('DELETE', '/api/v1/dashboard', {
      data: [{ id: 'a', type: 'dashboard' }, { id: 'b', type: 'dashboard' }, { id: 'a' }],
    }),
    ['dashboard/a', 'dashboard/b'],
  );
  assert.deepEqual(ids('POST', '/api/v1/synthetics/tests/delete', { public_ids: ['x-y', 'z'] }), [
    'synthetics-test/x-y',
    'synthetics-test/z',
  ]);
  assert.deepEqual(ids('POST', '/api/v1/slo/bulk_delete', { s1: ['7d'], s2: ['30d'] }), ['slo/s1', 'slo/s2']);
  assert.deepEqual(ids('GET', '/api/v1/monitor/can_delete?monitor_ids=1,2'), ['monitor/1', 'monitor/2']);
  assert.deepEqual(ids('PUT', '/api/v1/logs/config/index-order', { index_names: ['a'] }), ['logs-index-order/-']);
  assert.deepEqual(ids('DELETE', '/api/v2/team/t1/memberships/u1'), ['team-membership/u1', 'team/t1', 'user/u1']);
  assert.deepEqual(
    ids('POST', '/api/v2/downtime', { data: { attributes: { monitor_identifier: { monitor_id: 5 } } } }),
    ['monitor/5'],
  );
  assert.deepEqual(
    ids('POST', '/api/v1/integration/webhooks/configuration/webhooks', { name: 'hook', url: 'https://a' }),
    ['webhook/hook'],
  );
  assert.deepEqual(ids('GET', '/api/v2/restriction_policy/dashboard%3Aabc'), ['restriction-policy/dashboard:abc']);
  assert.deepEqual(ids('GET', '/api/v1/monitor'), []);
});

test('a field given twice, or in another case, does not hide what is touched', () => {
  assert.deepEqual(
    ids(
      'DELETE',
      '/api/v1/dashboard',
      '{"data":[{"id":"real"}],"DATA":[{"Id":"too"}],"data":[{"id":"shown","id":9007199254740993}]}',
    ),
    ['dashboard/real', 'dashboard/too', 'dashboard/shown', 'dashboard/9007199254740993'],
  );
  assert.deepEqual(ids('DELETE', '/api/v1/dashboard', '{"data":[{"id":"a"}]'), []);
});

test('a monitor that is silenced by its own options is told with the scopes in which it is', () => {
  assert.deepEqual(ids('PUT', '/api/v1/monitor/7', '{"options":{"silenced":{"*":null,"env:prod":1900000000}}}'), [
    'monitor/7',
    'monitor-mute/*',
    'monitor-mute/env:prod',
  ]);
  assert.deepEqual(ids('PUT', '/api/v1/monitor/7', '{"name":"n","options":{"silenced":{}}}'), ['monitor/7']);
  assert.deepEqual(ids('POST', '/api/v1/monitor/7/mute', '{"scope":"env:prod"}'), ['monitor/7']);
});

test('an id that is a secret never leaves as an id', () => {
  const key = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4';
  assert.deepEqual(ids('DELETE', `/api/v1/api_key/${key}`), ['api-key/redacted:fp32']);
  const { classification } = classify({
    method: 'GET',
    target: normaliseTarget(`/api/v1/api_key/${key}`),
    host: undefined,
  });
  assert.deepEqual(classification.resources, [{ kind: 'api-key', id: 'withheld' }]);
  assert.deepEqual(created('v1.CreateAPIKey', { api_key: { key, name: 'ci' } }), [
    { kind: 'api-key', id: 'redacted:fp32', title: 'ci' },
  ]);
  assert.deepEqual(createdResources('v1.CreateAPIKey', 200, Buffer.from(`{"api_key":{"key":"${key}"}}`)), []);
});

test('what a read asked for', () => {
  assert.deepEqual(of('GET', '/api/v1/query?from=1&to=2&query=avg%3Aauth.login%7Benv%3Aprod%7D+by+%7Bhost%7D').asked, {
    metrics: ['auth.login'],
  });
  const query = {
    data: {
      attributes: {
        queries: [
          { data_source: 'metrics', query: 'sum:a.b{*}' },
          { data_source: 'logs', search: { query: 'service:web' } },
        ],
      },
    },
  };
  assert.deepEqual(of('POST', '/api/v2/query/timeseries', query).asked, { metrics: ['a.b'], queries: ['service:web'] });
  assert.deepEqual(of('POST', '/api/v2/logs/events/search', { filter: { query: 'status:error' } }).asked, {
    queries: ['status:error'],
  });
  assert.deepEqual(of('GET', '/api/v2/logs/events?filter[query]=a%20b'.replace('[', '%5B').replace(']', '%5D')).asked, {
    queries: ['a b'],
  });
  assert.deepEqual(
    of('POST', '/api/v2/spans/events/search', { data: { attributes: { filter: { query: 's' } } } }).asked,
    { queries: ['s'] },
  );
  assert.deepEqual(of('POST', '/api/v1/logs-queries/list', { query: 'old' }).asked, { queries: ['old'] });
  assert.deepEqual(of('PUT', '/api/v1/monitor/1', { query: 'x' }).asked, {});
});

test('the operations whose judgement needs the body are known', () => {
  assert.ok(readsBody('v1.DeleteDashboards') && readsBody('v2.ListLogs') && readsBody('mcp.stream'));
  assert.ok(!readsBody('v1.UpdateDashboard') && !readsBody('v1.CreateDashboard') && !readsBody('unknown.POST'));
});

test('what the catalogue does not know is judged by its method', () => {
  const judged = (method: string) => {
    const { operation, action, risk } = of(method, '/api/v9/new/thing');
    return [operation, action, risk];
  };
  assert.deepEqual(judged('GET'), ['unknown.GET', 'read', 'medium']);
  assert.deepEqual(judged('POST'), ['unknown.POST', 'create', 'high']);
  assert.deepEqual(judged('DELETE'), ['unknown.DELETE', 'delete', 'high']);
  assert.deepEqual(judged('PURGE'), ['unknown.PURGE', 'execute', 'high']);
  assert.deepEqual(judged('constructor'), ['unknown.OTHER', 'execute', 'high']);
});

test('the host that the request must go to is told', () => {
  const host = (method: string, raw: string, named?: 'api' | 'logs' | 'mcp') =>
    classify({ method, target: normaliseTarget(raw), host: named }).host;
  assert.equal(host('POST', '/api/v2/logs'), 'logs');
  assert.equal(host('POST', '/api/v2/logs', 'api'), 'logs');
  assert.equal(host('GET', '/api/v1/monitor', 'logs'), 'logs');
  assert.equal(host('GET', '/api/v1/nothing'), 'api');
  assert.equal(host('POST', '/api/unstable/mcp-server/mcp'), 'mcp');
  assert.equal(host('POST', '/anything', 'mcp'), 'mcp');
});

test('created ids come from the response, with the title beside them', () => {
  assert.deepEqual(created('v1.CreateDashboard', { id: 'abc', title: 'Orders' }), [
    { kind: 'dashboard', id: 'abc', title: 'Orders' },
  ]);
  assert.deepEqual(created('v2.CreateRole', { data: { id: 'r1', attributes: { name: 'sre' } } }), [
    { kind: 'role', id: 'r1', title: 'sre' },
  ]);
  assert.deepEqual(created('v1.CreateSLO', { data: [{ id: 's1', name: 'up' }] }), [
    { kind: 'slo', id: 's1', title: 'up' },
  ]);
  assert.deepEqual(created('v1.CreateMonitor', { errors: ['no'] }, 400), []);
  assert.deepEqual(created('v1.UpdateMonitor', { id: 1 }), []);
  assert.deepEqual(createdResources('v1.CreateEvent', 202, Buffer.from('{"event":{"id":6509751066204996294}}')), [
    { kind: 'event', id: '6509751066204996294' },
  ]);
  assert.deepEqual(createdResources('v1.CreateDashboard', 200, Buffer.from('{"id":')), []);
  assert.deepEqual(createdResources('unknown.POST', 200, Buffer.from('{"id":1}')), []);
});

test('an id cannot hide behind many others, repeated or distinct', () => {
  const bulk = (dashboards: readonly string[]) => ({ data: dashboards.map((id) => ({ id, type: 'dashboard' })) });
  const repeated = [...new Array<string>(5_000).fill('aaa-aaa-aaa'), 'the-real-one'];
  assert.deepEqual(ids('DELETE', '/api/v1/dashboard', bulk(repeated)), [
    'dashboard/aaa-aaa-aaa',
    'dashboard/the-real-one',
  ]);
  const many = Array.from({ length: 1_001 }, (_, n) => `id-${n}`);
  assert.throws(() => ids('DELETE', '/api/v1/dashboard', bulk(many)), { code: 'request_too_large' });
});

test('property: classify never throws on small requests, and is bounded', () => {
  const paths = [
    '/api/v1/dashboard',
    '/api/v2/query/timeseries',
    '/api/v1/slo/bulk_delete',
    '/api/unstable/mcp-server/mcp',
    '/api/v2/logs/events/search',
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.constantFrom('POST', 'DELETE', 'GET'),
      fc.oneof(fc.json(), fc.string()),
      (path, method, body) => {
        assert.ok(of(method, path, body).resources.length <= 2000);
      },
    ),
  );
});

interface Recording {
  readonly interactions: readonly {
    readonly method: string;
    readonly url: string;
    readonly requestBody: string | { readonly base64: string } | null;
    readonly status: number;
    readonly responseBody: string | { readonly base64: string } | null;
  }[];
}
const bytesOf = (body: string | { readonly base64: string } | null): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body?.base64 ?? '', 'base64');
const corpus = join(import.meta.dirname, '../../../shared/datadog/recordings.ndjson.gz');

test('real exchanges: at least 4,039 of 4,042 are known, their changes name what they touched, their secrets are readable', {
  skip: existsSync(corpus) ? false : 'no ../shared/datadog/recordings.ndjson.gz',
}, () => {
  let known = 0;
  let all = 0;
  const nameless = new Set<string>();
  const scenarios = gunzipSync(readFileSync(corpus)).toString('utf8').trim().split('\n');
  for (const { interactions } of scenarios.map((line) => JSON.parse(line) as Recording)) {
    for (const { method, url, requestBody, status, responseBody } of interactions) {
      all++;
      const [, hostName = '', raw = ''] = /^https:\/\/([^/]+)(.*)$/.exec(url) ?? [];
      const host = hostKindOf(hostName.replace('.datadoghq.com', ''));
      const body = bytesOf(requestBody);
      const { classification, match } = classify({ method, target: normaliseTarget(raw || '/'), host, body });
      if (match === undefined) continue;
      known++;
      const { key, action, resource } = match.operation;
      const answer = bytesOf(responseBody);
      for (const [direction, bytes] of [
        ['request', body],
        ['response', answer],
      ] as const) {
        if (!hasSecrets(key, direction)) continue;
        const redacted = redactBody(key, direction, bytes, 'application/json', fingerprint);
        assert.ok(redacted !== 'unparseable', `${key} ${direction}`);
      }
      if (action === 'read' || status > 299 || resource.ids.length === 0) continue;
      const touched = [...classification.resources, ...createdResources(key, status, answer, fingerprint)];
      if (!touched.some(({ kind }) => kind === resource.kind)) nameless.add(key);
    }
  }
  assert.equal(all, 4042);
  assert.ok(known >= 4039, `${known} of ${all}`);
  assert.deepEqual([...nameless], []);
});
