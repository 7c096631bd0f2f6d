// Forgetting against building anew: after an erasure both must come to the same tables and words, and nothing erased is left in a byte.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryFolder } from '../../test/harness/temporary.ts';
import { BASE, entriesOf, made, sourceOf } from './arbitrary.test.ts';
import { parseQuery } from './query.ts';
import type { StoredParts } from './row.ts';
import { openIndexFile } from './sqlite-file.ts';
import { forgetRows } from './sqlite-forgetter.ts';
import { Indexer } from './sqlite-indexer.ts';
import { openForReading } from './sqlite-schema.ts';
import { Searcher } from './sqlite-searcher.ts';

const KEY = Buffer.alloc(32, 5);
const BLOCK = 6;
const folder = temporaryFolder('forget');
let files = 0;
const newFile = (): string => join(folder, `${++files}.sqlite`);

/** Parts that are erased of some leaves, as the journal then gives them. */
function erased(entries: readonly StoredParts[], leaves: ReadonlySet<number>, names: readonly string[]): StoredParts[] {
  return entries.map((entry) =>
    leaves.has(entry.leaf)
      ? { ...entry, parts: Object.fromEntries(Object.entries(entry.parts).filter(([name]) => !names.includes(name))) }
      : entry,
  );
}

/** All leaves of rows: of each, that of its outcome as well, in pairs of the first and all. */
function recordsOf(db: DatabaseSync): { begins: number; all: number[] }[] {
  const lines = db.prepare('SELECT leaf, outcome_leaf FROM row WHERE outcome IS NOT 5 ORDER BY leaf').all();
  return (lines as { leaf: number; outcome_leaf: number | null }[]).map(({ leaf, outcome_leaf }) => ({
    begins: leaf,
    all: outcome_leaf === null ? [leaf] : [leaf, outcome_leaf],
  }));
}

/** The tables with strings in place of their numbers, in an order that does not depend on these. */
function contents(db: DatabaseSync): Record<string, string[]> {
  const all = (sql: string) => db.prepare(sql).all() as Record<string, unknown>[];
  const terms = new Map(
    all('SELECT id, field, value FROM term').map(({ id, field, value }) => [id, `${field} ${value}`]),
  );
  const callers = new Map(all('SELECT id, json FROM caller').map(({ id, json }) => [id, String(json)]));
  const term = (value: unknown) =>
    value === null ? null : (terms.get(value) ?? assert.fail(`there is no term ${value}`));
  const caller = (value: unknown) =>
    value === null ? null : (callers.get(value) ?? assert.fail('there is no caller'));
  const named = new Set([
    'session',
    'principal',
    'agent',
    'user_agent',
    'source',
    'connection',
    'host',
    'method',
    'path',
    'op',
    'rule',
    'error',
    'term',
  ]);
  const plain = (line: Record<string, unknown>) =>
    JSON.stringify(
      Object.entries(line).map(([column, value]) => {
        if (named.has(column)) return term(value);
        if (column === 'caller') return caller(value);
        if (column === 'refs') return value === null ? null : (JSON.parse(String(value)) as number[]).map(term).sort();
        return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
      }),
    );
  const ofTerms = [1, 3, 4, 5, 6, 7, 12, 14];
  const tallies = all('SELECT * FROM tally_hour WHERE count <> 0').map(({ field, hour, value, count }) => [
    field,
    hour,
    field === 2 ? caller(value) : ofTerms.includes(Number(field)) ? term(value) : value,
    count,
  ]);
  const table = (sql: string) => all(sql).map(plain).sort();
  return {
    row: table('SELECT * FROM row'),
    session: table('SELECT * FROM session'),
    reference: table('SELECT * FROM reference'),
    changes: table('SELECT * FROM change_reference'),
    callers: table('SELECT * FROM caller_term'),
    minutes: table('SELECT * FROM tally_minute'),
    principals: table('SELECT * FROM principal_sum'),
    tallies: tallies.map((line) => JSON.stringify(line)).sort(),
    terms: [...terms.values()].sort(),
    names: [...callers.values()].sort(),
    meta: table("SELECT * FROM meta WHERE key IN ('rows', 'through', 'first_id', 'last_id')"),
  };
}

/** The rows that have words, without looking at the journal whether they really do: what the index itself says. */
async function named(file: string, entries: readonly StoredParts[], words: readonly string[]): Promise<string[]> {
  using db = openForReading(file);
  const searcher = new Searcher(db, sourceOf(entries), KEY);
  const found: string[] = [];
  for (const word of words)
    await searcher.withQuery(parseQuery(`kind:* ${word}`), true, (prepared) => {
      const places = searcher.columns(prepared.plan(), prepared, {
        columns: 'row.leaf',
        span: prepared.span,
        descending: false,
      });
      found.push(`${word}: ${places.flat().sort().join(' ')}`);
    });
  return found;
}

test('what is forgotten and what is built anew are the same, also when it was interrupted and when it is asked for twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(made, { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat(3)),
      fc.subarray(['summary', 'request', 'response'], { minLength: 1 }),
      fc.boolean(),
      async (all, chosen, parts, twice) => {
        const entries = entriesOf(all);
        const file = newFile();
        const later = entriesOf(all.slice(0, 3), entries.length);
        const records = await (async () => {
          using db = openIndexFile(file, KEY);
          const indexer = new Indexer(db, sourceOf(entries), KEY, BLOCK);
          await indexer.advance(entries.length);
          return recordsOf(db);
        })();
        const gone = records.filter(() => chosen.next().value === 0);
        const left = erased([...entries, ...later], new Set(gone.flatMap((record) => record.all)), parts);
        const begins = gone.map((record) => record.begins);
        {
          using db = openIndexFile(file, KEY);
          const source = sourceOf(left);
          const indexer = new Indexer(db, source, KEY, BLOCK);
          if (twice) {
            // A crash after some of the rows: what they named is still known.
            const half = begins.slice(0, Math.ceil(begins.length / 2));
            await forgetRows(db, source, KEY, half, async () => assert.fail('interrupted')).catch(() => {});
          }
          await forgetRows(db, source, KEY, begins);
          indexer.forget();
          await indexer.advance(left.length);
        }
        const anew = newFile();
        {
          using db = openIndexFile(anew, KEY);
          await new Indexer(db, sourceOf(left), KEY, BLOCK).advance(left.length);
        }
        using one = openForReading(file);
        using other = openForReading(anew);
        assert.deepEqual(contents(one), contents(other));
        const words = ['latency', 'Checkout', 'payments', 'note', 'codex', 'refused', 'dashboard'];
        assert.deepEqual(await named(file, left, words), await named(anew, left, words));
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
});

test('what is erased is in no byte of the files, however often pages were divided', async () => {
  const marked = (n: number): string => `zq${((n * 7919) % 100_003).toString(36)}x${n}`;
  const sample = fc.sample(made, { numRuns: 400, seed: 3 });
  const entries = entriesOf(
    sample.map((one, n) => ({
      ...one,
      event: undefined as never,
      recorded: 'two' as const,
      intent: {
        ...one.intent,
        receivedAt: BASE + n,
        session: `session-${marked(n)}`,
        identity: {
          issuer: 'https://idp.example',
          subject: marked(n),
          kind: 'agent' as const,
          name: `name ${marked(n)}`,
          groups: [`group-${marked(n)}`],
          onBehalfOf: [],
          claims: { repository: marked(n) },
        },
        request: { ...one.intent.request, target: `/api/v1/monitor/${marked(n)}` },
        classification: {
          ...one.intent.classification,
          resources: [{ kind: 'monitor', id: marked(n) }],
          asked: { metrics: [`metric.${marked(n)}`] },
        },
      },
    })),
  );
  const file = newFile();
  const everything = (): string =>
    ['', '-wal', '-shm']
      .map((suffix) => (existsSync(file + suffix) ? readFileSync(file + suffix).toString('latin1') : ''))
      .join('');
  using db = openIndexFile(file, KEY);
  await new Indexer(db, sourceOf(entries), KEY, BLOCK * 10).advance(entries.length);
  const records = recordsOf(db).filter((_, n) => n % 3 === 0);
  const names = records.map(({ begins }) => {
    const { value } = db
      .prepare('SELECT value FROM term JOIN row ON row.session = term.id WHERE row.leaf = ?')
      .get(begins) as { value: string };
    return value.slice('session-'.length);
  });
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const before = everything();
  assert.ok(names.every((name) => before.includes(name)));
  const source = sourceOf(
    erased(entries, new Set(records.flatMap(({ all }) => all)), ['summary', 'request', 'response']),
  );
  await forgetRows(
    db,
    source,
    KEY,
    records.map(({ begins }) => begins),
  );
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const left = everything();
  assert.deepEqual(
    names.filter((name) => new RegExp(`${name}(?![0-9])`).test(left)),
    [],
  );
  assert.ok(left.includes(`session-${marked(1)}`));
});
