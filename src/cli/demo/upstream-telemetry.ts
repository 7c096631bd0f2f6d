// The demo's telemetry: a metric with a spike of failed logins ten minutes ago, and the log lines that tell of it.

export type Json = Record<string, unknown>;
export const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MINUTE = 60_000;
/** The spike lies this long ago and lasts so long. */
const SPIKE = { ago: 12 * MINUTE, length: 6 * MINUTE, factor: 31 };
/** At most so many points answer one query, as Datadog's own rollup does. */
const MAX_POINTS = 1_500;
const SCENE = { attacker: '203.0.113.77', service: 'auth', host: 'auth-7f9c' } as const;

/** A value between 0 and 1 that depends on the arguments alone, so that the same question has the same answer. */
function noise(name: string, tick: number): number {
  let hash = 2166136261 ^ tick;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822519);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}

const inSpike = (at: number, now: number): boolean => at >= now - SPIKE.ago && at < now - SPIKE.ago + SPIKE.length;

/** The metric's value in the minute of `at`. */
function value(metric: string, at: number, now: number): number {
  const base = metric.startsWith('auth.') ? 12 : 40;
  const calm = base * (0.75 + noise(metric, Math.floor(at / MINUTE)) / 2);
  const spike = metric.startsWith('auth.') && inSpike(at, now) ? SPIKE.factor : 1;
  return Math.round(calm * spike * 100) / 100;
}

interface MetricQuery {
  readonly aggregator: string;
  readonly metric: string;
  readonly scope: string;
}

/** Reads `sum:auth.login.failures{service:auth}.as_count()`; undefined when it is no such query. */
function parseQuery(text: unknown): MetricQuery | undefined {
  if (typeof text !== 'string' || text.length > 1_000) return undefined;
  const match = /^(avg|sum|min|max|count):([A-Za-z][\w.]*)\{([^{}]*)\}/.exec(text);
  return match ? { aggregator: match[1]!, metric: match[2]!, scope: match[3]! } : undefined;
}

/** Minutes between two moments, fewer when there would be too many; empty when the range is no range. */
function minutes(from: number, to: number): number[] {
  if (!(from >= 0 && to > from && Number.isFinite(to))) return [];
  const step = Math.max(1, Math.ceil((to - from) / MINUTE / MAX_POINTS)) * MINUTE;
  const points: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) points.push(at);
  return points;
}

/** `GET /api/v1/query`; times in seconds. Undefined when the query cannot be answered. */
export function v1Query(query: URLSearchParams, now: number): Json | undefined {
  const text = query.get('query');
  const parsed = parseQuery(text);
  const [from, to] = [Number(query.get('from')) * 1000, Number(query.get('to')) * 1000];
  const times = minutes(from, to);
  if (!parsed || times.length === 0) return undefined;
  return {
    status: 'ok',
    resp_version: 1,
    res_type: 'time_series',
    from_date: from,
    to_date: to,
    query: text,
    group_by: [],
    values: [],
    times: [],
    message: '',
    series: [
      {
        metric: parsed.metric,
        display_name: parsed.metric,
        expression: text,
        aggr: parsed.aggregator,
        scope: parsed.scope,
        tag_set: [],
        query_index: 0,
        interval: 60,
        start: times[0],
        end: times.at(-1)! + MINUTE - 1,
        length: times.length,
        unit: null,
        pointlist: times.map((at) => [at, value(parsed.metric, at, now)]),
        attributes: {},
      },
    ],
  };
}

/** The metric queries of a v2 request and its range in milliseconds. */
function readRequest(body: unknown): { queries: MetricQuery[]; times: number[] } | undefined {
  const data = isRecord(body) ? body.data : undefined;
  const attributes = isRecord(data) ? data.attributes : undefined;
  if (!isRecord(attributes) || !Array.isArray(attributes.queries)) return undefined;
  const queries = attributes.queries.map((query: unknown) => parseQuery(isRecord(query) ? query.query : undefined));
  const times = minutes(Number(attributes.from), Number(attributes.to));
  if (queries.length === 0 || queries.length > 10 || times.length === 0) return undefined;
  return queries.every((query) => query !== undefined) ? { queries, times } : undefined;
}

/** `POST /api/v2/query/timeseries`. */
export function timeseries(body: unknown, now: number): Json | undefined {
  const request = readRequest(body);
  if (!request) return undefined;
  return {
    data: {
      id: '0',
      type: 'timeseries_response',
      attributes: {
        series: request.queries.map((_, index) => ({ group_tags: [], query_index: index, unit: null })),
        times: request.times,
        values: request.queries.map(({ metric }) => request.times.map((at) => value(metric, at, now))),
      },
    },
  };
}

/** `POST /api/v2/query/scalar`: one number a query, over the whole range. */
export function scalar(body: unknown, now: number): Json | undefined {
  const request = readRequest(body);
  if (!request) return undefined;
  return {
    data: {
      id: '0',
      type: 'scalar_response',
      attributes: {
        columns: request.queries.map((query, index) => ({
          name: String.fromCharCode(97 + index),
          type: 'number',
          values: [aggregate(query, request.times, now)],
          meta: { unit: null },
        })),
      },
    },
  };
}

function aggregate({ aggregator, metric }: MetricQuery, times: readonly number[], now: number): number {
  const values = times.map((at) => value(metric, at, now));
  const sum = values.reduce((total, each) => total + each, 0);
  if (aggregator === 'max') return Math.max(...values);
  if (aggregator === 'min') return Math.min(...values);
  if (aggregator === 'count') return values.length;
  return Math.round((aggregator === 'sum' ? sum : sum / values.length) * 100) / 100;
}

/** Log search. Each word of the query, or `field:value`, must stand in the line; `*` matches all. Newest first. */
export function logEvents(query: string, limit: number, now: number): Json | undefined {
  if (query.length > 1_000 || !(limit >= 1 && limit <= 1_000)) return undefined;
  const terms = query.split(/\s+/).filter((term) => term !== '' && term !== '*' && term !== 'AND');
  const data: Json[] = [];
  for (let n = 0; n < 240 && data.length < limit; n++) {
    const event = logLine(n, now);
    const haystack = [event.message, `service:${SCENE.service}`, `status:${event.status}`, ...event.tags];
    if (terms.every((term) => haystack.some((text) => text.includes(term.replace(/"/g, ''))))) {
      data.push({
        id: `AQAAA${noise('log', n).toString(36).slice(2, 14).padEnd(12, 'A')}${n}`,
        type: 'log',
        attributes: {
          timestamp: new Date(event.at).toISOString(),
          status: event.status,
          service: SCENE.service,
          host: SCENE.host,
          message: event.message,
          tags: event.tags,
          attributes: { network: { client: { ip: event.ip } }, usr: { id: event.user } },
        },
      });
    }
  }
  return { data, meta: { elapsed: 4, request_id: `demo-${Math.floor(now)}`, status: 'done' } };
}

function logLine(n: number, now: number) {
  const at = now - n * 7_500;
  const attacked = inSpike(at, now);
  const user = `user-${Math.floor(noise('user', n) * 400)}`;
  const ip = attacked ? SCENE.attacker : `198.51.100.${Math.floor(noise('ip', n) * 250)}`;
  const failed = attacked || n % 9 === 0;
  return {
    at,
    user,
    ip,
    status: failed ? 'warn' : 'info',
    message: failed ? `login failed for ${user} from ${ip}: wrong password` : `login of ${user} from ${ip}`,
    tags: ['env:demo', `service:${SCENE.service}`, 'source:nodejs'],
  };
}
