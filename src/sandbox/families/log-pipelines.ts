// Logs as they come in: pipelines with their processors, indexes, and the orders of both.
import { type Answer, type Call, type Handler, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';

const PIPELINES = '/api/v1/logs/config/pipelines';
const PIPELINE_ORDER = '/api/v1/logs/config/pipeline-order';
const INDEXES = '/api/v1/logs/config/indexes';
const INDEX_ORDER = '/api/v1/logs/config/index-order';

/** An error of the logs configuration: an object of its own shape. */
const logsError = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message, details: [] } },
});

/** What each type of processor has when it was made without saying. */
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  'attribute-remapper': { preserve_source: false, override_on_conflict: false },
  'string-builder-processor': { is_replace_missing: false },
  'arithmetic-processor': { is_replace_missing: false },
  'array-map-processor': { preserve_source: true },
  'grok-parser': { samples: [] },
  'url-parser': { normalize_ending_slashes: false },
  'user-agent-parser': { is_encoded: false },
  append: { preserve_source: true },
  'key-value': { override_on_conflict: false },
  'schema-remapper': { override_on_conflict: false, preserve_source: false },
  'schema-category-mapper': { fallback: { sources: {}, values: {} } },
};

function processor(value: Json): JsonObject {
  const given = objectOf(value);
  const result: JsonObject = { ...DEFAULTS[textOf(given.type)], ...given };
  if (given.type === 'pipeline') result.processors = arrayOf(given.processors).map(processor);
  else if (Array.isArray(given.processors)) result.processors = given.processors.map(processor);
  if (Array.isArray(given.mappers)) result.mappers = given.mappers.map(processor);
  if (isObject(given.operation)) result.operation = processor(given.operation);
  if (isObject(given.schema)) result.schema = { extensions: [], ...given.schema };
  if (isObject(given.fallback)) result.fallback = { sources: {}, values: {}, ...given.fallback };
  return result;
}

/** Ids in their order; new ones come last. */
function ordered(call: Call, order: string, collection: string): string[] {
  const there = [...call.world.collection(collection).keys()];
  const kept = arrayOf(call.world.documents.get(order))
    .map(textOf)
    .filter((id) => there.includes(id));
  return [...kept, ...there.filter((id) => !kept.includes(id))];
}

const pipelines: CollectionRule = {
  newId: (ids) => ids.hash(),
  // A pipeline that is not there is a bad argument, not a missing page.
  notFound: () => logsError(400, 'InvalidArgument', 'Non existing pipeline'),
  badBody: (_call, faults) => logsError(400, 'InvalidArgument', `Invalid value for field '${faults[0]!.path}'`),
  update: 'replace',
  finish: ({ description, ...item }) => ({
    ...item,
    ...(typeof description === 'string' && { description }),
    type: 'pipeline',
    is_enabled: item.is_enabled ?? false,
    is_read_only: false,
    filter: { query: '', ...objectOf(item.filter) },
    processors: arrayOf(item.processors).map(processor),
    tags: item.tags ?? [],
  }),
  deleted: () => ok({}),
};

const INDEX_NAME = /^[a-z][a-z0-9-]*[a-z0-9]$/;
const RETENTIONS = new Set([3, 7, 15, 30, 45, 60, 90, 180, 360]);

const indexes: CollectionRule = {
  idField: 'name',
  notFound: (_call, id) => logsError(404, 'NotFound', `Index '${id}' not found`),
  badBody: (_call, faults) => logsError(400, 'InvalidArgument', `Invalid value for field '${faults[0]!.path}'`),
  check({ world }, given, before) {
    if (!before && !INDEX_NAME.test(textOf(given.name)))
      return logsError(400, 'InvalidArgument', `Invalid index name '${textOf(given.name)}'`);
    if (!before && world.find(INDEXES, textOf(given.name)))
      return logsError(400, 'InvalidArgument', `Index '${textOf(given.name)}' already exists`);
    const days = given.num_retention_days;
    return typeof days === 'number' && !RETENTIONS.has(days)
      ? logsError(422, 'InvalidArgument', `Retention of ${days} days is not available`)
      : undefined;
  },
  update: 'replace',
  finish(item, _call, before, given) {
    const filters = arrayOf(item.exclusion_filters).map((each): Json => ({ is_enabled: false, ...objectOf(each) }));
    const unlimited = given.disable_daily_limit === true;
    const { disable_daily_limit: _, ...rest } = item;
    return {
      ...rest,
      name: before?.name ?? item.name ?? '',
      // What an update leaves out stays as it is.
      daily_limit: unlimited ? null : (given.daily_limit ?? before?.daily_limit ?? null),
      daily_limit_reset: item.daily_limit_reset ?? null,
      daily_limit_warning_threshold_percentage:
        given.daily_limit_warning_threshold_percentage ?? before?.daily_limit_warning_threshold_percentage ?? null,
      exclusion_filters: filters,
      is_rate_limited: false,
      num_retention_days: given.num_retention_days ?? before?.num_retention_days ?? 15,
      num_flex_logs_retention_days: given.num_flex_logs_retention_days ?? before?.num_flex_logs_retention_days ?? 0,
      tags: item.tags ?? [],
    };
  },
  deleted: (_call, item) => ok(item),
};

const inOrder =
  (collection: string, order: string, answer: (items: JsonObject[]) => Json): Handler =>
  (call) =>
    ok(answer(ordered(call, order, collection).map((id) => call.world.find(collection, id)!)));

const order = (field: string, path: string, collection: string): { get: Handler; put: Handler } => ({
  get: (call) => ok({ [field]: ordered(call, path, collection) }),
  put(call) {
    const wanted = objectOf(call.body)[field];
    if (!Array.isArray(wanted)) return logsError(400, 'InvalidArgument', `Missing required field '${field}'`);
    const there = call.world.collection(collection);
    const same = wanted.length === there.size && wanted.every((id) => there.has(textOf(id)));
    if (!same) return logsError(400, 'InvalidArgument', `'${field}' must list each of them, once`);
    call.world.documents.set(path, wanted);
    return ok({ [field]: wanted });
  },
});

const pipelineOrder = order('pipeline_ids', PIPELINE_ORDER, PIPELINES);
const indexOrder = order('index_names', INDEX_ORDER, INDEXES);

export const logPipelineFamily: Family = {
  name: 'log pipelines and indexes',
  collections: { [PIPELINES]: pipelines, [INDEXES]: indexes },
  handlers: {
    'v1.ListLogsPipelines': inOrder(PIPELINES, PIPELINE_ORDER, (items) => items),
    'v1.GetLogsPipelineOrder': pipelineOrder.get,
    'v1.UpdateLogsPipelineOrder': pipelineOrder.put,
    'v1.ListLogIndexes': inOrder(INDEXES, INDEX_ORDER, (items) => ({ indexes: items })),
    'v1.GetLogsIndexOrder': indexOrder.get,
    'v1.UpdateLogsIndexOrder': indexOrder.put,
  },
  seed(world) {
    world.collection(INDEXES).set('main', {
      name: 'main',
      filter: { query: '' },
      num_retention_days: 15,
      num_flex_logs_retention_days: 0,
      daily_limit: null,
      daily_limit_reset: null,
      daily_limit_warning_threshold_percentage: null,
      is_rate_limited: false,
      exclusion_filters: [],
      tags: [],
    });
  },
};
