// Downtimes of both versions: scheduling, cancelling, and what stands for a recurrence.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoMicroseconds, seconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { USERS } from './access.ts';
import { MONITORS } from './monitors.ts';

const V1 = '/api/v1/downtime';
const V2 = '/api/v2/downtime';
const END_STATES = ['alert', 'no data', 'warn'];
const PERIODS = new Set(['days', 'weeks', 'months', 'years', 'rrule']);

const v1: CollectionRule = {
  newId: (ids) => ids.integer(2_900_000_000),
  strict: false,
  check(call, given, before) {
    const { recurrence } = given;
    if (!before && given.scope === undefined && given.monitor_id === undefined)
      return textFailure(400, 'Missing required attribute(s): [scope]');
    const scope = typeof given.scope === 'string' ? [given.scope] : arrayOf(given.scope);
    if (scope.some((each) => !/^(\*|!?[^\s:]+:.+|[^\s:]+)$/.test(textOf(each))))
      return textFailure(400, 'Invalid scope');
    if (isObject(recurrence) && !PERIODS.has(textOf(recurrence.type))) return textFailure(400, 'Invalid recurrence');
    if (isObject(recurrence) && recurrence.type === 'rrule' && refusedRule(textOf(recurrence.rrule)))
      return textFailure(400, 'Invalid recurrence rule');
    const start = Number(given.start ?? before?.start ?? seconds(call.world.now()));
    if (typeof given.end === 'number' && given.end <= start)
      return textFailure(400, 'Downtime end must be after its start');
    const monitor = given.monitor_id;
    if (typeof monitor === 'number' && !call.world.find(MONITORS, String(monitor)))
      return textFailure(400, 'Monitor does not exist');
    return undefined;
  },
  update: 'merge',
  finish(item, { world }, before) {
    const now = seconds(world.now());
    const start = Number(item.start ?? now);
    const scope = typeof item.scope === 'string' ? [item.scope] : item.scope;
    const recurrence = isObject(item.recurrence)
      ? { week_days: null, until_occurrences: null, until_date: null, ...item.recurrence }
      : null;
    const active = start <= now && (item.end === null || item.end === undefined || Number(item.end) > now);
    return {
      ...item,
      monitor_id: item.monitor_id || null,
      org_id: world.user.orgId,
      start,
      end: item.end || null,
      canceled: null,
      created: before?.created ?? now,
      modified: now,
      message: item.message ?? null,
      active,
      disabled: false,
      recurrence,
      timezone: item.timezone ?? 'UTC',
      parent_id: null,
      child_id: null,
      creator_id: world.user.numericId,
      updater_id: before ? world.user.numericId : null,
      downtime_type: item.monitor_id ? 1 : arrayOf(scope).includes('*') ? 0 : 2,
      status: active ? 'active' : 'scheduled',
      monitor_tags: arrayOf(item.monitor_tags).length > 0 ? item.monitor_tags! : ['*'],
      mute_first_recovery_notification: item.mute_first_recovery_notification ?? false,
      notify_end_types: arrayOf(item.notify_end_types).length > 0 ? item.notify_end_types! : ['expired'],
      notify_end_states: arrayOf(item.notify_end_states).length > 0 ? item.notify_end_states! : END_STATES,
      uuid: before?.uuid ?? world.ids.uuid(),
      scope: scope ?? ['*'],
    };
  },
  notFound: () => textFailure(404, 'Downtime not found'),
};

/** Rules with a start, an end in the past or no frequency are not taken. */
const refusedRule = (rule: string): boolean =>
  !/FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)/.test(rule) || /DTSTART|DTEND|DURATION/.test(rule);

/** A cancelled downtime stays, with the time of its end; to cancel it again is no error. */
function cancelV1({ world, params }: Call): Answer {
  const id = params.downtime_id ?? '';
  const item = world.find(V1, id);
  if (!item) return textFailure(404, `Downtime ${id} not found`);
  cancel(item, seconds(world.now()));
  return { status: 204 };
}

function cancel(item: Item, now: number): void {
  item.canceled = now;
  item.active = false;
  item.disabled = true;
  item.status = 'canceled';
}

function cancelByScope({ world, body }: Call): Answer {
  const wanted = textOf(at(body, 'scope')).split(',').sort().join();
  const found = [...world.collection(V1).values()].filter(
    (item) => item.canceled === null && arrayOf(item.scope).map(textOf).sort().join() === wanted,
  );
  if (found.length === 0) return textFailure(404, 'Downtime not found');
  for (const item of found) cancel(item, seconds(world.now()));
  return ok({ cancelled_ids: found.map((item) => item.id ?? 0) });
}

/** The downtime of everything, while there is one. */
const ofEverything = (world: World): Item | undefined =>
  world
    .collection(V1)
    .values()
    .find((item) => item.downtime_type === 0 && item.active === true && item.monitor_id === null);

function muteAll(call: Call): Answer {
  const { world, query, body } = call;
  const before = ofEverything(world);
  const id = before?.id ?? world.ids.integer(2_900_000_000);
  const end = Number(objectOf(body).end ?? query.get('end')) || null;
  const item = v1.finish!({ id, scope: ['*'], end }, call, before, {});
  world.collection(V1).set(String(id), item);
  return ok(item);
}

function unmuteAll({ world }: Call): Answer {
  const item = ofEverything(world);
  if (!item) return textFailure(400, 'Mute all was not enabled');
  cancel(item, seconds(world.now()));
  return ok({});
}

function listV1({ world, query }: Call): Answer {
  const current = query.get('current_only') === 'true';
  return ok(
    [...world.collection(V1).values()].filter((item) => item.canceled === null && (!current || item.active === true)),
  );
}

function monitorDowntimesV1({ world, params }: Call): Answer {
  if (!world.find(MONITORS, params.monitor_id ?? '')) return textFailure(404, 'Monitor not found error');
  return ok(
    [...world.collection(V1).values()].filter(
      (item) => item.canceled === null && String(item.monitor_id) === params.monitor_id,
    ),
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The attributes that may be sent. */
const KNOWN: ReadonlySet<string> = new Set([
  'display_timezone',
  'message',
  'monitor_identifier',
  'mute_first_recovery_notification',
  'notify_end_states',
  'notify_end_types',
  'schedule',
  'scope',
]);

const v2: CollectionRule = {
  badId: (_call, id) =>
    UUID.test(id) ? undefined : textFailure(400, 'Invalid URL param: downtime_id must be an uuid'),
  notFound: () => textFailure(404, 'Downtime not found'),
  beside: ({ world, operation, query }) =>
    operation.method !== 'GET' || (query.get('include') ?? '').includes('created_by')
      ? { included: [world.find(USERS, world.user.id)].filter((user) => user !== undefined) }
      : {},
  strict: false,
  check({ world }, given, before) {
    const attributes = objectOf(given.attributes);
    const unknown = Object.keys(attributes).find((name) => !KNOWN.has(name));
    if (unknown !== undefined)
      return textFailure(400, `Additional properties are not allowed ('${unknown}' was unexpected)`);
    // A scope is a search over tags: bare words name no tag.
    const words = textOf(attributes.scope).match(/(?:"[^"]*"|[^\s()])+/g) ?? [];
    if (words.some((word) => !/^(AND|OR|NOT|\*)$|:/.test(word))) return textFailure(400, 'All values must have a key');
    if (before) return undefined;
    if (textOf(attributes.scope) === '') return textFailure(400, 'Missing required attribute: scope');
    const identifier = objectOf(attributes.monitor_identifier);
    if (identifier.monitor_id === undefined && identifier.monitor_tags === undefined)
      return textFailure(400, 'Missing required attribute: monitor_identifier');
    const { monitor_id: id } = identifier;
    if (typeof id === 'number' && !world.find(MONITORS, String(id)))
      return textFailure(400, `Monitor ${id} does not exist`);
    const start = at(attributes.schedule, 'start');
    const end = at(attributes.schedule, 'end');
    if (typeof start === 'string' && typeof end === 'string' && Date.parse(end) <= Date.parse(start))
      return textFailure(400, 'Downtime end must be after its start');
    return undefined;
  },
  finish(item, { world }, before) {
    const sent = objectOf(item.attributes);
    const now = isoMicroseconds(world.now());
    const { user } = world;
    const monitor = at(sent.monitor_identifier, 'monitor_id');
    return {
      type: 'downtime',
      id: item.id ?? '',
      attributes: {
        mute_first_recovery_notification: false,
        ...sent,
        canceled: null,
        created: at(before, 'attributes', 'created') ?? now,
        modified: now,
        message: sent.message ?? null,
        display_timezone: sent.display_timezone ?? 'UTC',
        monitor_identifier: sent.monitor_identifier ?? null,
        notify_end_states: arrayOf(sent.notify_end_states).length > 0 ? sent.notify_end_states! : END_STATES,
        notify_end_types: arrayOf(sent.notify_end_types).length > 0 ? sent.notify_end_types! : ['expired'],
        schedule: schedule(sent.schedule, world.now()),
        scope: sent.scope ?? '*',
        status: startsLater(sent.schedule, world.now()) ? 'scheduled' : 'active',
      },
      relationships: {
        created_by: { data: { type: 'users', id: user.id } },
        updated_by: before ? { data: { type: 'users', id: user.id } } : { data: null },
        monitor: { data: typeof monitor === 'number' ? { type: 'monitors', id: String(monitor) } : null },
      },
    };
  },
};

const startsLater = (sent: Json | undefined, now: number): boolean => {
  const start = at(sent, 'start') ?? at(arrayOf(at(sent, 'recurrences'))[0], 'start');
  return typeof start === 'string' && Date.parse(start) > now;
};

function schedule(sent: Json | undefined, now: number): JsonObject {
  const start = at(sent, 'start') ?? isoMicroseconds(now);
  if (!isObject(sent) || !Array.isArray(sent.recurrences)) {
    return { start: start === null ? isoMicroseconds(now) : start, end: at(sent, 'end') ?? null };
  }
  const local = isoMicroseconds(now).slice(0, 19);
  return {
    timezone: sent.timezone ?? 'UTC',
    recurrences: sent.recurrences.map((each) => ({ ...objectOf(each), start: at(each, 'start') ?? local })),
    current_downtime: sent.current_downtime ?? { start: isoMicroseconds(now), end: isoMicroseconds(now + 3_600_000) },
  };
}

function cancelV2({ world, params }: Call): Answer {
  const id = params.downtime_id ?? '';
  const item = world.find(V2, id);
  if (!item) return textFailure(404, `Downtime ${id} not found`);
  item.attributes = { ...objectOf(item.attributes), status: 'canceled', canceled: isoMicroseconds(world.now()) };
  return { status: 204 };
}

function monitorDowntimesV2({ world, params }: Call): Answer {
  const id = params.monitor_id ?? '';
  if (!world.find(MONITORS, id)) return textFailure(404, 'Monitor not found error');
  const found = [...world.collection(V2).values()].filter(
    (item) =>
      String(at(item, 'attributes', 'monitor_identifier', 'monitor_id')) === id &&
      at(item, 'attributes', 'status') === 'active',
  );
  return ok({
    data: found.map((item) => ({
      type: 'downtime_match',
      id: item.id ?? '',
      attributes: {
        start: at(item, 'attributes', 'schedule', 'start') ?? null,
        end: at(item, 'attributes', 'schedule', 'end') ?? null,
        groups: [],
        scope: at(item, 'attributes', 'scope') ?? '*',
      },
    })),
    meta: { page: { total_filtered_count: found.length } },
  });
}

export const downtimeFamily: Family = {
  name: 'downtimes',
  collections: { [V1]: v1, [V2]: v2 },
  handlers: {
    'v1.ListDowntimes': listV1,
    'v1.MuteAllMonitors': muteAll,
    'v1.UnmuteAllMonitors': unmuteAll,
    'v1.CancelDowntime': cancelV1,
    'v1.CancelDowntimesByScope': cancelByScope,
    'v1.ListMonitorDowntimes': monitorDowntimesV1,
    'v2.CancelDowntime': cancelV2,
    'v2.ListMonitorDowntimes': monitorDowntimesV2,
  },
};
