import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { intentOf, outcomeOf, startHarness } from '../../test/harness/api-parts.ts';
import { newId } from '../exchange/canonical.ts';
import { buildApi } from './api.ts';

const EXCHANGES = 32;
const BODY = Buffer.alloc(1 << 20, 'x');

test('an export goes no further than its reader has taken, so that its length takes no memory', async (t) => {
  const harness = await startHarness();
  const { mock } = t.mock.method(harness.reader, 'read');
  const { server, stop } = buildApi(harness.options);
  let answer: IncomingMessage | undefined;
  t.after(async () => {
    answer?.destroy();
    await stop();
    await harness.close();
  });
  for (let n = 0; n < EXCHANGES; n++) {
    const id = newId();
    const type = 'application/octet-stream';
    await harness.append('exchange.intent', intentOf(id), {}, id);
    const body = { size: BODY.length, recorded: BODY.length };
    const response = { status: 200, headers: [['content-type', type] as const], body };
    await harness.append('exchange.outcome', outcomeOf(id, { response }), { response: BODY });
  }
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  const headers = { authorization: `Bearer ${await harness.issuer.token(['security'])}` };
  answer = await new Promise<IncomingMessage>((resolve, reject) =>
    get({ port, path: '/api/v1/export?format=ndjson', headers }, resolve).on('error', reject),
  );
  assert.equal(answer.statusCode, 200);
  // What nobody takes fills the sockets' buffers, and then nothing more is read.
  for (let before = -1; before !== mock.callCount(); await delay(300)) before = mock.callCount();
  const reads = mock.callCount();
  assert.ok(reads > 0 && reads < EXCHANGES, `${reads} entries were read for one who takes none`);
  let bytes = 0;
  for await (const piece of answer) bytes += (piece as Buffer).length;
  assert.ok(bytes > EXCHANGES * BODY.length, String(bytes));
  assert.ok(mock.callCount() >= 2 * EXCHANGES);
});
