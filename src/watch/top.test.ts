// What is called right now: calls of the last minute by caller and operation, with what became of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, MONDAY } from '../../test/harness/watching.ts';
import { Engine } from './engine.ts';

const LIST = 'v1.ListMonitors';
const DELETE = 'v1.DeleteMonitor';

function engineOf(...rows: ReturnType<typeof call>[]): Engine {
  const engine = new Engine({ newId: () => '' });
  for (const row of rows) engine.observe(row);
  return engine;
}

const calls = (count: number, from: number, every: number, ...[operation, more]: [string, object?]) =>
  Array.from({ length: count }, (_, n) => call(from + n * every, operation, more));

test('calls of a minute are counted by caller and operation, the busiest first', () => {
  const engine = engineOf(
    ...calls(30, MONDAY, 1000, LIST),
    call(MONDAY + 30_000, DELETE, { action: 'delete', outcome: 'refused', status: 403, failed: true }),
    call(MONDAY + 31_000, LIST, { status: 500, failed: true }),
  );
  const { total, rows, more } = engine.rates1m(MONDAY + 31_000);
  assert.equal(total.calls, 32);
  assert.deepEqual([total.refusals, total.errors], [1, 1]);
  assert.deepEqual(
    rows.map(({ operation, calls }) => [operation, calls]),
    [
      [LIST, 31],
      [DELETE, 1],
    ],
  );
  assert.equal(rows[1]?.actions.delete, 1);
  assert.equal(more, 0);
  assert.deepEqual(
    engine.rates1m(MONDAY + 31_000, { by: 'identity' }).rows.map((row) => row.calls),
    [32],
  );
});

test('what is older than a minute is gone, however long its places were in use; what comes late has its time', () => {
  const engine = engineOf(...calls(600, MONDAY, 1000, LIST), call(MONDAY + 590_000, DELETE), call(MONDAY, DELETE));
  const { total, rows } = engine.rates1m(MONDAY + 599_999);
  assert.equal(total.calls, 61);
  assert.equal(rows.find(({ operation }) => operation === DELETE)?.calls, 1, 'what is ten minutes late is not counted');
  assert.equal(engine.rates1m(MONDAY + 700_000).total.calls, 0);
});

test('only the calls of one connection, or of one identity', () => {
  const engine = engineOf(...calls(5, MONDAY, 10, LIST), ...calls(3, MONDAY, 10, LIST, { connection: 'other' }));
  assert.equal(engine.rates1m(MONDAY, { connection: 'other' }).total.calls, 3);
  assert.equal(engine.rates1m(MONDAY, { identity: 'https://nobody#none' }).total.calls, 0);
});

test('of more combinations than are counted the rest is in the totals', () => {
  const engine = engineOf(...Array.from({ length: 20_100 }, (_, n) => call(MONDAY, LIST, { connection: `c${n}` })));
  const { total, rows, more } = engine.rates1m(MONDAY, { by: 'operation' });
  assert.equal(total.calls, 20_100);
  assert.equal(rows[0]?.calls, 20_000);
  assert.equal(more, 0);
  assert.equal(total.actions.read, 20_100);
});
