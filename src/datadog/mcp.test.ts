import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMcp } from './mcp.ts';

const judge = (body: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { operation, action, risk } = judgeMcp('POST', Buffer.from(text));
  return [operation, action, risk];
};
const call = (name: unknown, args: unknown = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

test('tools that search, get and list read; all others execute', () => {
  assert.deepEqual(judge(call('search_datadog_logs')), ['mcp.search_datadog_logs', 'read', 'medium']);
  assert.deepEqual(judge(call('get_datadog_metric')), ['mcp.get_datadog_metric', 'read', 'low']);
  assert.deepEqual(judge(call('list_datadog_monitors')), ['mcp.list_datadog_monitors', 'read', 'low']);
  assert.deepEqual(judge(call('create_datadog_notebook')), ['mcp.create_datadog_notebook', 'execute', 'high']);
  assert.deepEqual(judge(call('analyze_thing')), ['mcp.analyze_thing', 'execute', 'medium']);
  assert.deepEqual(judge(call('Search_x')), ['mcp.Search_x', 'execute', 'medium']);
});

test('the protocol itself', () => {
  for (const method of ['initialize', 'tools/list', 'ping', 'notifications/initialized']) {
    assert.deepEqual(judge({ jsonrpc: '2.0', id: 1, method }), [`mcp.${method}`, 'read', 'low']);
  }
  assert.deepEqual(judge({ jsonrpc: '2.0', id: 1, method: 'new/thing' }), ['mcp.new/thing', 'execute', 'medium']);
  assert.deepEqual(judge({ jsonrpc: '2.0', id: 1, result: {} }), ['mcp.response', 'read', 'low']);
  assert.equal(judgeMcp('GET', undefined).operation, 'mcp.stream');
  assert.equal(judgeMcp('DELETE', undefined).operation, 'mcp.close');
});

test('of a batch the worst counts', () => {
  assert.deepEqual(judge([call('search_x'), call('delete_datadog_monitor'), { method: 'ping' }]), [
    'mcp.delete_datadog_monitor',
    'execute',
    'high',
  ]);
  assert.deepEqual(judge([]), ['mcp.unreadable', 'execute', 'high']);
});

test('what two readers may read differently is judged as the worst', () => {
  for (const body of [
    '{"method":"tools/call","params":{"name":"search_x"},"params":{"name":"delete_y"}}',
    '{"method":"ping","METHOD":"tools/call","params":{"name":"delete_y"}}',
    '{"METHOD":"tools/call","Params":{"Name":"delete_y"}}',
    '{"method":"tools/call","params":{"name":"search_x","name":"delete_y"}}',
    '{"method":"tools/call","params":{"Name":"delete_y","name":"search_x"}}',
    '[{"method":"tools/call","params":{"name":"search_x","Name":"delete_y"}}]',
    '{"method":"ping"}{"method":"tools/call"}',
    'not json',
    '"text"',
    '{"method":1}',
  ]) {
    assert.deepEqual(judge(body), ['mcp.unreadable', 'execute', 'high'], body);
  }
  assert.deepEqual(judge({ method: 'tools/call', params: { name: 5 } }), ['mcp.tools/call', 'execute', 'high']);
});

test('names from the caller are made harmless', () => {
  assert.deepEqual(judge(call('search_\u001b[31m\n"x'))[0], 'mcp.search_??31m??x');
  assert.ok(judge(call(`get_${'x'.repeat(500)}`))[0]!.length < 150);
});

test('what a tool was asked for', () => {
  const asked = (name: string, args: unknown) => judgeMcp('POST', Buffer.from(JSON.stringify(call(name, args)))).asked;
  assert.deepEqual(asked('search_datadog_logs', { query: 'status:error' }), { queries: ['status:error'] });
  assert.deepEqual(asked('get_datadog_metric', { queries: ['avg:a.b{*}', 'sum:c.d{x} by {y}'] }), {
    metrics: ['a.b', 'c.d'],
  });
  assert.deepEqual(asked('get_datadog_metric_context', { metric_name: 'a.b' }), { metrics: ['a.b'] });
});
