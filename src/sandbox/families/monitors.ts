// Monitors: their defaults, the kinds that Datadog makes of what was sent, downtimes upon them, validation and deletion.
import { type Answer, type Call, type Handler, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, merge, objectOf, textOf } from '../json.ts';
import { isoMicroseconds, seconds } from '../times.ts';
import type { Item, World } from '../world.ts';

export const MONITORS = '/api/v1/monitor';

const COMPARES = /(>=?|<=?|==?)\s*-?[\d.]+\s*$/;
/** Types whose query is not a comparison of a query with a threshold. */
const NO_COMPARISON = new Set(['composite', 'service check', 'synthetics alert', 'slo alert', 'process alert']);
const NO_GROUPBY = new Set([
  'cost alert',
  'data-jobs alert',
  'data-quality alert',
  'metric alert',
  'query alert',
  'composite',
  'service check',
]);
const GROUPED = /\bby\s*\{|\.by\("?(?!\*")/;

/** Zero takes a priority away. */
const PRIORITIES: ReadonlySet<Json> = new Set([0, 1, 2, 3, 4, 5]);

const OPTIONS: JsonObject = {
  notify_no_data: false,
  notify_audit: false,
  new_host_delay: 300,
  include_tags: true,
  silenced: {},
};

const shown = (threshold: number): string => (Number.isInteger(threshold) ? `${threshold}.0` : String(threshold));

/** What a query must be; undefined when it may stand. */
function refuseQuery(given: JsonObject): Answer | undefined {
  const query = textOf(given.query);
  if (query === '') return textFailure(400, "The value provided for parameter 'query' is invalid: query is required");
  if (NO_COMPARISON.has(textOf(given.type))) return undefined;
  if (!COMPARES.test(query))
    return textFailure(400, "The value provided for parameter 'query' is invalid: invalid operator specified: ");
  const critical = at(given, 'options', 'thresholds', 'critical');
  const asked = Number(/-?[\d.]+\s*$/.exec(query)?.[0]);
  return typeof critical === 'number' && critical !== asked
    ? textFailure(400, `Alert threshold (${shown(critical)}) does not match that used in the query (${shown(asked)}).`)
    : undefined;
}

/** Datadog makes `metric alert` and `query alert` out of each other, by what the query is. */
function typeOf(type: string, query: string): string {
  if (type !== 'metric alert' && type !== 'query alert') return type;
  return query.startsWith('formula(') ? 'metric alert' : 'query alert';
}

/** Whether a monitor alerts group by group. */
const isMulti = (item: Item): boolean => GROUPED.test(textOf(item.query));

const monitors: CollectionRule = {
  newId: (ids) => ids.integer(150_000_000),
  check(_call, given, before) {
    const { priority = null } = given;
    if (priority !== null && !PRIORITIES.has(priority))
      return textFailure(400, `The value provided for parameter 'priority' is invalid: ${textOf(priority)}`);
    return before && given.query === undefined ? undefined : refuseQuery({ type: before?.type ?? '', ...given });
  },
  badBody(_call, faults) {
    const { path, why, value } = faults[0]!;
    return why === 'missing'
      ? textFailure(400, `Missing required attribute(s): [${path}]`)
      : textFailure(400, `The value provided for parameter '${path}' is invalid: ${textOf(value)}`);
  },
  update: 'merge',
  finish(item, { world }, before, given) {
    const { user } = world;
    const now = isoMicroseconds(world.now());
    const type = textOf(item.type);
    const options = objectOf(
      merge({ ...OPTIONS, ...(!NO_GROUPBY.has(type) && { groupby_simple_monitor: false }) }, objectOf(item.options)),
    );
    const thresholds = options.thresholds;
    if (isObject(thresholds)) {
      options.thresholds = Object.fromEntries(Object.entries(thresholds).filter(([, value]) => value !== null));
    }
    if (before) options.silenced = objectOf(before.options).silenced ?? {};
    return {
      ...item,
      org_id: user.orgId,
      type: before?.type ?? typeOf(type, textOf(item.query)),
      name: item.name ?? '',
      message: item.message ?? '',
      tags: item.tags ?? [],
      options,
      multi: isMulti(item),
      created_at: before?.created_at ?? seconds(world.now()) * 1000,
      created: before?.created ?? now,
      modified: now,
      deleted: null,
      priority: item.priority || null,
      restricted_roles:
        Array.isArray(item.restricted_roles) && item.restricted_roles.length > 0 ? item.restricted_roles : null,
      restriction_policy: item.restriction_policy ?? null,
      draft_status: given.draft_status ?? before?.draft_status ?? 'published',
      assets: arrayOf(item.assets).map((asset) => ({
        monitor_id: item.id ?? 0,
        template_variables: {},
        options: {},
        ...objectOf(asset),
      })),
      overall_state_modified: before?.overall_state_modified ?? null,
      overall_state: before?.overall_state ?? 'No Data',
      creator: before?.creator ?? { name: user.name, handle: user.handle, email: user.email, id: user.numericId },
      matching_downtimes: [],
      run_as: null,
      restricted: false,
    };
  },
  notFound: () => textFailure(404, 'Monitor not found'),
  badId: (_call, id) =>
    /^\d+$/.test(id) ? undefined : textFailure(400, `The value provided for parameter 'monitor_id' is invalid: ${id}`),
  mayDelete({ world, query }, item) {
    if (query.get('force') === 'true') return undefined;
    const users = usersOf(world, item.id ?? null);
    return users.length > 0
      ? textFailure(400, `monitor [${textOf(item.id)},${textOf(item.name)}] is referenced in ${users.join(', ')}`)
      : undefined;
  },
  matches(item, { query }) {
    const tags = (query.get('monitor_tags') ?? '').split(',').filter(Boolean);
    const name = query.get('name');
    return (
      tags.every((tag) => arrayOf(item.tags).includes(tag)) &&
      (name === null || textOf(item.name).toLowerCase().includes(name.toLowerCase()))
    );
  },
};

/** What keeps a monitor from being deleted: SLOs made of it, composite monitors over it. */
function usersOf(world: World, id: Json): string[] {
  const slos = [...world.collection('/api/v1/slo').values()].filter((slo) => arrayOf(slo.monitor_ids).includes(id));
  const composites = [...world.collection(MONITORS).values()].filter(
    (other) => other.type === 'composite' && new RegExp(`\\b${String(id)}\\b`).test(textOf(other.query)),
  );
  return [
    ...slos.map((slo) => `slo: ${textOf(slo.id)},${textOf(slo.name)}`),
    ...composites.map((monitor) => `composite monitor: ${textOf(monitor.id)},${textOf(monitor.name)}`),
  ];
}

const GROUP_STATES = new Set(['all', 'alert', 'warn', 'no data', 'ok', 'ignored']);

function refuseStates(call: Call): Answer | undefined {
  const states = (call.query.get('group_states') ?? '').split(',').filter(Boolean);
  return states.every((state) => GROUP_STATES.has(state))
    ? undefined
    : textFailure(400, 'Invalid group_state filters.');
}

const wholeNumber = (text: string | null, otherwise: number): number =>
  text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;

function listMonitors(call: Call): Answer {
  const refused = refuseStates(call);
  if (refused) return refused;
  const matching = call.world
    .collection(MONITORS)
    .values()
    .filter((item) => monitors.matches!(item, call));
  const size = wholeNumber(call.query.get('page_size'), 100);
  const page = call.query.get('page');
  // Only as many are looked at as are shown.
  return ok([...(page === null ? matching : matching.drop(wholeNumber(page, 0) * size).take(size))]);
}

function validate(call: Call): Answer {
  const { body } = call;
  if (!isObject(body)) return textFailure(400, 'Invalid JSON');
  if (call.params.monitor_id !== undefined && !call.world.find(MONITORS, call.params.monitor_id))
    return textFailure(404, 'Monitor not found');
  return refuseQuery(body) ?? ok({});
}

function mayBeDeleted({ world, query }: Call): Answer {
  const ids = (query.get('monitor_ids') ?? '').split(',').filter(Boolean);
  if (ids.length === 0 || ids.some((id) => !/^\d+$/.test(id)))
    return textFailure(400, "The value provided for parameter 'monitor_ids' is invalid");
  const unknown = ids.find((id) => !world.find(MONITORS, id));
  if (unknown !== undefined) return textFailure(404, 'Monitor not found');
  const used = ids.flatMap((id) => {
    const users = usersOf(world, Number(id));
    return users.length > 0 ? [[id, users.map((user) => `monitor [${id}] is referenced in ${user}`)] as const] : [];
  });
  const good = ids.filter((id) => used.every(([other]) => other !== id)).map(Number);
  return used.length > 0
    ? { status: 409, body: { data: { ok: good }, errors: Object.fromEntries(used) } }
    : ok({ data: { ok: good }, errors: null });
}

const STATUSES = new Set(['alert', 'warn', 'no data', 'ok', 'ignored', 'skipped', 'unknown']);

/** Refuses a search for a status that there is not. */
function refuseSearch(query: string): Answer | undefined {
  for (const [, status] of query.matchAll(/\bstatus:(?:"([^"]*)"|(\S+))/g)) {
    if (status !== undefined && !STATUSES.has(status.toLowerCase())) return notAStatus(status);
  }
  for (const [, , status] of query.matchAll(/\bstatus:(?:"([^"]*)"|([^\s"]\S*))/g)) {
    if (status !== undefined && !STATUSES.has(status.toLowerCase())) return notAStatus(status);
  }
  return undefined;
}

const notAStatus = (status: string): Answer =>
  textFailure(400, `Query parsing error: '${status}' is not a valid monitor status`);

function tally(values: readonly Json[]): Json[] {
  const counts = Map.groupBy(values, (value) => JSON.stringify(value));
  return [...counts.values()].sort((a, b) => b.length - a.length).map((all) => ({ count: all.length, name: all[0]! }));
}

const classification = (type: string): string => type.replace(/ (alert|v2)$/, '').replace(/^query$/, 'metric');

function search(call: Call): Answer {
  const { world, query } = call;
  const text = query.get('query') ?? '';
  const refused = refuseSearch(text);
  if (refused) return refused;
  const words = text.split(/\s+/).filter((word) => word !== '' && !word.includes(':'));
  const found = [...world.collection(MONITORS).values()].filter((item) =>
    words.every((word) => textOf(item.name).toLowerCase().includes(word.toLowerCase())),
  );
  const perPage = Number(query.get('per_page') ?? 30);
  const page = Number(query.get('page') ?? 0);
  return ok({
    monitors: found.slice(page * perPage, (page + 1) * perPage).map(searched),
    metadata: { page, per_page: perPage, page_count: Math.ceil(found.length / perPage), total_count: found.length },
    counts: {
      status: tally(found.map((item) => item.overall_state ?? 'No Data')),
      muted: tally(found.map((item) => Object.keys(objectOf(objectOf(item.options).silenced)).length > 0)),
      type: tally(found.map((item) => classification(textOf(item.type)))),
      tag: tally(found.flatMap((item) => arrayOf(item.tags))),
    },
  });
}

const searched = (item: Item): JsonObject => ({
  id: item.id ?? 0,
  name: item.name ?? '',
  type: item.type ?? '',
  classification: classification(textOf(item.type)),
  query: item.query ?? '',
  status: item.overall_state ?? 'No Data',
  tags: item.tags ?? [],
  creator: item.creator ?? null,
  org_id: item.org_id ?? 0,
  last_triggered_ts: null,
  metrics: [...textOf(item.query).matchAll(/:([a-z][\w.]*)\{/gi)].map(([, metric]) => metric!),
  notifications: [...textOf(item.message).matchAll(/@([\w.@-]+)/g)].map(([, handle]) => ({
    handle: handle!,
    name: handle!,
  })),
  overall_state_modified: item.overall_state_modified ?? null,
  quality_issues: [],
  restricted_roles: item.restricted_roles ?? null,
  scopes: [],
});

function searchGroups(call: Call): Answer {
  const refused = refuseSearch(call.query.get('query') ?? '');
  if (refused) return refused;
  const perPage = Number(call.query.get('per_page') ?? 30);
  return ok({
    groups: [],
    metadata: { page: Number(call.query.get('page') ?? 0), per_page: perPage, page_count: 0, total_count: 0 },
    counts: { status: [], muted: [], type: [], tag: [] },
  });
}

/** Silences a monitor, or one of its scopes, until a time or without end; or no longer. */
const silence =
  (change: (silenced: JsonObject, asked: JsonObject) => JsonObject): Handler =>
  ({ world, params, query, body }) => {
    const item = world.find(MONITORS, params.monitor_id ?? '');
    if (!item) return textFailure(404, 'Monitor not found');
    const asked = { ...Object.fromEntries(query), ...objectOf(body) };
    const options = objectOf(item.options);
    item.options = { ...options, silenced: change(objectOf(options.silenced), asked) };
    item.modified = isoMicroseconds(world.now());
    return ok(item);
  };

const scopeOf = ({ scope }: JsonObject): string => textOf(scope) || '*';

const mute = silence((silenced, asked) => ({ ...silenced, [scopeOf(asked)]: Number(asked.end) || null }));

const unmute = silence((silenced, asked) => {
  if (String(asked.all_scopes) === 'true') return {};
  const { [scopeOf(asked)]: _, ...others } = silenced;
  return others;
});

export const monitorFamily: Family = {
  name: 'monitors',
  collections: { [MONITORS]: monitors },
  handlers: {
    'v1.ListMonitors': listMonitors,
    'v1.ValidateMonitor': validate,
    'v1.ValidateExistingMonitor': validate,
    'v1.CheckCanDeleteMonitor': mayBeDeleted,
    'v1.SearchMonitors': search,
    'v1.SearchMonitorGroups': searchGroups,
    'v1.MuteMonitor': mute,
    'v1.UnmuteMonitor': unmute,
  },
};
