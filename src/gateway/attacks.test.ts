// What a hostile agent, or a careless one, may try: secrets where they must not be, requests that are read in two ways.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  API_KEY,
  APP_KEY,
  allText,
  call,
  endOf,
  head,
  LOGS,
  LONG,
  MONITOR,
  startRig,
  TOKEN,
} from '../../test/harness/in-process.ts';
import { sendRaw } from '../../test/harness/raw.ts';

const zstdFrames = (...texts: string[]): Buffer => Buffer.concat(texts.map((text) => zstdCompressSync(text)));

test('refusals: Datadog-shaped, with an entry, and nothing sent', async (t) => {
  const rig = await startRig(t, {
    policy: { rules: [{ name: 'no-deletes', match: { actions: ['delete'] }, decision: 'deny' }] },
  });
  const refusals: [string, string, string, Record<string, string>][] = [
    ['DELETE', `${MONITOR}/1`, 'denied', {}],
    ['GET', '/c/nowhere/api/v1/monitor', 'unknown_connection', {}],
    ['GET', '/c/finance/api/v1/monitor', 'connection_not_allowed', {}],
    ['GET', '/c/prod/api/v1/monitor', 'connection_ambiguous', { 'x-dogwatch-connection': 'other' }],
    ['GET', '/api/v1/../monitor', 'bad_path', {}],
    ['GET', MONITOR, 'bad_parameter', { 'x-dogwatch-session': 'a b' }],

    ['GET', '/%63/prod/nothing/of/the/kind', 'denied', {}],
    ['GET', '/c//prod/api/v1/monitor', 'bad_path', {}],
    ['GET', `${MONITOR}?x=${TOKEN}`, 'token_exposed', {}],
    ['GET', `${MONITOR}?x=${TOKEN.replaceAll('.', '%2E')}`, 'token_exposed', {}],
    ['GET', MONITOR, 'token_exposed', { 'x-note': `my ${TOKEN}` }],
    ['GET', MONITOR, 'token_exposed', { [TOKEN]: 'x' }],
    ['GET', MONITOR, 'token_exposed', { 'x-note': API_KEY }],
  ];
  for (const [method, path, code, headers] of refusals) {
    const answer = await call(rig, method, path, undefined, headers);
    assert.equal(answer.code, code, `${method} ${path} ${answer.body}`);
    assert.match(JSON.parse(answer.body.toString()).errors[0], /^dogwatch: /);
  }
  const all = await rig.exchanges();
  assert.deepEqual(
    all.map(endOf),
    refusals.map(([, , code]) => `refused ${code}`),
  );
  assert.equal(rig.arrived.length, 0);
  const text = allText(await rig.entries());
  for (const secret of [TOKEN, TOKEN.replaceAll('.', '%2E'), API_KEY]) assert.ok(!text.includes(secret));
  assert.ok(!rig.log.join('').includes(TOKEN));
});

test('two connection headers that differ are ambiguous', async (t) => {
  const rig = await startRig(t);
  const answer = await sendRaw(rig.port, [
    head(`GET ${MONITOR} HTTP/1.1`, 'X-Dogwatch-Connection: prod', 'X-Dogwatch-Connection: other'),
  ]);
  assert.equal(answer.headers['x-dogwatch-error'], 'connection_ambiguous');
  assert.equal(endOf(await rig.only()), 'refused connection_ambiguous');
});

test('a token in the body is neither sent nor recorded, held or streamed, plain or compressed', async (t) => {
  const rig = await startRig(t);
  const bodies: [Buffer, Record<string, string>][] = [
    [Buffer.from(`{"message":"${TOKEN}"}`), {}],
    [gzipSync(`{"message":"${TOKEN}"}`), { 'content-encoding': 'gzip' }],
    [Buffer.from(`{"message":"${APP_KEY}"}`), {}],
    [Buffer.concat([LONG, Buffer.from(TOKEN), LONG]), {}],
    [zstdFrames('', `{"message":"${TOKEN}"}`), { 'content-encoding': 'zstd' }],
  ];
  for (const [body, headers] of bodies) {
    const { code } = await call(rig, 'POST', LOGS, body, headers);
    assert.ok(code === 'token_exposed' || code === 'bad_encoding', `${code}`);
  }
  await rig.settled();
  assert.equal(rig.arrived.length, 0);
  const text = allText(await rig.entries());
  for (const secret of [TOKEN, APP_KEY]) assert.ok(!text.includes(secret));
});

test('a credential that comes back in body, head or trailers is not passed on, held or streamed', async (t) => {
  const rig = await startRig(t);
  const plain = { 'content-type': 'text/plain' };
  const answers: ((res: ServerResponse) => void)[] = [
    (res) => res.writeHead(200, plain).end(`key ${API_KEY}`),
    (res) => res.writeHead(200, { ...plain, 'x-echo': APP_KEY }).end('{}'),
    (res) => res.writeHead(200, { ...plain, 'content-encoding': 'gzip' }).end(gzipSync(`key ${API_KEY}`)),
    (res) => res.writeHead(200, { ...plain, 'x-echo': APP_KEY }).end(LONG),
    (res) => {
      res.writeHead(200, plain).write('{}');
      res.addTrailers({ 'x-echo': APP_KEY });
      res.end();
    },
    (res) => {
      res.writeHead(200, plain).write(LONG);
      res.addTrailers({ 'x-echo': APP_KEY });
      res.end();
    },
    (res) => {
      res.writeHead(200, plain).write(LONG);
      res.write(API_KEY.slice(0, 10));
      setTimeout(() => res.end(API_KEY.slice(10)), 50);
    },
  ];
  for (const answer of answers) {
    rig.answer = (_req, res) => answer(res);
    const got = await sendRaw(rig.port, [head(`GET ${MONITOR} HTTP/1.1`, 'Connection: close')]);
    assert.ok(!got.text.includes(API_KEY) && !got.text.includes(APP_KEY));
  }
  assert.deepEqual(
    (await rig.exchanges()).map(endOf),
    answers.map(() => 'upstream-failed credential_echo'),
  );
  const text = allText(await rig.entries());
  for (const secret of [API_KEY, APP_KEY]) assert.ok(!text.includes(secret));
});

test('what goes to Datadog: the credential, nothing hop-by-hop, nothing that would be read as another request', async (t) => {
  const rig = await startRig(t);
  const answer = await sendRaw(rig.port, [
    head(
      `GET ${MONITOR} HTTP/1.1`,
      'Connection: x-one',
      'Connection: close, X-Two',
      'X-One: 1',
      'X-Two: 2',
      'Keep-Alive: 5',
      'TE: trailers',
      'X-HTTP-Method-Override: DELETE',
      'X-HTTP-Method: DELETE',
      'x_method_override: DELETE',
      'X-Original-URL: /api/v1/user',
      'X-Rewrite-URL: /api/v1/user',
      'X-Forwarded-Host: evil.test',
      'X_Forwarded_For: 10.0.0.1',
      'Forwarded: host=evil.test',
      'DD_API_KEY: dummy',
      'dd_application_key: dummy',
      'Dd-App-Key: dummy',
      'Authorization: Bearer dummy',
      'Cookie: a=b',
      'X-Dogwatch-Session: s1',
      'X_Dogwatch_Agent: claude',
      'X-Datadog-Host: evil.test',
      'X-Kept: yes',
    ),
  ]);
  assert.equal(answer.status, 200, answer.text);
  const { headers, rawHeaders } = rig.arrived[0]!;
  const { via, host, 'x-request-id': requestId, ...rest } = headers;
  assert.ok(via && host && requestId);
  assert.deepEqual(rest, {
    connection: 'keep-alive',
    'accept-encoding': 'identity',
    'dd-api-key': API_KEY,
    'dd-application-key': APP_KEY,
    'x-datadog-host': 'api.datadoghq.com',
    'x-kept': 'yes',
  });
  assert.ok(!rawHeaders.join().includes(TOKEN));
  const { intent } = await rig.only();
  const recorded = new Map(intent.request.headers.map(([name, value]) => [name.toLowerCase(), value]));
  assert.equal(recorded.get('x-http-method-override'), 'DELETE', 'the attempt is evidence');
  assert.ok(!recorded.has('dd-api-key') && !recorded.has('cookie'));
});

test('what is judged is what Datadog reads: no way around a rule on ids in the body', async (t) => {
  const rig = await startRig(t, {
    policy: {
      rules: [{ name: 'keep', match: { actions: ['delete'], resources: ['*/111'] }, decision: 'deny' }],
    },
  });
  const path = '/api/v1/slo/bulk_delete';
  const body = '{"111":["7d"],"222":["7d"]}';
  const bodies: [string, Buffer, string[]][] = [
    ['plain', Buffer.from(body), []],
    ['gzip', gzipSync(body), ['Content-Encoding: gzip']],
    ['two fields', gzipSync(body), ['Content-Encoding: identity', 'Content-Encoding: gzip']],
    ['empty field first', gzipSync(body), ['Content-Encoding: ', 'Content-Encoding: gzip']],
    ['second frame', zstdFrames('', body), ['Content-Encoding: zstd']],
    ['utf-16', Buffer.from(`\ufeff${body}`, 'utf16le'), ['Content-Type: application/json; charset=utf-16']],
    ['byte order mark', Buffer.from(`\ufeff${body}`), []],
    ['not strict', Buffer.from(`${body.slice(0, -1)},}`), []],
    ['too deep', Buffer.from(`{"x":${'['.repeat(300)}${']'.repeat(300)},${body.slice(1)}`), []],
    ['hidden field', Buffer.from(body), ['Connection: content-encoding', 'Content-Encoding: identity']],
  ];
  for (const [what, bytes, headers] of bodies) {
    const answer = await sendRaw(rig.port, [
      head(`POST ${path} HTTP/1.1`, `Content-Length: ${bytes.length}`, 'Connection: close', ...headers),
      bytes,
    ]);
    assert.ok(['denied', 'bad_encoding'].includes(answer.headers['x-dogwatch-error'] ?? ''), `${what}: ${answer.text}`);
  }
  assert.equal(rig.arrived.length, 0);
  assert.equal((await rig.exchanges()).length, bodies.length);
});

test("the MCP host is no way around the API's rules", async (t) => {
  const rig = await startRig(t, {
    domain: 'gw.test',
    policy: { rules: [{ name: 'no-deletes', match: { actions: ['delete'] }, decision: 'deny' }] },
  });
  const answer = await call(rig, 'DELETE', `${MONITOR}/1`, undefined, { host: 'mcp.gw.test' });
  assert.equal(answer.code, 'denied', `${answer.status} ${answer.body}`);
  assert.equal(rig.arrived.length, 0);
});

test('a secret in the path is not recorded, however early the call is refused', async (t) => {
  const rig = await startRig(t);
  const key = 'ffeeddccbbaa99887766554433221100';
  assert.equal((await call(rig, 'DELETE', `/c/nowhere/api/v1/api_key/${key}`)).code, 'unknown_connection');
  const { intent } = await rig.only();
  assert.equal(intent.classification.operation, 'v1.DeleteAPIKey');
  assert.ok(!allText(await rig.entries()).includes(key));
});

test('unusual methods are no way around: unknown and denied, or no HTTP; HEAD is judged as GET', async (t) => {
  const rig = await startRig(t, {
    policy: { rules: [{ name: 'no-monitors', match: { operations: ['v1.GetMonitor'] }, decision: 'deny' }] },
  });
  for (const method of ['TRACE', 'PURGE', 'OPTIONS', 'PROPFIND', 'LINK', 'QUERY']) {
    assert.equal((await call(rig, method, `${MONITOR}/1`)).code, 'denied', method);
  }
  for (const method of ['HEAD', 'GET']) assert.equal((await call(rig, method, `${MONITOR}/1`)).code, 'denied', method);
  for (const method of ['get', 'delete', 'Get', 'BREW']) {
    const answer = await sendRaw(rig.port, [head(`${method} ${MONITOR}/1 HTTP/1.1`)]);
    assert.equal(answer.headers['x-dogwatch-error'], 'bad_request', method);
  }
  const all = await rig.exchanges();
  assert.deepEqual([all.length, rig.arrived.length], [8, 0]);
  assert.deepEqual(all.map(({ intent }) => intent.classification.operation).slice(0, 2), [
    'unknown.TRACE',
    'unknown.PURGE',
  ]);
});
