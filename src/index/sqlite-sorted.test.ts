import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { BASE, entriesOf, made, sourceOf } from './arbitrary.test.ts';
import { parseQuery } from './query.ts';
import type { Row } from './search-index.ts';
import { histogram } from './sqlite-counts.ts';
import { openIndexFile } from './sqlite-file.ts';
import { Indexer } from './sqlite-indexer.ts';
import { openForReading } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';
import { searchSorted } from './sqlite-sorted.ts';

const KEY = Buffer.alloc(32, 7);
const RISKS = ['low', 'medium', 'high', 'critical'];
const compared = {
  slowest: (row: Row) => row.latency ?? -1,
  largest: (row: Row) => (row.requestBytes === undefined ? -1 : row.requestBytes + (row.responseBytes ?? 0)),
  riskiest: (row: Row) => (row.risk === undefined ? -1 : RISKS.indexOf(row.risk)),
};

test('orders by value give every match once, page by page, also while new entries come in', async () => {
  const all = fc.sample(made, { numRuns: 90, seed: 5 });
  const dir = temporaryFolder('sorted');
  try {
    const source = sourceOf(entriesOf(all));
    using db = openIndexFile(join(dir, 'index.sqlite'), KEY);
    const indexer = new Indexer(db, source, KEY, 10);
    const half = Math.floor(source.size / 2);
    await indexer.advance(half);
    using reading = openForReading(join(dir, 'index.sqlite'));
    const searcher = new Searcher(reading, source, KEY);
    for (const text of ['', 'who:claude*', 'action:read -status:>=400', 'dashboard']) {
      const query = parseQuery(text);
      const before = (await everything(searcher, text)).map((row) => row.id).sort();
      for (const order of ['slowest', 'largest', 'riskiest'] as const) {
        const found: Row[] = [];
        let cursor: string | undefined;
        do {
          const page = await searchSorted(searcher, query, order, { limit: 7, ...(cursor && { cursor }) });
          found.push(...page.items);
          cursor = page.next;
        } while (cursor);
        assert.deepEqual(found.map((row) => row.id).sort(), before, `${text} ${order}`);
        const keys = found.map((row) => [compared[order](row), row.time, row.leaf] as const);
        const sorted = [...keys].sort((a, b) => b[0] - a[0] || b[1] - a[1] || b[2] - a[2]);
        assert.deepEqual(keys, sorted, order);
      }
    }
    // What comes in between two pages moves nothing of the second one.
    const second = (cursor: string) => searchSorted(searcher, parseQuery(''), 'riskiest', { limit: 500, cursor });
    const first = await searchSorted(searcher, parseQuery(''), 'riskiest', { limit: 5 });
    assert.ok(first.next);
    const rest = await second(first.next);
    await indexer.advance(source.size);
    const later = await second(first.next);
    assert.ok(later.items.length > rest.items.length);
    assert.deepEqual(
      later.items.filter((row) => row.leaf < half).map((row) => row.id),
      rest.items.map((row) => row.id),
    );
    await assert.rejects(async () => searchSorted(searcher, parseQuery(''), 'slowest', { cursor: first.next ?? '' }), {
      code: 'bad_parameter',
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('buckets begin at the whole hours of the wished zone, and are of the wished width', async () => {
  const all = fc.sample(made, { numRuns: 60, seed: 6 });
  const dir = temporaryFolder('sorted');
  try {
    const source = sourceOf(entriesOf(all));
    using db = openIndexFile(join(dir, 'index.sqlite'), KEY);
    await new Indexer(db, source, KEY, 10).advance(source.size);
    using reading = openForReading(join(dir, 'index.sqlite'));
    const searcher = new Searcher(reading, source, KEY);
    const span = { from: BASE - 86_400_000, to: BASE + 86_400_000, width: 3_600_000, offset: 19_800_000 };
    const { width, buckets } = await histogram(searcher, parseQuery(''), span);
    assert.equal(width, 3_600_000);
    assert.ok(buckets.length > 0 && buckets.every(({ time }) => (time + 19_800_000) % 3_600_000 === 0));
    assert.equal(
      buckets.reduce((sum, { count }) => sum + count, 0),
      (await everything(searcher, '')).filter((row) => Math.abs(row.time - BASE) <= 86_400_000).length,
    );
    assert.throws(() => histogram(searcher, parseQuery(''), { ...span, width: 1000 }), { code: 'bad_parameter' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

async function everything(searcher: Searcher, text: string): Promise<readonly Row[]> {
  return (await searcher.search(parseQuery(text), { limit: 500 })).items;
}
