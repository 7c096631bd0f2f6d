// Cases: what is done to one, step by step.
import { type Answer, type Call, errorFailure, jsonApiFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { caller, genericError, isUuid, relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { badRequest, CASE_TYPES, customAttribute, notThere, PROJECTS, STANDARD_CASE } from './case-config.ts';

const CASES = '/api/v2/cases';

const noCase = (): Answer => notThere('case not found');

const PRIORITIES = ['P1', 'P2', 'P3', 'P4', 'P5', 'NOT_DEFINED'];

/** Statuses with the group of each, in the order in which refusals name them. */
const STATUSES: Readonly<Record<string, string>> = {
  NOT_STARTED: 'SG_OPEN',
  IN_PROGRESS: 'SG_IN_PROGRESS',
  CLOSED: 'SG_CLOSED',
  ACKNOWLEDGED: 'SG_IN_PROGRESS',
  TRIGGERED: 'SG_OPEN',
  PENDING_APPROVAL: 'SG_IN_PROGRESS',
  COMPLETED: 'SG_CLOSED',
  CANCELLED: 'SG_CLOSED',
  DECLINED: 'SG_CLOSED',
  SUNKNOWN: 'SG_UNKNOWN',
  OPEN: 'SG_OPEN',
  RESOLVED: 'SG_CLOSED',
  APPROVED: 'SG_IN_PROGRESS',
  IMPLEMENTING: 'SG_IN_PROGRESS',
};

/** `IN_PROGRESS` as people read it: `In Progress`. */
const titled = (status: string): string =>
  status.toLowerCase().replaceAll(/(^|_)([a-z])/g, (_, gap: string, letter: string) => {
    return `${gap === '' ? '' : ' '}${letter.toUpperCase()}`;
  });

/** References of a new case that lead nowhere. Projects are asked for where the organisation's are known. */
function refuseReferences({ world }: Call, given: JsonObject): Answer | undefined {
  const assignee = at(given, 'relationships', 'assignee', 'data');
  const kind = at(assignee, 'type');
  if (kind !== undefined && kind !== 'user')
    return jsonApiFailure(400, `got type ${JSON.stringify(kind)} expected one of "user"`);
  const project = textOf(at(given, 'relationships', 'project', 'data', 'id'));
  const projects = world.collection(PROJECTS);
  if (projects.size > 0 && !projects.has(project)) return notThere('project not found');
  const type = textOf(at(given, 'attributes', 'type_id'));
  return type !== '' && !world.find(CASE_TYPES, type) ? notThere('case_type not found') : undefined;
}

function makeCase(item: Item, { world }: Call): Item {
  const given = objectOf(item.attributes);
  const number = world.ids.integer(10_000);
  const project = at(item, 'relationships', 'project', 'data', 'id') ?? null;
  const key = textOf(at(world.find(PROJECTS, textOf(project)), 'attributes', 'key')) || 'CASE';
  const type = given.type_id ?? STANDARD_CASE;
  const assignee = at(item, 'relationships', 'assignee', 'data', 'id');
  return {
    id: item.id ?? '',
    type: 'case',
    attributes: {
      attributes: {},
      comment_count: 0,
      created_at: isoZulu(world.now()),
      creation_source: 'MANUAL',
      custom_attributes: objectOf(given.custom_attributes),
      description: given.description ?? '',
      insights: [],
      internal_id: world.ids.uuid(),
      key: `${key}-${number}`,
      merge_status: 'NOT_MERGED',
      priority: given.priority ?? 'NOT_DEFINED',
      public_id: String(number),
      status: 'OPEN',
      status_group: 'SG_OPEN',
      status_name: given.status_name ?? 'Open',
      title: given.title ?? '',
      type: type === STANDARD_CASE ? 'STANDARD' : 'TUNKNOWN',
      type_id: type,
    },
    relationships: {
      created_by: relation('user', world.user.id),
      project: relation('project', project),
      ...(assignee !== undefined && { assignee: relation('user', assignee) }),
    },
  };
}

/** A user as answers about cases include it. */
function person(world: World, id: string): JsonObject {
  const { user } = world;
  const known = objectOf(world.find('/api/v2/users', id)?.attributes);
  return id === user.id
    ? { id, type: 'user', attributes: { active: true, email: user.email, handle: user.handle, name: user.name } }
    : {
        id,
        type: 'user',
        attributes: { active: false, email: known.email ?? '', handle: known.handle ?? '', name: known.name ?? '' },
      };
}

function people({ world }: Call, items: readonly Item[]): JsonObject {
  const ids = new Set(
    items.flatMap((item) => [
      textOf(at(item, 'relationships', 'created_by', 'data', 'id')),
      textOf(at(item, 'relationships', 'assignee', 'data', 'id')),
    ]),
  );
  ids.delete('');
  return { included: [...ids].map((id) => person(world, id)) };
}

const cases: CollectionRule = {
  check: (call, given, before) => (before ? undefined : refuseReferences(call, given)),
  finish: (item, call, before) => (before ? item : makeCase(item, call)),
  notFound: noCase,
  beside: people,
  matches(item, { query }) {
    const status = /\bstatus:(\w+)/.exec(query.get('filter') ?? '')?.[1];
    return status === undefined || textOf(at(item, 'attributes', 'status')).toLowerCase() === status.toLowerCase();
  },
};

function list(call: Call): Answer {
  const { world, query } = call;
  const found = [...world.collection(CASES).values()].filter((item) => cases.matches!(item, call));
  const size = Number(query.get('page[size]') ?? 10);
  const current = Number(query.get('page[number]') ?? 1);
  const page = found.slice((current - 1) * size, current * size);
  const meta = {
    total_cases: found.length,
    page: { current, size: page.length, total: Math.ceil(found.length / size) },
  };
  return ok({ data: page, meta, ...people(call, page) });
}

const given = (call: Call, field: string): Json | undefined => at(call.body, 'data', 'attributes', field);

/** One step on a case. The change is what it does to the attributes and relationships, or its refusal. */
function step(change: (call: Call, item: Item) => { item: Item } | Answer): (call: Call) => Answer {
  return (call) => {
    const { world, params, body } = call;
    const kind = at(body, 'data', 'type');
    if (call.operation.method === 'POST' && kind !== 'case')
      return jsonApiFailure(400, `got type ${JSON.stringify(kind ?? '')} expected one of "case"`);
    const id = params.case_id ?? '';
    const before = world.find(CASES, id);
    if (!before) return noCase();
    const changed = change(call, before);
    if ('status' in changed) return changed as Answer;
    const { item } = changed as { item: Item };
    const same = JSON.stringify(item) === JSON.stringify(before);
    const after = same
      ? item
      : {
          ...item,
          attributes: { ...objectOf(item.attributes), modified_at: isoZulu(world.now()) },
          relationships: { ...objectOf(item.relationships), modified_by: relation('user', world.user.id) },
        };
    world.collection(CASES).set(id, after);
    return ok({ data: after, ...people(call, [after]) });
  };
}

const withAttributes = (item: Item, attributes: JsonObject): { item: Item } => ({
  item: { ...item, attributes: { ...objectOf(item.attributes), ...attributes } },
});

const assign = step((call, item) => {
  const id = textOf(given(call, 'assignee_id'));
  if (!isUuid(id)) return badRequest();
  return { item: { ...item, relationships: { ...objectOf(item.relationships), assignee: relation('user', id) } } };
});

const unassign = step((_call, item) => {
  const { assignee: _gone, ...relationships } = objectOf(item.relationships);
  return { item: { ...item, relationships } };
});

const setStatus = step((call, item) => {
  const status = textOf(given(call, 'status'));
  const group = STATUSES[status];
  if (group === undefined) {
    const known = Object.keys(STATUSES).join(', ');
    return genericError(400, `invalid status ${status}. Must be one of ${known}`);
  }
  const closed = group === 'SG_CLOSED' ? { closed_at: isoZulu(call.world.now()) } : {};
  return withAttributes(item, { status, status_group: group, status_name: titled(status), ...closed });
});

const setPriority = step((call, item) => {
  const priority = textOf(given(call, 'priority'));
  return PRIORITIES.includes(priority)
    ? withAttributes(item, { priority })
    : genericError(400, `invalid priority ${priority}. Must be one of ${PRIORITIES.join(', ')}`);
});

const setTitle = step((call, item) => {
  const title = textOf(given(call, 'title'));
  return title === '' ? badRequest() : withAttributes(item, { title });
});

const setDescription = step((call, item) => withAttributes(item, { description: textOf(given(call, 'description')) }));

const takeAttributes = step((call, item) => withAttributes(item, { attributes: objectOf(given(call, 'attributes')) }));

/** Attributes are lists, which is seen before the case is looked for. */
function setAttributes(call: Call): Answer {
  const wrong = Object.values(objectOf(given(call, 'attributes'))).find((value) => !Array.isArray(value));
  return wrong === undefined
    ? takeAttributes(call)
    : jsonApiFailure(400, `error decoding attribute "attributes": invalid type ${typeof wrong}`);
}

const archive = step((call, item) => withAttributes(item, { archived_at: isoZulu(call.world.now()) }));

const unarchive = step((_call, item) => {
  const { archived_at: _gone, ...attributes } = objectOf(item.attributes);
  return { item: { ...item, attributes } };
});

/** A custom attribute that the case's type does not have cannot be set or taken away. */
function noSuchAttribute(key: string, command: string): Answer {
  const title = `failed to update batch: failed to apply command: failed to apply domain.${command} command: custom attribute configuration not found`;
  return errorFailure(404, { code: 'resource_not_found', title, meta: { key } });
}

const TYPES_OF_VALUE = new Set(['TEXT', 'NUMBER', 'URL', 'SELECT']);

const setCustom = step((call, item) => {
  const key = call.params.custom_attribute_key ?? '';
  const type = textOf(given(call, 'type'));
  if (!TYPES_OF_VALUE.has(type)) return badRequest();
  const known = customAttribute(call.world, textOf(at(item, 'attributes', 'type_id')), key);
  if (!known) return noSuchAttribute(key, 'UpdateCustomAttribute');
  const value = { type, is_multi: given(call, 'is_multi') ?? false, value: given(call, 'value') ?? null };
  return withAttributes(item, {
    custom_attributes: { ...objectOf(at(item, 'attributes', 'custom_attributes')), [key]: value },
  });
});

const dropCustom = step((call, item) => {
  const key = call.params.custom_attribute_key ?? '';
  if (!customAttribute(call.world, textOf(at(item, 'attributes', 'type_id')), key))
    return noSuchAttribute(key, 'RemoveCustomAttribute');
  const { [key]: _gone, ...rest } = objectOf(at(item, 'attributes', 'custom_attributes'));
  return withAttributes(item, { custom_attributes: rest });
});

function count({ world }: Call): Answer {
  const groups = Map.groupBy(world.collection(CASES).values(), (item) => textOf(at(item, 'attributes', 'status')));
  const values = [...groups].map(([value, items]) => ({ value, count: items.length }));
  return ok({
    data: {
      id: world.ids.uuid(),
      type: 'count',
      attributes: { groups: [{ group: 'status', group_values: values }] },
    },
  });
}

/** Who follows a case: its maker does. */
function watchers({ world, params }: Call): Answer {
  const item = world.find(CASES, params.case_id ?? '');
  if (!item) return noCase();
  const user = { user: caller(world) };
  return ok({ data: isObject(item) ? arrayOf([{ id: world.user.id, type: 'watcher', relationships: user }]) : [] });
}

export const caseFamily: Family = {
  name: 'cases',
  collections: { [CASES]: cases },
  handlers: {
    'v2.SearchCases': list,
    'v2.AssignCase': assign,
    'v2.UnassignCase': unassign,
    'v2.UpdateStatus': setStatus,
    'v2.UpdatePriority': setPriority,
    'v2.UpdateCaseTitle': setTitle,
    'v2.UpdateCaseDescription': setDescription,
    'v2.UpdateAttributes': setAttributes,
    'v2.ArchiveCase': archive,
    'v2.UnarchiveCase': unarchive,
    'v2.UpdateCaseCustomAttribute': setCustom,
    'v2.DeleteCaseCustomAttribute': dropCustom,
    'v2.CountCases': count,
    'v2.ListCaseWatchers': watchers,
  },
};
