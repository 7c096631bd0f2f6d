// Counters of the data path, plain numbers that the API turns into Prometheus metrics.

/** Upper bounds of the latency buckets, in milliseconds. */
export const LATENCY_BUCKETS: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000,
];

export interface GatewayStats {
  inFlight: number;
  connections: number;
  bytesReceived: number;
  bytesSent: number;
  /** Requests that were no HTTP, and were answered 400 without a record. */
  malformed: number;
  /** Refused tokens that were counted but not recorded one by one, to keep a flood out of the journal. */
  refusalsSuppressed: number;
  /** By `action outcome statusClass`, for instance `read complete 2xx`. */
  readonly exchanges: Map<string, number>;
  /** By code of codes.ts. */
  readonly refusals: Map<string, number>;
  /** Whole time in the gateway including Datadog's; one more element than LATENCY_BUCKETS, not cumulative. */
  readonly latency: number[];
  latencySum: number;
}

export function createStats(): GatewayStats {
  return {
    inFlight: 0,
    connections: 0,
    bytesReceived: 0,
    bytesSent: 0,
    malformed: 0,
    refusalsSuppressed: 0,
    exchanges: new Map(),
    refusals: new Map(),
    latency: new Array<number>(LATENCY_BUCKETS.length + 1).fill(0),
    latencySum: 0,
  };
}

/** Adds one to a counter by name. */
export function count(counters: Map<string, number>, name: string): void {
  counters.set(name, (counters.get(name) ?? 0) + 1);
}

/** @param ms milliseconds */
export function observeLatency(stats: GatewayStats, ms: number): void {
  let bucket = 0;
  while (bucket < LATENCY_BUCKETS.length && ms > LATENCY_BUCKETS[bucket]!) bucket += 1;
  stats.latency[bucket]! += 1;
  stats.latencySum += ms;
}
