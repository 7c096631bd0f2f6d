// Counting: whole hours and minutes come from tallies, the rest from rows, and both give what a count of every match gives.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { BASE, entriesOf, made, sourceOf } from './arbitrary.test.ts';
import { parseQuery } from './query.ts';
import type { Row } from './search-index.ts';
import { histogram } from './sqlite-counts.ts';
import { facets } from './sqlite-facets.ts';
import { openIndexFile } from './sqlite-file.ts';
import { Indexer } from './sqlite-indexer.ts';
import { scan } from './sqlite-scan.ts';
import { openForReading } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';

const KEY = Buffer.alloc(32, 7);
const HOUR = 3_600_000;
const MINUTE = 60_000;
let dir: string;
let searcher: Searcher;
let rows: readonly Row[];

before(async () => {
  dir = temporaryFolder('scan');
  // Spread over some hours, and taken in by small batches, so that outcomes come later than their intents.
  const all = fc.sample(made, { numRuns: 150, seed: 21 }).map(({ event, ...one }, n) => ({
    ...one,
    ...(event && n % 9 === 0 && { event }),
    intent: { ...one.intent, receivedAt: BASE + n * 4 * MINUTE + (n % 7) * 1_111 },
  }));
  const source = sourceOf(entriesOf(all));
  {
    using db = openIndexFile(join(dir, 'index.sqlite'), KEY);
    const indexer = new Indexer(db, source, KEY, 10);
    for (let size = 3; size < source.size; size += 3) await indexer.advance(size);
    await indexer.advance(source.size);
  }
  searcher = new Searcher(openForReading(join(dir, 'index.sqlite')), source, KEY);
  rows = (await searcher.search(parseQuery(''), { limit: 500 })).items;
  assert.ok(rows.length > 100);
});
after(() => searcher.db.close());

const FIELDS = {
  op: (row: Row) => row.operation,
  who: (row: Row) => row.identity?.name,
  session: (row: Row) => row.session,
  verdict: (row: Row) => row.verdict?.decision,
  outcome: (row: Row) => row.outcome,
  status: (row: Row) => row.status?.toString(),
  error: (row: Row) => row.error,
  kind: (row: Row) => row.kind,
} as const;

test('facets and histograms of any time are exact, with and without further terms', async () => {
  const moment = fc.integer({ min: BASE - HOUR, max: BASE + 10 * HOUR });
  const terms = fc.constantFrom('', '', '-action:read', 'who:claude* ', 'verdict:deny', 'status:>=400', 'tag:*');
  await fc.assert(
    fc.asyncProperty(moment, moment, terms, async (one, other, term) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const time = fc.sample(fc.constantFrom('[]', '>', '>='), 1)[0];
      const said =
        time === '[]'
          ? `time:[${new Date(from).toISOString()} TO ${new Date(to).toISOString()}]`
          : `time:${time}${new Date(from).toISOString()} time:<${new Date(to).toISOString()}`;
      const query = parseQuery(`${said} ${term}`);
      const expected = (await searcher.search(query, { limit: 500 })).items;
      for (const { field, values } of await facets(searcher, query, Object.keys(FIELDS), 100)) {
        const counts: Record<string, number> = {};
        for (const row of expected) {
          const value = FIELDS[field as keyof typeof FIELDS](row);
          if (value !== undefined) counts[value] = (counts[value] ?? 0) + 1;
        }
        assert.deepEqual(
          Object.fromEntries(values.map(({ value, count }) => [value, count])),
          counts,
          `${field} ${said}`,
        );
      }
      for (const width of [15 * MINUTE, 90_000]) {
        const { buckets } = await histogram(searcher, query, { from: BASE - HOUR, to: BASE + 10 * HOUR, width });
        const counts = new Map<number, number>();
        for (const { time: at } of expected) {
          const bucket = Math.floor(at / width) * width;
          counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
        }
        assert.deepEqual(new Map(buckets.map(({ time: at, count }) => [at, count])), counts, `${width} ${said}`);
        const failed = buckets.reduce((sum, bucket) => sum + bucket.failed, 0);
        assert.equal(failed, expected.filter((row) => hasFailed(row)).length);
      }
    }),
    { numRuns: 60, seed: 3 },
  );
});

const hasFailed = (row: Row): boolean =>
  (row.status ?? 0) >= 400 || row.verdict?.decision === 'deny' || !['complete', 'pending'].includes(row.outcome ?? '');

test('what is too much to look at is counted from a moment on, which is told', async () => {
  const query = parseQuery('');
  const times: number[] = [];
  const within = { from: 0, to: Number.MAX_SAFE_INTEGER };
  const since = await searcher.withQuery(query, true, (prepared) =>
    scan(searcher, prepared, { columns: ['row.time'], within, slice: 10, most: 30 }, ([time]) =>
      times.push(Number(time)),
    ),
  );
  assert.ok(times.length > 20 && times.length <= 30, 'entries that are no exchanges are looked at, too');
  assert.deepEqual(
    times.filter((time) => time >= (since ?? 0)).sort((a, b) => b - a),
    rows.filter((row) => row.time >= (since ?? 0)).map((row) => row.time),
  );
  const all = await searcher.withQuery(query, true, (prepared) =>
    scan(searcher, prepared, { columns: ['row.time'], within, slice: 10, most: 100_000 }, () => {}),
  );
  assert.equal(all, undefined);
});
