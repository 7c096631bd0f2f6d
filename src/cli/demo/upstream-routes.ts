// What the demo's upstream answers: dashboards and monitors with state, metric queries, log search. Shapes as Datadog's.
import { randomInt } from 'node:crypto';
import { isRecord, type Json, logEvents, scalar, timeseries, v1Query } from './upstream-telemetry.ts';

export interface Call {
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
}
export interface Route {
  readonly method: string;
  /** Its first group is the id. */
  readonly path: RegExp;
  answer(call: Call): Answer;
}

const ORGANISATION = 321813;
const HANDLE = 'dogwatch-demo@example.com';
/** No collection grows past this. */
const MAX_STORED = 10_000;

/** An error in Datadog's shape. */
export const failure = (status: number, ...errors: string[]): Answer => ({ status, body: { errors } });
const ok = (body: unknown): Answer => ({ status: 200, body });

/** Every route, over its own fresh state. */
export function datadogRoutes(now: () => number): readonly Route[] {
  return [...dashboards(now), ...monitors(now), ...telemetry(now)];
}

function dashboards(now: () => number): Route[] {
  const stored = new Map<string, Json>();
  const missing = (id: string): Answer => failure(404, `Dashboard with ID ${id} not found`);
  const shape = (id: string, body: Json, created: string): Json => ({
    id,
    title: body.title,
    description: body.description ?? null,
    author_handle: HANDLE,
    author_name: null,
    layout_type: body.layout_type,
    url: `/dashboard/${id}/${slug(String(body.title))}`,
    is_read_only: false,
    template_variables: body.template_variables ?? null,
    widgets: (Array.isArray(body.widgets) ? body.widgets : []).map((widget: unknown) => ({
      ...(isRecord(widget) ? widget : {}),
      id: randomInt(1e15, 2 ** 48 - 1 + 1e15),
    })),
    notify_list: body.notify_list ?? null,
    created_at: created,
    modified_at: timestamp(now()),
    restricted_roles: [],
    tags: body.tags ?? [],
  });
  const problem = (body: unknown): Answer | undefined => {
    if (!isRecord(body)) return failure(400, 'Invalid JSON');
    if (typeof body.title !== 'string' || body.title === '') return failure(400, "'title' is a required property");
    if (!['ordered', 'free'].includes(String(body.layout_type))) {
      return failure(400, "'layout_type' is a required property");
    }
    return undefined;
  };
  return [
    {
      method: 'POST',
      path: /^\/api\/v1\/dashboard$/,
      answer: ({ body }) => {
        const wrong = problem(body);
        if (wrong) return wrong;
        if (stored.size >= MAX_STORED) return failure(403, 'Dashboard limit reached');
        const id = [1, 2, 3]
          .map(() =>
            randomInt(36 ** 3)
              .toString(36)
              .padStart(3, '0'),
          )
          .join('-');
        const dashboard = shape(id, body as Json, timestamp(now()));
        stored.set(id, dashboard);
        return ok(dashboard);
      },
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/dashboard$/,
      answer: () => ok({ dashboards: [...stored.values()].map(({ widgets: _, ...summary }) => summary) }),
    },
    {
      method: 'GET',
      path: /^\/api\/v1\/dashboard\/([^/]+)$/,
      answer: ({ id }) => (stored.has(id) ? ok(stored.get(id)) : missing(id)),
    },
    {
      method: 'PUT',
      path: /^\/api\/v1\/dashboard\/([^/]+)$/,
      answer: ({ id, body }) => {
        const before = stored.get(id);
        if (!before) return missing(id);
        const wrong = problem(body);
        if (wrong) return wrong;
        const dashboard = shape(id, body as Json, String(before.created_at));
        stored.set(id, dashboard);
        return ok(dashboard);
      },
    },
    {
      method: 'DELETE',
      path: /^\/api\/v1\/dashboard\/([^/]+)$/,
      answer: ({ id }) => (stored.delete(id) ? ok({ deleted_dashboard_id: id }) : missing(id)),
    },
  ];
}

function monitors(now: () => number): Route[] {
  const stored = new Map<number, Json>();
  const missing = failure(404, 'Monitor not found');
  let nextId = 158_000_000 + randomInt(100_000);
  const invalid = (query: unknown): Answer =>
    failure(400, `The value provided for parameter 'query' is invalid: ${JSON.stringify(query)}`);
  const isQuery = (query: unknown): query is string => typeof query === 'string' && /[<>]=?\s*-?[\d.]+\s*$/.test(query);
  return [
    {
      method: 'POST',
      path: /^\/api\/v1\/monitor$/,
      answer: ({ body }) => {
        if (!isRecord(body) || typeof body.type !== 'string') return failure(400, "'type' is a required property");
        if (!isQuery(body.query)) return invalid(body.query);
        if (stored.size >= MAX_STORED) return failure(403, 'Monitor limit reached');
        const id = nextId++;
        const created = now();
        const monitor: Json = {
          id,
          org_id: ORGANISATION,
          type: body.type,
          name: body.name ?? '',
          message: body.message ?? '',
          tags: body.tags ?? [],
          query: body.query,
          options: {
            notify_no_data: false,
            notify_audit: false,
            include_tags: true,
            silenced: {},
            ...record(body.options),
          },
          multi: false,
          created_at: created,
          created: timestamp(created),
          modified: timestamp(created),
          deleted: null,
          restricted_roles: null,
          priority: body.priority ?? null,
          overall_state_modified: null,
          overall_state: 'No Data',
          creator: { name: null, handle: HANDLE, email: HANDLE, id: 1 },
        };
        stored.set(id, monitor);
        return ok(monitor);
      },
    },
    { method: 'GET', path: /^\/api\/v1\/monitor$/, answer: () => ok([...stored.values()]) },
    {
      method: 'GET',
      path: /^\/api\/v1\/monitor\/(\d+)$/,
      answer: ({ id }) => (stored.has(Number(id)) ? ok(stored.get(Number(id))) : missing),
    },
    {
      method: 'PUT',
      path: /^\/api\/v1\/monitor\/(\d+)$/,
      answer: ({ id, body }) => {
        const before = stored.get(Number(id));
        if (!before) return missing;
        if (!isRecord(body)) return failure(400, 'Invalid JSON');
        if ('query' in body && !isQuery(body.query)) return invalid(body.query);
        const settable = ['name', 'message', 'tags', 'query', 'priority'].filter((field) => field in body);
        const monitor: Json = {
          ...before,
          ...Object.fromEntries(settable.map((field) => [field, body[field]])),
          options: { ...record(before.options), ...record(body.options) },
          modified: timestamp(now()),
        };
        stored.set(Number(id), monitor);
        return ok(monitor);
      },
    },
    {
      method: 'DELETE',
      path: /^\/api\/v1\/monitor\/(\d+)$/,
      answer: ({ id }) => (stored.delete(Number(id)) ? ok({ deleted_monitor_id: Number(id) }) : missing),
    },
  ];
}

function telemetry(now: () => number): Route[] {
  const answered = (body: unknown): Answer => (body === undefined ? failure(400, 'Invalid query') : ok(body));
  return [
    { method: 'GET', path: /^\/api\/v1\/query$/, answer: ({ query }) => answered(v1Query(query, now())) },
    { method: 'POST', path: /^\/api\/v2\/query\/timeseries$/, answer: ({ body }) => answered(timeseries(body, now())) },
    { method: 'POST', path: /^\/api\/v2\/query\/scalar$/, answer: ({ body }) => answered(scalar(body, now())) },
    {
      method: 'POST',
      path: /^\/api\/v2\/logs\/events\/search$/,
      answer: ({ body }) => {
        const { filter, page } = record(body);
        return answered(logEvents(String(record(filter).query ?? '*'), Number(record(page).limit ?? 50), now()));
      },
    },
    {
      method: 'GET',
      path: /^\/api\/v2\/logs\/events$/,
      answer: ({ query }) =>
        answered(logEvents(query.get('filter[query]') ?? '*', Number(query.get('page[limit]') ?? 50), now())),
    },
  ];
}

const record = (value: unknown): Json => (isRecord(value) ? value : {});
/** As Datadog writes it: microseconds and a numeric offset. */
const timestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000+00:00');
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
