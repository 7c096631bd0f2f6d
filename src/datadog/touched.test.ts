import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titled } from './touched.ts';

const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

test('an updated resource is called what the answer, else the request, calls it', () => {
  const monitor = [{ kind: 'monitor', id: '7' }];
  const named = (title: string) => [{ kind: 'monitor', id: '7', title }];
  assert.deepEqual(
    titled('v1.UpdateMonitor', monitor, bytes({ name: 'old' }), bytes({ id: 7, name: 'CPU' })),
    named('CPU'),
  );
  assert.deepEqual(
    titled('v1.UpdateMonitor', monitor, bytes({ name: 'CPU' }), bytes({ errors: ['no'] })),
    named('CPU'),
  );
  assert.deepEqual(
    titled('v1.UpdateMonitor', monitor, undefined, bytes({ data: { id: '7', attributes: { name: 'CPU' } } })),
    named('CPU'),
  );
  assert.deepEqual(titled('v1.UpdateMonitor', monitor), monitor);
  assert.deepEqual(titled('v1.UpdateMonitor', monitor, Buffer.from('not json')), monitor);
});

test('what a resource stands in does not get its title, and a title that is the id says nothing', () => {
  const rule = [
    { kind: 'deployment-gate', id: 'g' },
    { kind: 'deployment-rule', id: 'r' },
  ];
  assert.deepEqual(titled('v2.UpdateDeploymentRule', rule, bytes({ data: { attributes: { name: 'My rule' } } })), [
    { kind: 'deployment-gate', id: 'g' },
    { kind: 'deployment-rule', id: 'r', title: 'My rule' },
  ]);
  assert.deepEqual(titled('v1.UpdateWebhooksIntegration', [{ kind: 'webhook', id: 'hook' }], bytes({ name: 'hook' })), [
    { kind: 'webhook', id: 'hook' },
  ]);
});

test('of several, each is called what stands beside its id, exact beyond 2^53', () => {
  const both = [
    { kind: 'dashboard', id: '9007199254740993' },
    { kind: 'dashboard', id: 'b' },
  ];
  assert.deepEqual(
    titled(
      'v1.DeleteDashboards',
      both,
      undefined,
      Buffer.from('{"data":[{"id":9007199254740993,"title":"A"},{"id":"b"}]}'),
    ),
    [{ kind: 'dashboard', id: '9007199254740993', title: 'A' }, both[1]],
  );
  assert.equal(
    titled('v1.UpdateDashboard', [{ kind: 'dashboard', id: 'a' }], bytes({ title: 'x'.repeat(9999) }))[0]?.title
      ?.length,
    256,
  );
});
