// Incidents: their fields, people and lifecycle, and the search over them.
import { type Answer, type Call, created, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { caller, callerRecord, genericError, isUuid, relation, userRecord } from '../people.ts';
import { isoMicroseconds, isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { DEFAULT_INCIDENT_TYPE } from './incident-config.ts';

export const INCIDENTS = '/api/v2/incidents';
const IMPACTS = `${INCIDENTS}/{incident_id}/impacts`;
const NIL = /^0{8}-0{4}-0{4}-0{4}-0{12}$/;

/** The fields that every incident has, with what stands in them at first. */
const FIELDS: Readonly<Record<string, { readonly type: string; readonly value: Json }>> = {
  teams: { type: 'autocomplete', value: null },
  severity: { type: 'dropdown', value: 'UNKNOWN' },
  state: { type: 'dropdown', value: 'active' },
  detection_method: { type: 'dropdown', value: 'unknown' },
  root_cause: { type: 'textbox', value: null },
  summary: { type: 'textbox', value: null },
  services: { type: 'autocomplete', value: null },
};

/** Ids of the field definitions that an organisation begins with, `slug` among them. */
const FIELD_IDS = Array.from({ length: 8 }, (_, i) => `3cbe9e60-d794-532c-acc0-73641f78281${i}`);

const responder = (world: World): JsonObject => ({ id: world.ids.uuid(), type: 'incident_responders' });
const commanderOf = (item: Item | undefined): string =>
  textOf(at(item, 'relationships', 'commander_user', 'data', 'id'));

/** An incident after it was made or changed. */
function keep(item: Item, { world }: Call, before: Item | undefined): Item {
  const { user } = world;
  const was = objectOf(before?.attributes);
  const now = objectOf(item.attributes);
  const time = isoMicroseconds(world.now());
  const number = (was.public_id ?? world.ids.integer(300_000)) as number;
  const fields = {
    ...FIELDS,
    slug: { type: 'textbox', value: `IR-${number}` },
    ...objectOf(was.fields),
    ...objectOf(now.fields),
  } as JsonObject;
  const state = textOf(at(fields, 'state', 'value'));
  const relations = objectOf(item.relationships);
  const responders = arrayOf(at(before, 'relationships', 'responders', 'data'));
  if (before && responders.length === 0) responders.push(responder(world));
  if (commanderOf(item) !== '' && commanderOf(item) !== commanderOf(before)) responders.push(responder(world));
  return {
    type: 'incidents',
    id: item.id ?? '',
    attributes: {
      public_id: number,
      incident_type_uuid: now.incident_type_uuid ?? was.incident_type_uuid ?? DEFAULT_INCIDENT_TYPE,
      title: now.title ?? '',
      resolved: state === 'resolved' && before ? (was.resolved ?? time) : null,
      customer_impact_scope: now.customer_impact_scope ?? null,
      customer_impact_start: now.customer_impact_start ?? null,
      customer_impact_end: now.customer_impact_end ?? null,
      customer_impacted: now.customer_impacted ?? false,
      notification_handles: arrayOf(now.notification_handles).length > 0 ? now.notification_handles! : null,
      last_modified_by_uuid: user.id,
      created: was.created ?? time,
      modified: time,
      detected: now.detected ?? was.detected ?? time,
      created_by_uuid: user.id,
      creation_idempotency_key: null,
      customer_impact_duration: 0,
      time_to_detect: 0,
      time_to_repair: 0,
      time_to_internal_response: 0,
      time_to_resolve: 0,
      archived: null,
      is_test: now.is_test ?? false,
      declared: was.declared ?? time,
      declared_by_uuid: user.id,
      fields,
      field_analytics: null,
      severity: at(fields, 'severity', 'value') ?? 'UNKNOWN',
      state,
      non_datadog_creator: null,
      visibility: 'organization',
      case_id: null,
    },
    relationships: {
      created_by_user: caller(world),
      last_modified_by_user: caller(world),
      declared_by_user: caller(world),
      commander_user: relation('users', commanderOf(item) || null),
      user_defined_fields: { data: FIELD_IDS.map((id) => ({ type: 'user_defined_field', id })) },
      integrations: relations.integrations ?? { data: [] },
      attachments: relations.attachments ?? { data: [] },
      impacts: relations.impacts ?? { data: [] },
      responders: { data: responders },
    },
  };
}

/** The people of an incident in full, as answers to writes have them. */
function withPeople(item: Item, { operation, world }: Call): Item {
  if (operation.method === 'GET' && operation.id !== 'SearchIncidents') return item;
  const me = { data: callerRecord(world) };
  const commander = userRecord(world, commanderOf(item));
  // An incident's own record does not name its maker until it is read again.
  const unread = operation.method === 'PATCH' ? world.user.id : null;
  return {
    ...item,
    attributes: {
      ...objectOf(item.attributes),
      created_by: me,
      last_modified_by: me,
      declared_by: me,
      created_by_uuid: unread,
      last_modified_by_uuid: unread,
      declared_by_uuid: unread,
      commander: commander ? { data: commander } : null,
    },
  };
}

/** No such incident, in the words of the service that is asked. */
function noIncident({ operation, params }: Call, id: string): Answer {
  if (operation.path.includes('/attachments')) return genericError(404, 'incident not found');
  if (operation.path.includes('/impacts')) {
    if (operation.method === 'DELETE') return noImpact();
    if (NIL.test(id))
      return genericError(400, 'invalid impact data: incident id is required: invalid impact', 'Bad Request');
    return genericError(
      404,
      'rpc error: code = NotFound desc = incident not found: failed to get incident: incident not found',
    );
  }
  if (operation.path.includes('/integrations')) return genericError(404, "incident integration doesn't exist");
  return textFailure(404, params.todo_id === undefined ? `incident ${id} not found` : `${params.todo_id} not found`);
}

const noImpact = (): Answer =>
  genericError(404, 'rpc error: code = NotFound desc = impact not found: impact not found');

const incidents: CollectionRule = {
  finish: keep,
  view: withPeople,
  notFound: noIncident,
  badId({ operation }, id) {
    if (isUuid(id)) return undefined;
    return operation.path.includes('/attachments')
      ? genericError(404, 'malformed incident ID')
      : textFailure(400, `incident id ${id} is not valid`);
  },
  matches: (item, { query }) => {
    const text = query.get('query') ?? '';
    const states = /state:\(?([^)]*)\)?/.exec(text)?.[1]?.split(/\s+OR\s+/);
    return !states || states.includes(textOf(at(item, 'attributes', 'state')));
  },
};

/** A short time as impacts write it: no fraction when there is none. */
const brief = (text: Json | undefined): Json =>
  text === undefined || text === null ? null : textOf(text).replace(/\.0+(?=Z|[+-])/, '');

const impacts: CollectionRule = {
  finish(item, { world, params }, before, given) {
    const { description = null, start_at, end_at } = objectOf(item.attributes);
    const fields = at(given, 'attributes', 'fields') ?? at(before, 'attributes', 'fields') ?? null;
    const now = isoZulu(world.now());
    return {
      id: item.id ?? '',
      type: 'incident_impacts',
      attributes: {
        created: at(before, 'attributes', 'created') ?? now,
        modified: now,
        description,
        fields,
        impact_type: 'customer',
        start_at: brief(start_at),
        end_at: brief(end_at),
      },
      relationships: {
        created_by_user: caller(world),
        last_modified_by_user: caller(world),
        incident: relation('incidents', params.incident_id),
      },
    };
  },
  notFound: noImpact,
};

function importIncident(call: Call): Answer {
  const given = objectOf(at(call.body, 'data'));
  if (textOf(at(given, 'attributes', 'title')) === '') return textFailure(400, 'title is required');
  const item = keep({ ...given, id: call.world.ids.uuid() }, call, undefined);
  call.world.collection(INCIDENTS).set(textOf(item.id), item);
  const type = textOf(at(item, 'attributes', 'incident_type_uuid'));
  const relationships = { ...objectOf(item.relationships), incident_type: relation('incident_types', type) };
  return created({ data: { ...item, relationships } });
}

function tally(values: readonly Json[], always: readonly Json[]): Json[] {
  const counts = new Map<Json, number>(always.map((name) => [name, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}

/** Names of people in facets, each with how often. */
function people(count: number, { user }: World): Json[] {
  return count === 0 ? [] : [{ name: user.name, handle: user.handle, email: user.email, uuid: user.id, count }];
}

const span = (name: string): Json[] => [{ name, aggregates: { min: null, max: null } }];

function search(call: Call): Answer {
  const { world, query } = call;
  const found = [...world.collection(INCIDENTS).values()].filter((item) => incidents.matches!(item, call));
  const offset = Number(query.get('page[offset]') ?? 0);
  const size = Number(query.get('page[size]') ?? 10);
  const page = found.slice(offset, offset + size).map((item) => withPeople(item, call));
  const each = (name: string): Json[] => found.map((item) => at(item, 'attributes', name) ?? null);
  const custom = Object.keys({ ...FIELDS, slug: null }).filter((name) => name !== 'severity' && name !== 'state');
  const facets: JsonObject = {
    severity: tally(each('severity'), ['UNKNOWN', 'SEV-1', 'SEV-2', 'SEV-3', 'SEV-4', 'SEV-5']),
    state: tally(each('state'), ['active', 'stable', 'resolved']),
    customer_impacted: tally(
      each('customer_impacted').map((value) => (value === true ? true : 0)),
      [0, true],
    ),
    is_test: tally(
      each('is_test').map((value) => (value === true ? true : 0)),
      [0, true],
    ),
    visibility: tally(each('visibility'), []),
    impact: tally(
      found.map(() => 'none'),
      [],
    ),
    postmortem: tally(
      found.map(() => 'No'),
      ['No', 'Yes'],
    ),
    time_to_repair: span('time_to_repair'),
    time_to_detect: span('time_to_detect'),
    time_to_resolve: span('time_to_resolve'),
    fields: custom.sort().map((name) => ({
      name,
      facets: tally(
        found.map((item) => at(item, 'attributes', 'fields', name, 'value') ?? null).filter((value) => value !== null),
        name === 'detection_method' ? ['unknown', 'customer', 'employee', 'monitor', 'other'] : [],
      ),
    })),
    created_by: people(found.length, world),
    declared_by: people(found.length, world),
    last_modified_by: people(found.length, world),
    responder: [],
    commander: [],
    incident_type: [],
  };
  return ok({
    data: {
      type: 'incidents_search_results',
      attributes: { total: found.length, facets, incidents: page.map((item) => ({ data: item })) },
    },
    included: page,
    meta: { pagination: { offset, next_offset: offset + page.length, size: page.length } },
  });
}

/** Deleting an impact asks for the impact alone, whichever incident the path names. */
function deleteImpact({ world, params }: Call): Answer {
  const path = IMPACTS.replace('{incident_id}', params.incident_id ?? '');
  return world.remove(path, params.impact_id ?? '') ? noContent : noImpact();
}

export const incidentFamily: Family = {
  name: 'incidents',
  collections: { [INCIDENTS]: incidents, [IMPACTS]: impacts },
  handlers: {
    'v2.ImportIncident': importIncident,
    'v2.SearchIncidents': search,
    'v2.DeleteIncidentImpact': deleteImpact,
  },
};
