// On-call: schedules with their layers and shifts, escalation policies with their steps.
import { type Answer, type Call, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, relation } from '../people.ts';
import { seconds } from '../times.ts';
import type { Item, World } from '../world.ts';

const SCHEDULES = '/api/v2/on-call/schedules';
const POLICIES = '/api/v2/on-call/escalation-policies';
const layersPath = (id: string): string => `${SCHEDULES}/${id}/layers`;
export const stepsPath = (id: string): string => `${POLICIES}/${id}/steps`;

/** What a resource is made of becomes resources of their own, in the place of those before. */
function replaceParts(world: World, path: string, type: string, given: Json | undefined): Json {
  const parts = arrayOf(given).map((each): Item => {
    const { id, ...attributes } = objectOf(each);
    return { id: id ?? world.ids.uuid(), type, attributes };
  });
  const kept = world.collection(path);
  kept.clear();
  for (const part of parts) kept.set(textOf(part.id), part);
  return parts.map(({ id = '' }) => ({ id, type }));
}

const teamsOf = (item: Item): JsonObject => ({ data: arrayOf(at(item, 'relationships', 'teams', 'data')) });

const noSchedule = (id: string): Answer => genericError(404, `schedule[${id}] not found`);

const schedules: CollectionRule = {
  update: 'merge',
  finish(item, { world }, before, given) {
    const id = textOf(item.id);
    const { name = '', time_zone = 'UTC', tags } = objectOf(item.attributes);
    const layers = at(given, 'attributes', 'layers');
    return {
      id,
      type: 'schedules',
      attributes: { name, time_zone, tags: tags ?? [] },
      relationships: {
        layers: {
          data:
            before && layers === undefined
              ? (at(before, 'relationships', 'layers', 'data') ?? [])
              : replaceParts(world, layersPath(id), 'layers', layers),
        },
        teams: teamsOf(item),
      },
    };
  },
  notFound: (_call, id) => noSchedule(id),
};

const policies: CollectionRule = {
  update: 'merge',
  finish(item, { world }, before, given) {
    const id = textOf(item.id);
    const { name = '', resolve_page_on_policy_end = false, retries = 0, tags } = objectOf(item.attributes);
    const steps = at(given, 'attributes', 'steps');
    return {
      id,
      type: 'policies',
      attributes: { name, resolve_page_on_policy_end, retries, tags: tags ?? [] },
      relationships: {
        steps: {
          data:
            before && steps === undefined
              ? (at(before, 'relationships', 'steps', 'data') ?? [])
              : replaceParts(world, stepsPath(id), 'steps', steps),
        },
        teams: teamsOf(item),
      },
    };
  },
  beside({ world, query }, items) {
    const include = (query.get('include') ?? '').split(',');
    const wanted = (name: string): boolean => include.some((each) => each === name || each.startsWith(`${name}.`));
    const included: JsonObject[] = [];
    const [item] = items;
    if (!item || include[0] === '') return {};
    if (wanted('steps')) included.push(...stepsOf(world, textOf(item.id), include.includes('steps.targets')));
    if (wanted('teams')) included.push(...arrayOf(at(teamsOf(item), 'data')).flatMap((each) => resource(world, each)));
    return { included };
  },
  notFound: (_call, id) => genericError(404, `escalation_policy[${id}] not found`),
};

/** Where a target stands in its schedule: on call now, before or after. */
const positionOf = (target: Json): string => textOf(at(target, 'config', 'schedule', 'position'));

function targetReference(target: Json): JsonObject {
  const { id = '', type = '' } = objectOf(target);
  const position = positionOf(target);
  return position === '' ? { id, type } : { id: `${textOf(id)}_${position}`, type: 'schedule_target' };
}

/** The steps of a policy, and whom they reach, each once. */
function stepsOf(world: World, policy: string, targets: boolean): JsonObject[] {
  const included: JsonObject[] = [];
  const reached = new Map<string, JsonObject>();
  for (const step of world.collection(stepsPath(policy)).values()) {
    const { targets: all, ...attributes } = objectOf(step.attributes);
    const data = arrayOf(all).map(targetReference);
    included.push({ id: step.id ?? '', type: 'steps', attributes, relationships: { targets: { data } } });
    if (!targets) continue;
    for (const target of arrayOf(all)) {
      const id = textOf(at(target, 'id'));
      const position = positionOf(target);
      if (position !== '') {
        const relationships = { schedule: relation('schedules', id) };
        included.push({ ...targetReference(target), attributes: { position }, relationships });
      }
      for (const each of resource(world, target)) if (!reached.has(id)) reached.set(id, each);
    }
  }
  return [...included, ...reached.values()];
}

/** A team, schedule or user as an included resource; none when there is none of that id. */
function resource(world: World, reference: Json): JsonObject[] {
  const { id = '', type = '' } = objectOf(reference);
  if (type === 'schedules') {
    const schedule = world.find(SCHEDULES, textOf(id));
    return schedule ? [schedule] : [];
  }
  if (type === 'teams') {
    const team = world.find('/api/v2/team', textOf(id));
    const of = objectOf(team?.attributes);
    const { handle = '', name = '' } = of;
    const attributes = { avatar: of.avatar ?? '', description: of.description ?? '', handle, name };
    return team ? [{ id, type, attributes }] : [];
  }
  return type === 'users' ? [person(world, textOf(id))] : [];
}

export function person(world: World, id: string): JsonObject {
  const { user } = world;
  const of =
    id === user.id
      ? { email: user.email, name: user.name, status: 'active' }
      : objectOf(world.find('/api/v2/users', id)?.attributes);
  return {
    id,
    type: 'users',
    attributes: { email: of.email ?? '', name: of.name ?? '', status: textOf(of.status).toLowerCase() || 'active' },
  };
}

const SECOND = 1000;
const DAY = 86_400;

interface Shift {
  readonly user: string;
  readonly start: number;
  readonly end: number;
}

/** Who is on call in a schedule: the last layer that is in effect says it, by its rotation. */
export function shiftOf(world: World, schedule: string, now = world.now()): Shift | undefined {
  let found: Shift | undefined;
  for (const layer of world.collection(layersPath(schedule)).values()) {
    const of = objectOf(layer.attributes);
    const members = arrayOf(of.members).map((member) => textOf(at(member, 'user', 'id')));
    const { days = 0, seconds = 0 } = objectOf(of.interval);
    const every = (Number(days) * DAY + Number(seconds)) * SECOND;
    const begun = Date.parse(textOf(of.rotation_start ?? of.effective_date));
    const ends = of.end_date ? Date.parse(textOf(of.end_date)) : Number.POSITIVE_INFINITY;
    if (members.length === 0 || every <= 0 || Number.isNaN(begun) || now < begun || now >= ends) continue;
    const turn = Math.floor((now - begun) / every);
    const user = members[turn % members.length]!;
    found = { user, start: begun + turn * every, end: Math.min(begun + (turn + 1) * every, ends) };
  }
  return found;
}

const iso = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

function onCall({ world, params, query }: Call): Answer {
  const id = params.schedule_id ?? '';
  if (!world.find(SCHEDULES, id)) return noSchedule(id);
  const asked = Date.parse(query.get('filter[at_ts]') ?? '');
  const shift = shiftOf(world, id, Number.isNaN(asked) ? undefined : asked);
  if (!shift) return ok({ data: null });
  const [start, end] = [iso(shift.start), iso(shift.end)];
  return ok({
    data: {
      id: `${shift.user}-${start}-${end}`,
      type: 'shifts',
      attributes: { start, end },
      relationships: { user: relation('users', shift.user) },
    },
    ...((query.get('include') ?? '').includes('user') && { included: [person(world, shift.user)] }),
  });
}

function responders({ world, params }: Call): Answer {
  const id = params.schedule_id ?? '';
  if (!world.find(SCHEDULES, id)) return noSchedule(id);
  const key = `${id}-${seconds(world.now())}`;
  const current = [{ id: `${key}-current`, type: 'schedule_oncall_responder' }];
  return ok({
    data: {
      id: key,
      type: 'schedule_oncall_responders',
      attributes: { scheduled_at: iso(world.now()) },
      relationships: { responders: { data: current }, schedule: relation('schedules', id) },
    },
  });
}

export const onCallFamily: Family = {
  name: 'on-call',
  collections: { [SCHEDULES]: schedules, [POLICIES]: policies },
  handlers: {
    'v2.GetScheduleOnCallUser': onCall,
    'v2.GetScheduleOnCallResponders': responders,
  },
};
