// Service level objectives: what they are made of, who uses them, and deletion by timeframe.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { seconds } from '../times.ts';
import type { Item, World } from '../world.ts';

export const SLOS = '/api/v1/slo';
export const CORRECTIONS = '/api/v1/slo/correction';
const TYPE_IDS: Readonly<Record<string, number>> = { monitor: 0, metric: 1, time_slice: 2 };
const TIMEFRAMES = ['7d', '30d', '90d', 'custom'];

/** A percentage as it is shown: `95.`, `99.5`; with more digits where the target has them. */
const display = (target: number): string => (Number.isInteger(target) ? `${target}.` : String(target));

function threshold(each: Json): Json {
  if (!isObject(each)) return each;
  const { timeframe, target, warning, ...rest } = each;
  return {
    ...rest,
    timeframe: timeframe ?? '7d',
    target: target ?? 0,
    target_display: display(Number(target ?? 0)),
    ...(warning !== undefined && warning !== null && { warning, warning_display: display(Number(warning)) }),
  };
}

/** What is wrong with an objective. Its type stays what it was when it was made. */
function refuse(given: JsonObject, before: Item | undefined): Answer | undefined {
  const type = textOf(before?.type ?? given.type);
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
    return textFailure(400, 'Invalid payload: must specify the query for count types');
  if (type === 'monitor' && arrayOf(given.monitor_ids).length === 0)
    return textFailure(400, 'Invalid payload: must specify monitor_ids');
  return undefined;
}

/** A specification with what Datadog adds: time slices of five minutes. */
function specified(specification: JsonObject): JsonObject {
  const slice = specification.time_slice;
  return isObject(slice)
    ? { ...specification, time_slice: { query_interval_seconds: 300, ...slice } }
    : { ...specification };
}

/** Numerator and denominator of a specification that counts: its formulas with the queries in the place of their names. */
function countQuery({ count }: JsonObject): JsonObject | undefined {
  if (!isObject(count)) return undefined;
  const queries = new Map(arrayOf(count.queries).map((each) => [textOf(at(each, 'name')), textOf(at(each, 'query'))]));
  const resolved = (formula: string): string | undefined => {
    const text = at(count[formula], 'formula');
    return text === undefined
      ? undefined
      : textOf(text).replaceAll(/[A-Za-z_]\w*/g, (name) => queries.get(name) ?? name);
  };
  const good = resolved('good_events_formula') ?? '';
  const total = resolved('total_events_formula') ?? `(${good}) + (${resolved('bad_events_formula') ?? ''})`;
  return { numerator: good, denominator: total };
}

/** The monitors that alert on an objective. */
const alertsOn = (world: World, id: string): Json[] =>
  [...world.collection('/api/v1/monitor').values()]
    .filter(({ type, query }) => type === 'slo alert' && textOf(query).includes(`"${id}"`))
    .map((monitor) => monitor.id ?? 0);

const slos: CollectionRule = {
  newId: (ids) => ids.hex(32),
  strict: false,
  check: (_call, given, before) => refuse(given, before),
  update: 'replace',
  finish(item, { world }, before) {
    const { user } = world;
    const now = seconds(world.now());
    const thresholds = arrayOf(item.thresholds).map(threshold);
    const first = objectOf(thresholds.find((each) => at(each, 'timeframe') === item.timeframe) ?? thresholds[0]);
    const type = textOf(before?.type ?? item.type);
    const specification = isObject(item.sli_specification) ? specified(item.sli_specification) : undefined;
    const query = isObject(item.query) ? item.query : specification && countQuery(specification);
    return {
      id: item.id ?? '',
      name: item.name ?? '',
      tags: arrayOf(item.tags).toSorted(),
      monitor_tags: [],
      thresholds,
      type,
      type_id: TYPE_IDS[type] ?? 1,
      description: item.description ?? '',
      timeframe: first.timeframe ?? '7d',
      ...(first.warning !== undefined && { warning_threshold: first.warning }),
      target_threshold: first.target ?? 0,
      ...(type === 'monitor' && { monitor_ids: item.monitor_ids ?? [] }),
      ...((type === 'monitor' || arrayOf(item.groups).length > 0) && { groups: arrayOf(item.groups) }),
      ...(query && { query }),
      ...(specification && { sli_specification: specification }),
      creator: before?.creator ?? { name: user.name, handle: user.handle, email: user.email },
      created_at: before?.created_at ?? now,
      modified_at: now,
    };
  },
  notFound: (_call, id) => textFailure(404, `SLO not found: ${id} not found`),
  deleted: (_call, item) => ok({ data: [item.id ?? ''], error: null }),
  beside: () => ({ error: null }),
  view: (item, { world, query, operation }) =>
    operation.method === 'GET' && query.get('with_configured_alert_ids') === 'true'
      ? { ...item, configured_alert_ids: alertsOn(world, textOf(item.id)) }
      : item,
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

export const sloFamily: Family = {
  name: 'service level objectives',
  collections: { [SLOS]: slos },
  handlers: {
    'v1.ListSLOs': listSlos,
    'v1.CheckCanDeleteSLO': mayBeDeleted,
    'v1.DeleteSLOTimeframeInBulk': bulkDelete,
  },
};
