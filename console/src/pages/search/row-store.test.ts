// Rows by cursor: each once and in order, far ones let go and fetched again, empty pages passed over, failures told and tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Row, SearchResult } from '../../api/types.ts';
import { type PageStart, RowStore } from './row-store.ts';

const row = (n: number): Row => ({
  id: `row-${n}`,
  leaf: n,
  kind: 'exchange',
  time: n,
  client: {},
  tags: [],
  resources: [],
  asked: {},
});

/** An API that holds so many rows; the cursor is the number of the next one, and so is a place's term. */
function api(total: number, empty: (from: number) => boolean = () => false) {
  const asked: string[] = [];
  const passed = new Set<number>();
  return {
    asked,
    fetch: async ({ cursor, within, skip = 0 }: PageStart, limit: number): Promise<SearchResult> => {
      const from = Number(cursor ?? within?.term ?? 0) + skip;
      asked.push(`${from}+${limit}`);
      if (empty(from) && !passed.has(from)) {
        passed.add(from);
        return { items: [], next: String(from), indexedThrough: total };
      }
      const items = Array.from({ length: Math.min(limit, total - from) }, (_, n) => row(from + n));
      const next = from + items.length;
      return { items, indexedThrough: total, ...(next < total && { next: String(next) }) };
    },
  };
}

/** Wants the last known row until all are known. */
async function toTheEnd(store: RowStore): Promise<void> {
  for (store.want(0, 0); store.state.more; ) {
    store.want(store.state.known - 1, store.state.known);
    await new Promise((done) => setImmediate(done));
  }
}

test('a hundred thousand rows: each is there in its place, and few are held', async () => {
  const { fetch, asked } = api(100_000);
  const store = new RowStore(fetch);
  await toTheEnd(store);
  assert.equal(store.state.known, 100_000);
  assert.equal(store.row(99_999)?.id, 'row-99999');
  assert.equal(store.row(0), undefined, 'the first page is let go');
  const before = asked.length;
  store.want(0, 10);
  store.want(0, 10);
  await new Promise((done) => setImmediate(done));
  assert.equal(store.row(0)?.id, 'row-0');
  assert.deepEqual(asked.slice(before), ['0+50'], 'fetched again once, by its cursor');
  const held = Array.from({ length: 100_000 }, (_, n) => store.row(n)).filter((each) => each !== undefined);
  assert.ok(held.length <= 20_000, `${held.length}`);
  assert.ok(held.every((each) => each.id === `row-${each.leaf}`));
  store.close();
});

test('empty pages are passed over', async () => {
  const { fetch } = api(300, (from) => from === 0 || from === 50);
  const store = new RowStore(fetch);
  await toTheEnd(store);
  assert.equal(store.state.known, 300);
  store.close();
});

test('a failure is told once, and tried again when asked', async () => {
  const { fetch } = api(100);
  let fail = true;
  const store = new RowStore(async (at, limit) => {
    if (fail) throw new Error('no answer');
    return fetch(at, limit);
  });
  store.want(0, 0);
  await new Promise((done) => setImmediate(done));
  assert.match(String(store.state.error), /no answer/);
  store.want(0, 0);
  await new Promise((done) => setImmediate(done));
  assert.equal(store.state.loading, false);
  fail = false;
  store.retry();
  await new Promise((done) => setImmediate(done));
  assert.equal(store.state.known, 50);
  store.close();
});

test('counted rows can be had out of turn: few questions, each row in its place, the top still page by page', async () => {
  const { fetch, asked } = api(1_000_000);
  const store = new RowStore(fetch);
  store.want(0, 0);
  await new Promise((done) => setImmediate(done));
  const places = Array.from({ length: 90 }, (_, n) => ({ start: n * 11_111, term: String(n * 11_111) }));
  store.place(places, 1_000_000);
  assert.deepEqual([store.state.total, store.state.open], [1_000_000, false]);
  const before = asked.length;
  // Somebody drags the bar through all of it, and comes to rest at the end.
  for (let at = 10_000; at < 1_000_000; at += 10_000) store.want(at, at + 40);
  store.want(999_950, 999_999);
  const seen = (from: number, to: number): boolean => {
    for (let index = from; index <= to; index++) if (store.row(index)?.leaf !== index) return false;
    return true;
  };
  while (!seen(999_950, 999_999)) await new Promise((done) => setTimeout(done, 5));
  assert.ok(asked.length - before <= 3, `${asked.length - before} questions`);
  assert.equal(store.state.known, 50);
  // A page out of turn ends where the next place begins.
  store.want(11_090, 11_130);
  while (!seen(11_090, 11_130)) await new Promise((done) => setTimeout(done, 5));
  // Nothing that is held is asked for again.
  await new Promise((done) => setTimeout(done, 300));
  const settled = asked.length;
  store.want(11_090, 11_130);
  await new Promise((done) => setTimeout(done, 150));
  assert.equal(asked.length, settled);
  store.close();
});
