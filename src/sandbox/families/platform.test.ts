import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, fresh } from '../../../test/harness/sandbox-call.ts';
import { arrayOf, type Json, type JsonObject, objectOf } from '../json.ts';

const NOW = Date.UTC(2026, 2, 15, 10, 30);

/** A sandbox whose clock stands, and a way to call it. */
function start() {
  const sandbox = fresh(NOW);
  return (method: string, target: string, body?: unknown) => {
    const answer = ask(sandbox, method, target, body);
    return { ...answer, text: JSON.stringify(answer.body ?? null) };
  };
}

const data = ({ body }: { body: JsonObject }): JsonObject => objectOf(body.data);
const attributes = (answer: { body: JsonObject }): JsonObject => objectOf(data(answer).attributes);

test('what authenticates an integration is never shown again', () => {
  const call = start();
  const secret = 'verysecretvalue0000000000000000';
  const paths: [string, unknown, string][] = [
    [
      '/api/v1/integration/webhooks/configuration/custom-variables',
      { name: 'V', value: secret, is_secret: true },
      '/V',
    ],
    ['/api/v1/integration/azure', { tenant_name: 't', client_id: 'c', client_secret: secret }, ''],
    ['/api/v1/integration/gcp', { project_id: 'p', client_email: 'a@example.com', private_key: secret }, ''],
    ['/api/v1/integration/aws', { account_id: '123456789012', access_key_id: 'A', secret_access_key: secret }, ''],
    ['/api/v1/integration/pagerduty/configuration/services', { service_name: 's', service_key: secret }, '/s'],
    [
      '/api/v2/integration/opsgenie/services',
      { data: { type: 'opsgenie-service', attributes: { name: 'n', region: 'us', opsgenie_api_key: secret } } },
      '',
    ],
    [
      '/api/v2/integrations/okta/accounts',
      {
        data: {
          type: 'okta-accounts',
          attributes: { name: 'n', auth_method: 'oauth', domain: 'd', client_id: 'c', client_secret: secret },
        },
      },
      '',
    ],
    [
      '/api/v2/integrations/confluent-cloud/accounts',
      { data: { type: 'confluent-cloud-accounts', attributes: { api_key: 'k', api_secret: secret } } },
      '',
    ],
    [
      '/api/v2/integrations/fastly/accounts',
      { data: { type: 'fastly-accounts', attributes: { name: 'n', api_key: secret } } },
      '',
    ],
    [
      '/api/v2/logs/config/custom-destinations',
      {
        data: {
          type: 'custom_destination',
          attributes: {
            name: 'd',
            forwarder_destination: {
              type: 'http',
              endpoint: 'https://example.com',
              auth: { type: 'basic', username: secret, password: secret },
            },
          },
        },
      },
      '',
    ],
  ];
  for (const [path, body, below] of paths) {
    const made = call('POST', path, body);
    assert.ok(made.status < 300, `${path} ${made.status} ${made.text}`);
    assert.ok(!made.text.includes(secret), path);
    const read = call('GET', path + below);
    assert.equal(read.status, 200, path);
    assert.ok(!read.text.includes(secret), path);
  }
});

test('an AWS account is integrated once, keeps its kind of access, and is merged field by field', () => {
  const call = start();
  const path = '/api/v2/integration/aws/accounts';
  const account = (more: JsonObject = {}) => ({
    data: {
      type: 'account',
      attributes: { aws_account_id: '123456789012', aws_partition: 'aws', auth_config: { role_name: 'r' }, ...more },
    },
  });
  const made = call('POST', path, account());
  assert.equal(made.status, 200);
  assert.equal(call('POST', path, account()).status, 409);
  assert.equal(call('POST', path, account({ aws_partition: 'mars' })).status, 400);
  const one = `${path}/${data(made).id}`;
  assert.equal(
    call('PATCH', one, account({ auth_config: { access_key_id: 'A', secret_access_key: 's' } })).status,
    400,
  );
  const changed = call('PATCH', one, account({ metrics_config: { enabled: false } }));
  assert.equal(objectOf(attributes(changed).metrics_config).automute_enabled, true);
  assert.equal(objectOf(attributes(changed).metrics_config).enabled, false);
  assert.equal(call('GET', `${path}/not-a-uuid`).status, 400);
  assert.equal(call('DELETE', one).status, 204);
  assert.equal(call('GET', one).status, 404);
});

test('log pipelines stand in an order, of all of them; one that is gone is a bad argument', () => {
  const call = start();
  const path = '/api/v1/logs/config/pipelines';
  const make = (name: string): Json =>
    call('POST', path, {
      name,
      filter: { query: 'a' },
      processors: [{ type: 'status-remapper', sources: ['level'], is_enabled: true }],
    }).body.id!;
  const [a, b] = [make('a'), make('b')];
  const order = '/api/v1/logs/config/pipeline-order';
  assert.deepEqual(call('GET', order).body, { pipeline_ids: [a, b] });
  assert.equal(call('PUT', order, { pipeline_ids: [b] }).status, 400);
  assert.equal(call('PUT', order, { pipeline_ids: [b, a] }).status, 200);
  assert.deepEqual(
    (call('GET', path).body as unknown as JsonObject[]).map(({ id }) => id),
    [b, a],
  );
  assert.deepEqual(call('DELETE', `${path}/${b}`).body, {});
  assert.equal(call('GET', `${path}/${b}`).status, 400);
  assert.deepEqual(call('GET', order).body, { pipeline_ids: [a] });
});

test('what was submitted is found again: points by queries, logs and events by searches', () => {
  const call = start();
  const at = NOW / 1000 - 60;
  assert.equal(
    call('POST', '/api/v1/series', { series: [{ metric: 'my.metric', points: [[at, 7]], host: 'h' }] }).status,
    202,
  );
  const points = call('GET', `/api/v1/query?from=${at - 600}&to=${NOW / 1000}&query=avg:my.metric{*}`);
  assert.deepEqual(arrayOf(objectOf(arrayOf(points.body.series)[0]).pointlist), [[NOW - 60_000, 7]]);
  assert.equal(call('GET', '/api/v1/tags/hosts/h').status, 200);
  call('POST', '/api/v2/logs', [{ message: 'disk is full', ddtags: 'env:test', service: 'db', status: 'error' }]);
  const search = (query: string) =>
    arrayOf(call('POST', '/api/v2/logs/events/search', { filter: { query, from: 'now-1h', to: 'now' } }).body.data)
      .length;
  assert.equal(search('full'), 1);
  assert.equal(search('service:db status:error'), 1);
  assert.equal(search('service:(web OR db) -env:prod'), 1);
  assert.equal(search('service:db -env:test'), 0);
  call('POST', '/api/v1/events', { title: 'deployed', text: 'version 7' });
  assert.equal(arrayOf(call('GET', '/api/v2/events?filter[query]=version').body.data).length, 1);
  assert.equal(call('POST', '/api/v1/events', { title: 't', text: '', date_happened: 1 }).status, 400);
});

test('a search is read to its end page by page, and refuses a window that ends before it starts', () => {
  const call = start();
  let [seen, cursor] = [0, ''];
  for (let pages = 0; pages < 20; pages++) {
    const { body } = call('GET', `/api/v2/logs/events?page[limit]=2${cursor && `&page[cursor]=${cursor}`}`);
    const found = arrayOf(body.data);
    if (found.length === 0) break;
    seen += found.length;
    cursor = String(objectOf(objectOf(body.meta).page).after);
  }
  assert.equal(seen, 3);
  assert.equal(call('GET', '/api/v2/spans/events?filter[from]=now&filter[to]=now-1m').status, 422);
  assert.equal(call('GET', '/api/v2/events?page[cursor]=e30').status, 400);
});

test('queries of metrics: in what unit, at which times, by host; refused beyond retention', () => {
  const call = start();
  const scalar = (from: number, to: number, query: string) =>
    call('POST', '/api/v2/query/scalar', {
      data: {
        type: 'scalar_request',
        attributes: { from, to, queries: [{ data_source: 'metrics', query, name: 'a' }], formulas: [{ formula: 'a' }] },
      },
    });
  const column = objectOf(arrayOf(attributes(scalar(NOW - 3_600_000, NOW, 'avg:system.cpu.user{*}')).columns)[0]);
  assert.equal(objectOf(arrayOf(objectOf(column.meta).unit)[0]).name, 'percent');
  assert.equal(arrayOf(column.values).length, 1);
  assert.deepEqual(
    scalar(NOW - 3_600_000, NOW, 'avg:system.cpu.user{*}').body,
    scalar(NOW - 3_600_000, NOW, 'avg:system.cpu.user{*}').body,
  );
  assert.equal(scalar(0, 1000, 'avg:system.cpu.user{*}').status, 400);
  const series = call(
    'GET',
    `/api/v1/query?from=${NOW / 1000 - 86_400}&to=${NOW / 1000}&query=${encodeURIComponent('avg:system.load.1{*} by {host}')}`,
  ).body;
  assert.equal(arrayOf(series.series).length, 3);
  assert.equal(objectOf(arrayOf(series.series)[0]).interval, 300);
});

test('usage is told hour by hour, and never backwards', () => {
  const call = start();
  const hours = call('GET', '/api/v1/usage/hosts?start_hr=2026-03-01T00&end_hr=2026-03-02T00').body;
  assert.equal(arrayOf(hours.usage).length, 24);
  assert.equal(objectOf(arrayOf(hours.usage)[1]).hour, '2026-03-01T01:00:00+00:00');
  assert.equal(call('GET', '/api/v1/usage/hosts?start_hr=2026-03-02T00&end_hr=2026-03-01T00').status, 400);
  assert.equal(call('GET', '/api/v1/usage/hosts').status, 400);
  assert.equal(call('GET', '/api/v1/usage/hosts?start_hr=yesterday').status, 400);
  const forever = call('GET', '/api/v1/usage/hosts?start_hr=1970-01-01T00&end_hr=2026-01-01T00').body;
  assert.ok(arrayOf(forever.usage).length <= 62 * 24);
});

test('a budget is made, changed in place, listed without its entries, and gone', () => {
  const call = start();
  const budget = (id?: Json): unknown => ({
    data: {
      type: 'budget',
      ...(id !== undefined && { id }),
      attributes: {
        name: 'b',
        metrics_query: 'sum:aws.cost{*}',
        start_month: 202601,
        end_month: 202602,
        entries: [
          { month: 202601, amount: 500 },
          { month: 202602, amount: 250 },
        ],
      },
    },
  });
  const made = call('PUT', '/api/v2/cost/budget', budget());
  assert.equal(attributes(made).total_amount, 750);
  const id = data(made).id!;
  assert.equal(data(call('PUT', '/api/v2/cost/budget', budget(id))).id, id);
  assert.equal(call('PUT', '/api/v2/cost/budget', budget('00000000-0000-4000-8000-000000000000')).status, 404);
  assert.equal(call('PUT', '/api/v2/cost/budget', { data: {} }).status, 400);
  assert.equal(
    objectOf(objectOf(arrayOf(call('GET', '/api/v2/cost/budgets').body.data)[0]).attributes).entries,
    undefined,
  );
  assert.equal(call('DELETE', `/api/v2/cost/budget/${id}`).status, 204);
  assert.equal(call('GET', `/api/v2/cost/budget/${id}`).status, 404);
});

test('a monitor template keeps its versions', () => {
  const call = start();
  const path = '/api/v2/monitor/template';
  const template = (title: string, id?: Json) => ({
    data: {
      ...(id !== undefined && { id }),
      type: 'monitor-user-template',
      attributes: {
        title,
        tags: [],
        description: null,
        template_variables: [],
        monitor_definition: { name: 'n', query: 'q' },
      },
    },
  });
  const id = data(call('POST', path, template('one'))).id;
  const changed = call('PUT', `${path}/${id}`, template('two', id!));
  assert.equal(attributes(changed).version, 1);
  assert.deepEqual(
    arrayOf(attributes(changed).versions).map((version) => objectOf(version).title),
    ['one', 'two'],
  );
  assert.equal(attributes(call('GET', `${path}/${id}`)).versions, undefined);
});
