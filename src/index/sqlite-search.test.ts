// Searches of the SQLite index against a naive filter over the same exchanges.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import type { ExchangeIntent, ExchangeOutcome } from '../exchange/exchange.ts';
import { BASE, entriesOf, id, type Made, made, sourceOf } from './arbitrary.test.ts';
import { documentOf, type ReadEntry } from './documents.ts';
import { enriched } from './enrich.ts';
import { looksAtText, matchesQuery, stringsOf, type TextOf } from './matches.ts';
import { parseQuery } from './query.ts';
import { rowOf, type StoredParts, summaryOf, withOutcome } from './row.ts';
import type { Row } from './search-index.ts';
import { histogram } from './sqlite-counts.ts';
import { facets } from './sqlite-facets.ts';
import { openIndexFile } from './sqlite-file.ts';
import { Indexer } from './sqlite-indexer.ts';
import { openForReading } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';
import { lastSession, searchSessions, sessionById } from './sqlite-sessions.ts';
import { textOf } from './text-confirm.ts';
import { wordsOf } from './words.ts';

const KEY = Buffer.alloc(32, 7);

/** An index of what was made, taken in by batches of that many leaves. */
async function indexed<T>(
  all: readonly Made[],
  batch: number,
  use: (searcher: Searcher, indexer: Indexer) => Promise<T>,
): Promise<T> {
  const dir = temporaryFolder('index');
  try {
    const source = sourceOf(entriesOf(all));
    using db = openIndexFile(join(dir, 'index.sqlite'), KEY);
    const indexer = new Indexer(db, source, KEY, 10);
    for (let size = batch; size < source.size; size += batch) await indexer.advance(size);
    await indexer.advance(source.size);
    using reading = openForReading(join(dir, 'index.sqlite'));
    return await use(new Searcher(reading, source, KEY), indexer);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The rows as they should be, with their text. */
async function rowsOf(all: readonly Made[]) {
  const entries = entriesOf(all);
  const source = sourceOf(entries);
  const rows = new Map<string, { row: Row; read: ReadEntry; intent?: ReadEntry }>();
  for (const entry of entries) {
    const summary = summaryOf(entry);
    const row = rowOf(entry, summary);
    if (row) rows.set(row.id, { row, read: { entry, summary } });
    else {
      const outcome = summary as ExchangeOutcome;
      const before = rows.get(outcome.exchange);
      assert.ok(before);
      rows.set(outcome.exchange, {
        row: withOutcome(before.row, outcome, entry.leaf),
        read: { entry, summary, intent: before.read },
        intent: before.read,
      });
    }
  }
  const made = [];
  for (const { row, read, intent } of rows.values()) {
    const text = textOf(await documentOf(read, source));
    const begun = intent && textOf(await documentOf(intent, source));
    // What is counted may have been found by the words of the intent as well, when it was taken in before its outcome.
    const loose = [withAllWords(text), ...(begun ? [withAllWords(text, begun)] : [])];
    made.push({ row: asIndexed(row, read), text, loose });
  }
  return made.sort((a, b) => b.row.time - a.row.time || b.row.leaf - a.row.leaf);
}

/** How free text is counted: found wherever one of the documents has all its words, in whatever order. */
function withAllWords(text: TextOf, begun?: TextOf): TextOf {
  const documents = begun ? [text, begun] : [text];
  return {
    has: (phrase, scope) => documents.some(({ has }) => wordsOf(phrase).every((word) => has(word, scope))),
    any: text.any,
  };
}

const at = (minutes: number): string => new Date(BASE + minutes * 60_000).toISOString();
const terms = fc.constantFrom(
  'op:v1.UpdateMonitor',
  'op:GetMonitor',
  'op:v1.*',
  'op:*monitor',
  'op:nothing',
  'action:read',
  'action:(create OR delete)',
  'resource:monitor/123',
  'resource:monitor',
  'resource:*',
  'metric:auth.*',
  'metric:auth.logins',
  'who:claude*',
  'who:ci',
  'agent:AGENT-1',
  'subject:*1',
  'email:*',
  'issuer:https://ci.example.com',
  'identity:agent',
  'group:sre',
  'group:sre*',
  'behalf:alice',
  'claim:repository=acme/*',
  'client:claude*',
  'client:*1.64',
  'client:*',
  'session:nightly-1',
  'session:ADHOC',
  'source:10.0.0.3',
  'connection:prod',
  'host:api.*',
  'method:POST',
  'path:/api/v1/monitor/3',
  'path:*/5',
  'risk:>=high',
  'risk:low',
  'tag:cost',
  'tag:*',
  'verdict:deny',
  'rule:default',
  'outcome:pending',
  'outcome:(refused OR unknown)',
  'error:denied',
  'error:*',
  'status:>=400',
  'status:4xx',
  'status:*',
  'latency:>1s',
  'latency:[100 TO 500ms]',
  'bytes:>2KB',
  'request-bytes:<50',
  'response-bytes:>=1000',
  `time:>=${at(30)}`,
  `since:${at(20)}`,
  `until:${at(40)}`,
  `time:[${at(10)} TO ${at(50)}]`,
  `id:${id(3)}`,
  'id:0192ab00*',
  'kind:audit.*',
  'kind:*',
  'kind:identity.refused',
  'latency',
  'LATENCY',
  '"checkout latency"',
  '"latency checkout"',
  'café',
  '"error_count 0.5"',
  'nowhere',
  'payments',
  '東京',
  '京',
  'title:café',
  'title:"checkout latency"',
  'title:*',
  'query:payments',
  'query:*',
  '"café bar"',
  'denied',
  'v2.ListLogs',
  'new-id',
);
const query: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    terms,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `${a} ${b}`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} OR ${b})`),
    tie('node').map((a) => `-(${a})`),
  ),
})).node;

test('every query finds what a naive filter finds, in order, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(made, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(query, { minLength: 10, maxLength: 20 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (all, batch, queries, limit, oldest) => {
        const expected = await rowsOf(all);
        await indexed(all, batch, async (searcher) => {
          for (const source of queries) {
            const parsed = parseQuery(source);
            const wanted = expected
              .filter(({ row, text }) => matchesQuery(parsed.root, row, text, Date.now()))
              .map(({ row }) => row);
            if (oldest) wanted.reverse();
            const found: Row[] = [];
            let cursor: string | undefined;
            do {
              const page = await searcher.search(parsed, {
                limit,
                order: oldest ? 'oldest' : 'newest',
                ...(cursor ? { cursor } : {}),
              });
              assert.ok(page.items.length <= limit);
              found.push(...page.items);
              cursor = page.next;
            } while (cursor);
            assert.deepEqual(
              found.map((row) => row.id),
              wanted.map((row) => row.id),
              source,
            );
            assert.deepEqual(found.map(plain), wanted.map(plain), source);
            const skip = 1 + (limit % 4);
            const skipped = searcher.search(parsed, { limit, skip, order: oldest ? 'oldest' : 'newest' });
            if (looksAtText(parsed.root)) await assert.rejects(skipped, { code: 'bad_parameter' });
            else
              assert.deepEqual(
                (await skipped).items.map((row) => row.id),
                wanted.slice(skip, skip + limit).map((row) => row.id),
                source,
              );
            const count = await histogram(searcher, parsed, { from: BASE, to: BASE + 3_600_000, buckets: 10 });
            assert.equal(count.approximate ?? false, looksAtText(parsed.root), source);
            const counted = count.buckets.reduce((sum, bucket) => sum + bucket.count, 0);
            const counts = expected.map(({ row, loose }) =>
              loose.map((text) => matchesQuery(parsed.root, row, text, Date.now())),
            );
            const least = counts.filter((ways) => ways.every(Boolean)).length;
            const most = counts.filter((ways) => ways.some(Boolean)).length;
            assert.ok(least <= counted && counted <= most, `${source}: ${least} to ${most}, not ${counted}`);
            if (!looksAtText(parsed.root)) assert.equal(counted, wanted.length, source);
            const sessions = await searchSessions(searcher, parsed, { limit: 100 });
            assert.deepEqual(
              new Set(sessions.items.map((session) => session.id)),
              new Set(wanted.flatMap((row) => row.session ?? [])),
              source,
            );
          }
        });
      },
    ),
    { numRuns: 25 },
  );
});

/** The row as plain JSON, without what empty lists and absent ones would differ in. */
function plain(row: Row): unknown {
  const { asked, resources, ...rest } = row;
  const sorted = [...resources].sort((a, b) => (`${a.kind}/${a.id}` < `${b.kind}/${b.id}` ? -1 : 1));
  return JSON.parse(
    JSON.stringify({ ...rest, resources: sorted, metrics: asked.metrics ?? [], queries: asked.queries ?? [] }),
  );
}

test('a pattern that means very many sessions finds the same', async () => {
  const all = fc.sample(made, { numRuns: 60, seed: 5 });
  await indexed(all, 20, async (searcher) => {
    const found = async () =>
      (await searcher.search(parseQuery('session:nightly-* -session:*-2'))).items.map(({ id }) => id);
    const few = await found();
    assert.ok(few.length > 3);
    using db = openIndexFile(searcher.db.location() ?? '', KEY);
    db.exec(`BEGIN; WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n <= 10001)
      INSERT INTO term(field, folded, value) SELECT 0, 'nightly-x' || n, 'nightly-x' || n FROM n; COMMIT`);
    assert.deepEqual(await found(), few);
  });
});

test('facets count as a naive count does', async () => {
  const all = fc.sample(made, { numRuns: 80, seed: 11 });
  const expected = (await rowsOf(all)).map(({ row }) => row).filter((row) => row.kind === 'exchange');
  await indexed(all, 17, async (searcher) => {
    const names = [
      'op',
      'action',
      'resource',
      'metric',
      'group',
      'session',
      'tag',
      'verdict',
      'outcome',
      'source',
      'risk',
      'rule',
      'error',
    ];
    for (const { field, values } of await facets(searcher, parseQuery(''), names, 100)) {
      const counts = new Map<string, number>();
      for (const row of expected)
        for (const value of new Set(field === 'risk' ? [row.risk ?? ''] : stringsOf(field, row)))
          counts.set(value, (counts.get(value) ?? 0) + 1);
      assert.deepEqual(
        Object.fromEntries(values.map(({ value, count }) => [value, count])),
        Object.fromEntries(counts),
        field,
      );
    }
    await assert.rejects(async () => facets(searcher, parseQuery(''), ['path']), { code: 'bad_parameter' });
  });
});

test('sessions add up, and the last one of an identity is known', async () => {
  const all = fc.sample(made, { numRuns: 80, seed: 12 });
  const rows = (await rowsOf(all)).map(({ row }) => row).filter((row) => row.kind === 'exchange');
  await indexed(all, 7, async (searcher) => {
    const { items } = await searchSessions(searcher, parseQuery(''));
    assert.equal(items.length, 3);
    for (const session of items) {
      const own = rows.filter((row) => row.session === session.id);
      assert.equal(session.calls, own.length);
      assert.equal(session.first, Math.min(...own.map((row) => row.time)));
      assert.equal(session.last, Math.max(...own.map((row) => row.time)));
      assert.equal(session.refusals, own.filter((row) => row.outcome === 'refused').length);
      const sent = own.filter((row) => row.outcome !== 'refused' && row.outcome !== 'pending');
      assert.equal(session.mutations, sent.filter((row) => row.action !== 'read').length);
      assert.equal(session.errors, sent.filter((row) => row.outcome !== 'complete' || (row.status ?? 0) >= 400).length);
      assert.deepEqual(sessionById(searcher, session.id), session);
      if (session.identity) assert.ok(lastSession(searcher, session.identity));
    }
    assert.equal(sessionById(searcher, 'no-such'), undefined);
    assert.equal(lastSession(searcher, { issuer: 'https://login.example.com', subject: 'nobody' }), undefined);
  });
});

test('cursors and limits that are none are refused', async () => {
  await indexed([], 1, async (searcher) => {
    const all = parseQuery('');
    for (const limit of [0, 501, 1.5, Number.NaN])
      await assert.rejects(searcher.search(all, { limit }), { code: 'bad_parameter' });
    for (const cursor of ['', 'x', 'a'.repeat(99), Buffer.from('1.2;DROP').toString('base64url')])
      await assert.rejects(searcher.search(all, { cursor }), { code: 'bad_parameter' });
    for (const skip of [-1, 1.5, 1_000_001])
      await assert.rejects(searcher.search(all, { skip }), { code: 'bad_parameter' });
    assert.deepEqual((await searcher.search(all, { skip: 5 })).items, []);
  });
});

test('entries of a shape that this version does not know are found as far as they are known, and hold nothing up', async () => {
  const entry = (leaf: number, kind: string, summary: unknown): StoredParts => ({
    leaf,
    id: id(leaf),
    time: BASE + leaf,
    kind,
    parts: { summary: Buffer.from(typeof summary === 'string' ? summary : JSON.stringify(summary)) },
  });
  const [good] = fc.sample(
    made.filter((one) => !one.event && one.outcome.response !== undefined),
    { numRuns: 1, seed: 3 },
  );
  assert.ok(good);
  const whole = { ...good.intent, ...good.outcome, exchange: id(90) };
  const entries = [
    entry(0, 'exchange', 'no JSON'),
    entry(1, 'exchange', {}),
    entry(2, 'exchange', null),
    entry(3, 'exchange', { ...whole, receivedAt: 'soon' }),
    entry(4, 'exchange', { ...whole, session: { a: 1 }, source: 7, host: ['x'] }),
    entry(5, 'exchange.intent', { ...good.intent, exchange: id(91), receivedAt: BASE }),
    entry(6, 'exchange.outcome', { exchange: id(91), response: 'none' }),
    entry(7, 'exchange.outcome', { exchange: id(92) }),
    entry(8, 'audit.search', { who: 'me' }),
    entry(9, 'some.later.kind', { who: 'me' }),
    entry(10, 'exchange.chunk', 'no JSON'),
    { ...entry(11, 'exchange', ''), parts: {} },
    entry(12, 'exchange', {
      ...whole,
      classification: { ...whole.classification, resources: [{}], asked: { metrics: [3] } },
    }),
    entry(13, 'identity.refused', {}),
    {
      ...entry(14, 'exchange', whole),
      parts: { summary: Buffer.from(JSON.stringify(whole)), response: Buffer.from('the end') },
    },
  ];
  const dir = temporaryFolder('index');
  try {
    using db = openIndexFile(join(dir, 'index.sqlite'), KEY);
    const source = sourceOf(entries);
    const indexer = new Indexer(db, source, KEY);
    await indexer.advance(entries.length);
    assert.equal(indexer.through, entries.length);
    using reading = openForReading(join(dir, 'index.sqlite'));
    const searcher = new Searcher(reading, source, KEY);
    const { items } = await searcher.search(parseQuery('kind:*'), { limit: 100 });
    assert.equal(items.length, entries.length - 4);
    assert.deepEqual(
      (await searcher.search(parseQuery('"the end"'))).items.map((row) => row.leaf),
      [14],
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** With what bodies tell, as the index has it. */
function asIndexed(row: Row, read: ReadEntry): Row {
  const first = read.intent ?? read;
  const intent = first.summary as ExchangeIntent | undefined;
  if (row.kind !== 'exchange' || intent === undefined) return row;
  const outcome = row.outcome === 'pending' ? undefined : (read.summary as ExchangeOutcome);
  try {
    return enriched(row, { intent, first: first.entry, outcome, last: read.intent && read.entry });
  } catch {
    return row;
  }
}
