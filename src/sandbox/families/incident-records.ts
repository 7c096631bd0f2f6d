// What stands below an incident: attachments, integrations and to-dos.
import { type Answer, type Call, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type Json, type JsonObject, objectOf } from '../json.ts';
import { caller, callerRecord, genericError, relation } from '../people.ts';
import { isoMicroseconds, isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const BELOW = '/api/v2/incidents/{incident_id}';

const attachments: CollectionRule = {
  finish(item, { world, params }, before) {
    const given = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'incident_attachments',
      attributes: {
        attachment: given.attachment ?? at(before, 'attributes', 'attachment') ?? null,
        attachment_type: given.attachment_type ?? 'link',
        modified: isoZulu(world.now()),
      },
      relationships: {
        incident: relation('incidents', params.incident_id),
        last_modified_by_user: caller(world),
      },
    };
  },
  beside: ({ world }, items) => (items.length > 0 ? { included: [callerRecord(world)] } : {}),
  notFound: (): Answer => genericError(404, 'incident not found'),
};

const makers = (world: World): JsonObject => ({
  created_by_user: caller(world),
  last_modified_by_user: caller(world),
});

/** People in full, in the answers that carry them. */
function withPeople(item: Item, world: World, uuid: string | null): Item {
  const me = { data: callerRecord(world) };
  const people = { created_by: me, last_modified_by: me, created_by_uuid: uuid, last_modified_by_uuid: uuid };
  return { ...item, attributes: { ...objectOf(item.attributes), ...people } };
}

const times = (world: World, before: Item | undefined): JsonObject => {
  const now = isoMicroseconds(world.now());
  return { created: at(before, 'attributes', 'created') ?? now, modified: now };
};

/** How far the messages to an integration have come: pending, sent, changed. */
const SENT = 3;
const CHANGED = 4;

const integrations: CollectionRule = {
  finish(item, { world, params }, before) {
    const { integration_type = 1, metadata = null } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'incident_integrations',
      attributes: {
        ...times(world, before),
        created_by_uuid: world.user.id,
        last_modified_by_uuid: world.user.id,
        incident_id: params.incident_id ?? '',
        integration_type,
        metadata,
        status: before ? CHANGED : SENT,
      },
      relationships: makers(world),
    };
  },
  view: (item, { world, operation }) => (operation.method === 'GET' ? item : withPeople(item, world, world.user.id)),
  notFound: () => genericError(404, "incident integration doesn't exist"),
};

/** A time to the second, as to-dos keep it. */
const toTheSecond = (value: Json | undefined): Json =>
  typeof value === 'string' ? value.replace(/\.\d+/, '').replace('Z', '+00:00') : null;

const todos: CollectionRule = {
  finish(item, { world, params }, before) {
    const { content = '', assignees = [], completed, due_date } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'incident_todos',
      attributes: {
        ...times(world, before),
        completed: toTheSecond(completed),
        due_date: toTheSecond(due_date),
        assignees,
        content,
        created_by_uuid: world.user.id,
        last_modified_by_uuid: world.user.id,
        incident_id: params.incident_id ?? '',
      },
      relationships: makers(world),
    };
  },
  view(item, { world, operation }: Call) {
    if (operation.id === 'ListIncidentTodos') return item;
    return withPeople(item, world, operation.method === 'POST' ? null : world.user.id);
  },
  notFound: (_call, id) => textFailure(404, `${id} not found`),
};

export const incidentRecordFamily: Family = {
  name: 'incident records',
  collections: {
    [`${BELOW}/attachments`]: attachments,
    [`${BELOW}/relationships/integrations`]: integrations,
    [`${BELOW}/relationships/todos`]: todos,
  },
};
