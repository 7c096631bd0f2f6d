// What goes on right now: the gateway's rates, every second, with the quarter of an hour before.
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { getJson } from '../../api/client.ts';
import { follow, type StreamState } from '../../api/sse.ts';
import type { Histogram, TopRates } from '../../api/types.ts';

export interface RatePoint {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Calls a second. */
  readonly calls: number;
  /** Of them, refused or failed. */
  readonly failed: number;
}

export interface Rates {
  readonly now: TopRates | undefined;
  readonly points: readonly RatePoint[];
  readonly state: StreamState;
  readonly error: unknown;
}

/** Shown: a quarter of an hour. */
export const SPAN = 15 * 60_000;
const BIN = 10_000;

const beforeQuery = queryOptions({
  queryKey: ['overview', 'rate'],
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 0,
  queryFn: ({ signal }) => getJson<Histogram>('/api/v1/search/histogram', { q: 'since:15m', width: BIN }, signal),
});

export function useRates(): Rates {
  const before = useQuery(beforeQuery);
  const [now, setNow] = useState<TopRates>();
  const [stream, setStream] = useState<{ state: StreamState; error: unknown }>({
    state: 'connecting',
    error: undefined,
  });
  const live = useRef<RatePoint[]>([]);
  const [points, setPoints] = useState<readonly RatePoint[]>([]);
  useEffect(() => {
    const stop = new AbortController();
    void follow('/api/v1/top/tail', {
      params: { by: 'identity', limit: 50 },
      signal: stop.signal,
      onEvent: ({ name, data }) => {
        if (name !== 'top') return;
        const rates = JSON.parse(data) as TopRates;
        setNow(rates);
        const failed = (rates.total.refusals + rates.total.errors) / Math.max(1, rates.total.calls);
        live.current = [
          ...live.current.filter(({ time }) => time > rates.time - SPAN),
          { time: rates.time, calls: rates.total.perSecond, failed: rates.total.perSecond * failed },
        ];
        setPoints(live.current);
      },
      onState: (state, error) => setStream({ state, error }),
    });
    return () => stop.abort();
  }, []);
  return { now, points: joined(before.data, points), ...stream };
}

/** What was counted before, up to where the live points begin. */
function joined(before: Histogram | undefined, live: readonly RatePoint[]): readonly RatePoint[] {
  if (!before) return live;
  const until = Math.min(live[0]?.time ?? Number.POSITIVE_INFINITY, before.to);
  const from = Date.now() - SPAN;
  const byTime = new Map(before.buckets.map((bucket) => [bucket.time, bucket]));
  const first = Math.floor(from / before.width) * before.width;
  const points: RatePoint[] = [];
  for (let time = first; time + before.width <= until; time += before.width) {
    const bucket = byTime.get(time);
    const seconds = before.width / 1000;
    points.push({
      time: time + before.width,
      calls: (bucket?.count ?? 0) / seconds,
      failed: (bucket?.failed ?? 0) / seconds,
    });
  }
  return [...points, ...live];
}
