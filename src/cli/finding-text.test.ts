// What of a finding is shown on a terminal: its plot, its titles, and nothing that steers the terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findingOf } from '../../test/harness/findings.ts';
import type { FoundFinding } from '../index/findings.ts';
import { findingLines, findingTable, suppressionTable } from './finding-text.ts';
import { columnsOf } from './printable.ts';
import { ratePlotLines } from './rate-plot.ts';
import { paint } from './terminal.ts';
import { topLines } from './top-screen.ts';

const plain = paint(process.stdout, { NO_COLOR: '1' });
const START = new Date(2026, 10, 22, 10).getTime();
const rate = (observed: readonly number[], low = 0, high = 2) => ({
  width: 10_000,
  points: observed.map((value, at) => ({ time: START + at * 10_000, observed: value, low, high })),
});

test('a rate is plotted beside what is usual, and marked where it left that', () => {
  assert.deepEqual(
    ratePlotLines(
      rate([0, 1, 2, 8, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      plain,
      80,
    ),
    [
      'observed  ▁▁▁▄█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁',
      '             ▲▲',
      'usual     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁',
      '          11-22 10:00:00    11-22 10:05:20',
      '          up to 16 in 10 s; usual: 0 to 2',
    ],
  );
  assert.match(ratePlotLines(rate([5, 0, 5], 4, 6), plain, 80)[1] ?? '', /^ {11}▼$/);
  assert.deepEqual(ratePlotLines(rate([]), plain, 80), []);
});

test('a long rate is gathered so that it fits, and a short burst stays visible', () => {
  const lines = ratePlotLines(rate(Array.from({ length: 240 }, (_, at) => (at === 100 ? 50 : 1))), plain, 60);
  for (const line of lines) assert.ok(columnsOf(line) <= 60, line);
  assert.equal(lines[0]?.match(/█/g)?.length, 1);
});

const HOSTILE = 'x\u001b[2J\u001b]0;pwned\u0007\u202ey\u2066\r\nz';
const hostile: FoundFinding = {
  ...findingOf({
    title: HOSTILE,
    reason: HOSTILE,
    subject: {
      identity: { issuer: "i'; rm -rf ~ #", subject: HOSTILE, name: HOSTILE },
      connection: HOSTILE,
      session: HOSTILE,
      family: HOSTILE,
      operation: HOSTILE,
    },
    evidence: { exchanges: [], count: 1, query: HOSTILE },
    measure: { observed: 1e9, low: 0, high: 1, unit: HOSTILE, window: 60_000 },
  }),
  state: 'dismissed',
  decisions: [{ finding: 'f', state: 'dismissed', reason: HOSTILE, who: { id: 'i#s', name: HOSTILE }, time: 1 }],
  leaf: 1,
};

test('what an attacker wrote into names shows, and does nothing', () => {
  const rates = {
    calls: 1,
    perSecond: 0,
    actions: { create: 0, read: 1, update: 0, delete: 0, execute: 0 },
    refusals: 0,
    errors: 0,
  };
  const lines = [
    ...findingTable([hostile]),
    ...findingLines({ finding: hostile, related: [hostile], rows: [] }, plain, 80),
    ...suppressionTable([
      { id: hostile.id, identity: HOSTILE, reason: HOSTILE, by: { id: '', name: HOSTILE }, created: 0, expires: 1 },
    ]),
    ...topLines(
      {
        time: 0,
        window: 60_000,
        total: rates,
        rows: [{ identity: { issuer: '', subject: '', name: HOSTILE }, operation: HOSTILE, ...rates }],
        more: 0,
      },
      { colour: plain },
    ),
  ];
  for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, JSON.stringify(line));
  assert.ok(lines.some((line) => line.includes('x\\x1b[2J')));
});

test('a command that is suggested is one word where it quotes, or is left away', () => {
  const open = { ...hostile, state: 'open' as const };
  assert.ok(
    !findingLines({ finding: open, related: [], rows: [] }, plain).some((line) =>
      line.startsWith('dogwatch quarantine'),
    ),
  );
  const honest = findingLines({ finding: { ...open, ...findingOf() }, related: [], rows: [] }, plain);
  assert.ok(honest.some((line) => line.startsWith("dogwatch quarantine add 'https://idp#agent-7' ")));
});

test('rates fit the terminal, and say what was left out', () => {
  const rates = {
    calls: 3,
    perSecond: 0.1,
    actions: { create: 1, read: 1, update: 1, delete: 0, execute: 0 },
    refusals: 1,
    errors: 0,
  };
  const rows = Array.from({ length: 30 }, (_, at) => ({ operation: `v1.Operation${at}`, ...rates }));
  const all = { time: START, window: 60_000, total: { ...rates, calls: 1234 }, rows, more: 5 };
  const lines = topLines(all, { by: 'operation', height: 10, width: 60, colour: plain });
  assert.equal(lines.length, 10);
  for (const line of lines) assert.ok(columnsOf(line) <= 60, line);
  assert.match(lines[0] ?? '', /^10:00:00 {2}1,234 calls\/min/);
  assert.equal(lines.at(-1), 'and 29 more');
  assert.deepEqual(topLines({ ...all, rows: [], more: 0 }, { colour: plain }).at(-1), 'Nobody calls.');
});
