// The parts of a replay by themselves: ids, answers compared, what cannot be sent, the page, the wall before connections.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { UsageError } from '../exchange/error.ts';
import { differencesOf } from './compare.ts';
import { connectionTarget } from './connection-target.ts';
import { htmlReport } from './html.ts';
import { IdMap } from './id-map.ts';
import type { RecordedCall, Recording } from './recording.ts';
import { replay } from './replay.ts';
import { sandboxTargets } from './sandbox-target.ts';

const verified = { entries: 1, size: 1, origin: 'dogwatch/test' };

const call = (fields: Partial<RecordedCall>): RecordedCall => ({
  exchange: '0198b7a0-0000-7000-8000-000000000001',
  time: Date.UTC(2026, 0, 1),
  connection: 'main',
  operation: 'v1.CreateMonitor',
  action: 'create',
  risk: 'low',
  tags: [],
  resources: [],
  method: 'POST',
  target: '/api/v1/monitor',
  contentType: 'application/json',
  outcome: 'complete',
  status: 200,
  ...fields,
});

const recordingOf = (...calls: Recording['calls']): Recording => ({ session: 's~1', calls, earlier: [], verified });

const run = (recording: Recording) => replay(recording, sandboxTargets(recording));

test('ids are mapped as whole tokens, in paths, texts, numbers and names of fields', () => {
  const ids = new IdMap();
  ids.learn(
    { id: 12345, data: { id: 'abc-def-ghi', name: 'x' } },
    { id: 98765, data: { id: 'xyz-xyz-xyz', name: 'y' } },
  );
  assert.equal(
    ids.inText('/api/v1/monitor/12345?ids=abc-def-ghi,123456'),
    '/api/v1/monitor/98765?ids=xyz-xyz-xyz,123456',
  );
  assert.deepEqual(ids.inValue({ query: '12345 && 7', list: [12345, 123], 'abc-def-ghi': true, name: 'x' }), {
    query: '98765 && 7',
    list: [98765, 123],
    'xyz-xyz-xyz': true,
    name: 'x',
  });
  const swapped = new IdMap();
  swapped.learn({ a_id: 1111, b_id: 2222 }, { a_id: 2222, b_id: 1111 });
  assert.deepEqual(swapped.inValue([1111, 2222]), [2222, 1111]);
});

test('answers are the same but for what a server makes', () => {
  const recorded = {
    id: 1,
    name: 'a',
    created: '2026-01-01T00:00:00Z',
    options: { thresholds: { critical: 4 } },
    gone: null,
  };
  assert.deepEqual(differencesOf('monitor', recorded, { ...recorded, id: 2, created: '2027-01-01T00:00:00Z' }), []);
  assert.deepEqual(
    differencesOf('monitor', recorded, { ...recorded, name: 'b', options: { thresholds: { critical: '4' } } }).map(
      ({ where, path }) => [where, path],
    ),
    [
      ['value', 'name'],
      ['shape', 'options.thresholds.critical'],
    ],
  );
});

test('what was refused, unknown, erased, withheld or no operation is told and stepped over', async () => {
  const { steps, impact } = await run(
    recordingOf(
      call({ outcome: 'refused', status: 403 }),
      { ...call({ outcome: 'unknown' }) },
      { exchange: 'x', time: 0, erased: true },
      call({ cannotSend: 'its body was not recorded in full (cap)' }),
      call({ operation: 'mcp.search_datadog_logs', target: '/api/unstable/mcp-server/mcp' }),
      call({ operation: 'unknown.POST', target: '/api/v9/x' }),
      call({ outcome: 'upstream-failed' }),
    ),
  );
  assert.deepEqual([...new Set(steps.map(({ how }) => how))], ['stepped-over']);
  assert.ok(steps.every(({ why }) => why !== undefined && why.length > 10));
  assert.deepEqual(impact, []);
});

test('the page escapes what was recorded', async () => {
  const hostile = '<script>alert(1)</script>"\'&\u202e';
  const body = { name: hostile, type: 'query alert', query: 'avg(last_5m):avg:a{*} > 4', message: hostile };
  const recording = { ...recordingOf(call({ request: Buffer.from(JSON.stringify(body)) })), session: hostile };
  const page = htmlReport(await replay(recording, sandboxTargets(recording)));
  assert.doesNotMatch(page, /<script|alert\(1\)<\/|\u202e/);
  assert.match(page, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  assert.match(page, /default-src 'none'/);
});

test('only a connection that is a sandbox is reached, and nothing but it', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = {
      name: 'play',
      sandbox: true,
      origin,
      credential: { 'dd-api-key': 'k1', 'dd-application-key': 'k2' },
    };
    const originals = [{ name: 'main', secrets: ['k9'] }];
    assert.throws(() => connectionTarget({ ...connection, sandbox: false }, originals), UsageError);
    assert.throws(() => connectionTarget({ ...connection, name: 'main' }, originals), UsageError);
    assert.throws(() => connectionTarget(connection, [{ name: 'main', secrets: ['k2'] }]), UsageError);
    const bearer = { ...connection, credential: { authorization: 'Bearer t' } };
    assert.throws(() => connectionTarget(bearer, [{ name: 'main', secrets: ['t'] }]), UsageError);
    const target = connectionTarget(connection, originals);
    const request = { operation: 'v1.ListMonitors', method: 'GET', target: '/api/v1/monitor', time: 0 };
    // A redirect is an answer, not a way elsewhere.
    assert.equal((await target.send(request)).status, 302);
    for (const away of ['//127.0.0.1:1/api', 'http://127.0.0.1:1/api', '\\\\127.0.0.1:1\\api'])
      await assert.rejects(target.send({ ...request, target: away }), UsageError);
    assert.deepEqual(asked, ['GET /api/v1/monitor']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
