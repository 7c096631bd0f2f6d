// The name that an MCP client gives itself, on its own call and on those of the same session.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRig, TOKEN } from '../../test/harness/in-process.ts';

test('clientInfo of initialize is the claimed client of the session, unless a header says another', async (t) => {
  const rig = await startRig(t);
  const ask = async (message: object, headers: Record<string, string> = {}) => {
    const response = await fetch(`http://127.0.0.1:${rig.port}/api/unstable/mcp-server/mcp`, {
      method: 'POST',
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        'user-agent': 'node',
        ...headers,
      },
    });
    await response.arrayBuffer();
  };
  const info = {
    clientInfo: { name: 'claude-code', version: '2.0.1' },
    protocolVersion: '2025-06-18',
    capabilities: {},
  };
  const list = { method: 'tools/list' };
  await ask(list);
  await ask({ method: 'initialize', params: info });
  await ask(list);
  await ask(list, { 'x-dogwatch-agent': 'wrapper' });
  await ask(list, { 'x-dogwatch-session': 'another' });
  await ask({ method: 'initialize', params: { clientInfo: { name: 7 } } }, { 'x-dogwatch-session': 'another' });
  await fetch(`http://127.0.0.1:${rig.port}/api/v1/monitor`, { headers: { 'dd-api-key': TOKEN } });
  const exchanges = await rig.exchanges();
  assert.deepEqual(
    exchanges.map(({ intent }) => intent?.client.agent),
    [undefined, 'claude-code/2.0.1', 'claude-code/2.0.1', 'wrapper', undefined, undefined, undefined],
  );
  assert.ok(exchanges.slice(0, 6).every(({ intent }) => intent?.client.userAgent === 'node'));
});
