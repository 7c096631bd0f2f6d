import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, fitted, printable } from './printable.ts';
import { exchangeLines, prettyJson } from './show-exchange.ts';
import { tableLines } from './table.ts';
import { paint } from './terminal.ts';

const plain = paint({ isTTY: false } as NodeJS.WriteStream, {});

test('escapes, bidi overrides, zero-width and tag characters are shown, not obeyed', () => {
  assert.equal(printable('\u001b[2J\u001b]0;title\u0007'), '\\x1b[2J\\x1b]0;title\\x07');
  assert.equal(
    printable('a\u202egnp.exe\u200b\u{e0041}\u2028b\r\n\t'),
    'a\\u{202e}gnp.exe\\u{200b}\\u{e0041}\\u{2028}b\\r\\n\\t',
  );
  assert.equal(printable('one\r\ntwo\tx\u009b', 'lines'), 'one\ntwo\tx\\x9b');
  assert.equal(printable('Zürich 東京 🐕'), 'Zürich 東京 🐕');
});

test('whatever is printed has no character that acts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(printable(text), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test('cells are exactly as wide as asked, wide characters and heaps of accents included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 40 }), (text, width) => {
      assert.equal(columnsOf(fitted(printable(text), width)), width);
    }),
  );
  assert.equal(fitted('東京都', 4), '東… ');
  assert.ok(fitted(`a${'\u0301'.repeat(500)}b`, 5).length < 12);
});

test('a table fits its width: columns shrink, then the least important ones go', () => {
  const rows = [{ a: 'x'.repeat(30), b: 'y'.repeat(30), c: 'z' }];
  const columns = [
    { title: 'A', value: (row: (typeof rows)[0]) => row.a, min: 10, max: 40, always: true },
    { title: 'B', value: (row: (typeof rows)[0]) => row.b, min: 10, max: 40 },
    { title: 'C', value: (row: (typeof rows)[0]) => row.c, min: 1, max: 4, always: true },
  ];
  for (const width of [12, 20, 26, 40, 66, 100]) {
    for (const line of tableLines(rows, columns, { width, colour: plain }))
      assert.ok(columnsOf(line) <= Math.max(width, 14), `${width}: ${line}`);
  }
  assert.equal(tableLines(rows, columns, { width: 20, colour: plain })[0], `A${' '.repeat(18)}C`.slice(0, 20));
  assert.deepEqual(tableLines(rows, columns, { width: 100, colour: plain })[1], `${rows[0]?.a}  ${rows[0]?.b}  z`);
});

test('JSON is indented without changing a byte of its values', () => {
  assert.equal(
    prettyJson('{"a":1.0,"b":[],"c":{"d":[12345678901234567890,"x:,{}\\""]}}'),
    '{\n  "a": 1.0,\n  "b": [],\n  "c": {\n    "d": [\n      12345678901234567890,\n      "x:,{}\\""\n    ]\n  }\n}',
  );
  assert.equal(prettyJson('{"a":'), '{"a":');
  fc.assert(fc.property(fc.json(), (text) => assert.deepEqual(JSON.parse(prettyJson(text)), JSON.parse(text))));
});

test('an exchange shows who it verifiably was apart from what it claims, and nothing of it acts', () => {
  const evil = '\u001b[31mroot\u202e';
  const lines = exchangeLines(
    {
      id: '0199',
      leaves: [1, 2],
      receivedAt: 0,
      session: evil,
      identity: {
        issuer: 'https://i',
        subject: 's',
        kind: 'agent',
        name: evil,
        groups: ['sre'],
        onBehalfOf: [{ issuer: 'https://i', subject: 'alice' }],
        claims: {},
      },
      client: { userAgent: evil },
      source: '127.0.0.1:9',
      classification: {
        operation: 'v1.CreateDashboard',
        action: 'create',
        risk: 'low',
        tags: [],
        resources: [],
        asked: {},
      },
      resources: [{ kind: 'dashboard', id: 'abc', title: evil }],
      verdict: { decision: 'allow', rule: 'default' },
      request: {
        method: 'POST',
        target: '/api/v1/dashboard',
        host: 'api.datadoghq.com',
        httpVersion: '1.1',
        headers: [['x', evil]],
        body: { size: 3, recorded: 3, content: { encoding: 'utf8', text: evil, truncated: false } },
      },
      outcome: 'complete',
      response: {
        status: 200,
        headers: [['content-type', 'application/json']],
        body: {
          size: 8,
          recorded: 8,
          redacted: ['data.key'],
          content: { encoding: 'utf8', text: '{"id":1}', truncated: false },
        },
      },
      timing: { forwarded: 1.25, firstByte: 20, completed: 1500 },
    },
    plain,
  );
  const text = lines.join('\n');
  assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
  assert.ok(
    text.indexOf('Who (verified)') < text.indexOf('alice') &&
      text.indexOf('alice') < text.indexOf('Claimed by the client (unverified)'),
  );
  assert.match(text, /leaves {7}1, 2/);
  assert.match(text, /sent after 1\.3 ms, first byte after 20 ms, complete after 1\.5 s/);
  assert.match(text, /secrets replaced by fingerprints: data\.key/);
});
