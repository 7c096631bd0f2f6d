// `npm run bench -- search [--full | --beside] [--keep DIRECTORY]`: how fast searches, facets and histograms are over 1 million (10 million with --full)
// generated exchanges, which go through the index's own row writer, and how large the index is. Bodies' words are not part of it. Everything is asked
// with the whole index in the page cache, and with nothing of it there: a size is compared with another only where both met the same disk.
// With --keep, the indexes stay in that directory, and are measured again without being written again. With --beside, only what searching costs those who call meanwhile.
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DogwatchError } from '../../src/exchange/error.ts';
import type { EntrySource } from '../../src/index/documents.ts';
import { parseQuery } from '../../src/index/query.ts';
import { histogram } from '../../src/index/sqlite-counts.ts';
import { facets } from '../../src/index/sqlite-facets.ts';
import { openIndexFile } from '../../src/index/sqlite-file.ts';
import { identities } from '../../src/index/sqlite-identities.ts';
import { RowWriter } from '../../src/index/sqlite-row-writer.ts';
import { openForReading } from '../../src/index/sqlite-schema.ts';
import { Searcher } from '../../src/index/sqlite-searcher.ts';
import { BESIDE_BUDGET, besideSearches, type Interval, type Searching } from './beside.ts';
import { DAY, DAYS, END, randomOf, rowMaker } from './rows.ts';

const KEY = Buffer.alloc(32, 1);
const BATCH = 2048;
const full = process.argv.includes('--full');
const kept = process.argv.includes('--keep') ? process.argv[process.argv.indexOf('--keep') + 1] : undefined;
const folder = kept ?? mkdtempSync(join(tmpdir(), 'dogwatch-bench-search-'));
if (kept !== undefined) mkdirSync(kept, { recursive: true });

/** The journal behind rows that have none: nothing here asks it. */
const nothing = {
  size: Number.MAX_SAFE_INTEGER,
  refresh: async () => undefined,
  read: async () => {
    throw new DogwatchError('internal', 'there is no journal in this bench');
  },
} as unknown as EntrySource;

/** Writes so many rows into a new index; rows per second of the writer alone, and its CPU per row in microseconds. */
function build(file: string, count: number): { perSecond: number; cpu: number } {
  using db = openIndexFile(file, KEY);
  const writer = new RowWriter(db);
  const make = rowMaker(count);
  const setMeta = db.prepare('INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)');
  let [spent, cpu] = [0, 0];
  for (let leaf = 0; leaf < count; leaf += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - leaf) }, (_, n) => make(leaf + n));
    const [begin, before] = [performance.now(), process.cpuUsage()];
    db.exec('BEGIN IMMEDIATE');
    for (const row of rows) {
      writer.write(row, false);
      writer.tally(row, true);
      writer.tally(row, false);
    }
    writer.writeSums();
    setMeta.run('rows', leaf + rows.length);
    setMeta.run('through', leaf + rows.length);
    setMeta.run('text_through', leaf + rows.length);
    db.exec('COMMIT');
    spent += performance.now() - begin;
    const { user, system } = process.cpuUsage(before);
    cpu += user + system;
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return { perSecond: (count / spent) * 1000, cpu: cpu / count };
}

interface Figures {
  readonly p50: number;
  readonly p95: number;
  /** CPU time, which a busy machine tells less wrongly. */
  readonly cpu95: number;
}
interface Measured {
  readonly inMemory: Figures;
  readonly fromDisk: Figures;
}
type Ask = (n: number) => Promise<unknown>;

async function timed(times: number, before: () => void, ask: Ask): Promise<Figures> {
  const taken: number[] = [];
  const cpu: number[] = [];
  for (let n = 0; n < times; n++) {
    before();
    const [begin, spent] = [performance.now(), process.cpuUsage()];
    await ask(n);
    taken.push(performance.now() - begin);
    const { user, system } = process.cpuUsage(spent);
    cpu.push((user + system) / 1000);
  }
  const at = (values: number[], share: number): number =>
    values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
  return { p50: at(taken, 0.5), p95: at(taken, 0.95), cpu95: at(cpu, 0.95) };
}

/** Asks so often with the file in the page cache, and a third as often (five times at least) with nothing of it there before each question. */
async function measured(file: string, times: number, ask: Ask): Promise<Measured> {
  // Some machines take memory back within a minute: the file is read before each series.
  for await (const _ of createReadStream(file, { highWaterMark: 1 << 22 }));
  const inMemory = await timed(times, () => undefined, ask);
  return { inMemory, fromDisk: await timed(Math.max(5, Math.ceil(times / 3)), () => forget(file), ask) };
}

/** Has the kernel drop what it keeps of a file (posix_fadvise(2), POSIX_FADV_DONTNEED, as GNU dd asks for it). */
function forget(file: string): void {
  const { status } = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  if (status !== 0) throw new Error('this bench needs GNU dd, to drop a file from the page cache');
}

async function measure(count: number): Promise<Measured> {
  const file = join(folder, `${count}.sqlite`);
  say(`\n${count.toLocaleString('en')} exchanges`, '');
  if (!existsSync(file)) {
    // Under its name stands only what is whole.
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}.part${suffix}`, { force: true });
    const { perSecond, cpu } = build(`${file}.part`, count);
    renameSync(`${file}.part`, file);
    say('rows written per second', `${Math.round(perSecond).toLocaleString('en')} (CPU ${cpu.toFixed(1)} us each)`);
  }
  say('index bytes per exchange, without words of bodies', Math.round(statSync(file).size / count));
  head();
  using db = openForReading(file);
  const searcher = new Searcher(db, nothing, KEY);
  const random = randomOf(7);
  /** A window of time somewhere in the whole. */
  const window = (length: number): string => {
    const from = END - DAYS * DAY + random() * (DAYS * DAY - length);
    return `time:[${new Date(from).toISOString()} TO ${new Date(from + length).toISOString()}]`;
  };
  const lengths = [DAY / 24, DAY, 7 * DAY];
  const search = (text: string) => searcher.search(parseQuery(text, { now: END }), { limit: 50, details: false });
  const names = [...Array(300).keys()]
    .map((n) => `v1.Read${n}`)
    .concat([...Array(120).keys()].map((n) => `v1.Change${n}`));
  const byOperation = await measured(file, 300, (n) =>
    search(`op:${names[Math.floor(random() * names.length)]} ${window(lengths[n % 3] ?? DAY)}`),
  );
  row('operation and time, a page of 50', byOperation, 50);
  const others: [string, number, (n: number) => string][] = [
    ['operation of a failed call, any time', 50, () => `op:v1.Read${Math.floor(300 ** random())} status:>=400`],
    ['caller and action', 50, () => `who:claude-${Math.floor(400 * random())} -action:read ${window(7 * DAY)}`],
    ['one resource, any time (history)', 20, () => `resource:monitor/${Math.floor(60_000 ** random())} -action:read`],
    ['high risk, newest first', 50, () => `risk:>=high ${window(DAY)}`],
    ['metric asked for', 50, () => `metric:service.${Math.floor(500 ** random())}.* ${window(7 * DAY)}`],
    ['a session', 50, () => `session:session-${Math.floor(400 ** random())}-*`],
  ];
  for (const [what, budget, text] of others) row(what, await measured(file, 100, (n) => search(text(n))), budget);
  // 24 hours of the whole, as an investigator looks at them: from no whole hour to none.
  const from = END - 2 * DAY + 1_234_567;
  const span = `time:[${new Date(from).toISOString()} TO ${new Date(from + DAY - 1).toISOString()}]`;
  const fields = ['op', 'who', 'action', 'status', 'verdict'];
  const counting = (terms: string) => async () => {
    const query = parseQuery(`${span} ${terms}`);
    await facets(searcher, query, fields, 10);
    await histogram(searcher, query, { from, to: from + DAY - 1, width: 3_600_000 });
  };
  const both = await measured(file, 7, counting(''));
  row(`facets (${fields.join(', ')}) and histogram of 24 h`, both, 300);
  row('the same of what one operation did', await measured(file, 7, counting('op:v1.Read1')), 300);
  row('the same of what was no read', await measured(file, 7, counting('-action:read')), 300);
  for (const days of [1, DAYS])
    row(
      `identities of ${days} ${days === 1 ? 'day' : 'days'}`,
      await measured(file, 20, () => identities(searcher, { from: END - days * DAY })),
      100,
    );
  return byOperation;
}

const say = (what: string, value: string | number): void => console.log(`${what.padEnd(66)} ${value}`);
const columns = (...values: string[]): string => values.map((value) => value.padStart(7)).join(' ');
const head = (): void => {
  say('  in milliseconds', `${' '.repeat(14)}in memory${' '.repeat(7)}from disk`);
  say('', columns('p50', 'p95', 'p95 CPU', 'p50', 'p95', 'budget'));
};
const row = (what: string, { inMemory, fromDisk }: Measured, budget: number): void => {
  const { p50, p95, cpu95 } = inMemory;
  const shown = [p50, p95, cpu95, fromDisk.p50, fromDisk.p95].map((value) => value.toFixed(1));
  const over = [p95, fromDisk.p95].map((value, n) =>
    value > budget ? ` OVER ${n === 0 ? 'in memory' : 'from disk'}` : '',
  );
  say(`  ${what}`, `${columns(...shown, String(budget))}${over.join('')}`);
};

const shown = ({ median, from, to }: Interval): string =>
  `${median.toFixed(2)}x, with 95 % confidence ${from.toFixed(2)}x to ${to.toFixed(2)}x`;
const verdictOf = ({ from, to }: Interval): string =>
  to <= BESIDE_BUDGET ? 'met' : from > BESIDE_BUDGET ? 'MISSED' : 'not decided';

async function beside(): Promise<void> {
  const asked: Searching[] = [
    { atOnce: 1, pause: 1_000 },
    { atOnce: 6, pause: 0 },
  ];
  for await (const [{ atOnce, pause }, found] of besideSearches(asked)) {
    say(
      pause === 0 ? `${atOnce} who search without a pause` : `${atOnce} who searches, ${pause} ms later again`,
      `${found.searches.toFixed(1)}/s, ${found.took.toFixed(0)} ms each`,
    );
    const { without, with: beside, ratio, middle } = found;
    say('  p50 of calls', `${without.p50.toFixed(1)} ms without, ${beside.p50.toFixed(1)} ms with: ${shown(middle)}`);
    say(
      '  p99 of calls',
      `${without.p99.toFixed(1)} ms without, ${beside.p99.toFixed(1)} ms with: ${shown(ratio)} (budget ${BESIDE_BUDGET}x): ${verdictOf(ratio)}`,
    );
  }
}

try {
  say(
    'load of the machine',
    loadavg()
      .map((load) => load.toFixed(1))
      .join(' '),
  );
  if (process.argv.includes('--beside')) await beside();
  else {
    const small = await measure(1_000_000);
    if (full) {
      const large = await measure(10_000_000);
      say('\noperation and time, p95 of 10 million against that of 1 million', '');
      for (const [where, what] of [
        ['inMemory', 'in memory'],
        ['fromDisk', 'from disk'],
      ] as const)
        say(`  ${what}`, `${(large[where].p95 / small[where].p95).toFixed(2)}x (budget 1.5x)`);
    }
  }
  say(
    'load of the machine',
    loadavg()
      .map((load) => load.toFixed(1))
      .join(' '),
  );
} finally {
  if (kept === undefined) rmSync(folder, { recursive: true, force: true });
}
