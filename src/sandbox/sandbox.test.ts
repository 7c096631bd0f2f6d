import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../test/harness/sandbox-call.ts';
import type { JsonObject } from './json.ts';
import { createSandbox } from './sandbox.ts';

test('a monitor lives: created, read, listed, changed, deleted, gone', () => {
  const sandbox = createSandbox();
  const made = ask(sandbox, 'POST', '/api/v1/monitor', {
    type: 'metric alert',
    query: 'avg(last_5m):avg:a{*} > 1',
    name: 'm',
  });
  assert.equal(made.status, 200);
  const path = `/api/v1/monitor/${made.body.id}`;
  assert.equal(ask(sandbox, 'GET', path).body.name, 'm');
  assert.equal((ask(sandbox, 'GET', '/api/v1/monitor').body as unknown as unknown[]).length, 1);
  assert.equal(ask(sandbox, 'PUT', path, { name: 'n' }).body.name, 'n');
  assert.deepEqual(ask(sandbox, 'DELETE', path).body, { deleted_monitor_id: made.body.id });
  assert.equal(ask(sandbox, 'GET', path).status, 404);
});

test('a monitor is muted in a scope, and everything at once, until it no longer is', () => {
  const sandbox = createSandbox();
  const monitor = { type: 'metric alert', query: 'avg(last_5m):avg:a{*} > 1', name: 'm' };
  const path = `/api/v1/monitor/${ask(sandbox, 'POST', '/api/v1/monitor', monitor).body.id}`;
  const silenced = (body: JsonObject): unknown => (body.options as JsonObject).silenced;
  assert.deepEqual(silenced(ask(sandbox, 'POST', `${path}/mute`, { scope: 'env:dev', end: 1_900_000_000 }).body), {
    'env:dev': 1_900_000_000,
  });
  ask(sandbox, 'POST', `${path}/mute`);
  assert.deepEqual(silenced(ask(sandbox, 'GET', path).body), { 'env:dev': 1_900_000_000, '*': null });
  assert.deepEqual(silenced(ask(sandbox, 'POST', `${path}/unmute`).body), { 'env:dev': 1_900_000_000 });
  assert.deepEqual(silenced(ask(sandbox, 'POST', `${path}/unmute`, { all_scopes: true }).body), {});
  const { id } = ask(sandbox, 'POST', '/api/v1/monitor/mute_all').body;
  assert.equal(ask(sandbox, 'GET', `/api/v1/downtime/${id}`).body.active, true);
  assert.equal(ask(sandbox, 'POST', '/api/v1/monitor/unmute_all').status, 200);
  assert.equal(ask(sandbox, 'GET', `/api/v1/downtime/${id}`).body.active, false);
  assert.equal(ask(sandbox, 'POST', '/api/v1/monitor/unmute_all').status, 400);
});

test('a JSON:API resource lives, below its parent', () => {
  const sandbox = createSandbox();
  const team = ask(sandbox, 'POST', '/api/v2/team', {
    data: { type: 'team', attributes: { handle: 'sre', name: 'SRE' } },
  });
  assert.equal(team.status, 201);
  const id = (team.body.data as JsonObject).id;
  const link = { data: { type: 'team_links', attributes: { label: 'wiki', url: 'https://example.com' } } };
  assert.equal(ask(sandbox, 'POST', `/api/v2/team/${id}/links`, link).status, 200);
  assert.equal(ask(sandbox, 'POST', `/api/v2/team/00000000-0000-0000-0000-000000000000/links`, link).status, 404);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/team/${id}`).status, 204);
  assert.equal(ask(sandbox, 'GET', `/api/v2/team/${id}/links`).status, 404);
});

test('what the model forbids is a 400, what is no JSON too, what is no operation a 404', () => {
  const sandbox = createSandbox();
  assert.equal(ask(sandbox, 'POST', '/api/v2/team', { data: { type: 'team', attributes: {} } }).status, 400);
  assert.equal(ask(sandbox, 'POST', '/api/v2/team', '{"data":').status, 400);
  assert.equal(ask(sandbox, 'POST', '/api/v2/team', '['.repeat(50_000)).status, 400);
  assert.equal(ask(sandbox, 'GET', '/api/v2/nothing').status, 404);
  assert.equal(ask(sandbox, 'GET', '/api/v1/monitor/../user').status, 400);
});

test('the same requests at the same time give the same answers, and a saved state goes on where it stood', () => {
  const [one, other] = [createSandbox(), createSandbox()];
  for (const sandbox of [one, other]) sandbox.reset(Date.UTC(2026, 0, 1));
  const body = { title: 't', layout_type: 'ordered', widgets: [] };
  assert.deepEqual(ask(one, 'POST', '/api/v1/dashboard', body), ask(other, 'POST', '/api/v1/dashboard', body));
  const third = createSandbox();
  third.world.load(JSON.parse(JSON.stringify(one.world.save())));
  assert.deepEqual(ask(third, 'POST', '/api/v1/dashboard', body), ask(other, 'POST', '/api/v1/dashboard', body));
});

test('an id may hold a slash that is escaped, and is no path for it', () => {
  const sandbox = createSandbox();
  const entity = 'apiVersion: v3\nkind: service\nmetadata:\n  name: cart\n';
  assert.equal(ask(sandbox, 'POST', '/api/v2/catalog/entity', entity).status, 202);
  assert.equal(ask(sandbox, 'GET', '/api/v2/catalog%2Fentity').status, 404);
  assert.equal(ask(sandbox, 'DELETE', '/api/v2/catalog/entity/service%3Adefault%2fcart').status, 204);
  assert.equal(ask(sandbox, 'DELETE', '/api/v2/catalog/entity/service%3Adefault%2Fcart').status, 404);
  assert.equal(ask(sandbox, 'GET', '/api/v1/monitor/1%2F..%2F..%2Fuser').status, 400);
});
