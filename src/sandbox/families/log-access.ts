// Logs as they are kept and seen: custom destinations, archives, restriction queries upon roles.
import { type Answer, type Call, type Handler, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, filledIn, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid, relation } from '../people.ts';
import { isoMicroseconds } from '../times.ts';
import type { Collection } from '../world.ts';

const QUERIES = '/api/v2/logs/config/restriction_queries';
const ROLES = '/api/v2/roles';
const ARCHIVES = '/api/v2/logs/config/archives';
const ARCHIVE_ORDER = '/api/v2/logs/config/archive-order';
const noArchive = (): Answer => textFailure(404, 'Archive not found');

// Custom destinations

/** What a destination shows of itself: never what it authenticates with. */
function shown(destination: JsonObject): JsonObject {
  const { access_token: _, client_secret: _secret, auth, ...rest } = destination;
  if (auth === undefined) return rest;
  const type = objectOf(auth).type;
  const header = objectOf(auth).header_name;
  return {
    ...rest,
    auth: { ...(type !== undefined && { type }), ...(header !== undefined && { header_name: header }) },
  };
}

const destinations: CollectionRule = {
  strict: false,
  defaults: () => ({
    attributes: {
      enabled: true,
      forward_tags: true,
      forward_tags_restriction_list: [],
      forward_tags_restriction_list_type: 'ALLOW_LIST',
    },
  }),
  notFound: () => textFailure(404, 'NotFound'),
  check(_call, given, before) {
    const {
      forwarder_destination: destination,
      forward_tags_restriction_list_type: type,
      name,
    } = objectOf(given.attributes);
    const refused = (why: string): Answer => textFailure(400, 'Invalid custom destination configuration', why);
    if (!before && name === undefined) return textFailure(400, "The parameter 'name' is required");
    if (!before && destination === undefined)
      return textFailure(400, "The parameter 'forwarder_destination' is required");
    if (type !== undefined && type !== 'ALLOW_LIST' && type !== 'BLOCK_LIST') return textFailure(400, 'Internal error');
    const { sourcetype } = objectOf(destination);
    if (sourcetype !== undefined && sourcetype !== null && typeof sourcetype !== 'string')
      return refused('Sourcetype must be a string or null');
    return undefined;
  },
  finish(item, _call, before) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(objectOf(before?.attributes).forwarder_destination);
    const destination = shown(objectOf(attributes.forwarder_destination));
    if (destination.type === 'splunk_hec' && destination.sourcetype === undefined && was.sourcetype !== undefined)
      destination.sourcetype = was.sourcetype;
    return {
      ...item,
      type: 'custom_destination',
      attributes: {
        ...attributes,
        query: attributes.query ?? '',
        forwarder_destination: destination,
      },
    };
  },
};

// Archives

const archives: CollectionRule = {
  newId: (ids) => ids.hash(),
  notFound: noArchive,
  finish(item, _call, before, given) {
    const sent = objectOf(given.attributes);
    const attributes = filledIn(sent, {
      include_tags: false,
      rehydration_tags: [],
      rehydration_max_scan_size_in_gb: null,
      compression_method: 'GZIP',
    });
    const state = objectOf(before?.attributes).state ?? 'UNKNOWN';
    return { id: item.id ?? '', type: 'archives', attributes: { ...attributes, state } };
  },
};

const readersPath = (id: string): string => `${ARCHIVES}/${id}/readers`;

/** Changes which roles may read an archive. */
const changeReaders =
  (change: (readers: Collection, role: string) => void): Handler =>
  ({ params, body, world }) => {
    const id = params.archive_id ?? '';
    if (!world.find(ARCHIVES, id)) return noArchive();
    const role = textOf(objectOf(objectOf(body).data).id);
    if (!world.find(ROLES, role)) return textFailure(404, `Role with id: ${role} not found`);
    change(world.collection(readersPath(id)), role);
    return noContent;
  };

const listReaders: Handler = ({ params, world }) => {
  const id = params.archive_id ?? '';
  if (!world.find(ARCHIVES, id)) return noArchive();
  const data = [...world.collection(readersPath(id)).keys()].flatMap((role) => world.find(ROLES, role) ?? []);
  return ok({ data, meta: { page: { total_count: data.length, total_filtered_count: data.length } } });
};

function archiveIds({ world }: Call): string[] {
  const there = [...world.collection(ARCHIVES).keys()];
  const kept = arrayOf(world.documents.get(ARCHIVE_ORDER))
    .map(textOf)
    .filter((id) => there.includes(id));
  return [...kept, ...there.filter((id) => !kept.includes(id))];
}

const orderAnswer = (ids: readonly string[]): Answer =>
  ok({ data: { type: 'archive_order', attributes: { archive_ids: [...ids] } } });

const putOrder: Handler = (call) => {
  const wanted = arrayOf(objectOf(objectOf(objectOf(call.body).data).attributes).archive_ids).map(textOf);
  const there = archiveIds(call);
  if (wanted.length !== there.length || wanted.some((id) => !there.includes(id)))
    return { status: 422, body: { errors: ['Invalid archive order: it must list each archive, once'] } };
  call.world.documents.set(ARCHIVE_ORDER, wanted);
  return orderAnswer(wanted);
};

// Restriction queries

const missing = (): Answer => textFailure(404, 'Restriction query not found');
const badId = (_call: unknown, id: string): Answer | undefined =>
  isUuid(id) ? undefined : textFailure(400, 'uuid is not proper type');

const restrictionQueries: CollectionRule = {
  badId,
  notFound: missing,
  strict: false,
  check({ body }, given) {
    if (objectOf(body).data === undefined)
      return textFailure(
        400,
        "API input validation failed: {'_schema': [{'detail': 'Object must include `data` key.', 'source': {'pointer': '/'}}]}",
      );
    return typeof objectOf(given.attributes).restriction_query === 'string'
      ? undefined
      : textFailure(
          400,
          "API input validation failed: {'restriction_query': [{'detail': 'Missing data for required field.', 'source': {'pointer': '/data/attributes/restriction_query'}}]}",
        );
  },
  finish(item, { world }, before, given) {
    const now = isoMicroseconds(world.now());
    const { restriction_query = '' } = objectOf(given.attributes);
    const created_at = objectOf(before?.attributes).created_at ?? now;
    return {
      id: item.id ?? '',
      type: 'logs_restriction_queries',
      attributes: { restriction_query, created_at, modified_at: now },
      relationships: before?.relationships ?? { roles: { data: [] } },
    };
  },
  view(item, { operation, params }) {
    if (operation.method === 'GET' && params.restriction_query_id !== undefined) return item;
    const { relationships: _, ...rest } = item;
    return rest;
  },
};

const rolesOf = (item: JsonObject): string[] =>
  arrayOf(objectOf(objectOf(item.relationships).roles).data).map((role) => textOf(objectOf(role).id));

/** Runs upon a restriction query and the role that the body names. The role is looked for first. */
const withRole =
  (change: (roles: string[], role: string) => string[]): Handler =>
  (call) => {
    const role = textOf(objectOf(objectOf(call.body).data).id);
    if (!call.world.find(ROLES, role)) return textFailure(404, `Role with id: ${role} not found`);
    const id = call.params.restriction_query_id ?? '';
    const bad = badId(call, id);
    if (bad) return bad;
    const item = call.world.find(QUERIES, id);
    if (!item) return missing();
    const data = change(rolesOf(item), role).map((each) => relation('roles', each).data!);
    call.world.collection(QUERIES).set(id, { ...item, relationships: { roles: { data } } });
    return noContent;
  };

const listRoles: Handler = (call) => {
  const id = call.params.restriction_query_id ?? '';
  const bad = badId(call, id);
  if (bad) return bad;
  const item = call.world.find(QUERIES, id);
  if (!item) return missing();
  const data = rolesOf(item).flatMap((role) => {
    const found = call.world.find(ROLES, role);
    return found ? [{ id: role, type: 'roles', attributes: { name: objectOf(found.attributes).name ?? '' } }] : [];
  });
  return ok({ data });
};

const queriesOf = (call: Call, roles: readonly string[]): Answer =>
  ok({
    data: [...call.world.collection(QUERIES).values()].filter((item) =>
      rolesOf(item).some((role) => roles.includes(role)),
    ),
  });

const ofRole: Handler = (call) => {
  const role = call.params.role_id ?? '';
  return call.world.find(ROLES, role) ? queriesOf(call, [role]) : textFailure(400, `Missing Role ${role}`);
};

const ofUser: Handler = (call) => {
  const id = call.params.user_id ?? '';
  const bad = badId(call, id);
  if (bad) return bad;
  const user = call.world.find('/api/v2/users', id);
  if (!user && id !== call.world.user.id) return textFailure(400, `user with uuid ${id} doesn't exist`);
  return queriesOf(call, user ? rolesOf(user) : []);
};

export const logAccessFamily: Family = {
  name: 'log destinations, archives and restrictions',
  collections: {
    '/api/v2/logs/config/custom-destinations': destinations,
    [ARCHIVES]: archives,
    [QUERIES]: restrictionQueries,
  },
  handlers: {
    'v2.GetLogsArchiveOrder': (call) => orderAnswer(archiveIds(call)),
    'v2.UpdateLogsArchiveOrder': putOrder,
    'v2.AddReadRoleToArchive': changeReaders((readers, role) => readers.set(role, { id: role })),
    'v2.RemoveRoleFromArchive': changeReaders((readers, role) => readers.delete(role)),
    'v2.ListArchiveReadRoles': listReaders,
    'v2.AddRoleToRestrictionQuery': withRole((roles, role) => [...new Set([...roles, role])]),
    'v2.RemoveRoleFromRestrictionQuery': withRole((roles, role) => roles.filter((each) => each !== role)),
    'v2.ListRestrictionQueryRoles': listRoles,
    'v2.GetRoleRestrictionQuery': ofRole,
    'v2.ListUserRestrictionQueries': ofUser,
  },
};
