import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExchangeOutcome } from '../exchange/exchange.ts';
import { shortened } from './summary-bounds.ts';

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

test('lists keep their beginning, and what was cut is named', () => {
  const text = '"\u0001ü'.repeat(600);
  const many = Array.from({ length: 1000 }, (_, n) => `${n}${text}`);
  const resources = many.map((id) => ({ kind: 'monitor', id }));
  const summary = {
    classification: {
      operation: 'v1.X',
      action: 'read' as const,
      risk: 'low' as const,
      tags: [],
      resources,
      asked: { metrics: many, queries: many },
    },
    resources,
    response: {
      status: 200,
      headers: [],
      body: { size: 1, recorded: 1, chunks: Array.from({ length: 200_000 }, (_, n) => n) },
    },
  };
  assert.ok(size(summary) > 10 << 20);
  const short = shortened(summary);
  assert.ok(size(short) < 900 * 1024, `${size(short)} bytes`);
  assert.deepEqual(short.cut, ['resources', 'metrics', 'queries', 'resources', 'chunks']);
  assert.deepEqual(short.classification?.asked.metrics?.[0], many[0]);
  assert.ok((short.response?.body.chunks?.length ?? 0) > 50_000);
});

test('what is short stays as it is', () => {
  const outcome: ExchangeOutcome = { exchange: 'x', outcome: 'complete', resources: [], timing: { completed: 1 } };
  assert.deepEqual(shortened(outcome), { ...outcome, cut: [] });
});
