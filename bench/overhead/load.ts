// The load: keep-alive connections that POST one sample after the other, as fast as it goes or at a fixed rate.
import { Pool } from 'undici';
import { PATHS, requestBody, type SampleKind } from './sample.ts';

export interface LoadResult {
  readonly requestsPerSecond: number;
  /** Milliseconds; at a fixed rate counted from the moment at which a request was due, so that a stall is not hidden. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than 2xx, and errors. */
  readonly failures: number;
  readonly completed: number;
}

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly kind: SampleKind;
  readonly connections: number;
  readonly amount: number;
  /** Requests a second over all connections. */
  readonly rate?: number;
}

export async function runLoad(load: Load): Promise<LoadResult> {
  const bodies = Array.from({ length: 256 }, () => requestBody(load.kind));
  const pool = new Pool(load.url, { connections: load.connections, pipelining: 1 });
  const headers = {
    'content-type': 'application/json',
    'dd-api-key': load.token,
    'dd-application-key': 'unused',
    'user-agent': 'datadog-api-client-typescript/1.64.0',
  };
  const latencies: number[] = [];
  let failures = 0;
  let sent = 0;
  const began = performance.now();

  const one = async (n: number, due: number): Promise<void> => {
    try {
      const response = await pool.request({
        method: 'POST',
        path: PATHS[load.kind],
        headers,
        body: bodies[n % bodies.length]!,
      });
      await response.body.dump({ limit: 1 << 20 });
      if (response.statusCode === 200) latencies.push(performance.now() - due);
      else failures += 1;
    } catch {
      failures += 1;
    }
  };
  if (load.rate === undefined) {
    const worker = async (): Promise<void> => {
      while (sent < load.amount) await one(sent++, performance.now());
    };
    await Promise.all(Array.from({ length: load.connections }, worker));
  } else {
    await atRate(load.amount, load.rate, began, one);
  }
  const seconds = (performance.now() - began) / 1000;
  await pool.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
  return {
    requestsPerSecond: latencies.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    failures,
    completed: latencies.length,
  };
}

/** Starts each request when it is due, whether or not earlier ones are back. */
async function atRate(
  amount: number,
  rate: number,
  began: number,
  one: (n: number, due: number) => Promise<void>,
): Promise<void> {
  const running: Promise<void>[] = [];
  for (let n = 0; n < amount; ) {
    const now = performance.now();
    for (; n < amount && began + (n * 1000) / rate <= now; n += 1) running.push(one(n, began + (n * 1000) / rate));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
}
