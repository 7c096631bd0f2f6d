// The history of a service level objective, and the search over all of them.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item } from '../world.ts';
import { SLOS } from './slos.ts';

const NO_DATA = { error_type: 'ZERO_VALUED_DENOMINATOR', error_message: 'The denominator is zero valued' };

/** A history in which nothing happened: the sandbox's metrics are made up, an objective's past is not. */
function history({ world, params, query }: Call): Answer {
  const slo = world.find(SLOS, params.slo_id ?? '');
  if (!slo) return textFailure(404, `SLO not found: ${params.slo_id} not found`);
  const from = Number(query.get('from_ts'));
  const to = Number(query.get('to_ts'));
  if (!(from < to)) return textFailure(400, 'Invalid time range: from_ts must be before to_ts');
  const thresholds = Object.fromEntries(arrayOf(slo.thresholds).map((each) => [textOf(at(each, 'timeframe')), each]));
  const precision = Object.fromEntries(Object.keys(thresholds).map((timeframe) => [timeframe, 0]));
  return ok({
    data: {
      type: slo.type ?? 'metric',
      type_id: slo.type_id ?? 1,
      from_ts: from,
      to_ts: to,
      thresholds,
      group_by: [],
      overall: {
        sli_value: null,
        uptime: null,
        span_precision: 2,
        precision,
        corrections: [],
        errors: [NO_DATA],
        state: 'no_data',
      },
      ...(isObject(slo.query) && { series: series(slo.query, from, to) }),
      slo,
    },
    errors: null,
  });
}

const BUCKET = 7200;

function series(query: JsonObject, from: number, to: number): JsonObject {
  const times: number[] = [];
  for (let time = from - (from % BUCKET); time < to; time += BUCKET) times.push(time * 1000);
  const [numerator, denominator] = [textOf(query.numerator), textOf(query.denominator)].map(
    (text) => `default_zero(${text})`,
  ) as [string, string];
  const of = (text: string, index: number): JsonObject => ({
    count: times.length,
    sum: 0,
    values: times.map(() => 0),
    metadata: {
      aggr: /^default_zero\((\w+):/.exec(text)?.[1] ?? 'sum',
      expression: text,
      metric: `default_zero(${/:([\w.]+)\{/.exec(text)?.[1] ?? ''})`,
      query_index: index,
      scope: /\{([^}]*)\}/.exec(text)?.[1] ?? '*',
      tag_set: [],
      unit: null,
    },
  });
  return {
    numerator: of(numerator, 0),
    denominator: of(denominator, 1),
    numerator_query: numerator,
    denominator_query: denominator,
    bad_series_query: `${denominator} - ${numerator}`,
    query: `${numerator}, ${denominator}`,
    graph_query: `${numerator}, ${denominator}`,
    interval: BUCKET,
    times,
    from_date: from * 1000,
    to_date: to * 1000,
    message: '',
    res_type: 'time_series',
    resp_version: 2,
    timing: '0.02',
  };
}

function search({ world, query }: Call): Answer {
  const text = (query.get('query') ?? '').toLowerCase();
  const size = Number(query.get('page[size]') ?? 10);
  const number = Number(query.get('page[number]') ?? 0);
  const found = [...world.collection(SLOS).values()].filter((slo) => textOf(slo.name).toLowerCase().includes(text));
  const last = Math.max(0, Math.ceil(found.length / size) - 1);
  const link = (page: number): string =>
    `https://api.${world.site}${SLOS}/search?query=${encodeURIComponent(query.get('query') ?? '')}&page[size]=${size}&page[number]=${page}`;
  return ok({
    data: {
      type: 'service_level_objective_search_results',
      attributes: {
        slos: found
          .slice(number * size, (number + 1) * size)
          .map((slo) => ({ data: { id: slo.id ?? '', type: 'slo', attributes: searched(slo) } })),
        facets: {
          all_tags: [],
          creator_name: [],
          env_tags: [],
          service_tags: [],
          slo_type: [],
          target: [],
          team_tags: [],
          timeframe: [],
        },
      },
    },
    links: { self: link(number), first: link(0), last: null, next: link(number + 1), prev: null },
    meta: {
      pagination: {
        type: 'number_size',
        number,
        size,
        total: found.length,
        first_number: 0,
        last_number: last,
        next_number: number + 1,
        prev_number: Math.max(0, number - 1),
      },
    },
  });
}

function searched(slo: Item): JsonObject {
  const tagged = (key: string): Json[] => arrayOf(slo.tags).filter((tag) => textOf(tag).startsWith(`${key}:`));
  const status = {
    calculation_error: NO_DATA.error_message,
    error_budget_remaining: null,
    indexed_at: slo.modified_at ?? 0,
    raw_error_budget_remaining: null,
    sli: null,
    span_precision: null,
    state: 'no_data',
  };
  return {
    name: slo.name ?? '',
    description: slo.description || null,
    slo_type: slo.type ?? 'metric',
    thresholds: slo.thresholds ?? [],
    timeframe: slo.timeframe ?? '7d',
    target_threshold: slo.target_threshold ?? 0,
    warning_threshold: slo.warning_threshold ?? null,
    all_tags: slo.tags ?? [],
    env_tags: tagged('env'),
    service_tags: tagged('service'),
    team_tags: tagged('team'),
    groups: null,
    monitor_ids: slo.monitor_ids ?? null,
    query: isObject(slo.query) ? { ...slo.query, metrics: null } : null,
    creator: objectOf(slo.creator),
    created_at: slo.created_at ?? 0,
    modified_at: slo.modified_at ?? 0,
    status,
    overall_status: arrayOf(slo.thresholds).map((each) => ({
      timeframe: at(each, 'timeframe') ?? '7d',
      target: at(each, 'target') ?? 0,
      error: NO_DATA.error_message,
      error_budget_remaining: null,
      indexed_at: slo.modified_at ?? 0,
      raw_error_budget_remaining: null,
      span_precision: null,
      state: 'no_data',
      status: null,
    })),
  };
}

export const sloHistoryFamily: Family = {
  name: 'history and search of service level objectives',
  handlers: { 'v1.GetSLOHistory': history, 'v1.SearchSLO': search },
};
