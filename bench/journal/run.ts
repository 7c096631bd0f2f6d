// `npm run bench -- journal`: what it costs to make entries durable, to verify them, to keep them, and to start over a long history.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openJournal } from '../../src/journal/journal.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { type Appender, journal, kek, type OpenAppender, plainFile, signingKey, sqlite } from './appenders.ts';
import { entriesOf } from './entries.ts';
import { keepRecordings } from './recordings.ts';
import { measureStarts } from './start.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0.6' },
    rounds: { type: 'string', default: '5' },
    /** MiB of the histories that a start is measured over. */
    sizes: { type: 'string', default: '64,512' },
    directory: { type: 'string', default: tmpdir() },
    only: { type: 'string', default: 'append,verify,bytes,start' },
  },
});
const SECONDS = Number(options.seconds);
const ROUNDS = Number(options.rounds);
const only = options.only.split(',');
/** Budgets of docs/architecture.md. */
const APPEND_BUDGET = 0.5;
const VERIFY_BUDGET = 100_000;
const BYTES_BUDGET = 0.25;

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

console.log(
  `load of the machine at the start: ${loadavg()
    .map((value) => value.toFixed(1))
    .join(' ')}`,
);
if (only.includes('append')) await measureAppends();
if (only.includes('verify')) await measureVerify();
if (only.includes('bytes')) {
  const recorded = await keepRecordings();
  if (recorded === undefined) console.log('\nBytes per exchange: skipped, the recordings are not there');
  else {
    console.log(
      '\nBytes per exchange on real recordings, everything counted: segments, tiles, entry bundles, checkpoints',
    );
    const plain = recorded.forms.find(({ as }) => as === 'NDJSON')!.bytes;
    console.table(
      recorded.forms.map(({ as, bytes }) => ({
        as,
        'bytes/exchange': Math.round(bytes),
        'of NDJSON': (bytes / plain).toFixed(3),
        ...(as === 'journal' ? { budget: BYTES_BUDGET, verdict: verdict(bytes / plain <= BYTES_BUDGET) } : {}),
      })),
    );
    const { entries, entryBytes, verified } = recorded;
    console.log(
      `Entries as these ${entries}, of ${Math.round(entryBytes)} bytes on average, are verified at ${Math.round(verified)} entries/s a core; budget ${VERIFY_BUDGET}: ${verdict(verified >= VERIFY_BUDGET)}`,
    );
  }
}
if (only.includes('start')) {
  console.log('\nStarting over a history: the journal opened for writing by a process of its own, after a kill');
  console.table(await measureStarts(options.directory, options.sizes.split(',').map(Number)));
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(options.directory, 'dogwatch-bench-'));
  try {
    return await work(folder);
  } finally {
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

interface Measured {
  readonly perSecond: number;
  /** Microseconds of all threads for each entry, what is done at the end included. */
  readonly cpu: number;
}

async function measureAppends(): Promise<void> {
  const ways: Readonly<Record<string, OpenAppender>> = {
    journal,
    'writev + fdatasync': plainFile,
    'SQLite WAL, FULL': sqlite,
  };
  const rows = [];
  for (const size of [2_000, 7_000]) {
    for (const writers of [1, 8, 64, 512]) {
      const results = new Map<string, Measured[]>();
      for (let round = 0; round < ROUNDS; round++) {
        for (const [name, way] of Object.entries(ways)) {
          const measured = await inFolder((folder) => appendFor(way, folder, size, writers));
          results.set(name, [...(results.get(name) ?? []), measured]);
        }
      }
      const of = (name: string, value: keyof Measured): number => median(results.get(name)!.map((each) => each[value]));
      // A disk's speed changes from one second to the next, so each run is held against the limit's run beside it.
      const limits = results.get('writev + fdatasync')!;
      for (const name of Object.keys(ways)) {
        const ratio = median(results.get(name)!.map(({ perSecond }, round) => perSecond / limits[round]!.perSecond));
        rows.push({
          'entry bytes': size,
          writers,
          way: name,
          'durable entries/s': Math.round(of(name, 'perSecond')),
          'CPU us/entry': Math.round(of(name, 'cpu')),
          'of the limit': ratio.toFixed(2),
          verdict: name === 'journal' && writers === 64 ? verdict(ratio >= APPEND_BUDGET) : '',
        });
      }
    }
  }
  console.log(
    `\nDurable entries, median of ${ROUNDS} runs of ${SECONDS} s each; budget at 64 writers: ${APPEND_BUDGET} of the limit`,
  );
  console.table(rows);
}

async function appendFor(way: OpenAppender, folder: string, size: number, writers: number): Promise<Measured> {
  const appender = await way(folder);
  const next = entriesOf(size);
  await writeUntil(appender, next, writers, performance.now() + 200);
  const cpu = process.cpuUsage();
  const began = performance.now();
  const count = await writeUntil(appender, next, writers, began + SECONDS * 1000);
  const seconds = (performance.now() - began) / 1000;
  await appender.close();
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: count / seconds, cpu: (user + system) / count };
}

async function writeUntil(
  appender: Appender,
  next: () => ReturnType<ReturnType<typeof entriesOf>>,
  writers: number,
  until: number,
) {
  let count = 0;
  const writer = async (): Promise<void> => {
    while (performance.now() < until) {
      await appender.append(next());
      count++;
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return count;
}

async function measureVerify(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  for (const [size, amount] of [
    [700, 200_000],
    [2_000, 60_000],
    [7_000, 20_000],
  ] as const) {
    await inFolder(async (folder) => {
      const writing = await openJournal({ dir: join(folder, 'data'), name: 'bench', kek, signingKey });
      const next = size < 1_500 ? shortEntries(size) : entriesOf(size);
      while (writing.size < amount) {
        await Promise.all(Array.from({ length: 2_000 }, () => writing.append(next())));
        // Written faster than any gateway would: the journal takes no more while too much waits for its checkpoint.
        if (writing.size % 50_000 < 2_000) await writing.checkpoint();
      }
      await writing.close();
      const runs: { perSecond: number; perCore: number }[] = [];
      let entries = 0;
      // The first compiles the code, which a long history would not notice.
      for (let run = 0; run < 3; run++) {
        const cpu = process.cpuUsage();
        const began = performance.now();
        const report = await verifyJournal({ dir: join(folder, 'data'), kek });
        const seconds = (performance.now() - began) / 1000;
        if (!report.ok) throw new Error(`it does not verify: ${JSON.stringify(report.problems)}`);
        const { user, system } = process.cpuUsage(cpu);
        entries = report.entries;
        runs.push({ perSecond: entries / seconds, perCore: entries / ((user + system) / 1e6) });
      }
      const perCore = median(runs.map((run) => run.perCore));
      rows.push({
        'entry bytes': size,
        entries,
        'entries/s': Math.round(median(runs.map((run) => run.perSecond))),
        'entries/s a core': Math.round(perCore),
        'MB/s a core': Math.round((perCore * size) / 1e6),
        budget: VERIFY_BUDGET,
        verdict: verdict(perCore >= VERIFY_BUDGET),
      });
    });
  }
  console.log('\nVerifying: everything re-read, every commitment, leaf, tile and signed root computed again');
  console.table(rows);
}

/** Entries of a summary alone. */
function shortEntries(size: number): ReturnType<typeof entriesOf> {
  const make = entriesOf(2_000);
  return () => {
    const entry = make();
    return {
      ...entry,
      parts: { summary: Buffer.concat([entry.parts.summary, Buffer.alloc(Math.max(0, size - 600), 0x20)]) },
    };
  };
}
