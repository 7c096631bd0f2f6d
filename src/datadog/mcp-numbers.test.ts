import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutMcpNumbers } from './mcp-numbers.ts';

const without = (text: string): string => Buffer.from(withoutMcpNumbers(Buffer.from(text))).toString();

test('ids and progress tokens are left out, of a message and of a batch, and nothing else is', () => {
  const call = (id: string, token: string, more = '') =>
    `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"id":7,"_meta":{"progressToken":${token},"x":1}${more}}}`;
  assert.equal(without(call('1', '2')), without(call('"abc"', '"t"')));
  assert.equal(without(`[${call('1', '2')}, ${call('3', '4')}]`), without(`[${call('9', '8')}, ${call('7', '6')}]`));
  assert.notEqual(without(call('1', '2')), without(call('1', '2', ',"name":"x"')));
  assert.notEqual(without('{"id":1,"params":{"id":1}}'), without('{"id":1,"params":{"id":2}}'));
  assert.notEqual(without('{"id":1}'), without('{"id":1 }'));
  assert.notEqual(without('{"params":{"a":1},"params":{"a":2}}'), without('{"params":{"a":3},"params":{"a":2}}'));
  assert.notEqual(without('{"id":[1]}'), without('{"id":[2]}'));
  for (const text of ['', '{"id":1', 'id', '{"params\\n_meta\\nprogressToken":1}']) assert.equal(without(text), text);
});
