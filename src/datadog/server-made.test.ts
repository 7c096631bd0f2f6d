import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operations } from './catalogue.ts';
import { serverMade, serverMadeKinds } from './server-made.ts';

test('times, authors and counters are the server’s, whatever they stand in; the rest is not', () => {
  const monitor = serverMade('monitor');
  for (const path of [
    'modified',
    'creator.email',
    'overall_state',
    'data.attributes.modified_at',
    'data[].created_at',
    '[].state',
  ]) {
    assert.ok(monitor(path), path);
  }
  for (const path of [
    'query',
    'options.thresholds.critical',
    'options.silenced.*',
    'name',
    'version',
    'options.created_at',
    'message',
    '',
  ]) {
    assert.ok(!monitor(path), path);
  }
  assert.ok(serverMade('dashboard')('widgets[].definition.widgets[].id'));
  assert.ok(serverMade('notebook')('data.attributes.cells[].id'));
  assert.ok(!serverMade('dashboard')('widgets[].definition.title'));
  assert.ok(serverMade('security-rule')('version') && !serverMade('app')('version'));
});

test('the kinds of the table are kinds of the catalogue', () => {
  const known = new Set(operations().map(({ resource }) => resource.kind));
  for (const kind of serverMadeKinds().keys()) assert.ok(known.has(kind), kind);
});
