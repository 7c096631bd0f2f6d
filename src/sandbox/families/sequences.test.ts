// What Terraform and the clients do one after the other, where an answer follows from what was done before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, fresh, resource } from '../../../test/harness/sandbox-call.ts';
import { arrayOf, at, type JsonObject, objectOf, textOf } from '../json.ts';

const SLO: JsonObject = {
  type: 'metric',
  name: 's',
  thresholds: [{ timeframe: '7d', target: 99, target_display: '99.0' }],
};
const first = (body: JsonObject): JsonObject => objectOf(arrayOf(body.data)[0]);

test('a monitor is published unless it says draft; its priority and threshold are checked', () => {
  const sandbox = fresh();
  const sent = { type: 'query alert', name: 'm', query: 'avg(last_5m):avg:a{*} > 4' };
  assert.equal(ask(sandbox, 'POST', '/api/v1/monitor', sent).body.draft_status, 'published');
  const draft = ask(sandbox, 'POST', '/api/v1/monitor', { ...sent, draft_status: 'draft' }).body;
  assert.equal(ask(sandbox, 'PUT', `/api/v1/monitor/${draft.id}`, { name: 'n' }).body.draft_status, 'draft');
  const wrong = ask(sandbox, 'POST', '/api/v1/monitor', { ...sent, options: { thresholds: { critical: 5 } } });
  assert.deepEqual(wrong.body.errors, ['Alert threshold (5.0) does not match that used in the query (4.0).']);
  assert.equal(ask(sandbox, 'PUT', `/api/v1/monitor/${draft.id}`, { priority: 6 }).status, 400);
});

test('an SLO that counts tells the query of its specification, keeps its type, and knows its alerts', () => {
  const sandbox = fresh();
  const queries = [
    { name: 'a', data_source: 'metrics', query: 'sum:all{*}' },
    { name: 'b', data_source: 'metrics', query: 'sum:bad{*}' },
  ];
  const count = { queries, good_events_formula: { formula: 'a - b' }, bad_events_formula: { formula: 'b' } };
  const made = first(
    ask(sandbox, 'POST', '/api/v1/slo', { ...SLO, tags: ['z:1', 'a:1'], sli_specification: { count } }).body,
  );
  assert.deepEqual(made.query, {
    numerator: 'sum:all{*} - sum:bad{*}',
    denominator: '(sum:all{*} - sum:bad{*}) + (sum:bad{*})',
  });
  assert.deepEqual(made.tags, ['a:1', 'z:1']);
  assert.equal(at(arrayOf(made.thresholds)[0], 'target_display'), '99.');
  const path = `/api/v1/slo/${textOf(made.id)}`;
  const other = ask(sandbox, 'PUT', path, { ...SLO, type: 'monitor', monitor_ids: [1] });
  assert.deepEqual(other.body.errors, ['Invalid payload: must specify the query for count types']);
  const query = `error_budget("${textOf(made.id)}").over("7d") > 75`;
  const alert = ask(sandbox, 'POST', '/api/v1/monitor', { type: 'slo alert', name: 'a', query }).body;
  const read = ask(sandbox, 'GET', `${path}?with_configured_alert_ids=true`).body;
  assert.deepEqual(at(read, 'data', 'configured_alert_ids'), [alert.id]);
});

test('a correction is for an SLO or a search of them, and its creation tells no times', () => {
  const sandbox = fresh();
  const attributes = { start: 1_700_000_000, end: 1_700_003_600, category: 'Other' };
  const path = '/api/v1/slo/correction';
  assert.equal(ask(sandbox, 'POST', path, resource('correction', { ...attributes, slo_id: 'none' })).status, 404);
  const made = ask(sandbox, 'POST', path, resource('correction', { ...attributes, slo_query: 'env:a' })).body;
  assert.equal(at(made, 'data', 'attributes', 'created_at'), null);
  const read = ask(sandbox, 'GET', `${path}/${textOf(at(made, 'data', 'id'))}`).body;
  assert.equal(typeof at(read, 'data', 'attributes', 'created_at'), 'number');
});

test('a downtime names who made it, and takes neither a scope without keys nor attributes that are none', () => {
  const sandbox = fresh();
  const attributes = { scope: 'env:a AND NOT host:b', monitor_identifier: { monitor_tags: ['*'] } };
  const made = ask(sandbox, 'POST', '/api/v2/downtime', resource('downtime', attributes)).body;
  assert.equal(arrayOf(made.included).length, 1);
  const bare = ask(sandbox, 'POST', '/api/v2/downtime', resource('downtime', { ...attributes, scope: 'staging' }));
  assert.deepEqual(bare.body.errors, ['All values must have a key']);
  const id = textOf(at(made, 'data', 'id'));
  const unknown = ask(sandbox, 'PATCH', `/api/v2/downtime/${id}`, resource('downtime', { mood: 'calm' }, { id }));
  assert.deepEqual(unknown.body.errors, ["Additional properties are not allowed ('mood' was unexpected)"]);
});

test('an index keeps what an update leaves out, and begins with fifteen days', () => {
  const sandbox = fresh();
  const path = '/api/v1/logs/config/indexes';
  const made = ask(sandbox, 'POST', path, { name: 'web', filter: { query: '*' }, daily_limit: 1000 }).body;
  assert.equal(made.num_retention_days, 15);
  ask(sandbox, 'PUT', `${path}/web`, { filter: { query: 'a' }, num_retention_days: 7 });
  const kept = ask(sandbox, 'PUT', `${path}/web`, { filter: { query: 'b' } }).body;
  assert.deepEqual([kept.num_retention_days, kept.daily_limit], [7, 1000]);
});

test('an update without data is a bad request; what an update calls itself does not rename what it changes', () => {
  const sandbox = fresh();
  const path = '/api/v2/cost/arbitrary_rule';
  const rule = {
    rule_name: 'r',
    enabled: true,
    order_id: 1,
    provider: ['aws'],
    type: 'shared',
    costs_to_allocate: [],
    strategy: { method: 'even' },
  };
  const made = ask(sandbox, 'POST', path, resource('upsert_arbitrary_rule', rule)).body;
  const one = `${path}/${textOf(at(made, 'data', 'id'))}`;
  assert.equal(ask(sandbox, 'PATCH', one, {}).status, 400);
  const changed = ask(sandbox, 'PATCH', one, resource('upsert_arbitrary_rule', { ...rule, rule_name: 'q' })).body;
  assert.equal(at(changed, 'data', 'type'), at(made, 'data', 'type'));
  assert.equal(at(ask(sandbox, 'GET', one).body, 'data', 'attributes', 'rule_name'), 'q');
});
