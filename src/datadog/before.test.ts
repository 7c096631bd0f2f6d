import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Models, readModels } from '../../catalog/client.ts';
import { hasPath } from '../../catalog/shapes.ts';
import { afterOf, imageIn, type Read, readOf } from './before.ts';
import { readWayOf } from './before-plan.ts';
import { KNOWN_READS } from './before-special.ts';
import { type Operation, operationByKey, operations } from './catalogue.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
const targets = (operation: string, target: string, body?: unknown): string[] | string => {
  const reads = readOf(operation, target, body === undefined ? undefined : bytes(body));
  return 'none' in reads ? reads.none : reads.map(({ target: read }) => read);
};

test('a resource is read at its own path, at the one above, by ids in bodies, in lists, by the table', () => {
  assert.deepEqual(targets('v1.UpdateMonitor', '/api/v1/monitor/123?force=true'), ['/api/v1/monitor/123']);
  assert.deepEqual(targets('v2.UpdateAppTags', '/api/v2/app-builder/apps/a1/tags'), ['/api/v2/app-builder/apps/a1']);
  assert.deepEqual(targets('v1.DeleteDashboards', '/api/v1/dashboard', { data: [{ id: 'a b' }, { id: 'c' }] }), [
    '/api/v1/dashboard/a%20b',
    '/api/v1/dashboard/c',
  ]);
  assert.deepEqual(targets('v1.DeleteTests', '/api/v1/synthetics/tests/delete', { public_ids: ['x'] }), [
    '/api/v1/synthetics/tests/x',
  ]);
  assert.deepEqual(targets('v1.UpdateLogsIndexOrder', '/api/v1/logs/config/index-order', {}), [
    '/api/v1/logs/config/index-order',
  ]);
  assert.deepEqual(readOf('v1.DeleteAWSAccount', '/api/v1/integration/aws', bytes({ account_id: '1' })), [
    {
      kind: 'aws-account',
      id: '1',
      operation: 'v1.ListAWSAccounts',
      method: 'GET',
      target: '/api/v1/integration/aws?account_id=1',
      pick: { list: 'accounts', by: 'account_id', value: '1' },
    },
  ]);
  assert.match(String(targets('v1.CreateMonitor', '/api/v1/monitor', {})), /not there before/);
  assert.match(String(targets('v1.DeleteDashboards', '/api/v1/dashboard')), /does not tell/);
  assert.match(String(targets('v1.UpdateMonitor', '/api/v1/dashboard/x')), /path is not/);
  assert.match(String(targets('unknown.PUT', '/x')), /does not know/);
});

test('what is read stays within the connection: an id cannot lead elsewhere', () => {
  for (const id of ['../../v2/users', 'a/b', '?x=1', '#', '%2e%2e', 'a%2Fb', '..', '.', 'a b', 'a:b']) {
    const reads = targets('v1.DeleteTests', '/api/v1/synthetics/tests/delete', { public_ids: [id] });
    if (typeof reads === 'string') assert.match(id, /[/%.]/, id);
    else assert.match(reads[0] ?? '', /^\/api\/v1\/synthetics\/tests\/[^/?#]+$/, id);
  }
  const many = Array.from({ length: 900 }, (_, i) => `t${i}`);
  assert.equal(targets('v1.DeleteTests', '/api/v1/synthetics/tests/delete', { public_ids: many }).length, 50);
});

const changing = operations().filter(({ action }) => action === 'update' || action === 'delete');

test('of all updating and deleting operations at least 91 % can be read before', () => {
  const counts = new Map<string, number>();
  for (const operation of changing) {
    const way = readWayOf(operation);
    counts.set(way, (counts.get(way) ?? 0) + 1);
  }
  const share = (...ways: string[]): number =>
    ways.reduce((sum, way) => sum + (counts.get(way) ?? 0), 0) / changing.length;
  assert.ok(share('same') > 0.58, `${share('same')} at the same path`);
  assert.ok(
    share('parent', 'sibling', 'list') > 0.25,
    `${share('parent', 'sibling', 'list')} above, beside or in a list`,
  );
  assert.ok(share('none') < 0.09, `${share('none')} cannot be read`);
});

/** A value at a place of a request. */
function bodyWith(path: string): unknown {
  const [first, ...rest] = path.match(/\[\]|[^.[\]]+/g) ?? [];
  if (first === undefined) return 'ID';
  const inner = bodyWith(rest.join('.'));
  return first === '[]' ? [inner] : { [first]: inner };
}

function readFor(operation: Operation): Read | undefined {
  const place = operation.resource.ids[0] ?? '';
  const asked = operation.params.filter(({ in: where, required }) => where === 'query' && required);
  const names = [...asked.map(({ name }) => name), ...(place.startsWith('query:') ? [place.slice(6)] : [])];
  const query = names.length === 0 ? '' : `?${names.map((name) => `${name}=ID`).join('&')}`;
  const target = operation.path.replace(/\{(\w+)\}/g, 'P-$1') + query;
  const body = place.includes('{keys}') ? { ID: 1 } : bodyWith(place.startsWith('body:') ? place.slice(5) : '');
  const reads = readOf(operation.key, target, bytes(body));
  return 'none' in reads ? undefined : reads[0];
}

test('every reading is a GET of the catalogue, at a path of its form, and what it picks by is a field of its answer', () => {
  const models: Record<Operation['version'], Models> = { v1: readModels('v1'), v2: readModels('v2') };
  let read = 0;
  for (const operation of changing) {
    const found = readFor(operation);
    if (readWayOf(operation) === 'none') assert.equal(found, undefined, operation.key);
    if (found === undefined) continue;
    read++;
    const by = operationByKey(found.operation)!;
    const form = new RegExp(`^${by.path.replace(/\{\w+\}/g, '[^/?]+').replace(/[.]/g, '\\.')}(?:\\?.*)?$`);
    assert.equal(by.method, 'GET', operation.key);
    assert.match(found.target, form, operation.key);
    const required = by.params.filter(({ in: where, required: must }) => where === 'query' && must);
    for (const { name } of required) assert.ok(found.target.includes(`${name}=`), `${operation.key} without ${name}`);
    if (found.pick === undefined) continue;
    const answer = Object.entries(by.responses).find(([status, name]) => status < '300' && name !== '')![1];
    assert.ok(
      answer === 'any' || hasPath(models[by.version], answer, `${found.pick.list}[].${found.pick.by}`),
      `${operation.key}: ${answer} has no ${found.pick.list}[].${found.pick.by}`,
    );
  }
  assert.ok(read > 590, `${read} operations`);
});

test('the table names operations that are there', () => {
  for (const key of Object.keys(KNOWN_READS)) assert.ok(operationByKey(key) !== undefined, key);
});

test('the answer of a change is its after image when it has the form of what reading answers', () => {
  assert.equal(afterOf('v1.UpdateMonitor'), 'echo');
  assert.equal(afterOf('v1.CreateMonitor'), 'echo');
  assert.equal(afterOf('v1.UpdateDashboard'), 'echo');
  assert.equal(afterOf('v1.DeleteMonitor'), 'gone');
  assert.equal(afterOf('v1.UpdateSLO'), 'read');
  assert.equal(afterOf('v2.RemoveUserFromRole'), 'echo');
  assert.equal(afterOf('v1.UpdateWebhooksIntegration'), 'echo');
  assert.equal(afterOf('unknown.PUT'), 'unknown');
});

test('the resource is taken out of what is around it', () => {
  assert.deepEqual(imageIn({ data: { id: '1' }, included: [] }), { id: '1' });
  assert.deepEqual(imageIn({ data: [{ id: '1' }] }), { id: '1' });
  assert.deepEqual(imageIn({ id: 1, name: 'x' }), { id: 1, name: 'x' });
  const pick = { list: 'a.b', by: 'c.d', value: '5' };
  assert.deepEqual(imageIn({ a: { b: [{ c: { d: 4 } }, { c: { d: 5 } }] } }, pick), { c: { d: 5 } });
  assert.equal(imageIn({ a: { b: 5 } }, pick), undefined);
  assert.deepEqual(imageIn([{ id: 2 }], { list: '', by: 'id', value: '2' }), { id: 2 });
});
