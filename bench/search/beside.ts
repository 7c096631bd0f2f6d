// What searching costs those who call: the gateway's p99 at half load, everything being indexed, with and without somebody who searches.
// Windows with and without take turns, so that what else the machine does falls on both.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DogwatchError } from '../../src/exchange/error.ts';
import { buildPackage, startDogwatch, startScript } from '../overhead/contenders.ts';
import { startIssuer } from '../overhead/issuer.ts';
import { runLoad } from '../overhead/load.ts';
import type { Asked, Order } from './asker.ts';

const CONNECTIONS = 64;
const FIRST = 20_000;
const WINDOWS = 5;
/** Milliseconds of a window: p99 of a short one is whatever one stall of the disk made it. */
const WINDOW = 7_000;
/** Milliseconds of load before the first, until the code is compiled and the heap has its size. */
const WARM = 30_000;
/** Of the ratio of p99 with searches to without. */
export const BESIDE_BUDGET = 1.1;
export interface Beside {
  /** Searches a second, in the windows with them. */
  readonly searches: number;
  /** Median milliseconds of a search, as who asks has it. */
  readonly took: number;
  /** Median p99 of the windows, in milliseconds. */
  readonly without: number;
  readonly with: number;
  /** The median of the pairs' ratios. */
  readonly ratio: number;
}

/** Those who search at once, and the milliseconds that each waits after an answer. */
export interface Searching {
  readonly atOnce: number;
  readonly pause: number;
}

export async function besideSearches(searching: readonly Searching[]): Promise<Map<Searching, Beside>> {
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
  try {
    const base = { url: gateway.url, token: issuer.token, kind: 'mutation' as const, connections: CONNECTIONS };
    const { requestsPerSecond } = await runLoad({ ...base, amount: FIRST });
    const rate = requestsPerSecond / 2;
    const load = (time: number) => runLoad({ ...base, amount: Math.round((rate * time) / 1000), rate });
    await load(WARM);
    const results = new Map<Searching, Beside>();
    for (const how of searching) {
      const pairs: { without: number; with: number }[] = [];
      const took: number[] = [];
      for (let n = 0; n < WINDOWS; n++) {
        const plain = async (): Promise<number> => (await load(WINDOW)).p99;
        const searched = async (): Promise<number> => {
          asker.send({ apiUrl: gateway.apiUrl, token: issuer.token, ...how } satisfies Order);
          const { p99 } = await load(WINDOW);
          took.push(...(await stopAsking(asker)));
          return p99;
        };
        // Which one comes first takes turns as well.
        if (n % 2 === 0) pairs.push({ without: await plain(), with: await searched() });
        else pairs.push({ with: await searched(), without: await plain() });
      }
      results.set(how, {
        searches: (took.length * 1000) / (WINDOWS * WINDOW),
        took: median(took),
        without: median(pairs.map((pair) => pair.without)),
        with: median(pairs.map((pair) => pair.with)),
        ratio: median(pairs.map((pair) => pair.with / pair.without)),
      });
    }
    return results;
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
