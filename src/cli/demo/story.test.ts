import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row } from '../../index/search-index.ts';
import { paint } from '../terminal.ts';
import { tellStory } from './story.ts';

const ROW: Row = {
  leaf: 1,
  kind: 'exchange',
  id: '0198c0de-0000-7000-8000-000000000001',
  time: Date.UTC(2026, 0, 2, 3, 4, 5),
  identity: {
    issuer: 'http://127.0.0.1:4001',
    subject: 'claude-sre',
    name: 'claude\x1b[31m-sre',
    groups: ['sre'],
    onBehalfOf: [],
    claims: {},
  },
  client: {},
  tags: [],
  resources: [{ kind: 'dashboard', id: 'abc-def-ghi', title: 'Failed logins' }],
  asked: {},
  operation: 'v1.CreateDashboard',
  verdict: { decision: 'allow', rule: 'default' },
  status: 200,
};

function told(width: number): { lines: string[]; story: ReturnType<typeof tellStory> } {
  const lines: string[] = [];
  const colour = paint(process.stdout, { NO_COLOR: '1' });
  return { lines, story: tellStory((line) => lines.push(...line.split('\n')), width, colour) };
}

test('nothing but commands is wider than the terminal', () => {
  for (const width of [60, 80, 100]) {
    const { lines, story } = told(width);
    story.text('a rather long sentence that goes on and on '.repeat(6).trim());
    story.step('asked for the API keys', 'dogwatch: a refusal with a reason that is long '.repeat(3).trim(), true);
    story.record([ROW, { ...ROW, operation: 'v2.QueryTimeseriesDataOfAVeryLongName', asked: { metrics: ['a.b'] } }]);
    for (const line of lines) assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
  }
});

test('the answer names who, groups, what and the exchange, and nothing recorded steers the terminal', () => {
  const { lines, story } = told(80);
  story.answer(ROW);
  const text = lines.join('\n');
  for (const part of ['sre', 'dashboard/abc-def-ghi "Failed logins"', 'v1.CreateDashboard', ROW.id]) {
    assert.ok(text.includes(part), part);
  }
  assert.ok(!text.includes('\x1b'));
});

test('a command is never cut or broken', () => {
  const { lines, story } = told(60);
  const command = `curl -H 'DD-API-KEY: ${'x'.repeat(900)}' http://127.0.0.1:8080/`;
  story.command(command);
  assert.equal(lines.length, 1);
  assert.ok(lines[0]?.endsWith(command));
});
