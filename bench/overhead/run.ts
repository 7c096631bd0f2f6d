// `npm run bench` part one: what recording costs. Every contender serves the same load in the same run; quote the ratios.
import { closeSync, constants, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { request } from 'undici';
import {
  buildPackage,
  type Contender,
  startDogwatch,
  startMitmdump,
  startModSecurity,
  startScript,
} from './contenders.ts';
import { startIssuer } from './issuer.ts';
import { type LoadResult, runLoad } from './load.ts';
import { cpuMicroseconds, residentMiB } from './process-meter.ts';
import type { SampleKind } from './sample.ts';

const { values: options } = parseArgs({
  options: {
    amount: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
    directory: { type: 'string' },
  },
});
const AMOUNT = Number(options.amount);
const ROUNDS = Number(options.rounds);
const CONNECTIONS = 64;

/** Budgets of docs/architecture.md: CPU per recorded exchange against each peer. */
const CPU_BUDGETS: Readonly<Record<string, number>> = {
  'bare proxy': 2.0,
  'nginx + ModSecurity': 0.9,
  'nginx + ModSecurity + CRS': 0.9,
  'mitmdump -w': 0.12,
};
const LATENCY_BUDGET = 3;
const MEMORY_BUDGET_MIB = 256;

interface Measured extends LoadResult {
  readonly cpu: number;
}

const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'dogwatch-bench-'));
const issuer = await startIssuer();
const upstream = await startScript('upstream', 'upstream.ts', []);
const contenders: Contender[] = [
  await startScript('bare proxy', 'bare-proxy.ts', [upstream.url]),
  await startDogwatch(buildPackage(join(directory, 'package')), join(directory, 'dogwatch'), upstream.url, issuer.url),
];
for (const peer of [
  await startModSecurity(join(directory, 'nginx'), upstream.url, false),
  await startModSecurity(join(directory, 'crs'), upstream.url, true),
  await startMitmdump(join(directory, 'mitm'), upstream.url),
]) {
  if (peer) contenders.push(peer);
}
try {
  for (const kind of ['mutation', 'read'] as const) await compareCpu(kind);
  await compareLatency();
  await measureMemory();
} finally {
  for (const each of [...contenders, upstream]) await each.stop();
  issuer.close();
  rmSync(directory, { recursive: true, force: true });
}

async function compareCpu(kind: SampleKind): Promise<void> {
  const results = new Map<string, Measured[]>(contenders.map((each) => [each.name, []]));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const each of contenders) {
      // mitmdump is a hundred times slower to drive; fewer requests give the same precision of its much larger figure.
      const share = each.name.startsWith('mitm') ? 10 : 1;
      const measured = await measure(each, kind, Math.ceil((round < 0 ? AMOUNT / 4 : AMOUNT) / share));
      if (round >= 0) results.get(each.name)!.push(measured);
    }
  }
  const own = median(results.get('dogwatch')!, (m) => m.cpu);
  console.log(
    `\nCPU per exchange, ${kind} (${kind === 'mutation' ? 'intent and outcome, two durable entries' : 'one durable entry'}), ${CONNECTIONS} connections, median of ${ROUNDS} x ${AMOUNT}`,
  );
  console.table(
    [...results].map(([name, rounds]) => {
      const cpu = median(rounds, (m) => m.cpu);
      const budget = CPU_BUDGETS[name];
      return {
        contender: name,
        'CPU us/exchange': Math.round(cpu),
        'requests/s': Math.round(median(rounds, (m) => m.requestsPerSecond)),
        'p50 ms': round1(median(rounds, (m) => m.p50)),
        'p99 ms': round1(median(rounds, (m) => m.p99)),
        failures: rounds.reduce((total, m) => total + m.failures, 0),
        'dogwatch / this': budget === undefined ? '' : (own / cpu).toFixed(2),
        budget: budget ?? '',
        verdict: budget === undefined ? '' : own / cpu <= budget ? 'met' : 'MISSED',
      };
    }),
  );
}

async function measure(contender: Contender, kind: SampleKind, amount: number): Promise<Measured> {
  const before = cpuMicroseconds(contender.pid);
  const result = await runLoad({ url: contender.url, token: issuer.token, kind, connections: CONNECTIONS, amount });
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // What is done after the answer, indexing above all, counts too.
  return { ...result, cpu: (cpuMicroseconds(contender.pid) - before) / Math.max(1, result.completed) };
}

async function compareLatency(): Promise<void> {
  const [bare, dogwatch] = contenders as [Contender, Contender];
  const top = await runLoad({
    url: dogwatch.url,
    token: issuer.token,
    kind: 'mutation',
    connections: CONNECTIONS,
    amount: Math.ceil(AMOUNT / 2),
  });
  const rate = Math.floor(top.requestsPerSecond / 2);
  const amount = rate * 5;
  const rows = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const disk = syncLatencies();
    const plain = await runLoad({
      url: bare.url,
      token: issuer.token,
      kind: 'mutation',
      connections: CONNECTIONS,
      amount,
      rate,
    });
    const ours = await runLoad({
      url: dogwatch.url,
      token: issuer.token,
      kind: 'mutation',
      connections: CONNECTIONS,
      amount,
      rate,
    });
    rows.push({ disk, plain: plain.p99, ours: ours.p99, ratio: (ours.p99 - plain.p99) / disk });
  }
  const ratio = median(rows, (row) => row.ratio);
  console.log(`\nLatency added at half load (${rate} mutations/s), p99, median of ${ROUNDS}`);
  console.table([
    {
      'fdatasync p99 ms': round1(median(rows, (r) => r.disk)),
      'bare proxy ms': round1(median(rows, (r) => r.plain)),
      'dogwatch ms': round1(median(rows, (r) => r.ours)),
      'added / fdatasync': ratio.toFixed(2),
      budget: LATENCY_BUDGET,
      verdict: ratio <= LATENCY_BUDGET ? 'met' : 'MISSED',
    },
  ]);
}

/** p99 of 7 KB appended and synced, one after the other, in the directory that the journal is in; milliseconds. */
function syncLatencies(): number {
  const file = join(directory, 'sync.tmp');
  const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  const bytes = Buffer.alloc(7_000, 1);
  const times: number[] = [];
  for (let i = 0; i < 1_000; i += 1) {
    const began = performance.now();
    writeSync(fd, bytes);
    fdatasyncSync(fd);
    times.push(performance.now() - began);
  }
  closeSync(fd);
  rmSync(file);
  return times.sort((a, b) => a - b)[989]!;
}

async function measureMemory(): Promise<void> {
  const dogwatch = contenders[1]!;
  let top = residentMiB(dogwatch.pid);
  const before = top;
  const timer = setInterval(() => {
    top = Math.max(top, residentMiB(dogwatch.pid));
  }, 50);
  const began = performance.now();
  const response = await request(`${dogwatch.url}/api/v1/dashboard/abc-def-ghi`, {
    headers: { authorization: `Bearer ${issuer.token}` },
  });
  let size = 0;
  for await (const chunk of response.body) size += (chunk as Buffer).length;
  clearInterval(timer);
  const seconds = (performance.now() - began) / 1000;
  console.log('\nMemory: 64 connections, then one response of 1 GiB streamed through');
  console.table([
    {
      'RSS before MiB': before,
      'RSS at most MiB': top,
      'streamed MiB': size / 1024 ** 2,
      'MiB/s': Math.round(size / 1024 ** 2 / seconds),
      budget: MEMORY_BUDGET_MIB,
      verdict: top <= MEMORY_BUDGET_MIB && size === 1024 ** 3 ? 'met' : 'MISSED',
    },
  ]);
}

function median<T>(items: readonly T[], value: (item: T) => number): number {
  const sorted = items.map(value).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}
