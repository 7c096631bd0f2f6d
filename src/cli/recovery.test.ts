import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../exchange/entry.ts';
import { recoverPending } from './recovery.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test('each pending exchange gets the outcome unknown, with the chunks of it that had been recorded', async () => {
  const stored = [
    { leaf: 0, kind: 'exchange.intent', parts: { summary: json({ exchange: 'a' }) } },
    {
      leaf: 1,
      kind: 'exchange.chunk',
      parts: {
        summary: json({
          exchange: 'a',
          direction: 'response',
          n: 0,
          offset: 0,
          head: { status: 200, headers: [['x', 'y']] },
        }),
        response: Buffer.from('12345'),
      },
    },
    {
      leaf: 2,
      kind: 'exchange.chunk',
      parts: {
        summary: json({ exchange: 'other', direction: 'response', n: 0, offset: 0 }),
        response: Buffer.from('no'),
      },
    },
    { leaf: 3, kind: 'exchange.intent', parts: { summary: json({ exchange: 'b' }) } },
    {
      leaf: 4,
      kind: 'exchange.chunk',
      parts: { summary: json({ exchange: 'a', direction: 'response', n: 1, offset: 5 }), response: Buffer.from('67') },
    },
    { leaf: 5, kind: 'exchange.chunk', parts: {} },
  ];
  const reader = {
    async *entries(from: number, to: number) {
      yield* stored.slice(from, to);
    },
  };
  const appended: Entry[] = [];
  const count = await recoverPending(
    [
      { exchange: 'a', leaf: 0, time: 0 },
      { exchange: 'b', leaf: 3, time: 0 },
    ],
    reader,
    6,
    async (entry) => appended.push(entry),
  );
  assert.equal(count, 2);
  assert.deepEqual(
    appended.map(({ kind, parts }) => [kind, JSON.parse(Buffer.from(parts.summary).toString())]),
    [
      [
        'exchange.outcome',
        {
          exchange: 'a',
          outcome: 'unknown',
          response: { status: 200, headers: [['x', 'y']], body: { size: 7, recorded: 7, chunks: [1, 4] } },
          timing: { completed: 0 },
        },
      ],
      ['exchange.outcome', { exchange: 'b', outcome: 'unknown', timing: { completed: 0 } }],
    ],
  );
});

test('nothing pending appends nothing', async () => {
  const reader = { entries: () => assert.fail('read') };
  assert.equal(await recoverPending([], reader, 5, () => assert.fail('appended')), 0);
});
