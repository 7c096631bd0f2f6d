// Usage: hour by hour, of an organisation of some size, from the sandbox's clock and nothing else.
import { createHash } from 'node:crypto';
import { operations } from '../../datadog/catalogue.ts';
import { type Answer, type Call, type Handler, ok, successModel, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import type { Json, JsonObject } from '../json.ts';
import { fieldsOf, shapeOf } from '../models.ts';
import { HOUR, isoSeconds } from '../times.ts';
import { ORGANISATION } from '../world.ts';

const DAY = 24 * HOUR;
/** What the organisation uses in an hour. Products that it has not bought measure null; what it has and does not use, 0. */
const IN_USE: Readonly<Record<string, number>> = {
  host_count: 14,
  agent_host_count: 14,
  apm_host_count: 8,
  monthly_active_users: 1,
};
const NOT_BOUGHT =
  /^(tasks_count|avg_.*|.*_itr_committers|.*container_count|dbm_.*|cws_.*|online_archive_.*|npm_host_count|session_count.*|aas_count|(browser|mobile)_rum_units|iot_device_tag)$/;
/** Models of products that the organisation has not bought, all of whose measures are null. */
const MODEL_NOT_BOUGHT = /^Usage(CloudSecurityPosture|Profiling|DBM|CWS|Fargate)/;
/** Counts that move through the day: events of the hour, by the field's name. */
const MOVING: Readonly<Record<string, number>> = {
  event_count: 11_200,
  live_index_indexed: 11_200,
  indexed_events_count: 11_200,
  live_indexed_events_count: 11_200,
  logs_live_indexed_count: 11_200,
  check_calls_count: 1_180,
  num_standard_timeseries: 36_400,
  num_custom_timeseries: 90,
};
export const ORG: JsonObject = { org_name: ORGANISATION.name, public_id: ORGANISATION.publicId, region: 'us' };

/** Milliseconds of the hour that a parameter names: `2026-11-22T10`, or a whole ISO 8601 time. */
function hourOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  const time = Date.parse(/^\d{4}-\d\d-\d\dT\d\d$/.test(text) ? `${text}:00Z` : text);
  return Number.isNaN(time) ? undefined : Math.floor(time / HOUR) * HOUR;
}

/** The hours that are asked for, at most two months of them; or why there are none. */
function hoursOf({ query }: Call, first = 'start_hr', last = 'end_hr'): number[] | Answer {
  const given = query.get(first);
  if (given === null) return textFailure(400, `The parameter '${first}' is required`);
  const start = hourOf(given);
  const end = query.has(last) ? hourOf(query.get(last)) : (start ?? 0) + DAY;
  if (start === undefined || end === undefined)
    return textFailure(400, `The parameter '${start === undefined ? first : last}' is not a date [YYYY-MM-DDThh]`);
  if (end < start) return textFailure(400, 'start_hr [YYYY-MM-DDThh] must be before end_hr [YYYY-MM-DDThh]');
  return Array.from({ length: Math.min((end - start) / HOUR, 62 * 24) }, (_, i) => start + i * HOUR);
}

const moving = (base: number, hour: number): number =>
  Math.round(base * (1 + 0.01 * Math.sin(((hour / HOUR) % 24) * (Math.PI / 12))));

function measure(model: string, field: string, hour: number): Json {
  if (MODEL_NOT_BOUGHT.test(model) || NOT_BOUGHT.test(field)) return null;
  const base = /Logs(By|Hour)|Timeseries|SyntheticsAPI|SyntheticsHour/.test(model) ? MOVING[field] : undefined;
  if (base !== undefined) return moving(base, hour);
  return model === 'UsageHostHour' || field === 'monthly_active_users' ? (IN_USE[field] ?? 0) : 0;
}

/** One of v1's hourly reports: a row an hour, of the fields that its model has. */
const hourly =
  (version: 'v1' | 'v2', model: string): Handler =>
  (call) => {
    const hours = hoursOf(call);
    if (!Array.isArray(hours)) return hours;
    const rows = fieldsOf(shapeOf(version, model)).get('usage')?.shape;
    const of = rows?.is === 'array' ? rows.of : undefined;
    const name = of?.is === 'object' ? of.name : '';
    return ok({ usage: hours.map((hour) => row(name, fieldsOf(of).keys(), hour)) });
  };

function row(model: string, fields: Iterable<string>, hour: number): JsonObject {
  const result: JsonObject = { ...ORG, org_id: ORGANISATION.id, hour: isoSeconds(hour) };
  for (const field of fields) if (result[field] === undefined) result[field] = measure(model, field, hour);
  switch (model) {
    case 'UsageLogsByIndexHour':
      return {
        ...result,
        index_name: 'main',
        index_id: '33715',
        retention: 15,
        live_index_indexed: result.event_count ?? 0,
        rehydrated_indexed: 0,
        rate_limited: false,
        filtered: false,
      };
    case 'UsageLogsByRetentionHour':
      return { ...result, retention: '15' };
    case 'UsageHostHour':
      return { ...result, apm_trace_count: 0, npm_host_count: null, unbillable_host_count: 0 };
    case 'UsageSyntheticsAPIHour':
    case 'UsageSyntheticsBrowserHour':
    case 'UsageSyntheticsHour':
      return { ...result, browser_check_calls_count: 0, check_calls_count: moving(1_180, hour) };
    case 'UsageTimeseriesHour':
      return {
        ...result,
        num_standard_timeseries: moving(36_400, hour),
        num_standard_input_timeseries: 0,
        num_standard_output_timeseries: 93,
      };
    case 'UsageRumSessionsHour':
      return { ...result, indexed_events_count: null };
    case 'UsageIoTHour':
      return { ...result, iot_device_tag: null };
    case 'UsageFargateHour':
      return { ...result, avg_tasks_count: null };
    case 'UsageProfilingHour':
      return { ...result, avg_container_agentless_count: null };
    default:
      return result;
  }
}

/** An id that is the same for the same report. */
export const reportId = (...parts: readonly string[]): string =>
  createHash('sha256')
    .update(`usage ${parts.join(' ')}`)
    .digest('hex');

const timeseries =
  (family: string, ...types: readonly string[]): Handler =>
  (call) => {
    const hours = hoursOf(call);
    if (!Array.isArray(hours)) return hours;
    const data = types.map((usage_type) => ({
      id: reportId(family, usage_type, String(hours[0])),
      type: 'usage_timeseries',
      attributes: {
        ...ORG,
        product_family: family,
        usage_type,
        timeseries: hours.map((hour) => ({ timestamp: isoSeconds(hour), value: null })),
      },
    }));
    return ok({ data });
  };

const INFRA_HOSTS: Readonly<Record<string, number | null>> = {
  agent_host_count: 14,
  alibaba_host_count: 0,
  apm_azure_app_service_host_count: 0,
  apm_host_count: 4,
  aws_host_count: 0,
  azure_host_count: 0,
  container_count: null,
  gcp_host_count: 0,
  heroku_host_count: 0,
  host_count: 14,
  infra_azure_app_service: 0,
  opentelemetry_host_count: 0,
  vsphere_host_count: 0,
};

function hourlyByFamily(call: Call): Answer {
  const hours = hoursOf(call, 'filter[timestamp][start]', 'filter[timestamp][end]');
  if (!Array.isArray(hours)) return hours;
  const families = (call.query.get('filter[product_families]') ?? '').split(',').filter(Boolean);
  if (families.length === 0) return textFailure(400, "The parameter 'filter[product_families]' is required");
  const data = hours.slice(0, 500).flatMap((hour) =>
    families.map((product_family) => ({
      type: 'usage_timeseries',
      id: reportId(product_family, String(hour)),
      attributes: {
        ...ORG,
        product_family,
        timestamp: isoSeconds(hour),
        measurements: (product_family === 'infra_hosts' || product_family === 'all'
          ? Object.entries(INFRA_HOSTS)
          : []
        ).map(([usage_type, value]) => ({ usage_type, value })),
      },
    })),
  );
  return ok({ data });
}

const attributed = (): JsonObject => ({
  ...ORG,
  tag_config_source: `${ORGANISATION.name}:::project`,
  tags: null,
});

function hourlyAttribution(call: Call): Answer {
  const usageType = call.query.get('usage_type');
  if (usageType === null) return textFailure(400, "The parameter 'usage_type' is required");
  const hours = hoursOf(call);
  if (!Array.isArray(hours)) return hours;
  const start = hours[0] ?? 0;
  const within = call.query.has('end_hr') ? hours : hours.filter((hour) => hour < (Math.floor(start / DAY) + 1) * DAY);
  return ok({
    usage: within.map((hour) => ({
      ...attributed(),
      hour: isoSeconds(hour),
      total_usage_sum: usageType === 'infra_host_usage' ? 18 : 0,
      updated_at: isoSeconds(Math.floor(hour / (4 * HOUR)) * 4 * HOUR + 16 * HOUR).slice(0, 13),
      usage_type: usageType,
    })),
    metadata: { pagination: { next_record_id: null } },
  });
}

const monthOf = (text: string | null): string => isoSeconds(Date.parse(`${(text ?? '').slice(0, 7)}-01T00:00:00Z`));

function monthlyAttribution({ query, world }: Call): Answer {
  for (const name of ['start_month', 'fields'])
    if (!query.has(name)) return textFailure(400, `The parameter '${name}' is required`);
  if (Number.isNaN(Date.parse(query.get('start_month')!)))
    return textFailure(400, "The parameter 'start_month' is not a date");
  const fields = query
    .get('fields')!
    .split(',')
    .filter((field) => field !== '*');
  const values = Object.fromEntries(fields.map((field) => [field, field === 'infra_host_usage' ? 15 : 0]));
  const first = {
    ...attributed(),
    month: monthOf(query.get('start_month')),
    updated_at: isoSeconds(world.now()),
    values,
  };
  return ok({
    usage: query.has('next_record_id') ? [] : [first],
    metadata: {
      pagination: { next_record_id: null },
      aggregates: Object.entries(values).map(([field, value]) => ({ field, value, agg_type: 'sum' })),
    },
  });
}

function topMetrics({ query, world }: Call): Answer {
  const day = query.get('day');
  const month = query.get('month');
  if (day === null && month === null) return textFailure(400, "The parameter 'month/day' is required");
  const names = [...world.collection('/api/v2/logs/config/metrics').keys()];
  return ok({
    usage: ['page.views', ...names].map((metric_name, i) => ({
      metric_category: 'custom',
      metric_name,
      max_metric_hour: i === 0 ? 11 : 1,
      avg_metric_hour: i === 0 ? 11 : 1,
    })),
    metadata: {
      ...(day !== null
        ? { day: isoSeconds(Math.floor((Date.parse(day) || 0) / DAY) * DAY) }
        : { month: monthOf(month) }),
      pagination: { next_record_id: null, limit: Number(query.get('limit') ?? 500), total_number_of_records: null },
    },
  });
}

const hourlyHandlers = Object.fromEntries(
  operations()
    .filter(({ path, params }) => path.startsWith('/api/v1/usage/') && params.some(({ name }) => name === 'start_hr'))
    .map((operation): [string, Handler] => [operation.key, hourly(operation.version, successModel(operation))]),
);

export const usageFamily: Family = {
  name: 'usage',
  handlers: {
    ...hourlyHandlers,
    'v1.GetHourlyUsageAttribution': hourlyAttribution,
    'v1.GetMonthlyUsageAttribution': monthlyAttribution,
    'v1.GetUsageTopAvgMetrics': topMetrics,
    'v2.GetHourlyUsage': hourlyByFamily,
    'v2.GetUsageApplicationSecurityMonitoring': timeseries('app-sec', 'app_sec_host_count'),
    'v2.GetUsageLambdaTracedInvocations': timeseries('lambda-traced-invocations', 'lambda_traced_invocations_count'),
    'v2.GetUsageObservabilityPipelines': timeseries(
      'observability-pipelines',
      'observability_pipelines_bytes_processed',
    ),
  },
};
