import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { sendSyslog } from './syslog.ts';

const FORM = /^<109>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ dogwatch \d+ checkpoint - checkpoint size=3$/;
const soon = (): AbortSignal => AbortSignal.timeout(5000);

test('over UDP, a datagram a message', async (t) => {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const received = once(socket, 'message');
  await sendSyslog({ url: `udp://127.0.0.1:${socket.address().port}` }, 'checkpoint size=3', soon());
  assert.match(String((await received)[0]), FORM);
});

test('over TCP and a Unix socket, with its length in front', async () => {
  const folder = temporaryFolder('syslog');
  for (const place of [{ host: '127.0.0.1', port: 0 }, { path: join(folder, 'socket') }]) {
    let text = '';
    const server = createServer((socket: Socket) => {
      socket.on('data', (piece) => {
        text += piece;
      });
    }).listen(place);
    await once(server, 'listening');
    const url = 'path' in place ? `unix://${place.path}` : `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await sendSyslog({ url }, 'checkpoint size=3', soon());
    const [length = '', ...rest] = text.split(' ');
    assert.equal(Number(length), rest.join(' ').length);
    assert.match(rest.join(' '), FORM);
    server.close();
  }
});

test('nobody there, and somebody who never takes it, are failures', async (t) => {
  await assert.rejects(sendSyslog({ url: 'tcp://127.0.0.1:1' }, 'x', soon()), /ECONNREFUSED/);
  const server = createServer({ allowHalfOpen: true }, (socket) => void t.after(() => socket.destroy())).listen(
    0,
    '127.0.0.1',
  );
  t.after(() => server.close());
  await once(server, 'listening');
  const url = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(sendSyslog({ url }, 'x', AbortSignal.timeout(100)), /in time/);
});
