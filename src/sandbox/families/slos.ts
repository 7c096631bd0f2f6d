// Service level objectives, their corrections, history and search.
import { type Answer, type Call, errorFailure, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { seconds } from '../times.ts';
import type { Item, World } from '../world.ts';

export const SLOS = '/api/v1/slo';
const CORRECTIONS = '/api/v1/slo/correction';
const TYPE_IDS: Readonly<Record<string, number>> = { monitor: 0, metric: 1, time_slice: 2 };
const TIMEFRAMES = ['7d', '30d', '90d', 'custom'];

/** A percentage as it is shown: `95.`, `99.5`; with more digits where the target has them. */
const display = (target: number): string => (Number.isInteger(target) ? `${target}.` : String(target));

function threshold(each: Json): Json {
  if (!isObject(each)) return each;
  const { timeframe, target, warning, ...rest } = each;
  return {
    timeframe: timeframe ?? '7d',
    target: target ?? 0,
    target_display: display(Number(target ?? 0)),
    ...(warning !== undefined && warning !== null && { warning, warning_display: display(Number(warning)) }),
    ...rest,
  };
}

function refuse(given: JsonObject): Answer | undefined {
  const type = textOf(given.type);
  if (!(type in TYPE_IDS)) return textFailure(400, `Invalid type: ${type}`);
  const thresholds = arrayOf(given.thresholds);
  if (thresholds.length === 0) return textFailure(400, 'Invalid payload: at least one threshold is required');
  for (const each of thresholds) {
    if (!TIMEFRAMES.includes(textOf(at(each, 'timeframe'))))
      return textFailure(400, `Invalid timeframe: ${textOf(at(each, 'timeframe'))}`);
    const target = Number(at(each, 'target'));
    if (!(target > 0 && target < 100)) return textFailure(400, 'Invalid payload: target must be between 0 and 100');
    const warning = at(each, 'warning');
    if (typeof warning === 'number' && warning <= target)
      return textFailure(400, 'Invalid payload: warning must be greater than target');
  }
  if (type === 'metric' && !isObject(given.query) && !isObject(given.sli_specification))
    return textFailure(400, 'Invalid payload: query is required for metric SLOs');
  if (type === 'monitor' && arrayOf(given.monitor_ids).length === 0)
    return textFailure(400, 'Invalid payload: monitor_ids is required for monitor SLOs');
  return undefined;
}

const slos: CollectionRule = {
  newId: (ids) => ids.hex(32),
  strict: false,
  check: (_call, given) => refuse(given),
  update: 'replace',
  finish(item, { world }, before) {
    const { user } = world;
    const now = seconds(world.now());
    const thresholds = arrayOf(item.thresholds).map(threshold);
    const first = objectOf(thresholds.find((each) => at(each, 'timeframe') === item.timeframe) ?? thresholds[0]);
    const type = textOf(item.type);
    return {
      id: item.id ?? '',
      name: item.name ?? '',
      tags: item.tags ?? [],
      monitor_tags: [],
      thresholds,
      type,
      type_id: TYPE_IDS[type] ?? 1,
      description: item.description ?? '',
      timeframe: first.timeframe ?? '7d',
      ...(first.warning !== undefined && { warning_threshold: first.warning }),
      target_threshold: first.target ?? 0,
      ...(type === 'monitor' && { monitor_ids: item.monitor_ids ?? [], groups: arrayOf(item.groups) }),
      ...(isObject(item.query) && { query: item.query }),
      ...(isObject(item.sli_specification) && { sli_specification: item.sli_specification }),
      creator: before?.creator ?? { name: user.name, handle: user.handle, email: user.email },
      created_at: before?.created_at ?? now,
      modified_at: now,
    };
  },
  notFound: (_call, id) => textFailure(404, `SLO not found: ${id} not found`),
  deleted: (_call, item) => ok({ data: [item.id ?? ''], error: null }),
  beside: () => ({ error: null }),
  onDelete({ world }, item) {
    for (const [id, correction] of world.collection(CORRECTIONS)) {
      if (at(correction, 'attributes', 'slo_id') === item.id) world.remove(CORRECTIONS, id);
    }
  },
};

function listSlos({ world, query }: Call): Answer {
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
  const text = (query.get('query') ?? '').toLowerCase();
  const tag = query.get('tags_query');
  const all = [...world.collection(SLOS).values()];
  const found = all.filter(
    (slo) =>
      (ids.length === 0 || ids.includes(textOf(slo.id))) &&
      textOf(slo.name).toLowerCase().includes(text) &&
      (tag === null || arrayOf(slo.tags).includes(tag)),
  );
  if (ids.length > 0 && found.length === 0) return textFailure(404, `SLO(s) not found: ${ids.join(', ')}`);
  const limit = Number(query.get('limit') ?? 1000);
  const offset = Number(query.get('offset') ?? 0);
  return ok({
    data: found.slice(offset, offset + limit),
    errors: [],
    error: null,
    metadata: { page: { total_count: all.length, total_filtered_count: found.length } },
  });
}

function mayBeDeleted({ world, query }: Call): Answer {
  const ids = (query.get('ids') ?? '').split(',').filter(Boolean);
  const unknown = ids.filter((id) => !world.find(SLOS, id));
  if (unknown.length > 0) return textFailure(404, `SLO(s) not found: ${unknown.join(', ')}`);
  const errors: JsonObject = {};
  for (const id of ids) {
    const user = [...world.collection('/api/v1/dashboard').values()].find((dashboard) =>
      JSON.stringify(dashboard.widgets).includes(`"${id}"`),
    );
    if (user) errors[id] = `SLO ${id} is in use: dashboard ${textOf(user.id)}`;
  }
  const good = ids.filter((id) => !(id in errors));
  return Object.keys(errors).length > 0
    ? { status: 409, body: { data: { ok: good }, errors } }
    : ok({ data: { ok: good }, errors: null });
}

function bulkDelete({ world, body }: Call): Answer {
  const deleted: string[] = [];
  const updated: string[] = [];
  const errors: JsonObject[] = [];
  for (const [id, timeframes] of Object.entries(objectOf(body))) {
    const slo = world.find(SLOS, id);
    if (!slo) {
      errors.push({ id, message: `SLO not found: ${id} not found`, timeframe: 'all' });
      continue;
    }
    const left = arrayOf(slo.thresholds).filter((each) => !arrayOf(timeframes).includes(at(each, 'timeframe') ?? ''));
    if (left.length === 0) {
      world.remove(SLOS, id);
      deleted.push(id);
    } else {
      slo.thresholds = left;
      updated.push(id);
    }
  }
  return ok({ data: { deleted, updated }, errors, error: null });
}

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

const person = (world: World): JsonObject => {
  const { user } = world;
  return {
    data: {
      type: 'users',
      id: user.id,
      attributes: { uuid: user.id, handle: user.handle, email: user.email, name: user.name, icon: user.icon },
    },
  };
};

const corrections: CollectionRule = {
  check({ world }, given, before) {
    if (before) return undefined;
    const id = textOf(at(given, 'attributes', 'slo_id'));
    return world.find(SLOS, id) ? undefined : textFailure(404, `SLO not found: ${id} not found`);
  },
  finish(item, { world }, before) {
    const sent = objectOf(item.attributes);
    return {
      type: 'correction',
      id: item.id ?? '',
      attributes: {
        slo_id: sent.slo_id ?? '',
        start: sent.start ?? seconds(world.now()),
        end: sent.end || null,
        description: sent.description ?? '',
        category: sent.category ?? 'Other',
        timezone: sent.timezone ?? 'UTC',
        created_at: before ? (at(before, 'attributes', 'created_at') ?? null) : seconds(world.now()),
        modified_at: seconds(world.now()),
        rrule: sent.rrule ?? null,
        duration: sent.duration || null,
        creator: at(before, 'attributes', 'creator') ?? person(world),
        modifier: before ? person(world) : null,
      },
    };
  },
  notFound: (_call, id) => errorOf(404, `SLO correction ${id} not found`),
};

const errorOf = (status: number, detail: string): Answer =>
  errorFailure(status, { title: 'Not Found', detail, status: String(status) });

function correctionsOf({ world, params }: Call): Answer {
  const id = params.slo_id ?? '';
  const all = [...world.collection(CORRECTIONS).values()].filter((each) => at(each, 'attributes', 'slo_id') === id);
  const self = `https://api.${world.site}${SLOS}/${id}/corrections`;
  return ok({
    data: all,
    meta: {
      pagination: {
        type: 'offset_limit',
        offset: 0,
        limit: 10,
        total: all.length,
        first_offset: 0,
        last_offset: 0,
        next_offset: 10,
        prev_offset: 0,
      },
    },
    links: { self, first: self, last: null, next: `${self}?page[offset]=10&page[limit]=10`, prev: null },
  });
}

export const sloFamily: Family = {
  name: 'service level objectives',
  collections: { [SLOS]: slos, [CORRECTIONS]: corrections },
  handlers: {
    'v1.ListSLOs': listSlos,
    'v1.CheckCanDeleteSLO': mayBeDeleted,
    'v1.DeleteSLOTimeframeInBulk': bulkDelete,
    'v1.GetSLOHistory': history,
    'v1.SearchSLO': search,
    'v1.GetSLOCorrections': correctionsOf,
  },
};
