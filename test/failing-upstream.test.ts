// Bad input, from the other side: a Datadog that never answers, answers garbage, stops in the middle, or is not Datadog.
import assert from 'node:assert/strict';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { selfSigned } from './harness/certificate.ts';
import { closeHttp, freePort, listen } from './harness/listening.ts';
import { sendRaw } from './harness/raw.ts';
import { assertRefused, type Scene, startScene } from './harness/scene.ts';

/** What the upstream does with a connection on which a whole request head has come. */
let behave: (socket: Socket) => void;
let server: Server;
let interceptor: HttpsServer;
/** Requests that the server with the bad certificate was told. */
let intercepted = 0;
let scene: Scene;
const failed = new Map<string, string>();

const good = (socket: Socket): void => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
};

before(async () => {
  behave = good;
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (bytes.includes('HTTP/1.1\r\n')) behave(socket);
    });
  });
  const port = await listen(server);
  interceptor = createHttpsServer(selfSigned(['127.0.0.1']), (_request, response) => {
    intercepted++;
    response.end('{}');
  });
  const elsewhere = {
    refusing: `http://127.0.0.1:${await freePort()}`,
    untrusted: `https://127.0.0.1:${await listen(interceptor)}`,
  };
  scene = await startScene({
    upstreamUrl: `http://127.0.0.1:${port}`,
    configure: (config) => ({
      ...config,
      connections: [
        ...(config.connections ?? []),
        ...Object.entries(elsewhere).map(([name, upstream]) => ({
          ...config.connections?.[0],
          name,
          site: 'datadoghq.com',
          default: false,
          upstream,
        })),
      ],
      gateway: {
        ...config.gateway,
        limits: { upstreamConnectTimeout: '1s', upstreamHeadersTimeout: '1s', upstreamBodyTimeout: '1s' },
      },
    }),
  });
});
after(async () => {
  await scene?.close();
  server?.close();
  if (interceptor) await closeHttp(interceptor);
});

/** A change during which the upstream behaves badly: a clear error, and the gateway none the worse. */
async function fails(how: (socket: Socket) => void, status: number, code: string, method = 'PUT'): Promise<void> {
  behave = how;
  const body = method === 'GET' ? undefined : '{"name":"changed"}';
  const answer = await scene.call(method, '/api/v1/monitor/1', body);
  assertRefused(answer, status, code);
  failed.set(answer.exchange, code);
  behave = good;
  await scene.works();
}

test('upstream never answers', async () => {
  await fails(() => {}, 504, 'upstream_timeout');
  await fails(() => {}, 504, 'upstream_timeout', 'GET');
});

test('upstream closes without an answer', () => fails((socket) => socket.destroy(), 502, 'upstream_unreachable'));

test('upstream answers garbage', async () => {
  for (const garbage of ['\x00\x01\x02 this is no HTTP\r\n\r\n', 'SSH-2.0-OpenSSH_9.9\r\n', 'HTTP/1.1 abc\r\n\r\n']) {
    await fails((socket) => socket.end(garbage), 502, 'upstream_bad_response');
  }
});

test('upstream answers with conflicting framing', () =>
  fails(
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}...'),
    502,
    'upstream_bad_response',
  ));

test('upstream closes mid-body: the answer is an error, not half a body', () =>
  fails(
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id":'),
    502,
    'upstream_bad_response',
  ));

test('upstream stops mid-body', () =>
  fails(
    (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"id":'),
    504,
    'upstream_timeout',
  ));

test('upstream closes in the middle of a long body that was already on its way: the agent can tell', async () => {
  const piece = Buffer.alloc(65_536, 'a');
  behave = (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n');
    for (let n = 0; n < 48; n++) socket.write(Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]));
    setTimeout(() => socket.destroy(), 300);
  };
  const answer = await sendRaw(scene.site.port, [
    `GET /api/v1/monitor HTTP/1.1\r\nHost: gw\r\nDD-API-KEY: ${scene.token}\r\n\r\n`,
  ]);
  behave = good;
  assert.equal(answer.status, 200);
  assert.ok(!answer.text.endsWith('\r\n0\r\n\r\n'), 'a cut body looks whole');
  failed.set(answer.headers['x-dogwatch-exchange'] ?? '', 'upstream_bad_response');
  await scene.works();
});

test('upstream refuses the connection', async () => {
  assertRefused(await scene.call('PUT', '/c/refusing/api/v1/monitor/1', '{}'), 502, 'upstream_unreachable');
  await scene.works();
});

test('upstream shows a certificate that nobody vouches for', async () => {
  const reached = intercepted;
  assertRefused(await scene.call('PUT', '/c/untrusted/api/v1/monitor/1', '{}'), 502, 'upstream_tls');
  assert.equal(intercepted, reached, 'the interceptor was told the request');
  await scene.works();
});

test('upstream says 429 and 5xx: passed on as it is', async () => {
  for (const status of [429, 500, 503]) {
    const body = `{"errors":["${status} from Datadog"]}`;
    behave = (socket) =>
      socket.write(
        `HTTP/1.1 ${status} Whatever\r\ncontent-type: application/json\r\nx-ratelimit-reset: 7\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    const answer = await scene.call('PUT', '/api/v1/monitor/1', '{}');
    assert.deepEqual([answer.status, answer.code, answer.body.toString()], [status, null, body]);
    assert.equal(answer.headers.get('x-ratelimit-reset'), '7');
  }
  behave = good;
  await scene.works();
});

test('afterwards: every failure is in the journal as one, and nothing recorded is lost', async () => {
  const { exchanges } = await scene.journal();
  for (const [exchange, code] of failed) {
    const { intent, outcome } = exchanges.get(exchange) ?? {};
    assert.ok(intent, `${exchange} is not in the journal`);
    assert.equal(outcome?.outcome, 'upstream-failed', exchange);
    assert.equal(outcome?.error?.code, code, exchange);
  }
});
