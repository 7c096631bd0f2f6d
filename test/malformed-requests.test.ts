// Bad input, what: requests that are not HTTP, or HTTP that tries to be two things at once. Sent as raw bytes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type RawAnswer, sendRaw } from './harness/raw.ts';
import { assertErrorShape, assertRefused, type Scene, startScene } from './harness/scene.ts';
import { echo } from './harness/upstream.ts';

const MIB = 1 << 20;
let scene: Scene;
let key: string;

before(async () => {
  scene = await startScene({
    configure: (config) => ({
      ...config,
      gateway: {
        ...config.gateway,
        limits: {
          headersTimeout: '1s',
          requestTimeout: '2s',
          requestBody: '8MiB',
          decompressed: '1MiB',
          hold: '256KiB',
        },
      },
    }),
  });
  key = `DD-API-KEY: ${scene.token}\r\n`;
});
after(() => scene?.close());

/** Sends raw bytes and expects the refusal; nothing may reach Datadog, and the gateway must be none the worse. */
async function refused(
  pieces: string | Iterable<string | Uint8Array>,
  status: number,
  code: string,
): Promise<RawAnswer> {
  const reached = scene.upstream.heads();
  const answer = await sendRaw(scene.site.port, typeof pieces === 'string' ? [pieces] : pieces);
  assert.equal(answer.headers['x-dogwatch-error'], code, `expected ${code}, got: ${answer.text.slice(0, 400)}`);
  assert.equal(answer.status, status);
  assertErrorShape(answer.body);
  assert.ok(!answer.text.includes(scene.token), 'the answer repeats the token');
  assert.equal(scene.upstream.heads(), reached, 'something was sent to Datadog');
  await scene.works();
  return answer;
}

const post = (headers: string, body: string): string =>
  `POST /api/v1/monitor HTTP/1.1\r\nHost: gw\r\n${key}Content-Type: application/json\r\n${headers}\r\n${body}`;
const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: gw\r\n${key}\r\n`;

test('malformed HTTP', async () => {
  await refused('this is not HTTP at all\r\n\r\n', 400, 'bad_request');
  // HTTP/0.9 has no headers, and so no token.
  await refused(`GET /api/v1/monitor\r\n\r\n`, 401, 'token_missing');
  await refused(`GET /api/v1/monitor HTTP/9.9\r\nHost: gw\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nBad Name: x\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nX: a\0b\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nHost: other\r\n${key}\r\n`, 400, 'bad_request');
  await refused('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'bad_request');
});

test('smuggling: Content-Length and Transfer-Encoding', async () => {
  const hidden = 'GET /api/v1/hidden HTTP/1.1\r\nHost: gw\r\n\r\n';
  await refused(
    post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
    400,
    'ambiguous_framing',
  );
  await refused(
    post('Transfer-Encoding: chunked\r\nContent-Length: 6\r\n', `0\r\n\r\n${hidden}`),
    400,
    'ambiguous_framing',
  );
  await refused(post('Transfer-Encoding: identity\r\nContent-Length: 4\r\n', '{}  '), 400, 'ambiguous_framing');
});

test('smuggling: transfer codings that others might not see', async () => {
  for (const coding of [
    'xchunked',
    'chunked, identity',
    'gzip, chunked',
    'chunked, chunked',
    '"chunked"',
    'chunked;a=b',
  ]) {
    await refused(post(`Transfer-Encoding: ${coding}\r\n`, '2\r\n{}\r\n0\r\n\r\n'), 400, 'ambiguous_framing');
  }
  await refused(post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), 400, 'bad_request');
  await refused(post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n', '0\r\n\r\n'), 400, 'ambiguous_framing');
});

test('smuggling: repeated and conflicting Content-Length', async () => {
  await refused(post('Content-Length: 2\r\nContent-Length: 4\r\n', '{}{}'), 400, 'ambiguous_framing');
  await refused(post('Content-Length: 2\r\nContent-Length: 2\r\n', '{}'), 400, 'ambiguous_framing');
  for (const length of ['2, 2', '+2', '-2', '0x2', '2 2', '2;', '99999999999999999999']) {
    await refused(post(`Content-Length: ${length}\r\n`, '{}'), 400, 'ambiguous_framing');
  }
});

test('smuggling: folded header lines and bare line feeds', async () => {
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nX: a\r\n b\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\nHost: gw\n${key.replace('\r', '')}\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nX: a\nY: b\r\n${key}\r\n`, 400, 'bad_request');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nX: a\rY: b\r\n${key}\r\n`, 400, 'bad_request');
});

test('smuggling: chunks that are not what they say', async () => {
  for (const chunk of [
    '2\n{}\r\n0\r\n\r\n',
    '0x2\r\n{}\r\n0\r\n\r\n',
    '-2\r\n{}\r\n0\r\n\r\n',
    '2\r\n{}X\r\n0\r\n\r\n',
    'G\r\n{}\r\n0\r\n\r\n',
  ]) {
    const reached = scene.upstream.received.length;
    const answer = await sendRaw(scene.site.port, [post('Transfer-Encoding: chunked\r\n', chunk)], { timeout: 4_000 });
    assert.ok(answer.status === 400 || answer.status === 0, answer.text);
    assert.equal(scene.upstream.received.length, reached, 'a broken body reached Datadog');
  }
  await scene.works();
});

test('garbage behind a good request: the answer is that of the good request, or none', async () => {
  scene.upstream.respond = (_call, response) => {
    setTimeout(() => response.writeHead(200, { 'content-length': 13 }).end('{"slow":true}'), 300);
  };
  const answer = await sendRaw(scene.site.port, [get('/api/v1/monitor'), '\x00\x01 garbage\r\n\r\n']);
  scene.upstream.respond = echo;
  assert.ok(answer.status === 0 || answer.body.startsWith('{"slow":true}'), answer.text);
  await scene.works();
});

test('1 MiB of headers', async () => {
  const lines = Array.from({ length: 1024 }, (_, n) => `X-Filler-${n}: ${'a'.repeat(1000)}\r\n`);
  await refused([`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\n${key}`, ...lines, '\r\n'], 431, 'headers_too_large');
  await refused(
    [`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\n${key}X: `, 'a'.repeat(MIB), '\r\n\r\n'],
    431,
    'headers_too_large',
  );
  const many = Array.from({ length: 3000 }, (_, n) => `X${n}: a\r\n`).join('');
  await refused(`GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\n${key}${many}\r\n`, 431, 'headers_too_large');
});

test('a 2 GiB body, declared', async () => {
  await refused(post(`Content-Length: ${2 * 1024 * MIB}\r\n`, '{"name":"'), 413, 'request_too_large');
});

test('a 2 GiB body, in chunks: refused at the limit, in constant memory', async () => {
  const before = await residentMemory();
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 'a'), Buffer.from('\r\n')]);
  let sent = 0;
  function* body(): Generator<string | Uint8Array> {
    yield post('Transfer-Encoding: chunked\r\n', '');
    for (; sent < 2048; sent++) yield chunk;
    yield '0\r\n\r\n';
  }
  const reached = scene.upstream.received.length;
  const answer = await sendRaw(scene.site.port, body(), { timeout: 60_000 });
  assert.equal(answer.headers['x-dogwatch-error'], 'request_too_large', answer.text.slice(0, 400));
  assert.equal(answer.status, 413);
  assert.ok(sent < 64, `${sent} MiB were taken before the refusal`);
  assert.equal(scene.upstream.received.length, reached, 'the whole body reached Datadog');
  assert.ok((await residentMemory()) - before < 128 * MIB, 'memory grew with the body');
  await scene.works();
});

test('slow senders: a head that never ends', async () => {
  function* drip(): Generator<string> {
    yield `GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\n${key}`;
    for (let n = 0; n < 100; n++) yield `X-${n}: a\r\n`;
  }
  const reached = scene.upstream.heads();
  const answer = await sendRaw(scene.site.port, drip(), { pause: 100, timeout: 15_000 });
  assert.equal(answer.headers['x-dogwatch-error'], 'request_timeout', answer.text);
  assert.equal(answer.status, 408);
  assert.equal(scene.upstream.heads(), reached);
  await scene.works();
});

test('slow senders: a body that never ends', async () => {
  function* drip(): Generator<string> {
    yield post('Content-Length: 1000\r\n', '{');
    for (let n = 0; n < 200; n++) yield ' ';
  }
  const reached = scene.upstream.heads();
  const answer = await sendRaw(scene.site.port, drip(), { pause: 100, timeout: 15_000 });
  assert.equal(answer.headers['x-dogwatch-error'], 'request_timeout', answer.text);
  assert.equal(scene.upstream.heads(), reached);
  await scene.works();
});

test('a hundred slow senders do not keep others out', async () => {
  const slow = Array.from({ length: 100 }, () =>
    sendRaw(scene.site.port, [post('Content-Length: 100\r\n', '{')], { timeout: 6_000 }),
  );
  await scene.works();
  await Promise.all(slow);
  await scene.works();
});

test('a decompression bomb', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB, ' '));
  assert.ok(bomb.length < 128 * 1024);
  const reached = scene.upstream.heads();
  const headers = { 'dd-api-key': scene.token, 'content-encoding': 'gzip' };
  assertRefused(await scene.call('POST', '/api/v1/monitor', bomb, headers), 413, 'decompression_bomb');
  assertRefused(
    await scene.call('POST', '/api/v1/monitor', gzipSync(bomb), { ...headers, 'content-encoding': 'gzip, gzip' }),
    413,
    'decompression_bomb',
  );
  assert.equal(scene.upstream.heads(), reached);
  await scene.works();
});

test('a body that is not what its content-encoding says', async () => {
  const headers = { 'dd-api-key': scene.token, 'content-encoding': 'gzip' };
  assertRefused(await scene.call('POST', '/api/v1/monitor', '{"name":"plain"}', headers), 415, 'bad_encoding');
  assertRefused(
    await scene.call('POST', '/api/v1/monitor', '{}', { ...headers, 'content-encoding': 'rot13' }),
    415,
    'bad_encoding',
  );
  await scene.works();
});

test('path tricks', async () => {
  const tricks = [
    '/api/v1/monitor/../user',
    '/api/v1/monitor/..',
    '/api/v1/monitor/%2e%2e/user',
    '/api/v1/monitor/%2E%2e/user',
    '/api/v1/monitor/.%2e/user',
    '/api/v1/./monitor',
    '/api/v1/%2e/monitor',
    '//api/v1/monitor',
    '/api//v1/monitor',
    '/api/v1/monitor%2f..%2fuser',
    '/api/v1/monitor%2Fsearch',
    '/api/v1/monitor%5cuser',
    '/api/v1\\monitor',
    '/api/v1/monitor%00',
    '/api/v1/monitor%0d%0aX:%20y',
    '/api/v1/monitor%zz',
    '/api/v1/monitor%c0%ae%c0%ae/user',
    '/c/production/../finance/api/v1/monitor',
    '/c/production//api/v1/monitor',
  ];
  for (const target of tricks) await refused(get(target), 400, 'bad_path');
});

test('absolute-form, authority-form and other targets', async () => {
  await refused(get('http://169.254.169.254/latest/meta-data'), 400, 'bad_target');
  await refused(get('https://api.datadoghq.com/api/v1/monitor'), 400, 'bad_target');
  await refused(`OPTIONS * HTTP/1.1\r\nHost: gw\r\n${key}\r\n`, 400, 'bad_target');
});

test('CONNECT', async () => {
  const raw = `CONNECT api.datadoghq.com:443 HTTP/1.1\r\nHost: api.datadoghq.com:443\r\n${key}\r\n`;
  await refused(raw, 400, 'bad_target');
});

test('afterwards: nothing recorded is lost, and nothing that was refused is taken for sent', async () => {
  const { exchanges } = await scene.journal();
  for (const { id, outcome } of exchanges.values()) assert.ok(outcome, `${id} has no outcome`);
});

/** Bytes of memory that the gateway has, as its own metrics tell. */
async function residentMemory(): Promise<number> {
  const metrics = await (await fetch(`${scene.gateway.apiUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1] ?? Number.NaN);
}
