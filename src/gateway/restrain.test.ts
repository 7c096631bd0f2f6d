// Containment and approvals on the data path: what reaches Datadog, what the record says, and what cannot be smuggled past.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AGENT, call, LOGS, LONG, MONITOR, startRig } from '../../test/harness/in-process.ts';
import { MCP_PATH } from '../datadog/mcp.ts';
import type { Containment } from '../exchange/finding.ts';
import { Approvals } from '../identity/approvals.ts';
import { Containments } from '../identity/containments.ts';
import type { PolicyConfigInput } from '../policy/config.ts';

const OPERATOR = { id: 'x#olga', name: 'olga' };

async function contained(t: TestContext, levels: Containment['level'][], policy: PolicyConfigInput = {}) {
  const containments = new Containments(Date.now);
  for (const level of levels) {
    containments.add({
      ...{ id: level, level, identity: `${AGENT.issuer}#${AGENT.subject}`, reason: 'r', by: OPERATOR, created: 0 },
      ...(level === 'throttle' && { rate: 1 }),
    });
  }
  const approvals = new Approvals({ append: async () => undefined, now: Date.now });
  const restraints = {
    ...{ containments, approvals, wait: 60_000, operators: { note: () => false } },
    misplaced: () => undefined,
    delegated: () => undefined,
  };
  return { rig: await startRig(t, { policy, restraints }), approvals, containments };
}
const BODY = '{"name":"m","type":"query alert","query":"avg(last_5m):avg:a{*} > 1"}';
const json = { 'content-type': 'application/json' };

test('quarantine: nothing of the request is read, nothing is sent, and the record has the refusal', async (t) => {
  const { rig } = await contained(t, ['throttle', 'read-only', 'approval', 'quarantine']);
  const refused = await call(rig, 'POST', LOGS, LONG, json);
  assert.deepEqual([refused.status, refused.code], [403, 'quarantined']);
  assert.deepEqual(rig.arrived, []);
  const { intent, outcome } = await rig.only();
  assert.deepEqual(intent?.verdict, { decision: 'deny', rule: 'containment:quarantine', reason: 'r' });
  assert.equal(outcome?.outcome, 'refused');
  assert.equal(intent?.classification.operation, 'v2.SubmitLog', 'what was refused is named all the same');
});

test('read-only stands before approval; a read is a read by what Datadog does, not by its method', async (t) => {
  const { rig } = await contained(t, ['approval', 'read-only']);
  assert.equal((await call(rig, 'POST', MONITOR, BODY, json)).code, 'contained_read_only');
  assert.equal((await call(rig, 'GET', `${MONITOR}/1`)).status, 200);
  assert.equal((await call(rig, 'POST', '/api/v2/logs/events/search', '{}', json)).status, 200);
  assert.equal((await call(rig, 'GET', '/api/v9/whatever')).code, 'denied', 'policy speaks first');
});

test('a throttle counts every call, refused ones too', async (t) => {
  const { rig } = await contained(t, ['throttle'], { default: 'deny' });
  assert.equal((await call(rig, 'GET', `${MONITOR}/1`)).code, 'denied');
  const slow = await call(rig, 'GET', `${MONITOR}/1`);
  assert.deepEqual([slow.status, slow.code], [429, 'throttled']);
  assert.equal(slow.headers['retry-after'], '60');
});

test('approval is of one request: another coding, type, connection, query or body is another', async (t) => {
  const { rig, approvals } = await contained(t, ['approval']);
  const first = await call(rig, 'POST', MONITOR, BODY, json);
  assert.equal(first.code, 'approval_needed');
  await approvals.decide(String(first.headers['x-dogwatch-approval']), true, OPERATOR, undefined, 60_000);
  for (const other of [
    await call(rig, 'POST', MONITOR, gzipSync(BODY), { ...json, 'content-encoding': 'gzip' }),
    await call(rig, 'POST', MONITOR, BODY, { 'content-type': 'application/json;charset=utf-8' }),
    await call(rig, 'POST', `/c/other${MONITOR}`, BODY, json),
    await call(rig, 'POST', `${MONITOR}?x=1`, BODY, json),
    await call(rig, 'POST', MONITOR, `${BODY} `, json),
    await call(rig, 'PUT', MONITOR, BODY, json),
  ])
    assert.notEqual(other.status, 200);
  assert.deepEqual(rig.arrived, []);
  assert.equal((await call(rig, 'POST', MONITOR, BODY, json)).status, 200);
  assert.equal((await call(rig, 'POST', MONITOR, BODY, json)).code, 'approval_needed');
  assert.equal(rig.arrived.length, 1);
});

test('an MCP call that is made again has another number, and is the same call', async (t) => {
  const { rig, approvals } = await contained(t, ['approval']);
  const mcp = (id: number, name = 'cpu') =>
    call(
      rig,
      'POST',
      MCP_PATH,
      `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"create_datadog_notebook","arguments":{"name":"${name}"}}}`,
      json,
    );
  const held = await mcp(1);
  assert.equal(held.code, 'approval_needed');
  await approvals.decide(String(held.headers['x-dogwatch-approval']), true, OPERATOR, undefined, 60_000);
  assert.equal((await mcp(2, 'all')).code, 'approval_needed');
  assert.equal((await mcp(3)).status, 200);
  assert.equal((await mcp(4)).code, 'approval_needed');
});

test('a body that is too long to be held cannot be approved, and does not get through', async (t) => {
  const { rig, approvals } = await contained(t, ['approval']);
  const refused = await call(rig, 'POST', LOGS, LONG, json);
  assert.deepEqual([refused.status, refused.code], [413, 'request_too_large']);
  assert.deepEqual([rig.arrived.length, approvals.size], [0, 0]);
});

test('a rule of the policy holds reads as well; what nobody knows is held only where a rule names it; a deny stays a deny', async (t) => {
  const hold = (name: string, match: object) => ({ name, match, decision: 'hold' as const });
  const { rig, approvals, containments } = await contained(t, [], {
    rules: [
      { name: 'no-deletes', match: { actions: ['delete'] }, decision: 'deny' },
      hold('ask', { operations: ['v1.GetMonitor'] }),
      hold('all', { groups: ['sre'] }),
    ],
  });
  const held = await call(rig, 'GET', `${MONITOR}/1`);
  assert.equal(held.code, 'approval_needed');
  assert.match(held.body.toString(), /\(ask\)/);
  assert.equal((await call(rig, 'DELETE', `${MONITOR}/1`)).code, 'denied');
  assert.equal((await call(rig, 'GET', '/api/v9/whatever')).code, 'denied');
  await approvals.decide(String(held.headers['x-dogwatch-approval']), true, OPERATOR, undefined, 60_000);
  containments.add({
    ...{
      id: 'q',
      level: 'quarantine',
      identity: `${AGENT.issuer}#${AGENT.subject}`,
      reason: 'r',
      by: OPERATOR,
      created: 0,
    },
  });
  assert.equal((await call(rig, 'GET', `${MONITOR}/1`)).code, 'quarantined', 'approval does not outrank quarantine');
  containments.remove('q');
  assert.equal((await call(rig, 'GET', `${MONITOR}/1`)).status, 200);
  const [first] = await rig.exchanges();
  assert.deepEqual(first?.intent?.verdict, { decision: 'hold', rule: 'ask' });
});

test('where nobody can approve anything, what is held is refused', async (t) => {
  const rig = await startRig(t, { policy: { default: 'hold' } });
  assert.equal((await call(rig, 'GET', `${MONITOR}/1`)).code, 'denied');
  assert.deepEqual(rig.arrived, []);
});
