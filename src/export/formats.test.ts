// The formats that other tools read: CSV against formulas and RFC 4180, HAR against its specification.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Row } from '../index/search-index.ts';
import { CSV_HEADER, csvField, csvLine } from './csv.ts';
import { escapeHtml } from './evidence-summary.ts';
import { harEnd, harEntry, harHead } from './har.ts';

const row: Row = {
  leaf: 7,
  kind: 'exchange',
  id: '01990000-0000-7000-8000-000000000001',
  time: Date.UTC(2026, 10, 22, 12),
  session: 's',
  identity: {
    issuer: 'https://idp',
    subject: 'agent-1',
    kind: 'agent',
    name: 'claude',
    groups: ['sre'],
    onBehalfOf: [],
    claims: {},
  },
  client: { userAgent: 'curl/8' },
  source: '10.0.0.1',
  connection: 'prod',
  host: 'api.datadoghq.com',
  method: 'DELETE',
  path: '/api/v1/monitor/1',
  operation: 'v1.DeleteMonitor',
  action: 'delete',
  risk: 'high',
  tags: ['blindness'],
  resources: [{ kind: 'monitor', id: '1', title: 'CPU' }],
  asked: {},
  verdict: { decision: 'allow', rule: 'default' },
  outcome: 'complete',
  status: 200,
  requestBytes: 0,
  responseBytes: 12,
  latency: 31.5,
};

/** Every value at a path; lists are gone through. */
function valuesAt(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (value === undefined || path === '') return value === undefined ? [] : [value];
  const [first = '', ...rest] = path.split('.');
  return valuesAt((value as Record<string, unknown>)[first], rest.join('.'));
}

/** Reads RFC 4180, strictly. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [];
  let at = 0;
  while (at < text.length) {
    const fields: string[] = [];
    for (;;) {
      const [whole, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(text.slice(at)) as unknown as string[];
      fields.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
      at += (whole ?? '').length;
      if (text[at] === ',') at++;
      else break;
    }
    assert.equal(text.slice(at, at + 2), '\r\n');
    at += 2;
    lines.push(fields);
  }
  return lines;
}

test('CSV is RFC 4180, and nothing recorded acts as a formula', () => {
  const [header = [], line = []] = readCsv(CSV_HEADER + csvLine(row));
  assert.equal(line.length, header.length);
  const value = (name: string, of = line) => of[header.indexOf(name)];
  assert.equal(value('who'), 'claude');
  assert.equal(value('status'), '200');
  assert.equal(value('resources'), 'monitor/1');
  for (const attack of [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u0000=1',
    '\ufeff=1',
    '\uff1d1',
    '\u200b@x',
  ])
    assert.equal(readCsv(`${csvField(attack)}\r\n`)[0]?.[0], `'${attack}`, JSON.stringify(attack));
  assert.equal(csvField('monitor-1 = ok'), 'monitor-1 = ok');
  assert.equal(csvField(-1), '-1', 'numbers are numbers');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (agent, title) => {
      const hostile: Row = { ...row, client: { agent }, resources: [{ kind: 'k', id: 'i', title }] };
      const [fields = []] = readCsv(csvLine(hostile));
      assert.equal(fields.length, header.length);
      const shown = value('claimed_agent', fields) ?? '';
      assert.ok(shown === agent || shown === `'${agent}`);
      assert.doesNotMatch(shown, /^[\s\p{Cc}]*[=+\-@]/u);
    }),
    { numRuns: 40 },
  );
});

/** Members that HAR 1.2 requires, by object. */
const HAR: Readonly<Record<string, readonly string[]>> = {
  log: ['version', 'creator', 'entries'],
  'log.creator': ['name', 'version'],
  'log.entries': ['startedDateTime', 'time', 'request', 'response', 'cache', 'timings'],
  'log.entries.request': [
    'method',
    'url',
    'httpVersion',
    'cookies',
    'headers',
    'queryString',
    'headersSize',
    'bodySize',
  ],
  'log.entries.request.headers': ['name', 'value'],
  'log.entries.request.queryString': ['name', 'value'],
  'log.entries.request.postData': ['mimeType', 'text'],
  'log.entries.response': [
    'status',
    'statusText',
    'httpVersion',
    'cookies',
    'headers',
    'content',
    'redirectURL',
    'headersSize',
    'bodySize',
  ],
  'log.entries.response.content': ['size', 'mimeType'],
  'log.entries.timings': ['send', 'wait', 'receive'],
};

test('HAR written piece by piece has every member that HAR 1.2 requires, also of an exchange without an answer', () => {
  const exchange = (answered: boolean) => ({
    summary: {
      exchange: row.id,
      receivedAt: row.time,
      session: 's',
      client: {},
      source: '10.0.0.1:1',
      classification: { operation: 'v1.X', action: 'create', risk: 'low', tags: [], resources: [], asked: {} },
      verdict: { decision: 'allow', rule: 'default' },
      request: {
        method: 'POST',
        target: '/api/v1/x?a=1',
        host: 'api.datadoghq.com',
        httpVersion: '1.1',
        headers: [['A', 'b']],
        body: { size: 1, recorded: 1 },
      },
      ...(answered && {
        outcome: 'complete',
        response: { status: 200, headers: [], body: { size: 1, recorded: 1 } },
        timing: { forwarded: 1.5, firstByte: 4, completed: 9 },
      }),
    } as never,
    requestBody: Buffer.from([0xff]),
    responseBody: answered ? Buffer.from('x') : new Uint8Array(),
  });
  const text = `${harHead('1')}${JSON.stringify(harEntry(exchange(true), 'cut'))},${JSON.stringify(harEntry(exchange(false)))}${harEnd('1 left out')}`;
  const har = JSON.parse(text) as {
    log: { comment: string; entries: { time: number; timings: Record<string, number>; startedDateTime: string }[] };
  };
  for (const [path, names] of Object.entries(HAR)) {
    const objects = valuesAt(har, path);
    assert.ok(objects.length > 0, path);
    for (const object of objects)
      for (const name of names) assert.ok((object as Record<string, unknown>)[name] !== undefined, `${path}: ${name}`);
  }
  for (const { time, timings, startedDateTime } of har.log.entries) {
    assert.equal(
      Object.values(timings).reduce((sum, value) => sum + value, 0),
      time,
      'the parts add up to the whole',
    );
    assert.equal(new Date(startedDateTime).toISOString(), startedDateTime);
  }
  assert.equal(har.log.comment, '1 left out');
});

test('HTML text is inert', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(escapeHtml(text), /[<>"'`]|&(?!#\d+;)|[\p{Cc}\p{Cf}]/u);
    }),
  );
});
