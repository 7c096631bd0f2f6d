// What is found of logs, spans, RUM, audit trail and events: what was submitted, and the few of every last minutes.
import { type Answer, type Call, errorFailure, type Handler, ok, textFailure } from '../call.ts';
import { afterOf, cursorAfter, matchesQuery, type SearchedEvent, timeOf, valuesOf } from '../event-query.ts';
import type { Family } from '../family.ts';
import { arrayOf, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { fraction, HOSTS } from '../series.ts';
import { ORGANISATION, type World } from '../world.ts';

type Kind = 'logs' | 'spans' | 'rum' | 'audit' | 'events';

const EVERY = 300_000;
export const SUBMITTED_LOGS = '/api/v2/logs';
export const SUBMITTED_EVENTS = '/api/v1/events';
const TYPES: Readonly<Record<Kind, string>> = {
  logs: 'log',
  spans: 'spans',
  rum: 'rum',
  audit: 'audit',
  events: 'event',
};

/** An id in the form of the event stores', of a time and what else tells events apart. */
export function eventId(kind: string, time: number): string {
  const seed = Buffer.alloc(16);
  seed.writeBigUInt64BE(BigInt(Math.floor(fraction(`${kind} ${time}`) * 2 ** 52)), 8);
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(time));
  return `AQAAA${Buffer.concat([stamp, seed]).toString('base64url').slice(2)}1a`;
}

/** The event that is there at each fifth minute. */
function seeded(kind: Kind, time: number, { user }: World): JsonObject {
  const host = HOSTS[Math.floor(fraction(`${kind} host ${time}`) * HOSTS.length)]!;
  const timestamp = new Date(time).toISOString();
  const http = { method: 'GET', status_code: 200, url: '/', url_details: { path: '/' }, version: '1.1' };
  const tags = ['source:web', 'env:prod', 'service:web'];
  switch (kind) {
    case 'logs':
      return {
        status: 'info',
        service: 'web',
        host,
        message: 'GET / 200',
        tags,
        timestamp,
        attributes: { http, duration: 1_800_000 },
      };
    case 'spans':
      return {
        service: 'web',
        resource_name: 'GET /',
        env: 'prod',
        host,
        tags,
        type: 'web',
        start_timestamp: timestamp,
        end_timestamp: new Date(time + 2).toISOString(),
        trace_id: eventId('trace', time).slice(0, 20),
        span_id: String(Math.floor(fraction(`span ${time}`) * 2 ** 53)),
        parent_id: '0',
        ingestion_reason: 'auto',
        retained_by: 'diversity_sampling',
        single_span: false,
        custom: { duration: 990_123, env: 'prod', http: { ...http, status_code: '200' }, span: { kind: 'server' } },
      };
    case 'rum':
      return {
        service: 'web-ui',
        tags: ['source:browser', 'env:prod'],
        timestamp,
        attributes: {
          type: 'view',
          service: 'web-ui',
          session: { type: 'user', id: eventId('session', time).slice(0, 20), has_replay: false },
          view: { name: '/', url: 'https://example.com/', url_path: '/', time_spent: 1_200_000_000 },
        },
      };
    case 'audit':
      return {
        message: 'Agent configuration successfuly updated',
        tags: ['source:audit'],
        timestamp,
        attributes: {
          action: 'update_config',
          auth_method: 'API + App Key',
          evt: { actor: { type: 'Other' } },
          org: { uuid: ORGANISATION.uuid },
          status: 'info',
          usr: { id: user.id, email: user.email },
          timestamp,
        },
      };
    default:
      return {
        message: 'Deployed web',
        tags: ['source:deploys', 'env:prod'],
        timestamp,
        attributes: {
          status: 'info',
          title: 'Deployed web',
          service: 'web',
          priority: 'normal',
          timestamp: time,
          evt: { type: 'api' },
        },
      };
  }
}

/** All events of a kind in a window, oldest first; seeded ones of at most the last day of it. */
function eventsIn(world: World, kind: Kind, from: number, to: number): SearchedEvent[] {
  const path = kind === 'logs' ? SUBMITTED_LOGS : kind === 'events' ? SUBMITTED_EVENTS : undefined;
  const submitted =
    path === undefined ? [] : [...world.collection(path)].map(([id, item]) => ({ id, item, time: Number(item.time) }));
  const events = submitted
    .filter(({ time }) => time >= from && time <= to)
    .map(({ id, item, time }) => ({ id, time, item: objectOf(item.found) }));
  // What lies before the retention is gone.
  const start = Math.max(from, to - 86_400_000, world.now() - 15 * 86_400_000);
  for (let time = Math.ceil(start / EVERY) * EVERY; time < to; time += EVERY) {
    const id = eventId(kind, time);
    events.push({ id, time, item: { id, type: TYPES[kind], attributes: seeded(kind, time, world) } });
  }
  return events.sort((a, b) => a.time - b.time);
}

interface Search {
  readonly query: string;
  readonly from: number;
  readonly to: number;
}

const badWindow = (kind: Kind): Answer => {
  const detail = "(Field 'filter.from,to' is invalid: 'from' should be anterior to 'to')";
  return kind === 'spans'
    ? errorFailure(422, { title: 'Generic Error', detail: `invalid_argument${detail}` })
    : textFailure(400, `input_validation_error${detail}`);
};

function searchOf(kind: Kind, filter: JsonObject, now: number): Search | Answer {
  const from = timeOf(textOf(filter.from ?? 'now-15m'), now);
  const to = timeOf(textOf(filter.to ?? 'now'), now);
  if (from === undefined || to === undefined || from > to) return badWindow(kind);
  return { query: textOf(filter.query), from, to };
}

/** What is asked, of the body or of the query: `filter[query]`, `page[limit]`. */
function asked({ query, body, operation }: Call): { filter: JsonObject; page: JsonObject; sort: string } {
  if (operation.method === 'GET') {
    const of = (name: string): JsonObject =>
      Object.fromEntries(
        [...query].flatMap(([key, value]) =>
          key.startsWith(`${name}[`) ? [[key.slice(name.length + 1, -1), value]] : [],
        ),
      );
    return { filter: of('filter'), page: of('page'), sort: query.get('sort') ?? '-timestamp' };
  }
  const data = objectOf(body).data;
  const { filter, page, sort } = isObject(data) ? objectOf(data.attributes) : objectOf(body);
  return { filter: objectOf(filter), page: objectOf(page), sort: textOf(sort) || '-timestamp' };
}

const done = (kind: Kind, now: number): JsonObject => ({
  elapsed: 10,
  request_id: `pddv1Ch${eventId(`request ${kind}`, now)}`,
  status: 'done',
});

const search =
  (kind: Kind): Handler =>
  (call) => {
    const { world } = call;
    const { filter, page, sort } = asked(call);
    const wanted = searchOf(kind, filter, world.now());
    if ('status' in wanted) return wanted;
    const cursor = page.cursor === undefined ? undefined : afterOf(textOf(page.cursor));
    if (page.cursor !== undefined && cursor === undefined)
      return textFailure(400, `{'errors': [u"input_validation_error(Field 'page' is invalid: invalid cursor)"]}`);
    const limit = Math.min(Math.max(Number(page.limit) || 10, 1), 1000);
    const found = eventsIn(world, kind, wanted.from, wanted.to).filter(({ item }) => matchesQuery(wanted.query, item));
    if (sort.startsWith('-')) found.reverse();
    const start = cursor === undefined ? 0 : found.findIndex(({ id }) => id === cursor) + 1;
    const shown = found.slice(start, start + limit);
    const last = shown.at(-1);
    const meta = done(kind, world.now());
    if (!last) return ok({ data: [], meta });
    const after = cursorAfter(last.id);
    const path = call.operation.path.replace(/\/search$/, '');
    const link = `https://api.${world.site}${path}?page%5Bcursor%5D=${after}&page%5Blimit%5D=${limit}`;
    return ok({ data: shown.map(({ item }) => item), meta: { ...meta, page: { after } }, links: { next: link } });
  };

// Aggregates

const STEP = /^(\d+)([smhdw])$/;
const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function computed(compute: JsonObject, events: readonly SearchedEvent[], from: number, to: number): Json {
  const value = (of: readonly SearchedEvent[]): number => {
    if (compute.aggregation === 'count') return of.length;
    const numbers = of.flatMap(({ item }) => valuesOf(textOf(compute.metric), objectOf(item.attributes)).map(Number));
    if (compute.aggregation === 'cardinality') return new Set(numbers).size;
    const sum = numbers.reduce((total, each) => total + each, 0);
    if (compute.aggregation === 'sum') return sum;
    if (numbers.length === 0) return 0;
    if (compute.aggregation === 'min') return Math.min(...numbers);
    if (compute.aggregation === 'avg') return sum / numbers.length;
    return Math.max(...numbers);
  };
  if (compute.type !== 'timeseries') return value(events);
  const [, amount = '5', unit = 'm'] = STEP.exec(textOf(compute.interval)) ?? [];
  const step = Math.max(Number(amount) * MILLISECONDS[unit]!, (to - from) / 1_000, 1_000);
  const steps = Math.max(1, Math.ceil((to - Math.floor(from / step) * step) / step));
  return Array.from({ length: steps }, (_, i) => {
    const time = Math.floor(from / step) * step + i * step;
    return {
      time: new Date(time).toISOString(),
      value: value(events.filter((event) => event.time >= time && event.time < time + step)),
    };
  });
}

const aggregate =
  (kind: Kind): Handler =>
  ({ body, world }) => {
    const data = objectOf(body).data;
    const request = isObject(data) ? objectOf(data.attributes) : objectOf(body);
    const wanted = searchOf(kind, objectOf(request.filter), world.now());
    if ('status' in wanted) return wanted;
    const { from, to } = wanted;
    const found = eventsIn(world, kind, from, to).filter(({ item }) => matchesQuery(wanted.query, item));
    const facets = arrayOf(request.group_by).map((group) => textOf(objectOf(group).facet));
    const computes = arrayOf(request.compute).map(objectOf);
    const groups = Map.groupBy(found, ({ item }) =>
      JSON.stringify(facets.map((facet) => valuesOf(facet, objectOf(item.attributes))[0] ?? null)),
    );
    const buckets = [...groups]
      .filter(([by]) => !by.includes('null'))
      .map(([by, events]): JsonObject => {
        const values = JSON.parse(by) as Json[];
        const compute = (computes.length > 0 ? computes : [{ aggregation: 'count' }]).map((each, i): [string, Json] => [
          `c${i}`,
          computed(each, events, from, to),
        ]);
        return {
          by: Object.fromEntries(facets.map((facet, i) => [facet, values[i]!])),
          [kind === 'spans' ? 'compute' : 'computes']: Object.fromEntries(compute),
        };
      });
    const meta = done(kind, world.now());
    return kind === 'spans'
      ? ok({ data: buckets.map((attributes) => ({ id: world.ids.uuid(), type: 'bucket', attributes })), meta })
      : ok({ data: { buckets }, meta });
  };

// v1's logs

const listOldLogs: Handler = (call) => {
  const { query, time, sort, limit, startAt } = objectOf(call.body);
  const { from = 'now-15m', to = 'now' } = objectOf(time);
  const wanted = searchOf('logs', { query: query ?? '', from, to }, call.world.now());
  if ('status' in wanted) return wanted;
  const found = eventsIn(call.world, 'logs', wanted.from, wanted.to).filter(({ item }) =>
    matchesQuery(wanted.query, item),
  );
  if (sort !== 'asc') found.reverse();
  const start = startAt === undefined ? 0 : found.findIndex(({ id }) => id === startAt) + 1;
  const shown = found.slice(start, start + Math.min(Number(limit) || 50, 1000));
  return ok({
    status: 'done',
    requestId: done('logs', call.world.now()).request_id!,
    nextLogId: shown.at(-1)?.id ?? null,
    logs: shown.map(({ id, item }) => ({ id, content: item.attributes ?? {} })),
  });
};

export const eventSearchFamily: Family = {
  name: 'logs, spans, RUM, audit trail and events',
  handlers: {
    'v2.ListLogs': search('logs'),
    'v2.ListLogsGet': search('logs'),
    'v2.AggregateLogs': aggregate('logs'),
    'v2.ListSpans': search('spans'),
    'v2.ListSpansGet': search('spans'),
    'v2.AggregateSpans': aggregate('spans'),
    'v2.ListRUMEvents': search('rum'),
    'v2.SearchRUMEvents': search('rum'),
    'v2.AggregateRUMEvents': aggregate('rum'),
    'v2.ListAuditLogs': search('audit'),
    'v2.SearchAuditLogs': search('audit'),
    'v2.ListEvents': search('events'),
    'v2.SearchEvents': search('events'),
    'v1.ListLogs': listOldLogs,
  },
};
