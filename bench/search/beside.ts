// What searching costs those who call: the gateway's p99 at half load, everything being indexed, with and without somebody who searches.
// Windows with and without take turns, so that what else the machine does falls on both.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DogwatchError } from '../../src/exchange/error.ts';
import { buildPackage, startDogwatch, startScript } from '../overhead/contenders.ts';
import { startIssuer } from '../overhead/issuer.ts';
import { runLoad } from '../overhead/load.ts';
import type { Asked, Order } from './asker.ts';
import { startSteadyLoad } from './steady-load.ts';

const CONNECTIONS = 64;
const FIRST = 20_000;
/** Pairs of windows, one with searches and one without, and the milliseconds of a window: many short ones tell an effect from the disk's moods. */
const PAIRS = 60;
const WINDOW = 2_000;
/** Milliseconds of a window that do not count: what the one before has begun ends in them. */
const SETTLING = 200;
/** Milliseconds of load before the first, until the code is compiled and the heap has its size. */
const WARM = 10_000;
/** Of the ratio of p99 with searches to without. */
export const BESIDE_BUDGET = 1.1;
export interface Beside {
  /** Searches a second, in the windows with them. */
  readonly searches: number;
  /** Median milliseconds of a search, as who asks has it. */
  readonly took: number;
  /** Medians over the windows, in milliseconds. */
  readonly without: Latency;
  readonly with: Latency;
  /** The ratio of p99 with searches to without, by pairs. */
  readonly ratio: Interval;
  /** The same of p50. */
  readonly middle: Interval;
}
export interface Latency {
  readonly p50: number;
  readonly p99: number;
}
/** A median, and between what it lies with a confidence of 95 %. */
export interface Interval {
  readonly median: number;
  readonly from: number;
  readonly to: number;
}

/** Those who search at once, and the milliseconds that each waits after an answer. */
export interface Searching {
  readonly atOnce: number;
  readonly pause: number;
}

/** Of each way of searching, what it costs. */
export async function* besideSearches(searching: readonly Searching[]): AsyncGenerator<[Searching, Beside]> {
  const directory = mkdtempSync(join(tmpdir(), 'dogwatch-bench-beside-'));
  const issuer = await startIssuer();
  const upstream = await startScript('upstream', 'upstream.ts', []);
  const gateway = await startDogwatch(
    buildPackage(join(directory, 'package')),
    join(directory, 'data'),
    upstream.url,
    issuer.url,
  );
  const asker = fork(join(import.meta.dirname, 'asker.ts'));
  // Who searches sits at another machine: what the questions cost there is not to be taken from those who call.
  if (asker.pid !== undefined) setPriority(asker.pid, 19);
  try {
    const base = { url: gateway.url, token: issuer.token, kind: 'mutation' as const, connections: CONNECTIONS };
    const { requestsPerSecond } = await runLoad({ ...base, amount: FIRST });
    const steady = startSteadyLoad({ ...base, rate: requestsPerSecond / 2 });
    const window = async (length: number): Promise<Latency> => {
      const begin = performance.now();
      await new Promise((resolve) => setTimeout(resolve, length));
      const latencies = [...(await steady.latencies(begin + SETTLING, performance.now()))].sort((x, y) => x - y);
      const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
      return { p50: at(0.5), p99: at(0.99) };
    };
    await window(WARM);
    for (const how of searching) {
      const pairs: { without: Latency; with: Latency }[] = [];
      const took: number[] = [];
      for (let n = 0; n < PAIRS; n++) {
        const plain = (): Promise<Latency> => window(WINDOW);
        const searched = async (): Promise<Latency> => {
          asker.send({ apiUrl: gateway.apiUrl, token: issuer.token, ...how } satisfies Order);
          const latency = await window(WINDOW);
          took.push(...(await stopAsking(asker)));
          return latency;
        };
        // Which one comes first takes turns as well.
        if (n % 2 === 0) pairs.push({ without: await plain(), with: await searched() });
        else pairs.push({ with: await searched(), without: await plain() });
      }
      const middles = (which: 'with' | 'without'): Latency => ({
        p50: median(pairs.map((pair) => pair[which].p50)),
        p99: median(pairs.map((pair) => pair[which].p99)),
      });
      const result: Beside = {
        searches: (took.length * 1000) / (PAIRS * WINDOW),
        took: median(took),
        without: middles('without'),
        with: middles('with'),
        ratio: intervalOf(pairs.map((pair) => pair.with.p99 / pair.without.p99)),
        middle: intervalOf(pairs.map((pair) => pair.with.p50 / pair.without.p50)),
      };
      yield [how, result];
    }
    await steady.stop();
  } finally {
    asker.kill();
    await gateway.stop();
    await upstream.stop();
    issuer.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function stopAsking(asker: ChildProcess): Promise<readonly number[]> {
  const answer = once(asker, 'message') as Promise<[Asked]>;
  asker.send({ stop: true } satisfies Order);
  const [{ took, failure }] = await answer;
  if (failure !== undefined) throw new DogwatchError('internal', failure);
  return took;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The interval by the ranks that a median has with that confidence, whatever the values are distributed as (binomial). */
export function intervalOf(values: readonly number[]): Interval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  /** The largest number of values that may be left out at each end. */
  let out = -1;
  for (let k = 0, below = 0, ways = 1; k < n / 2; k++) {
    below += ways * 0.5 ** n;
    if (below > 0.025) break;
    out = k;
    ways = (ways * (n - k)) / (k + 1);
  }
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: median(values), from: at(Math.max(0, out)), to: at(n - 1 - Math.max(0, out)) };
}
