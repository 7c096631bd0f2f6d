// Queries of metrics and of events counted: v1's points, v2's scalars and timeseries, from seeded and submitted data.
import { type Answer, type Call, type Handler, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { fraction, HOSTS, reading, SEEDED, stepFor, timesOf, unitOf } from '../series.ts';
import type { World } from '../world.ts';

/** Metrics that were submitted to this sandbox, by name: `{metric, type, tags, points: [[seconds, value]]}`. */
export const SUBMITTED = '/api/v1/series';

const QUERY = /(?:(avg|sum|min|max|count|last|p\d+):)?([A-Za-z][\w./-]*)\{([^}]*)\}(?:\s*by\s*\{([^}]*)\})?/;
const RETENTION = 456 * 86_400_000;

interface Series {
  readonly metric: string;
  readonly aggregator: string | null;
  readonly scope: string;
  readonly tags: readonly string[];
  readonly at: (time: number) => number | undefined;
}

/** The series of a metric query: one, or one a host when it groups by host. */
function seriesOf(query: string, world: World, step: number): Series[] {
  const found = QUERY.exec(query);
  if (!found) return [];
  const [, aggregator = null, metric = '', scope = '*', by] = found;
  const base = SEEDED[metric];
  const common = { metric, aggregator, scope };
  const submitted = world.find(SUBMITTED, metric);
  if (submitted) return [{ ...common, tags: [], at: (time) => submittedAt(submitted, time, step) }];
  if (base === undefined) return [];
  if (by?.trim() !== 'host') return [{ ...common, tags: [], at: (time) => reading(`${metric}{${scope}}`, base, time) }];
  return HOSTS.map((host) => ({
    ...common,
    scope: `host:${host}`,
    tags: [`host:${host}`],
    at: (time) => reading(`${metric}{host:${host}}`, base, time),
  }));
}

/** The mean of the points that were submitted in the step that ends at a time. */
function submittedAt(item: JsonObject, time: number, step: number): number | undefined {
  const within = arrayOf(item.points).flatMap((point) => {
    const [at, value] = arrayOf(point) as number[];
    return at !== undefined && value !== undefined && at * 1000 >= time && at * 1000 < time + step ? [value] : [];
  });
  return within.length === 0 ? undefined : within.reduce((sum, value) => sum + value, 0) / within.length;
}

function queryPoints({ query, world }: Call): Answer {
  for (const name of ['from', 'to', 'query'])
    if (!query.has(name)) return textFailure(400, `The parameter '${name}' is required`);
  const [from, to] = [Number(query.get('from')) * 1000, Number(query.get('to')) * 1000];
  if (!Number.isFinite(from) || !Number.isFinite(to) || to < from) return textFailure(400, 'Invalid time range');
  const text = query.get('query')!;
  if (!QUERY.test(text))
    return textFailure(400, `Error parsing query: unable to parse ${text}: Rule 'scope_expr' didn't match`);
  const step = stepFor(to - from);
  const series = seriesOf(text, world, step).map((each, query_index): Json => {
    const pointlist = timesOf(from, to, step).flatMap((time) => {
      const value = each.at(time);
      return value === undefined ? [] : [[time, value]];
    });
    const [first, last] = [pointlist[0]?.[0] ?? from, pointlist.at(-1)?.[0] ?? from];
    return {
      metric: each.metric,
      display_name: each.metric,
      aggr: each.aggregator,
      scope: each.scope,
      tag_set: [...each.tags],
      expression:
        each.aggregator === null ? `${each.metric}{${each.scope}}` : `${each.aggregator}:${each.metric}{${each.scope}}`,
      interval: step / 1000,
      length: pointlist.length,
      start: first,
      end: last + step - 1000,
      query_index,
      attributes: {},
      unit: unitOf(each.metric),
      pointlist,
    };
  });
  return ok({
    status: 'ok',
    res_type: 'time_series',
    resp_version: 1,
    query: text,
    from_date: from,
    to_date: to,
    series: series.filter((each) => arrayOf(objectOf(each).pointlist).length > 0),
    values: [],
    times: [],
    message: '',
    group_by: (QUERY.exec(text)?.[4] ?? '')
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  });
}

/** Sources of events of which an organisation always has some: how many an hour. */
const HOURLY_EVENTS: Readonly<Record<string, number>> = {
  rum: 340,
  audit: 983,
  events: 322,
  ci_pipelines: 9,
  on_call_events: 5,
};

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly queries: readonly JsonObject[];
  /** The name of each column, and of the query that it shows. */
  readonly columns: readonly { readonly name: string; readonly query: JsonObject | undefined }[];
}

/** What a v2 query asks, or why it cannot be answered. */
function asked({ body, world }: Call, type: string): Asked | Answer {
  const data = objectOf(objectOf(body).data);
  if (data.type !== type) return invalid(`Invalid type. Expected "${type}".`);
  const { from, to, queries, formulas } = objectOf(data.attributes);
  if (typeof from !== 'number' || typeof to !== 'number') return invalid("'from' and 'to' are required");
  if (to < from) return invalid("'from' must be before 'to'");
  if (to < world.now() - RETENTION) return textFailure(400, 'Queries ending outside the retention date are invalid');
  const given = arrayOf(queries).map(objectOf);
  if (given.length === 0) return invalid("'queries' is required");
  const shown = arrayOf(formulas).map((formula) => textOf(objectOf(formula).formula));
  const named = shown.length > 0 ? shown : given.map((query, i) => textOf(query.name) || `query${i}`);
  const columns = named.map((name) => {
    const first = /[A-Za-z_]\w*/.exec(name)?.[0];
    return { name, query: given.find((query) => query.name === name) ?? given.find((query) => query.name === first) };
  });
  const missing = columns.find(({ query }) => query === undefined);
  if (missing && shown.length > 0) return invalid(`formula "${missing.name}" names no query`);
  return { from, to, queries: given, columns };
}

const invalid = (why: string): Answer => textFailure(400, `API input validation failed: ${why}`);

/** The measure whose unit a query's numbers are in. */
const measureOf = (query: JsonObject): string =>
  query.data_source === 'metrics'
    ? (QUERY.exec(textOf(query.query))?.[2] ?? '')
    : textOf(query.metric ?? query.stat ?? query.measure);

const queryScalar: Handler = (call) => {
  const wanted = asked(call, 'scalar_request');
  if ('status' in wanted) return wanted;
  const { from, to } = wanted;
  const columns = wanted.columns.map(({ name, query = {} }) => ({
    name,
    values: scalars(query, from, to, call.world),
    type: 'number',
    meta: { unit: unitOf(measureOf(query)) },
  }));
  return ok({ data: { id: '0', type: 'scalar_response', attributes: { columns } } });
};

function scalars(query: JsonObject, from: number, to: number, world: World): number[] {
  const source = textOf(query.data_source);
  if (source !== 'metrics') {
    const hourly = HOURLY_EVENTS[source];
    return hourly === undefined ? [] : [Math.round((hourly * (to - from)) / 3_600_000)];
  }
  const step = stepFor(to - from);
  return seriesOf(textOf(query.query), world, step).flatMap((series) => {
    const values = timesOf(from, to, step).flatMap((time) => series.at(time) ?? []);
    return values.length === 0 ? [] : [combined(values, textOf(query.aggregator))];
  });
}

function combined(values: readonly number[], aggregator: string): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregator) {
    case 'sum':
      return sum;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'last':
      return values.at(-1)!;
    default:
      return sum / values.length;
  }
}

const queryTimeseries: Handler = (call) => {
  const wanted = asked(call, 'timeseries_request');
  if ('status' in wanted) return wanted;
  const { from, to } = wanted;
  const step = Math.max(
    Number(objectOf(objectOf(objectOf(call.body).data).attributes).interval) || 0,
    stepFor(to - from),
  );
  const rows = wanted.columns.flatMap(({ query = {} }, query_index) =>
    lines(query, call.world, step).map((line) => ({ query_index, unit: unitOf(measureOf(query)), ...line })),
  );
  const all = timesOf(from, to, step);
  const times = all.filter((time) => rows.some((row) => row.at(time) !== undefined));
  const kept = times.length === 0 ? [] : rows;
  const attributes = {
    series: kept.map(({ tags, query_index, unit }) => ({ group_tags: [...tags], query_index, unit })),
    times,
    values: kept.map((row) => times.map((time): Json => row.at(time) ?? null)),
  };
  return ok({ data: { id: '0', type: 'timeseries_response', attributes } });
};

function lines(query: JsonObject, world: World, step: number): Pick<Series, 'tags' | 'at'>[] {
  const source = textOf(query.data_source);
  if (source === 'metrics') return seriesOf(textOf(query.query), world, step);
  const hourly = HOURLY_EVENTS[source];
  if (hourly === undefined) return [];
  const mean = (hourly * step) / 3_600_000;
  return [{ tags: [], at: (time) => Math.floor(mean + fraction(`${source} ${time}`)) || undefined }];
}

export const metricQueryFamily: Family = {
  name: 'metric queries',
  handlers: {
    'v1.QueryMetrics': queryPoints,
    'v2.QueryScalarData': queryScalar,
    'v2.QueryTimeseriesData': queryTimeseries,
  },
};
