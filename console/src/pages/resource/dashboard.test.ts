// Dashboards read for drawing: nothing overlaps or leaves the grid, whatever is in it, and what differs is marked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allWidgets, boardOf, queriesOf } from './dashboard.ts';

const widget = (id: number, title: string, q: string, layout: object = { x: 0, y: id * 2, width: 4, height: 2 }) => ({
  id,
  layout,
  definition: { type: 'timeseries', title, requests: [{ q }] },
});

test('added, changed, moved and removed widgets are told apart', () => {
  const before = { widgets: [widget(1, 'A', 'a'), widget(2, 'B', 'b'), widget(3, 'C', 'c'), widget(4, 'D', 'd')] };
  const after = {
    widgets: [
      widget(1, 'A', 'a'),
      widget(2, 'B', 'b2'),
      widget(3, 'C', 'c', { x: 4, y: 0, width: 4, height: 2 }),
      widget(5, 'E', 'e'),
    ],
  };
  const marks = (board: ReturnType<typeof boardOf>) =>
    Object.fromEntries(allWidgets(board).map(({ title, mark }) => [title, mark]));
  assert.deepEqual(marks(boardOf(after, before, 'added')), { A: undefined, B: 'changed', C: 'moved', E: 'added' });
  assert.equal(marks(boardOf(before, after, 'removed')).D, 'removed');
  assert.deepEqual(new Set(Object.values(marks(boardOf(after, undefined, 'added')))), new Set([undefined]));
});

test('what has no places is laid out in rows; a group is as tall as what is in it', () => {
  const bare = (type: string, more: object = {}) => ({ definition: { type, ...more } });
  const { widgets, rows } = boardOf(
    {
      widgets: [
        bare('note'),
        bare('toplist'),
        bare('group', { widgets: [bare('slo'), bare('slo'), bare('slo'), bare('slo')] }),
      ],
    },
    undefined,
    'added',
  );
  assert.deepEqual(widgets[1]?.box, { x: 4, y: 0, width: 4, height: 2 });
  assert.deepEqual(widgets[2]?.box, { x: 0, y: 2, width: 12, height: 5 });
  assert.equal(rows, 7);
});

test('queries are found wherever they stand', () => {
  assert.deepEqual(
    queriesOf({
      requests: [
        { queries: [{ query: 'avg:a{*}', name: 'q1' }], formulas: [{ formula: 'q1 * 2' }] },
        { log_query: { search: { query: 'status:error' } } },
      ],
    }),
    ['avg:a{*}', 'q1 * 2', 'status:error'],
  );
});

test('any JSON is drawn within the grid', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.double(), fc.constant(1e308));
  const hostile = fc.record({
    layout_type: fc.constantFrom('ordered', 'free', 7),
    widgets: fc.array(
      fc.oneof(
        fc.jsonValue(),
        fc.record({ layout: fc.record({ x: odd, y: odd, width: odd, height: odd }), definition: fc.jsonValue() }),
      ),
    ),
  });
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      for (const { columns, widgets } of [boardOf(one, undefined, 'added'), boardOf(one, other, 'removed')])
        for (const { box } of widgets)
          assert.ok(box.x >= 0 && box.x + box.width <= columns && box.height >= 1 && box.height <= 1000);
    }),
    { numRuns: 200 },
  );
});
