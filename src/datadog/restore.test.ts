import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCorpus } from '../../test/recordings/corpus.ts';
import { expectedResource } from '../../test/recordings/expected-resources.ts';
import { imageIn } from './before.ts';
import { operationByKey, operations } from './catalogue.ts';
import { classify } from './classify.ts';
import { effectOf, inSafeOrder, type RecordedChange, restoreOf } from './restore.ts';
import { BY_TYPE, DELETES, LOST, NAMES_VERSION, OPPOSITE, PARTIAL_PUTS, RESTORES, SENT } from './restore-special.ts';
import { normaliseTarget } from './target.ts';

const restored = (change: Omit<RecordedChange, 'kind' | 'id'> & { of: string }) => {
  const [kind = '', id = ''] = change.of.split('/');
  const { calls, cannot } = restoreOf({ ...change, kind, id });
  return [...calls.map(({ method, target, body }) => [method, target, body]), ...cannot];
};

test('an update is undone by the image before, without what the server makes', () => {
  const before = {
    id: 7,
    name: 'CPU',
    type: 'metric alert',
    query: 'avg(last_5m):avg:x{*} > 5',
    modified: '2026-01-01',
    creator: { email: 'a@example.com' },
    priority: null,
    options: { thresholds: { critical: 5 } },
  };
  assert.deepEqual(
    restored({
      of: 'monitor/7',
      operation: 'v1.UpdateMonitor',
      target: '/api/v1/monitor/7',
      before,
      after: { ...before, priority: 2 },
    }),
    [
      ['PUT', '/api/v1/monitor/7', { name: 'CPU', type: 'metric alert', query: before.query, options: before.options }],
      'priority was added, and v1.UpdateMonitor cannot take it away',
    ],
  );
  const role = { id: 'r', type: 'roles', attributes: { name: 'sre', user_count: 3, created_at: 'x' } };
  assert.deepEqual(restored({ of: 'role/r', operation: 'v2.UpdateRole', target: '/api/v2/roles/r', before: role }), [
    ['PATCH', '/api/v2/roles/r', { data: { id: 'r', type: 'roles', attributes: { name: 'sre' } } }],
  ]);
  assert.deepEqual(restored({ of: 'monitor/7', operation: 'v1.UpdateMonitor', target: '/api/v1/monitor/7' }), [
    'there is no image of monitor/7 before the change',
  ]);
  const order = { index_names: ['main', 'rest'] };
  const target = '/api/v1/logs/config/index-order';
  assert.deepEqual(
    restored({ of: 'logs-index-order/-', operation: 'v1.UpdateLogsIndexOrder', target, before: order }),
    [['PUT', target, order]],
  );
});

test('what was deleted is made again, by Datadog itself where it can; what is lost is said', () => {
  assert.deepEqual(restored({ of: 'dashboard/a', operation: 'v1.DeleteDashboard', target: '/api/v1/dashboard/a' }), [
    ['PATCH', '/api/v1/dashboard', { data: [{ id: 'a', type: 'dashboard' }] }],
  ]);
  const webhook = { name: 'hook', url: 'https://example.com/redacted:dwfp_0123456789', payload: '{}' };
  assert.deepEqual(
    restored({
      of: 'webhook/hook',
      operation: 'v1.DeleteWebhooksIntegration',
      target: '/api/v1/integration/webhooks/configuration/webhooks/hook',
      before: webhook,
    }),
    ['the image before lacks what v1.CreateWebhooksIntegration needs: url'],
  );
  const [call, ...cannot] = restored({
    of: 'synthetics-test/x-y',
    operation: 'v1.DeleteTests',
    target: '/api/v1/synthetics/tests/delete',
    before: {
      type: 'browser',
      name: 't',
      config: { assertions: [] },
      locations: [],
      message: '',
      options: {},
      status: 'live',
    },
  });
  assert.deepEqual([(call as string[])[0], (call as string[])[1]], ['POST', '/api/v1/synthetics/tests/browser']);
  assert.match(cannot.join(), /new id/);
  assert.match(
    String(restored({ of: 'api-key/k', operation: 'v2.DeleteAPIKey', target: '/api/v2/api_keys/k', before: {} })),
    /value is gone/,
  );
});

test('what an update cannot take away is told, however deep; a version that must be named is the one that is there now', () => {
  const destination = { type: 'splunk_hec', endpoint: 'https://example.com' };
  const image = (forwarder_destination: object) => ({
    id: 'd',
    type: 'custom_destination',
    attributes: { name: 'out', forwarder_destination },
  });
  const [, ...cannot] = restored({
    of: 'logs-custom-destination/d',
    operation: 'v2.UpdateLogsCustomDestination',
    target: '/api/v2/logs/config/custom-destinations/d',
    before: image(destination),
    after: image({ ...destination, sourcetype: 'new' }),
  });
  assert.deepEqual(cannot, [
    'forwarder_destination.sourcetype was added, and v2.UpdateLogsCustomDestination cannot take it away',
  ]);
  const rule = (name: string, version: number) => ({
    id: 'r',
    type: 'notification_rules',
    attributes: { name, version },
  });
  const change = {
    of: 'security-notification-rule/r',
    operation: 'v2.PatchSignalNotificationRule',
    target: '/api/v2/security/signals/notification_rules/r',
    before: rule('old', 3),
  };
  assert.deepEqual(restored({ ...change, after: rule('new', 4) }), [
    ['PATCH', change.target, { data: rule('old', 4) }],
  ]);
  assert.match(String(restored(change)), /must name the version that is there now, which is not known/);
});

test('what was created is deleted; what was added to a thing is taken away; what was sent stays', () => {
  assert.deepEqual(restored({ of: 'monitor/9', operation: 'v1.CreateMonitor', target: '/api/v1/monitor' }), [
    ['DELETE', '/api/v1/monitor/9', undefined],
  ]);
  assert.deepEqual(
    restored({
      of: 'synthetics-test/a',
      operation: 'v1.CreateSyntheticsAPITest',
      target: '/api/v1/synthetics/tests/api',
    }),
    [['POST', '/api/v1/synthetics/tests/delete', { public_ids: ['a'] }]],
  );
  const body = { data: { id: 'u', type: 'users' } };
  assert.deepEqual(
    restored({
      of: 'role/r',
      operation: 'v2.AddUserToRole',
      target: '/api/v2/roles/r/users',
      request: Buffer.from(JSON.stringify(body)),
    }),
    [['DELETE', '/api/v2/roles/r/users', body]],
  );
  assert.match(
    String(restored({ of: 'event/1', operation: 'v1.CreateEvent', target: '/api/v1/events' })),
    /taken back/,
  );
  assert.match(String(restored({ of: 'x/1', operation: 'v1.TriggerTests', target: '/' })), /taken back/);
  assert.match(String(restored({ of: 'x/1', operation: 'unknown.POST', target: '/' })), /not known/);
  assert.deepEqual(
    [
      'v2.CreateTagConfiguration',
      'v2.DeleteTagConfiguration',
      'v2.RemoveUserFromRole',
      'v2.CloneRole',
      'v1.QueryMetrics',
    ].map(effectOf),
    ['create', 'delete', 'update', 'create', 'none'],
  );
});

test('an id cannot lead a call elsewhere', () => {
  const [call] = restored({ of: 'monitor/..', operation: 'v1.CreateMonitor', target: '/api/v1/monitor' });
  assert.throws(() => normaliseTarget((call as string[])[1]!), { code: 'bad_path' });
  const { calls } = restoreOf({
    operation: 'v1.CreateMonitor',
    target: '/api/v1/monitor',
    kind: 'monitor',
    id: 'a/b?c#d',
  });
  assert.equal(calls[0]?.target, '/api/v1/monitor/a%2Fb%3Fc%23d');
});

test('the order: what others refer to first, deletions last and the other way round', () => {
  const call = (kind: string, does: 'update' | 'create' | 'delete') =>
    ({ operation: '', method: 'PUT', target: '', kind, id: '', does }) as const;
  const given = [
    call('monitor', 'delete'),
    call('dashboard', 'create'),
    call('slo', 'delete'),
    call('role', 'update'),
    call('monitor', 'create'),
    call('logs-index', 'update'),
    call('downtime', 'create'),
  ];
  assert.deepEqual(
    inSafeOrder(given).map(({ kind, does }) => `${does} ${kind}`),
    [
      'update role',
      'update logs-index',
      'create monitor',
      'create downtime',
      'create dashboard',
      'delete slo',
      'delete monitor',
    ],
  );
});

test('the tables name operations and kinds that are there, and opposites share their parameters', () => {
  const kinds = new Set(operations().map(({ resource }) => resource.kind));
  const named = [
    ...OPPOSITE.keys(),
    ...PARTIAL_PUTS,
    ...NAMES_VERSION,
    ...[...Object.values(RESTORES), ...Object.values(DELETES)].map(({ operation }) => operation),
    ...Object.values(BY_TYPE).flatMap((types) =>
      Object.values(types).flatMap(({ create, update }) => [create, update]),
    ),
  ];
  for (const key of named) assert.ok(operationByKey(key) !== undefined, key);
  for (const kind of [...SENT, ...Object.keys(LOST), ...Object.keys(BY_TYPE)]) assert.ok(kinds.has(kind), kind);
  for (const [one, other] of OPPOSITE) {
    const params = (key: string) => (operationByKey(key)!.path.match(/\{\w+\}/g) ?? []).join();
    assert.equal(params(one), params(other), one);
  }
});

test('every creating, updating and deleting operation has an answer, and every call is one of the catalogue', () => {
  for (const { key, action, path, resource } of operations()) {
    if (action === 'read') continue;
    const change = {
      operation: key,
      target: path.replace(/\{(\w+)\}/g, 'p-$1'),
      kind: resource.kind,
      id: 'ID',
      before: {},
      after: {},
    };
    const { calls, cannot } = restoreOf(change);
    assert.ok(calls.length + cannot.length > 0, key);
    for (const call of calls) {
      const by = operationByKey(call.operation)!;
      assert.equal(by.method, call.method, key);
      assert.match(call.target, new RegExp(`^${by.path.replace(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`), key);
      assert.notEqual(by.action, 'read', key);
    }
  }
});

const corpus = join(import.meta.dirname, '../../../shared/datadog/recordings.ndjson.gz');
test('recorded creations: what restores them asks for what was asked for when they were made', {
  skip: existsSync(corpus) ? false : 'no ../shared/datadog/recordings.ndjson.gz',
}, () => {
  const parse = (bytes: Buffer): unknown => {
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      return undefined;
    }
  };
  const counts = { created: 0, deletable: 0, remade: 0, same: 0 };
  for (const recorded of readCorpus(corpus).flat()) {
    const expected = expectedResource(recorded);
    if (expected === undefined || expected.secret) continue;
    const url = new URL(recorded.url);
    const target = normaliseTarget(url.pathname);
    const { requestBody: body, method } = recorded;
    const { operation } = classify({ method, target, host: undefined, body }).classification;
    const before = imageIn(parse(recorded.responseBody));
    if (effectOf(operation) !== 'create' || before === undefined) continue;
    counts.created++;
    const change = { operation, target: target.path, kind: expected.kind, id: expected.ids[0]!, request: body };
    const [deletion] = restoreOf(change).calls;
    if (deletion === undefined) continue;
    counts.deletable++;
    const [again] = restoreOf({ ...change, operation: deletion.operation, target: deletion.target, before }).calls;
    if (again === undefined) continue;
    counts.remade++;
    if (again.operation === 'v1.RestoreDashboards' || asksFor(again.body, parse(body))) counts.same++;
  }
  const { created, deletable, remade, same } = counts;
  // The rest lacks a secret, or Datadog wrote a value in another way than it was sent.
  assert.ok(deletable / created > 0.97 && remade / created > 0.85 && same / created > 0.65, JSON.stringify(counts));
});

/** Whether all that the second value says, the first says too. */
function asksFor(body: unknown, wanted: unknown): boolean {
  if (wanted === null) return true;
  if (typeof wanted !== 'object') return body === wanted;
  return Object.entries(wanted).every(([name, value]) =>
    asksFor((body as Record<string, unknown> | undefined)?.[name], value),
  );
}
