// The configuration of incidents: types, notification rules and templates.
import { type Answer, type Call, errorFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { caller, genericError, relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const CONFIG = '/api/v2/incidents/config';
const TYPES = `${CONFIG}/types`;

/** The type of an incident that names none. */
export const DEFAULT_INCIDENT_TYPE = '5f3f0c6e-2b7d-4a39-9d57-0c6a1e4b8f20';

const notThere = (): Answer => errorFailure(404, { status: '404', title: 'Not Found' });

const makers = (world: World): JsonObject => ({
  created_by_user: caller(world),
  last_modified_by_user: caller(world),
});

function typeItem(id: string, attributes: JsonObject, world: World, before?: Item): Item {
  const { name = '', description = '', is_default = false, prefix } = attributes;
  const now = isoZulu(world.now());
  return {
    id,
    type: 'incident_types',
    attributes: {
      name,
      description,
      is_default,
      prefix: prefix ?? 'IR',
      createdAt: at(before, 'attributes', 'createdAt') ?? now,
      createdBy: world.user.id,
      modifiedAt: now,
      lastModifiedBy: world.user.id,
    },
    relationships: {
      ...makers(world),
      google_chat_configuration: { data: null },
      google_meet_configuration: { data: null },
      microsoft_teams_configuration: { data: null },
      zoom_configuration: { data: null },
    },
  };
}

const types: CollectionRule = {
  finish(item, { world }, before) {
    // One type at most is the default.
    if (at(item, 'attributes', 'is_default') === true && at(before, 'attributes', 'is_default') !== true) {
      for (const other of world.collection(TYPES).values()) objectOf(other.attributes).is_default = false;
    }
    return typeItem(textOf(item.id), objectOf(item.attributes), world, before);
  },
  notFound: notThere,
};

/** The incident type that a rule or template is for. */
const typeOf = (item: JsonObject): string => textOf(at(item, 'relationships', 'incident_type', 'data', 'id'));

function related({ world }: Call, item: Item): JsonObject {
  const id = typeOf(item);
  return { ...makers(world), incident_type: relation('incident_types', id === '' ? DEFAULT_INCIDENT_TYPE : id) };
}

/** Refuses what is for an incident type that there is not. */
const refuseType = ({ world }: Call, given: JsonObject, detail: string): Answer | undefined =>
  typeOf(given) !== '' && !world.find(TYPES, typeOf(given)) ? genericError(404, detail) : undefined;

const times = (world: World, before: Item | undefined): JsonObject => {
  const now = isoZulu(world.now());
  return { created: at(before, 'attributes', 'created') ?? now, modified: now };
};

const rules: CollectionRule = {
  check: (call, given) => refuseType(call, given, "incident type doesn't exist"),
  finish(item, call, before) {
    const {
      conditions = [],
      enabled = true,
      handles = [],
      renotify_on = [],
      trigger = 'incident_created_trigger',
      visibility = 'all',
    } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'incident_notification_rules',
      attributes: { conditions, enabled, handles, renotify_on, trigger, visibility, ...times(call.world, before) },
      relationships: related(call, item),
    };
  },
  notFound: (call) =>
    call.operation.method === 'PUT'
      ? (refuseType(call, objectOf(at(call.body, 'data')), "incident type doesn't exist") ??
        genericError(404, 'rule not found'))
      : genericError(404, 'rule not found'),
};

const templates: CollectionRule = {
  check: (call, given) => refuseType(call, given, 'incident type not found'),
  finish(item, call, before) {
    const { category = '', content = '', name = '', subject = '' } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'notification_templates',
      attributes: { category, content, name, subject, ...times(call.world, before) },
      relationships: related(call, item),
    };
  },
  notFound: notThere,
};

export const incidentConfigFamily: Family = {
  name: 'incident configuration',
  collections: {
    [TYPES]: types,
    [`${CONFIG}/notification-rules`]: rules,
    [`${CONFIG}/notification-templates`]: templates,
  },
  seed(world) {
    const item = typeItem(DEFAULT_INCIDENT_TYPE, { name: 'Incident', is_default: true }, world);
    world.collection(TYPES).set(DEFAULT_INCIDENT_TYPE, item);
  },
};
