import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { toCurl } from './curl.ts';
import { asText, decodedBody } from './decoded-body.ts';
import { toHar } from './har.ts';
import { type RecordedExchange, touchedResources } from './recorded-exchange.ts';

function exchange(
  overrides: {
    target?: string;
    headers?: [string, string][];
    request?: Uint8Array;
    response?: Uint8Array;
    responseHeaders?: [string, string][];
  } = {},
): RecordedExchange {
  const requestBody = overrides.request ?? Buffer.from('{"title":"It\'s slow"}');
  const responseBody = overrides.response ?? Buffer.from('{"id":"abc"}');
  return {
    summary: {
      exchange: '01990000-0000-7000-8000-000000000001',
      receivedAt: Date.UTC(2026, 10, 22, 12),
      session: 's',
      client: {},
      source: '127.0.0.1:5',
      classification: {
        operation: 'v1.CreateDashboard',
        action: 'create',
        risk: 'low',
        tags: [],
        resources: [],
        asked: {},
      },
      verdict: { decision: 'allow', rule: 'default' },
      request: {
        method: 'POST',
        target: overrides.target ?? '/api/v1/dashboard?a=1&a=2&b=%20x',
        host: 'api.datadoghq.com',
        httpVersion: '1.1',
        headers: overrides.headers ?? [
          ['Content-Type', 'application/json'],
          ['Content-Length', '3'],
          ['Accept-Encoding', 'gzip'],
        ],
        body: { size: requestBody.length, recorded: requestBody.length },
      },
      outcome: 'complete',
      response: {
        status: 200,
        headers: overrides.responseHeaders ?? [['content-type', 'application/json']],
        body: { size: responseBody.length, recorded: responseBody.length },
      },
      resources: [{ kind: 'dashboard', id: 'abc', title: 'It' }],
      timing: { forwarded: 2, firstByte: 10, completed: 12 },
    },
    requestBody,
    responseBody,
  };
}

/** What a shell makes of the command: the arguments that curl would get. */
function argumentsOf(command: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\n${command}`;
  const output = execFileSync('bash', ['-c', script], {
    env: { PATH: process.env.PATH, DD_API_KEY: 'K', DD_APP_KEY: 'A' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return output.toString('utf8').split('\0').slice(0, -1);
}

test('curl gets method, URL, headers, body and credentials from the environment', () => {
  assert.deepEqual(argumentsOf(toCurl(exchange())), [
    '--globoff',
    '--path-as-is',
    '--request',
    'POST',
    'https://api.datadoghq.com/api/v1/dashboard?a=1&a=2&b=%20x',
    '--header',
    'Content-Type: application/json',
    '--compressed',
    '--header',
    'DD-API-KEY: K',
    '--header',
    'DD-APPLICATION-KEY: A',
    '--data-raw',
    '{"title":"It\'s slow"}',
  ]);
});

test('nothing that was recorded acts in the shell or in the terminal', () => {
  const hostile = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/\0/g, ''));
  const nasty = fc.oneof(
    hostile,
    fc.constantFrom("'; touch /nope; '", '$(reboot)', '`id`', "\u001b[2J\\'x", '\u202egnp', '\\', "\n'", '!!'),
  );
  fc.assert(
    fc.property(nasty, nasty, (header, body) => {
      const command = toCurl(exchange({ headers: [['X-A', header]], request: Buffer.from(body) }));
      assert.doesNotMatch(command.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
      const words = argumentsOf(command);
      assert.equal(words[words.indexOf('--header') + 1], header === '' ? 'X-A;' : `X-A: ${header}`);
      if (body !== '') assert.equal(words.at(-1), body);
    }),
    { numRuns: 60 },
  );
});

test('a body that is no text goes through base64', () => {
  assert.match(
    toCurl(exchange({ request: Buffer.from([0xff, 0x00]) })),
    /^printf %s '\/wA=' \| base64 -d \| curl .*--data-binary @-\n$/s,
  );
});

test('HAR has the request, the decoded response and who it was', () => {
  const har = toHar(
    [
      exchange({
        response: gzipSync('{"id":"abc"}'),
        responseHeaders: [
          ['content-encoding', 'gzip'],
          ['Content-Type', 'application/json'],
        ],
      }),
    ],
    '1.0',
  ) as { log: { entries: Record<string, never>[] } };
  const [entry] = JSON.parse(JSON.stringify(har.log.entries)) as [Record<string, Record<string, unknown>>];
  assert.equal(entry.startedDateTime, '2026-11-22T12:00:00.000Z');
  assert.deepEqual(entry.timings, { blocked: 2, send: 0, wait: 8, receive: 2 });
  assert.deepEqual(entry.request?.queryString, [
    { name: 'a', value: '1' },
    { name: 'a', value: '2' },
    { name: 'b', value: ' x' },
  ]);
  assert.deepEqual(entry.response?.content, { size: 12, mimeType: 'application/json', text: '{"id":"abc"}' });
  assert.equal(entry._dogwatch?.outcome, 'complete');
});

test('codings are undone within the bound, else the bytes stay', () => {
  const text = Buffer.from('x'.repeat(10_000));
  assert.deepEqual(decodedBody(zstdCompressSync(gzipSync(text)), 'gzip, zstd').bytes, text);
  const bomb = gzipSync(text);
  assert.equal(decodedBody(bomb, 'gzip', 9_999).bytes, bomb);
  assert.match(decodedBody(bomb, 'gzip', 9_999).failed ?? '', /more than/);
  assert.equal(decodedBody(text, 'gzip').bytes, text);
  assert.equal(asText(Buffer.from([0xc3, 0x28])), undefined);
});

test('a resource that request and response both name is one', () => {
  const { summary } = exchange();
  const joined = {
    ...summary,
    classification: { ...summary.classification, resources: [{ kind: 'dashboard', id: 'abc' }] },
  };
  assert.deepEqual(touchedResources(joined), [{ kind: 'dashboard', id: 'abc', title: 'It' }]);
});
