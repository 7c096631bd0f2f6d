// What searching costs those who call: the gateway's p99 at half load, everything being indexed, with and without somebody who searches.
// Windows with and without take turns, so that what else the machine does falls on both.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage, startDogwatch, startScript } from '../overhead/contenders.ts';
import { startIssuer } from '../overhead/issuer.ts';
import { runLoad } from '../overhead/load.ts';

const CONNECTIONS = 64;
const FIRST = 20_000;
const WINDOWS = 10;
/** Milliseconds of a window. */
const WINDOW = 4_000;
/** Of the ratio of p99 with searches to without. */
export const BESIDE_BUDGET = 1.1;
const ASKED = [
  'search?q=op:v1.CreateMonitor&limit=50',
  'search?q=action:create%20-status:200',
  'search?q=who:bench*%20since:1h',
  'search/facets?field=op,who,status&q=since:1h',
  'search/histogram?q=since:1h',
  'search?q=risk:%3E%3Dhigh',
];

export interface Beside {
  /** Searches a second, in the windows with them. */
  readonly searches: number;
  /** Median p99 of the windows, in milliseconds. */
  readonly without: number;
  readonly with: number;
  /** The median of the pairs' ratios. */
  readonly ratio: number;
}

/** @param pause milliseconds between the answer to a search and the next one */
export async function besideSearches(pauses: readonly number[]): Promise<Map<number, Beside>> {
  const directory = mkdtempSync(join(tmpdir(), 'dogwatch-bench-beside-'));
  const issuer = await startIssuer();
  const upstream = await startScript('upstream', 'upstream.ts', []);
  const gateway = await startDogwatch(
    buildPackage(join(directory, 'package')),
    join(directory, 'data'),
    upstream.url,
    issuer.url,
  );
  try {
    const base = { url: gateway.url, token: issuer.token, kind: 'mutation' as const, connections: CONNECTIONS };
    const { requestsPerSecond } = await runLoad({ ...base, amount: FIRST });
    const rate = requestsPerSecond / 2;
    const window = () => runLoad({ ...base, amount: Math.round((rate * WINDOW) / 1000), rate });
    await window();
    const results = new Map<number, Beside>();
    for (const pause of pauses) {
      const pairs: { without: number; with: number }[] = [];
      let searches = 0;
      for (let n = 0; n < WINDOWS; n++) {
        const plain = async (): Promise<number> => (await window()).p99;
        const searched = async (): Promise<number> => {
          const stop = new AbortController();
          const asking = ask(gateway.apiUrl, issuer.token, pause, stop.signal);
          const { p99 } = await window();
          stop.abort();
          searches += await asking;
          return p99;
        };
        // Which one comes first takes turns as well.
        if (n % 2 === 0) pairs.push({ without: await plain(), with: await searched() });
        else pairs.push({ with: await searched(), without: await plain() });
      }
      results.set(pause, {
        searches: (searches * 1000) / (WINDOWS * WINDOW),
        without: median(pairs.map((pair) => pair.without)),
        with: median(pairs.map((pair) => pair.with)),
        ratio: median(pairs.map((pair) => pair.with / pair.without)),
      });
    }
    return results;
  } finally {
    await gateway.stop();
    await upstream.stop();
    issuer.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ask(apiUrl: string, token: string, pause: number, stop: AbortSignal): Promise<number> {
  let asked = 0;
  while (!stop.aborted) {
    const response = await fetch(`${apiUrl}/api/v1/${ASKED[asked % ASKED.length]}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`a search failed: ${response.status} ${text}`);
    asked++;
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return asked;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
