import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from './catalogue.ts';
import { filterOperations } from './listing.ts';

const keys = (filter: string): string[] => filterOperations(filter).map(({ key }) => key);

test('free text looks in key, API class, method and path', () => {
  assert.ok(keys('updatemonitor').includes('v1.UpdateMonitor'));
  assert.ok(keys('/logs/config/indexes').includes('v1.CreateLogsIndex'));
  assert.equal(keys('').length, operations().length);
  assert.deepEqual(keys('no such thing'), []);
});

test('fields narrow, stars match beginnings, a minus turns round', () => {
  const risky = filterOperations('risk:critical action:delete');
  assert.ok(risky.length > 0 && risky.every(({ risk, action }) => risk === 'critical' && action === 'delete'));
  assert.ok(filterOperations('tag:secrets').every(({ tags }) => tags.includes('secrets')));
  assert.ok(
    filterOperations('kind:logs-*').every(({ resource, within }) =>
      `${resource.kind} ${within?.kind}`.includes('logs-'),
    ),
  );
  assert.ok(filterOperations('kind:monitor -action:read').every(({ action }) => action !== 'read'));
  assert.deepEqual(keys('op:V1.GETMONITOR'), ['v1.GetMonitor']);
  assert.ok(
    filterOperations('api:Monitors version:v2').every(({ api, version }) => api === 'Monitors' && version === 'v2'),
  );
});
