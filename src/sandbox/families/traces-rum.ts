// Retention filters of traces, and RUM applications with their own.
import { type Answer, errorFailure, type Handler, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, filledIn, type JsonObject, objectOf, textOf } from '../json.ts';
import { seconds } from '../times.ts';
import type { World } from '../world.ts';

const TRACE_FILTERS = '/api/v2/apm/config/retention-filters';
const APPLICATIONS = '/api/v2/rum/applications';
const RUM_FILTERS = '/api/v2/rum/applications/{app_id}/retention_filters';

const isRate = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

const traceFilters: CollectionRule = {
  newId: (ids) => ids.hash(),
  strict: false,
  notFound: (_call, id) => textFailure(404, `retention filter with id: '${id}' not found`),
  check(_call, given) {
    const { filter_type, rate, trace_rate, name } = objectOf(given.attributes);
    if (filter_type !== 'spans-sampling-processor')
      return textFailure(400, "Field 'filter_type' is invalid, expected value is 'spans-sampling-processor'");
    if (textOf(name) === '') return textFailure(400, "Field 'name' is invalid, it must not be empty");
    if (!isRate(rate)) return textFailure(400, 'Invalid Pipeline', "'rate' must exist and be between 0 and 1");
    return trace_rate === undefined || isRate(trace_rate)
      ? undefined
      : textFailure(400, 'Invalid Pipeline', "'trace_rate' must be between 0 and 1");
  },
  finish(item, { world }, before) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(before?.attributes);
    const now = seconds(world.now());
    return {
      ...item,
      id: before?.id ?? item.id ?? '',
      attributes: {
        ...attributes,
        trace_rate: attributes.trace_rate ?? 0,
        enabled: attributes.enabled ?? true,
        filter: { query: '*', ...objectOf(attributes.filter) },
        editable: true,
        execution_order: was.execution_order ?? world.collection(TRACE_FILTERS).size,
        created_by: was.created_by ?? world.user.handle,
        created_at: was.created_at ?? now,
        modified_by: world.user.handle,
        modified_at: now,
      },
    };
  },
  view(item, { operation }) {
    if (operation.id === 'ListApmRetentionFilters') return item;
    const { execution_order: _, ...attributes } = objectOf(item.attributes);
    return { ...item, attributes };
  },
  deleted: () => ok({}),
};

const reorder: Handler = ({ body, world }) => {
  const ids = arrayOf(objectOf(body).data).map((each) => textOf(objectOf(each).id));
  const all = world.collection(TRACE_FILTERS);
  const unknown = ids.find((id) => !all.has(id));
  if (unknown !== undefined) return textFailure(404, `retention filter with id: '${unknown}' not found`);
  for (const [i, id] of ids.entries()) {
    const item = all.get(id)!;
    all.set(id, { ...item, attributes: { ...objectOf(item.attributes), execution_order: i } });
  }
  return ok({});
};

/** The filters that come with every organisation: they may be changed, not deleted. */
function seedTraceFilters(world: World): void {
  const standard: [string, string, string][] = [
    ['Error Default', 'status:error', 'spans-errors-sampling-processor'],
    ['App Analytics', '@_dd.analytics.known_service:true', 'spans-appsec-sampling-processor'],
  ];
  for (const [name, query, filter_type] of standard) {
    const id = world.ids.hash();
    const attributes = {
      name,
      rate: 1,
      trace_rate: 0,
      enabled: true,
      filter_type,
      filter: { query },
      editable: false,
      execution_order: world.collection(TRACE_FILTERS).size,
      created_by: 'Datadog',
      created_at: 0,
      modified_by: 'Datadog',
      modified_at: 0,
    };
    world.collection(TRACE_FILTERS).set(id, { id, type: 'apm_retention_filter', attributes });
  }
}

// RUM applications

const applications: CollectionRule = {
  notFound: ({ operation }) =>
    operation.path.startsWith(`${RUM_FILTERS}/`) ? noFilter() : textFailure(404, 'Application Not Found not found'),
  check({ params, body }, _given, before) {
    const id = objectOf(objectOf(body).data).id;
    return before && id !== params.id
      ? textFailure(422, 'The id attribute in the request body does not match the id in the URL')
      : undefined;
  },
  finish(item, { world }, before, given) {
    const {
      rum_event_processing_state: events,
      product_analytics_retention_state: retention,
      ...sent
    } = objectOf(given.attributes);
    const was = objectOf(before?.attributes);
    const scales = objectOf(was.product_scales);
    const now = world.now();
    const id = textOf(before?.id ?? item.id);
    const token = was.client_token ?? `pub${world.ids.hex(32)}`;
    const scale = (name: string, state: unknown, first: string): JsonObject =>
      typeof state === 'string' || scales[name] === undefined
        ? { state: typeof state === 'string' ? state : first, last_modified_at: now }
        : objectOf(scales[name]);
    return {
      id,
      type: 'rum_application',
      attributes: {
        ...was,
        type: was.type ?? 'browser',
        ...sent,
        application_id: id,
        org_id: world.user.orgId,
        hash: token,
        client_token: token,
        is_active: was.is_active ?? false,
        tags: sent.tags ?? was.tags ?? [],
        product_analytics_replay_sample_rate: 100,
        product_scales: {
          rum_event_processing_scale: scale('rum_event_processing_scale', events, 'ALL'),
          product_analytics_retention_scale: scale('product_analytics_retention_scale', retention, 'NONE'),
        },
        created_at: was.created_at ?? now,
        created_by_handle: was.created_by_handle ?? world.user.handle,
        updated_at: now,
        updated_by_handle: world.user.handle,
      },
    };
  },
  view(item, { operation }) {
    if (operation.id !== 'GetRUMApplications') return item;
    const { client_token: _, ...attributes } = objectOf(item.attributes);
    return { ...item, attributes };
  },
};

const noFilter = (): Answer =>
  errorFailure(404, {
    status: '404',
    title: 'Not Found',
    detail: 'rpc error: code = NotFound desc = NotFound: This retention filter does not exist',
  });

const rumFilters: CollectionRule = {
  notFound: noFilter,
  finish: (item) => ({ ...item, attributes: filledIn(objectOf(item.attributes), { query: '', enabled: true }) }),
};

const orderRumFilters: Handler = ({ params, body, world }) => {
  const data = arrayOf(objectOf(body).data);
  const all = world.collection(RUM_FILTERS.replace('{app_id}', params.app_id ?? ''));
  const ids = data.map((each) => textOf(objectOf(each).id));
  if (ids.length !== all.size || ids.some((id) => !all.has(id)))
    return errorFailure(400, { status: '400', title: 'Bad Request' });
  const items = ids.map((id): [string, JsonObject] => [id, all.get(id)!]);
  all.clear();
  for (const [id, item] of items) all.set(id, item);
  return ok({ data });
};

export const tracesRumFamily: Family = {
  name: 'trace retention and RUM applications',
  collections: { [TRACE_FILTERS]: traceFilters, [APPLICATIONS]: applications, [RUM_FILTERS]: rumFilters },
  handlers: {
    'v2.ReorderApmRetentionFilters': reorder,
    'v2.OrderRetentionFilters': orderRumFilters,
  },
  seed: seedTraceFilters,
};
