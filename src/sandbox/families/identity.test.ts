import assert from 'node:assert/strict';
import test from 'node:test';
import { ask, fresh } from '../../../test/harness/sandbox-call.ts';
import { arrayOf, at, type Json, textOf } from '../json.ts';
import type { Sandbox } from '../sandbox.ts';

const idOf = (answer: { body: Json | undefined }): string => textOf(at(answer.body, 'data', 'id'));
const namesOf = (answer: { body: Json | undefined }): string[] =>
  arrayOf(at(answer.body, 'data')).map((each) => textOf(at(each, 'attributes', 'name')));

function makeUser(sandbox: Sandbox, email: string, roles: readonly string[] = []): string {
  const relationships = { roles: { data: roles.map((id) => ({ type: 'roles', id })) } };
  const answer = ask(sandbox, 'POST', '/api/v2/users', {
    data: { type: 'users', attributes: { email }, relationships },
  });
  assert.equal(answer.status, 201);
  return idOf(answer);
}

test('a role has what every role has and what it is granted, and loses only the latter', () => {
  const sandbox = fresh();
  const all = ask(sandbox, 'GET', '/api/v2/permissions');
  const tail = arrayOf(at(all.body, 'data')).find((each) => at(each, 'attributes', 'name') === 'logs_live_tail');
  const permission = { data: { type: 'permissions', id: textOf(at(tail, 'id')) } };
  const role = idOf(
    ask(sandbox, 'POST', '/api/v2/roles', { data: { type: 'roles', attributes: { name: 'Tailers' } } }),
  );

  const granted = namesOf(ask(sandbox, 'POST', `/api/v2/roles/${role}/permissions`, permission));
  assert.equal(granted[0], 'logs_live_tail');
  assert.ok(granted.includes('dashboards_read'));
  const left = namesOf(ask(sandbox, 'DELETE', `/api/v2/roles/${role}/permissions`, permission));
  assert.deepEqual(left, granted.slice(1));

  const unknown = { data: { type: 'permissions', id: '11111111-dead-beef-dead-ffffffffffff' } };
  assert.equal(ask(sandbox, 'POST', `/api/v2/roles/${role}/permissions`, unknown).status, 400);
  const again = { data: { type: 'roles', attributes: { name: 'Tailers' } } };
  assert.equal(ask(sandbox, 'POST', '/api/v2/roles', again).status, 409);
});

test('a deleted role is taken from who had it', () => {
  const sandbox = fresh();
  const role = idOf(ask(sandbox, 'POST', '/api/v2/roles', { data: { type: 'roles', attributes: { name: 'Short' } } }));
  const user = makeUser(sandbox, 'ada@example.com', [role]);
  assert.equal(at(ask(sandbox, 'GET', `/api/v2/roles/${role}`).body, 'data', 'attributes', 'user_count'), 1);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/roles/${role}`).status, 204);
  const found = ask(sandbox, 'GET', `/api/v2/users/${user}`);
  assert.deepEqual(at(found.body, 'data', 'relationships', 'roles', 'data'), []);
});

test('nobody is deleted: a disabled user is still there, and cannot be disabled again', () => {
  const sandbox = fresh();
  const user = makeUser(sandbox, 'Ada@Example.com');
  const again = { data: { type: 'users', attributes: { email: 'ada@example.com' } } };
  assert.equal(ask(sandbox, 'POST', '/api/v2/users', again).status, 409);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/users/${user}`).status, 204);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/users/${user}`).status, 404);
  const found = ask(sandbox, 'GET', `/api/v2/users/${user}`);
  assert.equal(at(found.body, 'data', 'attributes', 'status'), 'Disabled');
  const listed = ask(sandbox, 'GET', '/api/v2/users?filter[status]=Disabled');
  assert.equal(arrayOf(at(listed.body, 'data')).length, 1);
  assert.equal(at(listed.body, 'meta', 'page', 'total_count'), 2);
});

test('an application key shows its secret to its owner alone', () => {
  const sandbox = fresh();
  const made = ask(sandbox, 'POST', '/api/v2/current_user/application_keys', {
    data: { type: 'application_keys', attributes: { name: 'mine' } },
  });
  assert.match(textOf(at(made.body, 'data', 'attributes', 'key')), /^[0-9a-f]{40}$/);
  const id = idOf(made);
  const whole = ask(sandbox, 'GET', `/api/v2/current_user/application_keys/${id}`);
  const partial = ask(sandbox, 'GET', `/api/v2/application_keys/${id}`);
  assert.equal(at(whole.body, 'data', 'attributes', 'key'), at(made.body, 'data', 'attributes', 'key'));
  assert.equal(at(partial.body, 'data', 'attributes', 'key'), undefined);
  const account = idOf(
    ask(sandbox, 'POST', '/api/v2/service_accounts', {
      data: { type: 'users', attributes: { email: 'bot@example.com', service_account: true } },
    }),
  );
  assert.equal(ask(sandbox, 'GET', `/api/v2/service_accounts/${account}/application_keys/${id}`).status, 404);
});

test('teams count their members, take one once, and go with all that they have', () => {
  const sandbox = fresh();
  const user = makeUser(sandbox, 'ada@example.com');
  const team = idOf(
    ask(sandbox, 'POST', '/api/v2/team', { data: { type: 'team', attributes: { name: 'A', handle: 'a' } } }),
  );
  const membership: Json = {
    data: {
      type: 'team_memberships',
      attributes: { role: 'admin' },
      relationships: { user: { data: { type: 'users', id: user } } },
    },
  };
  assert.equal(ask(sandbox, 'POST', `/api/v2/team/${team}/memberships`, membership).status, 200);
  assert.equal(ask(sandbox, 'POST', `/api/v2/team/${team}/memberships`, membership).status, 409);
  assert.equal(at(ask(sandbox, 'GET', `/api/v2/team/${team}`).body, 'data', 'attributes', 'user_count'), 1);
  const mine = ask(sandbox, 'GET', `/api/v2/users/${user}/memberships`);
  assert.equal(arrayOf(at(mine.body, 'data')).length, 1);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/team/${team}/memberships/${user}`).status, 204);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/team/${team}/memberships/${user}`).status, 404);
  assert.equal(ask(sandbox, 'DELETE', `/api/v2/team/${team}`).status, 204);
  assert.equal(ask(sandbox, 'GET', `/api/v2/team/${team}/memberships`).status, 404);
  assert.equal(ask(sandbox, 'GET', '/api/v2/team/none').status, 404);
});

test('a hierarchy of teams has no circle', () => {
  const sandbox = fresh();
  const [one, two] = ['one', 'two'].map((name) =>
    idOf(ask(sandbox, 'POST', '/api/v2/team', { data: { type: 'team', attributes: { name, handle: name } } })),
  );
  const tie = (parent: string, sub: string): Json => ({
    data: {
      type: 'team_hierarchy_links',
      relationships: {
        parent_team: { data: { type: 'team', id: parent } },
        sub_team: { data: { type: 'team', id: sub } },
      },
    },
  });
  assert.equal(ask(sandbox, 'POST', '/api/v2/team-hierarchy-links', tie(one!, two!)).status, 200);
  assert.equal(ask(sandbox, 'POST', '/api/v2/team-hierarchy-links', tie(one!, two!)).status, 409);
  assert.equal(ask(sandbox, 'POST', '/api/v2/team-hierarchy-links', tie(two!, one!)).status, 409);
});
