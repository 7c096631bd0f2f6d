import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answered, ask, resource } from '../../test/harness/sandbox-call.ts';
import { at, type JsonObject } from './json.ts';
import { createSandbox } from './sandbox.ts';

const idOf = ({ body }: Answered): string => String(at(body, 'data', 'id'));

test('an incident is made, resolved, found and deleted, with what stands below it', () => {
  const sandbox = createSandbox();
  const made = ask(
    sandbox,
    'POST',
    '/api/v2/incidents',
    resource('incidents', { title: 't', customer_impacted: false }),
  );
  assert.equal(made.status, 201);
  assert.equal(at(made.body, 'data', 'attributes', 'state'), 'active');
  const path = `/api/v2/incidents/${idOf(made)}`;
  const resolved = { fields: { state: { type: 'dropdown', value: 'resolved' } } };
  const changed = ask(sandbox, 'PATCH', path, resource('incidents', resolved, { id: idOf(made) }));
  assert.equal(at(changed.body, 'data', 'attributes', 'state'), 'resolved');
  assert.equal(at(changed.body, 'data', 'attributes', 'fields', 'severity', 'value'), 'UNKNOWN');
  const found = ask(sandbox, 'GET', '/api/v2/incidents/search?query=state:resolved');
  assert.equal(at(found.body, 'data', 'attributes', 'total'), 1);
  const todo = ask(
    sandbox,
    'POST',
    `${path}/relationships/todos`,
    resource('incident_todos', { content: 'c', assignees: [] }),
  );
  assert.equal(todo.status, 201);
  assert.equal(ask(sandbox, 'DELETE', path).status, 204);
  assert.equal(ask(sandbox, 'GET', `${path}/relationships/todos`).status, 404);
});

test('a resource of another type is refused in the words of the framework, before it is looked for', () => {
  const sandbox = createSandbox();
  const answer = ask(
    sandbox,
    'PATCH',
    '/api/v2/incidents/config/notification-templates/00000000-0000-0000-0000-000000000009',
    resource('wrong', {}),
  );
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.body.errors, [
    { status: '400', title: 'Bad Request', detail: 'got type "wrong" expected one of "notification_templates"' },
  ]);
});

test('a case goes through its steps, and a step that is none changes nothing', () => {
  const sandbox = createSandbox();
  const type = '00000000-0000-0000-0000-000000000001';
  const project = { relationships: { project: { data: { id: type, type: 'project' } } } };
  const made = ask(sandbox, 'POST', '/api/v2/cases', resource('case', { title: 't', type_id: type }, project));
  assert.equal(made.status, 201);
  const path = `/api/v2/cases/${idOf(made)}`;
  const moved = ask(sandbox, 'POST', `${path}/status`, resource('case', { status: 'IN_PROGRESS' }));
  assert.equal(at(moved.body, 'data', 'attributes', 'status_name'), 'In Progress');
  assert.equal(ask(sandbox, 'POST', `${path}/priority`, resource('case', { priority: 'P9' })).status, 400);
  assert.equal(at(ask(sandbox, 'GET', path).body, 'data', 'attributes', 'priority'), 'NOT_DEFINED');
  assert.equal(ask(sandbox, 'POST', `${path}/comment`, resource('case', { comment: 'c' })).status, 200);
  assert.equal(at(ask(sandbox, 'GET', path).body, 'data', 'attributes', 'comment_count'), 1);
});

test('a project is asked for as soon as the organisation has one', () => {
  const sandbox = createSandbox();
  const project = ask(sandbox, 'POST', '/api/v2/cases/projects', resource('project', { name: 'p', key: 'PRJ' }));
  const create = (id: string): Answered =>
    ask(
      sandbox,
      'POST',
      '/api/v2/cases',
      resource(
        'case',
        { title: 't', type_id: '00000000-0000-0000-0000-000000000001' },
        { relationships: { project: { data: { id, type: 'project' } } } },
      ),
    );
  assert.equal(create('00000000-0000-0000-0000-00000000000f').status, 404);
  assert.match(String(at(create(idOf(project)).body, 'data', 'attributes', 'key')), /^PRJ-/);
});

test('a status page shows what a degradation does to its components', () => {
  const sandbox = createSandbox();
  const page = ask(
    sandbox,
    'POST',
    '/api/v2/statuspages',
    resource('status_pages', {
      name: 'p',
      type: 'internal',
      domain_prefix: 'p',
      visualization_type: 'bars_and_uptime_percentage',
      components: [{ name: 'App', type: 'group', components: [{ name: 'Login', position: 0, type: 'component' }] }],
    }),
  );
  const path = `/api/v2/statuspages/${idOf(page)}`;
  const [group] = at(page.body, 'data', 'attributes', 'components') as JsonObject[];
  const [login] = group!.components as JsonObject[];
  const components_affected = [{ id: login!.id ?? '', status: 'major_outage' }];
  const told = { title: 't', description: 'd', status: 'investigating', components_affected };
  const degradation = ask(sandbox, 'POST', `${path}/degradations`, resource('degradations', told));
  assert.equal(degradation.status, 201);
  const [now] = at(ask(sandbox, 'GET', path).body, 'data', 'attributes', 'components') as JsonObject[];
  assert.equal((now!.components as JsonObject[])[0]!.status, 'major_outage');
  assert.equal(ask(sandbox, 'DELETE', `${path}/components/${group!.id}`).status, 204);
  assert.equal(ask(sandbox, 'GET', `${path}/components/${login!.id}`).status, 404);
});

test('whoever is on call follows from the layers of the schedule', () => {
  const sandbox = createSandbox();
  sandbox.reset(Date.UTC(2026, 0, 3, 12));
  const [one, other] = ['00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000a2'];
  const layer = {
    name: 'l',
    effective_date: '2026-01-01T00:00:00Z',
    rotation_start: '2026-01-01T00:00:00Z',
    interval: { days: 1 },
    members: [{ user: { id: one! } }, { user: { id: other! } }],
  };
  const attributes = { name: 's', time_zone: 'UTC', layers: [layer] };
  const made = ask(sandbox, 'POST', '/api/v2/on-call/schedules', resource('schedules', attributes));
  const path = `/api/v2/on-call/schedules/${idOf(made)}/on-call`;
  assert.equal(at(ask(sandbox, 'GET', path).body, 'data', 'relationships', 'user', 'data', 'id'), one);
  const later = ask(sandbox, 'GET', `${path}?filter[at_ts]=2026-01-04T01:00:00Z`);
  assert.equal(at(later.body, 'data', 'relationships', 'user', 'data', 'id'), other);
});

test('a connection never gives back the secret that was put into it', () => {
  const sandbox = createSandbox();
  const credentials = {
    type: 'HTTPTokenAuth',
    tokens: [{ name: 'n', type: 'SECRET', value: 'hunter2-value' }],
    password: 'hunter2-password',
  };
  const integration = { type: 'HTTP', base_url: 'https://example.com', credentials };
  const made = ask(
    sandbox,
    'POST',
    '/api/v2/actions/connections',
    resource('action_connection', { name: 'c', integration }),
  );
  assert.equal(made.status, 201);
  const read = ask(sandbox, 'GET', `/api/v2/actions/connections/${idOf(made)}`);
  assert.doesNotMatch(JSON.stringify([made, read, sandbox.world.save()]), /hunter2/);
});

test('the catalog takes YAML, derives relations, and is not drowned by aliases', () => {
  const sandbox = createSandbox();
  const yaml =
    'apiVersion: v3\nkind: service\nmetadata:\n  name: cart\n  owner: shop\nspec:\n  dependsOn: [service:default/db]\n';
  assert.equal(ask(sandbox, 'POST', '/api/v2/catalog/entity', yaml).status, 202);
  const [entity] = ask(sandbox, 'GET', '/api/v2/catalog/entity').body.data as JsonObject[];
  const relations = ask(sandbox, 'GET', '/api/v2/catalog/relation').body.data as JsonObject[];
  assert.ok(relations.some(({ id }) => id === 'service:default/cart:RelationTypeDependsOn:service:default/db'));
  const bomb = ['a0: &a0 [x,x]', ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i},*a${i}]`)].join(
    '\n',
  );
  assert.equal(ask(sandbox, 'POST', '/api/v2/catalog/entity', bomb).status, 400);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/catalog/entity/${entity!.id}`).status, 204);
  assert.deepEqual(ask(sandbox, 'GET', '/api/v2/catalog/relation').body.data, []);
});

test('a pipeline whose graph does not hold together is refused, circles and all', () => {
  const sandbox = createSandbox();
  const group = (id: string, input: string): JsonObject => ({
    id,
    enabled: true,
    include: '*',
    inputs: [input],
    processors: [],
  });
  const config = {
    sources: [{ id: 's', type: 'datadog_agent' }],
    processor_groups: [group('a', 'b'), group('b', 'a')],
    destinations: [{ id: 'd', type: 'datadog_logs', inputs: ['a'] }],
  };
  const answer = ask(
    sandbox,
    'POST',
    '/api/v2/obs-pipelines/pipelines/validate',
    resource('pipelines', { name: 'p', config }),
  );
  assert.equal(answer.status, 400);
  assert.match(JSON.stringify(answer.body), /components are unused: \[s\]/);
});
