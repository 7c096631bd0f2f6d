// A HAR file as a browser reads it: Chromium is answered from the file alone, by Playwright's own reader, with what was recorded.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import type { Header } from '../src/exchange/exchange.ts';
import { harEnd, harEntry, harHead } from '../src/export/har.ts';
import type { RecordedExchange } from '../src/export/recorded-exchange.ts';
import { intentOf, outcomeOf } from './harness/api-parts.ts';
import { temporaryFolder } from './harness/temporary.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((file) => existsSync(file));
const skip = CHROMIUM === undefined ? 'no Chromium' : false;
const BINARY = Buffer.from([0, 255, 128, 10, 13, 0, 1]);

/** One exchange with these bodies. */
function recorded(
  [method, target]: readonly [method: string, target: string],
  request: string,
  response: { status?: number; headers: readonly Header[]; body: Uint8Array },
): RecordedExchange {
  const { request: usual, ...intent } = intentOf(target);
  const size = (bytes: number) => ({ size: bytes, recorded: bytes });
  const { status = 200, headers, body } = response;
  return {
    summary: {
      ...intent,
      ...outcomeOf(target, { response: { status, headers, body: size(body.length) } }),
      request: { ...usual, method, target, body: size(request.length) },
    },
    requestBody: Buffer.from(request),
    responseBody: body,
  };
}

const json: Header = ['content-type', 'application/json'];
const EXCHANGES = [
  recorded(['GET', '/api/v1/monitor?name=caf%C3%A9&page=0'], '', {
    headers: [json, ['x-dogwatch-exchange', '1']],
    body: Buffer.from('[{"id":1,"name":"café"}]'),
  }),
  recorded(['POST', '/api/v1/dashboard'], '{"title":"one"}', { headers: [json], body: Buffer.from('{"id":"one"}') }),
  recorded(['POST', '/api/v1/dashboard'], '{"title":"two"}', { headers: [json], body: Buffer.from('{"id":"two"}') }),
  recorded(['GET', '/api/v1/packed'], '', {
    headers: [json, ['content-encoding', 'gzip']],
    body: gzipSync('{"packed":true}'),
  }),
  recorded(['GET', '/api/v1/binary'], '', { headers: [['content-type', 'application/octet-stream']], body: BINARY }),
  recorded(['DELETE', '/api/v1/monitor/1'], '', {
    status: 404,
    headers: [json],
    body: Buffer.from('{"errors":["no"]}'),
  }),
];

let browser: Browser;
let directory: string;

before(async () => {
  if (CHROMIUM === undefined) return;
  directory = temporaryFolder('har');
  const entries = EXCHANGES.map((exchange) => JSON.stringify(harEntry(exchange)));
  writeFileSync(join(directory, 'out.har'), `${harHead('1.0')}${entries.join(',')}${harEnd()}`);
  // Requests go to another origin than the empty page's.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-web-security'];
  browser = await chromium.launch({ executablePath: CHROMIUM, args });
});
after(() => browser?.close());

test('Chromium is answered from the file with status, headers and bodies as recorded', { skip }, async () => {
  const page = await browser.newPage();
  await page.routeFromHAR(join(directory, 'out.har'), { notFound: 'abort' });
  const asked = (method: string, target: string, body?: string) =>
    page.evaluate(
      async ([url, init]) => {
        const response = await fetch(url, init);
        return {
          status: response.status,
          type: response.headers.get('content-type'),
          exchange: response.headers.get('x-dogwatch-exchange'),
          bytes: [...new Uint8Array(await response.arrayBuffer())],
        };
      },
      [`https://api.datadoghq.com${target}`, { method, ...(body !== undefined && { body }) }] as const,
    );
  const text = async (...args: Parameters<typeof asked>) => Buffer.from((await asked(...args)).bytes).toString('utf8');

  const monitors = await asked('GET', '/api/v1/monitor?name=caf%C3%A9&page=0');
  assert.deepEqual([monitors.status, monitors.type, monitors.exchange], [200, 'application/json', '1']);
  assert.equal(Buffer.from(monitors.bytes).toString('utf8'), '[{"id":1,"name":"café"}]');
  assert.equal(await text('POST', '/api/v1/dashboard', '{"title":"two"}'), '{"id":"two"}', 'by the body that was sent');
  assert.equal(await text('POST', '/api/v1/dashboard', '{"title":"one"}'), '{"id":"one"}');
  assert.equal(await text('GET', '/api/v1/packed'), '{"packed":true}', 'decoded, as the file has it');
  assert.deepEqual((await asked('GET', '/api/v1/binary')).bytes, [...BINARY]);
  assert.equal((await asked('DELETE', '/api/v1/monitor/1')).status, 404);
  await assert.rejects(asked('GET', '/api/v1/never-recorded'), 'nothing comes from elsewhere');
});
