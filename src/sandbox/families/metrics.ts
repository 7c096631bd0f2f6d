// Metrics: what is submitted, which there are, how their tags are configured.
import { type Answer, type Call, failure, type Handler, noContent, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { HOSTS, SEEDED } from '../series.ts';
import { isoMicroseconds, isoZulu } from '../times.ts';
import { SUBMITTED } from './metric-queries.ts';

const CONFIGURED = '/api/v2/metrics';

const accepted: Answer = { status: 202, body: { status: 'ok' } };

/** Points kept of one metric. */
const MOST_POINTS = 10_000;

function keep(call: Call, metric: string, type: Json, tags: Json, points: Json[]): void {
  const all = call.world.collection(SUBMITTED);
  const before = all.get(metric);
  const merged = [...arrayOf(before?.points), ...points].slice(-MOST_POINTS);
  const allTags = [...new Set([...arrayOf(before?.tags), ...arrayOf(tags)].map(textOf))];
  all.set(metric, { metric, type, tags: allTags, points: merged });
}

/** The host that a series names, as a tag: v1 has a field for it, v2 a resource. */
const hostsOf = ({ host, resources }: JsonObject): string[] => [
  ...(typeof host === 'string' ? [`host:${host}`] : []),
  ...arrayOf(resources).flatMap((each) => {
    const { type, name } = objectOf(each);
    return type === 'host' ? [`host:${textOf(name)}`] : [];
  }),
];

const submit =
  (read: (point: Json) => Json | undefined, answer: Answer): Handler =>
  (call) => {
    const series = objectOf(call.body).series;
    if (!Array.isArray(series)) return failure(call, 400, 'Payload is not in the expected format');
    for (const each of series.map(objectOf)) {
      const points = arrayOf(each.points).flatMap((point) => read(point) ?? []);
      if (typeof each.metric !== 'string' || each.metric === '') return failure(call, 400, 'Missing metric name');
      keep(call, each.metric, each.type ?? 'gauge', [...arrayOf(each.tags), ...hostsOf(each)], points);
    }
    return answer;
  };

// Which metrics there are

interface TagConfiguration {
  readonly type: 'manage_tags';
  readonly id: string;
  readonly attributes: JsonObject;
}

const sent = (call: Call): JsonObject => objectOf(objectOf(objectOf(call.body).data).attributes);
const notFound = (name: string): Answer => textFailure(404, `${name} not found`);

function configure(call: Call): Answer {
  const name = call.params.metric_name ?? '';
  if (call.world.find(CONFIGURED, name)) return textFailure(409, `Tag configuration for ${name} already exists`);
  const { tags = [], metric_type = 'gauge', aggregations, include_percentiles, exclude_tags_mode } = sent(call);
  const space = metric_type === 'gauge' ? 'avg' : 'sum';
  const now = isoMicroseconds(call.world.now());
  const data: JsonObject = {
    type: 'manage_tags',
    id: name,
    attributes: {
      tags,
      created_at: now,
      modified_at: now,
      metric_type,
      ...(metric_type === 'distribution'
        ? { include_percentiles: include_percentiles ?? false }
        : { aggregations: aggregations ?? [{ space, time: space }] }),
      ...(exclude_tags_mode !== undefined && { exclude_tags_mode }),
    },
  } satisfies TagConfiguration;
  call.world.collection(CONFIGURED).set(name, data);
  return { status: 201, body: { data } };
}

const withConfiguration =
  (run: (call: Call, name: string, item: JsonObject) => Answer): Handler =>
  (call) => {
    const name = call.params.metric_name ?? '';
    const item = call.world.find(CONFIGURED, name);
    return item ? run(call, name, item) : notFound(name);
  };

const reconfigure = withConfiguration((call, name, item) => {
  const change = { ...sent(call), modified_at: isoMicroseconds(call.world.now()) };
  const data = { ...item, attributes: { ...objectOf(item.attributes), ...change } };
  call.world.collection(CONFIGURED).set(name, data);
  return ok({ data });
});

function listMetrics({ query, world }: Call): Answer {
  const size = Math.min(Number(query.get('page[size]')) || 10_000, 10_000);
  const cursor = query.get('page[cursor]');
  const from = cursor === null ? 0 : Number(Buffer.from(cursor, 'hex').toString().replace('after:', '')) || 0;
  const tag = query.get('filter[tags]');
  const configured = query.get('filter[configured]');
  const names = [...new Set([...Object.keys(SEEDED), ...world.collection(SUBMITTED).keys()])];
  const all: JsonObject[] = [
    ...world.collection(CONFIGURED).values(),
    ...names.filter((name) => !world.find(CONFIGURED, name)).map((id) => ({ type: 'metrics', id })),
  ].filter(
    (item) =>
      (configured === null || (configured === 'true') === (item.type === 'manage_tags')) &&
      (tag === null || arrayOf(world.find(SUBMITTED, textOf(item.id))?.tags).some((each) => textOf(each) === tag)),
  );
  const data = all.slice(from, from + size);
  if (!query.has('page[size]')) return ok({ data });
  const at = (offset: number): string => Buffer.from(`after:${offset}`).toString('hex');
  const next = from + size < all.length ? at(from + size) : null;
  const url = `https://api.${world.site}/api/v2/metrics`;
  const page = `?page[size]=${size}`;
  return ok({
    data,
    meta: { pagination: { cursor, next_cursor: next, limit: size, type: 'cursor_limit' } },
    links: {
      self: cursor === null ? `${url}${page}` : `${url}?page[cursor]=${cursor}&page[size]=${size}`,
      first: `${url}${page}`,
      last: null,
      next: next === null ? null : `${url}?page[cursor]=${next}&page[size]=${size}`,
      prev: null,
    },
  });
}

/** Answers about one metric, of a type and with attributes. */
const about =
  (type: string, attributes: (call: Call, name: string) => JsonObject): Handler =>
  (call) => {
    const id = call.params.metric_name ?? '';
    return ok({ data: { type, id, attributes: attributes(call, id) } });
  };

const assets: Handler = (call) => {
  const name = call.params.metric_name ?? '';
  const using = (path: string, type: string): JsonObject[] =>
    [...call.world.collection(path)].flatMap(([id, item]) =>
      JSON.stringify(item).includes(name)
        ? [{ id, type, attributes: { title: item.title ?? item.name ?? '', popularity: 0 } }]
        : [],
    );
  const found = {
    dashboards: using('/api/v1/dashboard', 'dashboards'),
    monitors: using('/api/v1/monitor', 'monitors'),
    notebooks: using('/api/v1/notebooks', 'notebooks'),
    slos: using('/api/v1/slo', 'slos'),
  };
  const relationships = Object.fromEntries(
    Object.entries(found).map(([kind, items]) => [
      kind,
      { data: items.map(({ id, type }) => ({ id: id!, type: type! })) },
    ]),
  );
  return ok({ data: { id: name, type: 'metrics', relationships }, included: Object.values(found).flat() });
};

const bulk =
  (removing: boolean): Handler =>
  (call) => {
    const data = objectOf(objectOf(call.body).data);
    if (typeof data.id !== 'string') return textFailure(400, 'A metric name prefix is required as id');
    const added = removing ? {} : { exclude_tags_mode: null, include_actively_queried_tags_window: null };
    const attributes = {
      ...added,
      override_existing_configurations: true,
      ...objectOf(data.attributes),
      status: 'Accepted',
    };
    return { status: 202, body: { data: { type: 'metric_bulk_configure_tags', id: data.id, attributes } } };
  };

// v1: names, metadata

const searchMetrics: Handler = ({ query, world }) => {
  const wanted = (query.get('q') ?? '').replace(/^metrics:/, '');
  const names = [...new Set([...Object.keys(SEEDED), ...world.collection(SUBMITTED).keys()])];
  return ok({ results: { metrics: names.filter((name) => name.includes(wanted)) } });
};

const activeMetrics: Handler = ({ query, world }) => {
  const from = Number(query.get('from'));
  if (!query.has('from') || !Number.isFinite(from)) return textFailure(400, "The parameter 'from' is required");
  return ok({
    from: String(from),
    metrics: [...new Set([...Object.keys(SEEDED), ...world.collection(SUBMITTED).keys()])],
  });
};

const METADATA = '/api/v1/metrics';
const NO_METADATA: JsonObject = {
  description: null,
  short_name: null,
  integration: null,
  statsd_interval: null,
  per_unit: null,
  type: 'gauge',
  unit: null,
};
const metadataOf = ({ world, params }: Call): JsonObject | undefined => {
  const name = params.metric_name ?? '';
  const kept = world.find(METADATA, name);
  if (!kept && SEEDED[name] === undefined && !world.find(SUBMITTED, name)) return undefined;
  return { ...NO_METADATA, ...kept };
};
const getMetadata: Handler = (call) => {
  const item = metadataOf(call);
  return item ? ok(item) : textFailure(404, `metric_name ${call.params.metric_name ?? ''} not found`);
};
const putMetadata: Handler = (call) => {
  // A metric may be described before its first point.
  const item = metadataOf(call) ?? NO_METADATA;
  if (!isObject(call.body)) return textFailure(400, 'Invalid JSON');
  const changed = { ...item, ...call.body };
  call.world.collection(METADATA).set(call.params.metric_name ?? '', changed);
  return ok(changed);
};

export const metricFamily: Family = {
  name: 'metrics',
  handlers: {
    'v1.SubmitMetrics': submit((point) => (Array.isArray(point) ? [point] : undefined), accepted),
    'v1.SubmitDistributionPoints': submit((point) => {
      const [at, values] = arrayOf(point);
      return at === undefined ? undefined : arrayOf(values).map((value) => [at, value]);
    }, accepted),
    'v1.SubmitServiceCheck': () => accepted,
    'v2.SubmitMetrics': submit(
      (point) => {
        const { timestamp, value } = objectOf(point);
        return timestamp === undefined || value === undefined ? undefined : [[timestamp, value]];
      },
      { status: 202, body: { errors: [] } },
    ),
    'v1.ListMetrics': searchMetrics,
    'v1.ListActiveMetrics': activeMetrics,
    'v1.GetMetricMetadata': getMetadata,
    'v1.UpdateMetricMetadata': putMetadata,
    'v2.ListTagConfigurations': listMetrics,
    'v2.CreateTagConfiguration': configure,
    'v2.ListTagConfigurationByName': withConfiguration((_call, _name, data) => ok({ data })),
    'v2.UpdateTagConfiguration': reconfigure,
    'v2.DeleteTagConfiguration': withConfiguration((call, name) => {
      call.world.remove(CONFIGURED, name);
      return noContent;
    }),
    'v2.ListTagsByMetricName': about('metrics', () => ({ tags: [] })),
    'v2.ListActiveMetricConfigurations': about('actively_queried_configurations', () => ({
      active_tags: [],
      active_aggregations: [],
    })),
    'v2.ListVolumesByMetricName': about('metric_volumes', () => ({ indexed_volume: 1, ingested_volume: 1 })),
    'v2.EstimateMetricsOutputSeries': about('metric_cardinality_estimate', ({ world, query }) => ({
      estimate_type: query.get('filter[pct]') === 'true' ? 'distribution' : 'count_or_gauge',
      estimated_at: isoZulu(world.now()),
      estimated_output_series: HOSTS.length * Math.max(1, (query.get('filter[groups]') ?? '').split(',').length),
    })),
    'v2.ListMetricAssets': assets,
    'v2.CreateBulkTagsMetricsConfiguration': bulk(false),
    'v2.DeleteBulkTagsMetricsConfiguration': bulk(true),
  },
};
