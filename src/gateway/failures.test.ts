// What goes wrong on the way: journal, agent, Datadog, memory, the end of the process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import {
  AGENT,
  type Answer,
  call,
  endOf,
  head,
  json,
  LOGS,
  LONG,
  MONITOR,
  startRig,
} from '../../test/harness/in-process.ts';
import { sendRaw } from '../../test/harness/raw.ts';
import { DogwatchError } from '../exchange/error.ts';

test('Datadog resets the connection in the middle of a streamed request: the agent is told', async (t) => {
  const rig = await startRig(t);
  rig.answer = (req) => req.once('data', () => req.socket.destroy());
  const answer = await sendRaw(
    rig.port,
    [head(`POST ${LOGS} HTTP/1.1`, `Content-Length: ${8 * LONG.length}`), ...Array.from({ length: 6 }, () => LONG)],
    { pause: 50 },
  );
  assert.equal(answer.headers['x-dogwatch-error'], 'upstream_unreachable', answer.text || 'the connection was cut');
  assert.equal(endOf(await rig.only()), 'upstream-failed upstream_unreachable');
});

test('a journal that fails before the intent: nothing is sent; after it: the outcome follows as unknown', async (t) => {
  const rig = await startRig(t);
  rig.beforeAppend = () => {
    throw new DogwatchError('journal_unavailable', 'no room');
  };
  assert.equal((await call(rig, 'POST', MONITOR, '{}')).code, 'journal_unavailable');
  assert.equal((await call(rig, 'POST', LOGS, LONG)).code, 'journal_unavailable');
  assert.equal(rig.arrived.length, 0);
  assert.equal((await call(rig, 'GET', MONITOR)).code, 'journal_unavailable', 'an answer left without its record');
  rig.beforeAppend = ({ kind }) => {
    if (kind === 'exchange.outcome') throw new DogwatchError('journal_unavailable', 'no room');
  };
  assert.equal((await call(rig, 'POST', MONITOR, '{}')).code, 'outcome_unrecorded');
  rig.beforeAppend = () => undefined;
  let outcome = (await rig.only()).outcome;
  for (let n = 0; n < 100 && !outcome; n += 1) {
    await sleep(50);
    outcome = (await rig.only()).outcome;
  }
  assert.equal(outcome?.outcome, 'unknown');
});

test('a journal that fails in the middle of a stream: the agent can tell, and no unrecorded byte has left', async (t) => {
  const rig = await startRig(t);
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' }).write(LONG);
    setTimeout(() => res.end(LONG), 100);
  };
  let chunks = 0;
  rig.beforeAppend = ({ kind }) => {
    if (kind === 'exchange.chunk' && ++chunks > 1) throw new DogwatchError('journal_unavailable', 'no room');
  };
  await assert.rejects(call(rig, 'GET', MONITOR));
  const { outcome, response } = await rig.only();
  assert.equal(outcome?.error?.code, 'journal_unavailable');
  assert.ok(response.length < 2 * LONG.length);
  rig.beforeAppend = () => undefined;
  rig.answer = json('{}');
  assert.equal((await call(rig, 'GET', MONITOR)).status, 200);
});

test('a call that asks for more than one entry can name is recorded, and says that the list was cut', async (t) => {
  const rig = await startRig(t, { limits: { decompressed: 16 << 20 } });
  const query = Array.from({ length: 50 }, (_, n) => `service:s${n} ${'"'.repeat(4000)}`);
  const params = { name: 'search_datadog_logs', arguments: { queries: query } };
  const message = (id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params });
  const messages = Array.from({ length: 10 }, (_, n) => {
    const queries = query.map((text) => `${n} ${text}`);
    return { ...message(n), params: { ...params, arguments: { queries } } };
  });
  const body = JSON.stringify(messages);
  const answer = await call(rig, 'POST', '/api/unstable/mcp-server/mcp', body, { 'content-type': 'application/json' });
  assert.deepEqual([answer.status, answer.code], [200, undefined], answer.body.toString().slice(0, 300));
  const { intent, request: recorded } = await rig.only();
  assert.equal(intent.classification.action, 'read');
  assert.equal(recorded.toString(), body);
  assert.ok((intent.classification.asked.queries?.length ?? 0) > 10);
  assert.deepEqual(intent.cut, ['queries']);
});

test('the agent goes away: while it is identified, in its body, while Datadog works', async (t) => {
  let identify = (): void => undefined;
  const rig = await startRig(t, {
    verify: () =>
      new Promise((resolve) => {
        identify = () => resolve(AGENT);
      }),
  });
  const leave = async (bytes: string, when: () => Promise<unknown>): Promise<void> => {
    const socket = connect(rig.port, '127.0.0.1');
    socket.write(bytes);
    await when();
    socket.destroy();
    await sleep(50);
    identify();
    await rig.settled();
  };
  const waiting = async (): Promise<void> => {
    while (rig.gateway.stats.inFlight === 0) await sleep(5);
    await sleep(20);
  };
  await leave(`${head(`POST ${MONITOR} HTTP/1.1`, 'Content-Length: 100')}{"name"`, waiting);
  await leave(`${head(`POST ${MONITOR} HTTP/1.1`, 'Content-Length: 2')}{}`, waiting);
  await leave(`${head(`POST ${MONITOR} HTTP/1.1`, 'Content-Length: 100')}{"name"`, async () => {
    await waiting();
    identify();
    await sleep(20);
  });
  let asked = false;
  rig.answer = (_req, res) => {
    asked = true;
    setTimeout(() => res.end('{}'), 100);
  };
  await leave(head(`GET ${MONITOR} HTTP/1.1`), async () => {
    await waiting();
    identify();
    while (!asked) await sleep(5);
  });
  assert.deepEqual((await rig.exchanges()).map(endOf), [
    'refused bad_request',
    'refused bad_request',
    'refused bad_request',
    'client-aborted',
  ]);
});

test('the agent goes away in the middle of a streamed request, and of a streamed answer', async (t) => {
  const rig = await startRig(t);
  const up = connect(rig.port, '127.0.0.1');
  up.write(head(`POST ${LOGS} HTTP/1.1`, `Content-Length: ${4 * LONG.length}`));
  up.write(LONG);
  await sleep(100);
  up.destroy();
  await rig.settled();
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => res.write(LONG), 5);
    res.on('close', () => clearInterval(timer));
  };
  const down = connect(rig.port, '127.0.0.1');
  down.write(head(`GET ${MONITOR} HTTP/1.1`));
  await once(down, 'data');
  down.pause();
  await sleep(200);
  down.destroy();
  const [first, second] = await rig.exchanges();
  assert.deepEqual([endOf(first!), endOf(second!)], ['client-aborted bad_request', 'client-aborted']);
});

test('an agent that does not read its answer is not waited for without end', async (t) => {
  const rig = await startRig(t, {
    limits: { upstreamConnectTimeout: 100, upstreamHeadersTimeout: 200, upstreamBodyTimeout: 300 },
  });
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' });
    const timer = setInterval(() => res.write(LONG), 2);
    res.on('close', () => clearInterval(timer));
  };
  const socket = connect(rig.port, '127.0.0.1');
  socket.on('error', () => undefined).pause();
  socket.write(head(`GET ${MONITOR} HTTP/1.1`));
  await once(rig.upstream, 'request');
  const { outcome } = await rig.only();
  socket.destroy();
  assert.equal(outcome?.outcome, 'client-aborted');
});

test('memory for long held bodies is bounded until their exchanges end', async (t) => {
  const rig = await startRig(t, { limits: { decompressed: 24 << 20 } });
  const release: (() => void)[] = [];
  rig.answer = (req, res) => {
    req.resume().on('end', () => release.push(() => res.end('{}')));
  };
  // Compressed, each is a few kilobytes; decoded and kept for the record, 20 MiB.
  const body = gzipSync(JSON.stringify({ account_id: '1', note: ' '.repeat(20 << 20), secret_access_key: 'x' }));
  const send = (): Promise<Answer> =>
    call(rig, 'POST', '/api/v1/integration/aws', body, { 'content-encoding': 'gzip' });
  const sent = Array.from({ length: 5 }, send);
  const first = await Promise.race(sent);
  assert.equal(first.code, 'overloaded');
  while (release.length < 3) await sleep(5);
  for (const each of release) each();
  const codes = (await Promise.all(sent)).map(({ code }) => code ?? 'ok').sort();
  assert.deepEqual(codes, ['ok', 'ok', 'ok', 'overloaded', 'overloaded']);
  rig.answer = json('{}');
  assert.equal((await send()).status, 200, 'the memory was not given back');
});

test('a read whose answer there is no room for is given up', async (t) => {
  const rig = await startRig(t, { limits: { decompressed: 40 << 20 } });
  const release: (() => void)[] = [];
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).write(`{"a":"${LONG}`);
    release.push(() => res.end('"}'));
  };
  const first = call(rig, 'GET', '/api/v1/api_key');
  while (release.length === 0) await sleep(5);
  await sleep(50);
  assert.equal((await call(rig, 'GET', '/api/v1/api_key')).code, 'overloaded');
  release[0]?.();
  assert.equal((await first).status, 200);
  assert.deepEqual((await rig.exchanges()).map(endOf).sort(), ['complete', 'upstream-failed overloaded']);
});

test('a request that is too long is refused in its middle, and recorded', async (t) => {
  const rig = await startRig(t, { limits: { requestBody: 500 << 10 } });
  const chunk = `${LONG.length.toString(16)}\r\n${LONG}\r\n`;
  const answer = await sendRaw(rig.port, [
    head(`POST ${LOGS} HTTP/1.1`, 'Transfer-Encoding: chunked'),
    chunk,
    chunk,
    chunk,
    '0\r\n\r\n',
  ]);
  assert.equal(answer.headers['x-dogwatch-error'], 'request_too_large', answer.text.slice(0, 300));
  assert.equal(rig.arrived.length, 0);
  assert.match(endOf(await rig.only()), /request_too_large$/);
});

test('draining: what is in flight ends, streams included; what does not end in time has an entry', async (t) => {
  const rig = await startRig(t, { limits: { drain: 400 } });
  rig.answer = (req, res) => {
    if (req.url?.includes('hangs')) return;
    res.writeHead(200, { 'content-type': 'text/plain' }).write(LONG);
    setTimeout(() => res.end(LONG), 150);
  };
  const streaming = call(rig, 'GET', MONITOR);
  const hanging = call(rig, 'GET', `${MONITOR}?hangs`).catch((error: unknown) => error);
  await sleep(80);
  await rig.gateway.close();
  assert.equal((await streaming).body.length, 2 * LONG.length);
  await hanging;
  assert.equal(rig.gateway.stats.inFlight, 0);
  const ends = (await rig.exchanges()).map(endOf);
  assert.equal(ends.length, 2);
  assert.ok(ends.includes('complete') && !ends.some((end) => end.startsWith('none')), ends.join());
});

test('an answer that the gateway cannot make sense of ends the call, not the process', async (t) => {
  const rig = await startRig(t);
  rig.beforeAppend = ({ kind }) => {
    if (kind === 'exchange') throw new TypeError('a defect');
  };
  assert.equal((await call(rig, 'GET', MONITOR)).code, 'internal');
  rig.answer = (_req, res) => res.writeHead(200, { 'content-type': 'text/plain' }).end(LONG);
  rig.beforeAppend = ({ kind }) => {
    if (kind === 'exchange.chunk') throw new TypeError('a defect');
  };
  assert.equal((await call(rig, 'GET', MONITOR)).code, 'internal');
  await rig.settled();
  rig.beforeAppend = () => undefined;
  assert.equal((await call(rig, 'GET', MONITOR)).status, 200);
});
