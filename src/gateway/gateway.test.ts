// An exchange as it should go: held, streamed, compressed, without a body, as an event stream.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { allText, call, endOf, head, json, LOGS, LONG, MONITOR, startRig } from '../../test/harness/in-process.ts';
import { sendRaw } from '../../test/harness/raw.ts';

test('a held exchange: a read is one entry, a change an intent and an outcome, the intent first', async (t) => {
  const rig = await startRig(t);
  const read = await call(rig, 'GET', `${MONITOR}?page=0`);
  assert.deepEqual([read.status, read.body.toString()], [200, '{"ok":true}']);
  let intents = 0;
  rig.answer = (req, res) => {
    intents = kinds.filter((kind) => kind === 'exchange.intent').length;
    json('{"id":7}')(req, res);
  };
  const kinds: string[] = [];
  rig.beforeAppend = ({ kind }) => void kinds.push(kind);
  await call(rig, 'POST', MONITOR, '{"name":"m"}', { 'content-type': 'application/json' });
  assert.equal(intents, 1, 'Datadog was asked before the intent was recorded');
  const [first, second] = await rig.exchanges();
  assert.deepEqual([endOf(first!), first!.response.toString()], ['complete', '{"ok":true}']);
  assert.deepEqual(
    [second!.intent.classification.operation, second!.request.toString(), second!.response.toString()],
    ['v1.CreateMonitor', '{"name":"m"}', '{"id":7}'],
  );
  assert.deepEqual(kinds, ['exchange.intent', 'exchange.outcome']);
});

test('no byte of an answer leaves before it is durable', async (t) => {
  const rig = await startRig(t);
  for (const answer of ['{"short":true}', LONG.toString()]) {
    rig.answer = json(answer);
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    rig.beforeAppend = () => gate;
    const socket = connect(rig.port, '127.0.0.1');
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    socket.write(head(`GET ${MONITOR} HTTP/1.1`));
    await sleep(100);
    assert.equal(received, 0);
    open();
    await once(socket, 'data');
    socket.destroy();
    rig.beforeAppend = () => undefined;
    await rig.settled();
  }
});

test('a streamed answer: the same bytes to the agent and in the chunks of the record', async (t) => {
  const rig = await startRig(t);
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' });
    for (let n = 0; n < 4; n += 1) res.write(LONG);
    res.end();
  };
  const answer = await call(rig, 'GET', MONITOR);
  assert.equal(answer.body.length, 4 * LONG.length);
  const { intent, outcome, response } = await rig.only();
  assert.ok(response.equals(answer.body));
  assert.equal(outcome?.response?.body.size, answer.body.length);
  assert.equal(intent.classification.action, 'read');
  assert.ok((outcome?.response?.body.chunks?.length ?? 0) > 1);
});

test('a streamed request: the same bytes to Datadog and in the chunks of the record', async (t) => {
  const rig = await startRig(t);
  const body = Buffer.concat([LONG, LONG, LONG]);
  assert.equal((await call(rig, 'POST', LOGS, body, { 'content-type': 'text/plain' })).status, 200);
  assert.ok(rig.arrived[0]?.body.equals(body));
  assert.equal(rig.arrived[0]?.headers['content-length'], String(body.length));
  const { outcome, request: recorded } = await rig.only();
  assert.ok(recorded.equals(body));
  assert.equal(outcome?.requestBody?.size, body.length);
});

test('a chunked streamed request goes on chunked', async (t) => {
  const rig = await startRig(t);
  const answer = await call(rig, 'POST', LOGS, LONG, { 'transfer-encoding': 'chunked', 'content-length': [] });
  assert.equal(answer.status, 200);
  assert.equal(rig.arrived[0]?.headers['transfer-encoding'], 'chunked');
  assert.ok(rig.arrived[0]?.body.equals(LONG));
  await rig.only();
});

test('a streamed request takes as long as the agent takes, not as Datadog may take to answer', async (t) => {
  const rig = await startRig(t, { limits: { upstreamHeadersTimeout: 300 } });
  const answer = await sendRaw(
    rig.port,
    [
      head(`POST ${LOGS} HTTP/1.1`, `Content-Length: ${4 * LONG.length}`, 'Connection: close'),
      LONG,
      ...Array.from({ length: 3 }, () => LONG),
    ],
    { pause: 900, timeout: 15_000 },
  );
  assert.equal(answer.status, 200, answer.text.slice(0, 300));
  assert.equal(endOf(await rig.only()), 'complete');
});

test('an answer that comes before the request was sent reaches the agent', async (t) => {
  const rig = await startRig(t);
  for (const text of ['{"errors":["too large"]}', LONG.toString()]) {
    rig.answer = (_req, res) => res.writeHead(413, { 'content-type': 'application/json' }).end(text);
    const answer = await sendRaw(
      rig.port,
      [head(`POST ${LOGS} HTTP/1.1`, `Content-Length: ${8 * LONG.length}`), ...Array.from({ length: 6 }, () => LONG)],
      { pause: 50 },
    );
    assert.equal(answer.status, 413, answer.text.slice(0, 300) || 'the connection was cut');
    assert.ok(answer.text.includes(text.slice(-40)), 'the answer is cut');
  }
  const all = await rig.exchanges();
  assert.deepEqual(all.map(endOf), ['complete', 'complete']);
});

test('HEAD, 204 and 304 have no body; Expect: 100-continue is answered', async (t) => {
  const rig = await startRig(t);
  rig.answer = (req, res) => {
    if (req.method === 'HEAD')
      res.writeHead(200, { 'content-type': 'text/event-stream', 'content-length': 1234 }).end();
    else if (req.method === 'GET') res.writeHead(304, { etag: '"x"' }).end();
    else req.resume().on('end', () => res.writeHead(204).end());
  };
  const headed = await call(rig, 'HEAD', MONITOR);
  assert.deepEqual([headed.status, headed.headers['content-length'], headed.body.length], [200, '1234', 0]);
  assert.deepEqual([(await call(rig, 'GET', MONITOR)).status], [304]);
  assert.deepEqual([(await call(rig, 'DELETE', `${MONITOR}/1`)).status], [204]);
  const expected = await sendRaw(
    rig.port,
    [head(`POST ${MONITOR} HTTP/1.1`, 'Expect: 100-continue', 'Content-Length: 2', 'Connection: close'), '{}'],
    { pause: 100 },
  );
  assert.match(expected.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 204 /);
  assert.equal(rig.arrived.at(-1)?.headers.expect, undefined);
  assert.deepEqual((await rig.exchanges()).map(endOf), ['complete', 'complete', 'complete', 'complete']);
});

test('compressed answers are passed on as they are; repeated fields stay apart; cookies stay here', async (t) => {
  const rig = await startRig(t);
  const zipped = gzipSync('{"monitors":[]}');
  rig.answer = (_req, res) =>
    res
      .writeHead(200, [
        ...['content-encoding', 'gzip', 'content-type', 'application/json', 'link', '<a>; rel=x', 'link', '<b>; rel=y'],
        ...['set-cookie', 'dd=secret-cookie', 'x-dogwatch-exchange', 'forged', 'x-dogwatch-error', 'forged'],
      ])
      .end(zipped);
  const answer = await call(rig, 'GET', MONITOR, undefined, { 'accept-encoding': 'gzip' });
  assert.ok(answer.body.equals(zipped));
  assert.equal(answer.headers.link, '<a>; rel=x, <b>; rel=y');
  assert.equal(answer.headers['set-cookie'], undefined);
  assert.equal(answer.code, undefined);
  assert.ok(!String(answer.headers['x-dogwatch-exchange']).includes('forged'));
  const { response } = await rig.only();
  assert.ok(response.equals(zipped));
  assert.ok(!allText(await rig.entries()).includes('secret-cookie'));
});

test('trailers go on to those who can take them, and harm nobody who cannot', async (t) => {
  const rig = await startRig(t);
  rig.answer = (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain', trailer: 'x-sum' });
    res.write('hello');
    res.addTrailers({ 'x-sum': 'abc' });
    res.end();
  };
  assert.equal((await call(rig, 'GET', MONITOR)).trailers['x-sum'], 'abc');
  const old = await sendRaw(rig.port, [head(`GET ${MONITOR} HTTP/1.0`)]);
  assert.deepEqual([old.status, old.body], [200, 'hello'], old.text);
  assert.deepEqual((await rig.exchanges()).map(endOf), ['complete', 'complete']);
});

test('an event stream: its head comes at once, each event when it happens, and the abort is recorded', async (t) => {
  const rig = await startRig(t);
  let upstream: ServerResponse | undefined;
  rig.answer = (_req, res) => {
    upstream = res;
    res.writeHead(200, { 'content-type': 'Text/Event-Stream' }).flushHeaders();
  };
  const socket = connect(rig.port, '127.0.0.1');
  socket.write(head('GET /api/unstable/mcp-server/mcp HTTP/1.1', 'Accept: text/event-stream'));
  const [first] = (await once(socket, 'data')) as [Buffer];
  assert.match(first.toString(), /^HTTP\/1\.1 200 /);
  for (const event of ['data: one\n\n', 'data: two\n\n']) {
    upstream?.write(event);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    assert.ok(bytes.includes(event.trim()));
  }
  const closed = once(upstream!, 'close');
  socket.destroy();
  await closed;
  const { intent, outcome, response } = await rig.only();
  assert.deepEqual([intent.classification.operation, outcome?.outcome], ['mcp.stream', 'client-aborted']);
  assert.equal(response.toString(), 'data: one\n\ndata: two\n\n');
});

test('pipelined requests are answered in order; when the agent leaves, all of them end', async (t) => {
  const rig = await startRig(t);
  rig.answer = (req, res) => {
    const slow = req.url?.includes('slow');
    setTimeout(() => res.end(slow ? 'slow' : 'quick'), slow ? 100 : 0);
  };
  const socket = connect(rig.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(head(`GET ${MONITOR}?slow HTTP/1.1`) + head(`GET ${MONITOR} HTTP/1.1`, 'Connection: close'));
  await once(socket, 'close');
  assert.match(Buffer.concat(chunks).toString(), /\r\n\r\nslowHTTP\/1\.1 200[\s\S]*\r\n\r\nquick$/);

  rig.answer = (req, res) => {
    if (req.url?.includes('slow')) setTimeout(() => res.end('{}'), 400);
    else {
      res.writeHead(200, { 'content-type': 'text/plain' });
      for (let n = 0; n < 10; n += 1) res.write(LONG);
      res.end();
    }
  };
  const leaving = connect(rig.port, '127.0.0.1');
  leaving.write(head(`GET ${MONITOR}?slow HTTP/1.1`) + head(`GET ${MONITOR} HTTP/1.1`));
  await sleep(200);
  leaving.destroy();
  const all = await rig.exchanges();
  assert.deepEqual(all.map(endOf).sort(), ['client-aborted', 'client-aborted', 'complete', 'complete']);
});

test('a body just as long as may be held is held; one byte more is streamed, also where both limits are one', async (t) => {
  const rig = await startRig(t, { limits: { hold: 1000, decompressed: 1000 } });
  for (const length of [1000, 1001]) {
    rig.answer = (_req, res) => res.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(length));
    assert.equal((await call(rig, 'POST', LOGS, 'y'.repeat(length))).body.length, length);
  }
  const [held, streamed] = await rig.exchanges();
  assert.equal(held!.outcome?.response?.body.chunks, undefined);
  assert.equal(streamed!.response.toString(), 'x'.repeat(1001));
  assert.equal(streamed!.request.toString(), 'y'.repeat(1001));
});

test('caps: the record says what it lacks, the agent gets all', async (t) => {
  const rig = await startRig(t, { caps: { requestBodyCap: 100, responseBodyCap: 100 } });
  for (const length of [500, LONG.length]) {
    rig.answer = (_req, res) => res.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(length));
    assert.equal((await call(rig, 'POST', LOGS, 'y'.repeat(length))).body.length, length);
  }
  for (const { outcome, intent, request: asked, response } of await rig.exchanges()) {
    assert.deepEqual([asked.length, response.length], [100, 100]);
    assert.equal(outcome?.response?.body.withheld, 'cap');
    assert.equal((outcome?.requestBody ?? intent.request.body).withheld, 'cap');
  }
});
