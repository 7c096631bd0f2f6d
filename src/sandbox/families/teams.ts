// Teams: their links, members, permission settings and notification rules.
import { type Answer, type Call, errorFailure, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isList, openPageCounts, pageCounts, pageLinks } from '../paging.ts';
import { isUuid, relation } from '../people.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { USERS } from './access.ts';

export const TEAMS = '/api/v2/team';
const LINKS = '/api/v2/team/{team_id}/links';
const MEMBERS = '/api/v2/team/{team_id}/memberships';
const RULES = '/api/v2/team/{team_id}/notification-rules';
const PAGE = 100;
const membersPath = (team: string): string => `${TEAMS}/${team}/memberships`;
const linksPath = (team: string): string => `${TEAMS}/${team}/links`;
const settingsPath = (team: string): string => `${TEAMS}/${team}/permission-settings`;

const badUuid = (_call: Call, id: string): Answer | undefined =>
  isUuid(id) ? undefined : textFailure(404, `${id} is not a valid UUID not found`);
const noTeam = (id: string): Answer => textFailure(404, `Team for ID ${id} not found`);
const conflict = (detail: string): Answer => errorFailure(409, { status: '409', title: 'Conflict', detail });

/** A team with what it counts. */
const counted = (team: Item, world: World): Item => ({
  ...team,
  attributes: {
    ...objectOf(team.attributes),
    link_count: world.collection(linksPath(textOf(team.id))).size,
    user_count: world.collection(membersPath(textOf(team.id))).size,
  },
});

/** A team as the list's `fields[team]` asks for it: those attributes alone. */
function sparse(team: Item, fields: string): Item {
  const names = new Set(fields.split(','));
  const attributes = Object.entries(objectOf(team.attributes)).filter(([name]) => names.has(name));
  return { type: 'team', id: team.id ?? '', attributes: Object.fromEntries(attributes) };
}

const isMember = (world: World, team: Item, user: string): boolean =>
  world.find(membersPath(textOf(team.id)), user) !== undefined;

const teams: CollectionRule = {
  pageSize: PAGE,
  update: 'merge',
  check({ world }, given, before) {
    const { name, handle } = objectOf(given.attributes);
    if (textOf(name) === '' || textOf(handle) === '') return textFailure(422, 'Team name and handle cannot be empty');
    const taken = [...world.collection(TEAMS).values()].some(
      ({ id, attributes }) =>
        id !== before?.id && (at(attributes, 'name') === name || at(attributes, 'handle') === handle),
    );
    return taken ? textFailure(409, 'Team name and handle must be unique') : undefined;
  },
  finish(item, { world }, before) {
    const now = isoMicroseconds(world.now());
    const { users: _users, ...relationships } = objectOf(item.relationships);
    const path = `${TEAMS}/${textOf(item.id)}`;
    const given = objectOf(item.attributes);
    return {
      type: 'team',
      id: item.id ?? '',
      attributes: {
        ...given,
        avatar: given.avatar ?? null,
        banner: at(before, 'attributes', 'banner') === undefined ? given.banner || null : (given.banner ?? null),
        created_at: at(before, 'attributes', 'created_at') ?? now,
        description: given.description ?? null,
        hidden_modules: before ? (given.hidden_modules ?? null) : null,
        visible_modules: before ? (given.visible_modules ?? null) : null,
        is_managed: false,
        link_count: 0,
        modified_at: now,
        summary: given.summary ?? null,
        user_count: 0,
      },
      relationships: {
        ...relationships,
        team_links: { data: [], links: { related: `${path}/links` } },
        user_team_permissions: { data: null, links: { related: `${path}/permission-settings` } },
      },
    };
  },
  matches(item, { world, query }) {
    const text = (query.get('filter[keyword]') ?? '').toLowerCase();
    const { name, handle } = objectOf(item.attributes);
    return (
      (textOf(name).toLowerCase().includes(text) || textOf(handle).toLowerCase().includes(text)) &&
      (query.get('filter[me]') !== 'true' || isMember(world, item, world.user.id))
    );
  },
  view(item, { world, query, operation }) {
    const fields = operation.key === 'v2.ListTeams' ? query.get('fields[team]') : null;
    return fields ? sparse(counted(item, world), fields) : counted(item, world);
  },
  beside: (call, _items, total) => (call.operation.key === 'v2.ListTeams' ? openPage(call, total) : {}),
  badId: badUuid,
  notFound: (_call, id) => noTeam(id),
};

function openPage(call: Call, total: number): JsonObject {
  const counts = openPageCounts(call, total, PAGE);
  return { meta: { pagination: counts }, links: pageLinks(call, counts, ['prev', 'next', 'last']) };
}

const links: CollectionRule = {
  update: 'merge',
  check(_call, given) {
    const { label, url } = objectOf(given.attributes);
    if (label === '') return textFailure(422, 'label cannot be empty');
    return url === '' ? textFailure(422, 'url cannot be empty') : undefined;
  },
  finish: (item, { params }) => ({
    type: 'team_links',
    id: item.id ?? '',
    attributes: { position: 0, ...objectOf(item.attributes), team_id: params.team_id ?? '' },
  }),
  badId: badUuid,
  notFound: (_call, id) => textFailure(404, `Link for ID ${id} not found`),
};

/** A member as an answer about memberships includes it. */
function person(world: World, id: string): Item[] {
  const user = world.find(USERS, id);
  if (!user) return [];
  const { disabled, email, handle, icon, name, service_account, status } = objectOf(user.attributes);
  const attributes = { disabled, email, handle, icon, name, service_account, status } as JsonObject;
  return [{ type: 'users', id, attributes }];
}

const memberOf = (membership: Item): string => textOf(at(membership, 'relationships', 'user', 'data', 'id'));

const members: CollectionRule = {
  strict: false,
  pageSize: PAGE,
  update: 'merge',
  check({ world, params }, given, before) {
    const role = at(given, 'attributes', 'role') ?? null;
    if (role !== null && role !== 'admin') {
      const why = "{'errors': [{'detail': 'Not a valid choice.', 'source': {'pointer': '/data/attributes/role'}}]}";
      return textFailure(400, why);
    }
    const user = memberOf(given);
    if (before) return undefined;
    if (!world.find(USERS, user)) return textFailure(404, `User for ID ${user} not found`);
    return world.find(membersPath(params.team_id ?? ''), user)
      ? conflict(`users already present on the team [${user}]`)
      : undefined;
  },
  newId: (_ids, given) => memberOf(given),
  finish(item, { world, params }, before) {
    const team = params.team_id ?? '';
    return {
      type: 'team_memberships',
      id: item.id ?? '',
      attributes: {
        role: at(item, 'attributes', 'role') ?? null,
        provisioned_by: null,
        provisioned_by_id: at(before, 'attributes', 'provisioned_by_id') ?? world.user.id,
      },
      relationships: { user: relation('users', memberOf(before ?? item)), team: relation('team', team) },
    };
  },
  matches(item, { world, query }) {
    const text = (query.get('filter[keyword]') ?? '').toLowerCase();
    const { name, email, handle } = objectOf(world.find(USERS, memberOf(item))?.attributes);
    return [name, email, handle].some((each) => textOf(each).toLowerCase().includes(text));
  },
  view: (item, { world }) => ({ ...item, id: membershipId(item, world) }),
  beside(call, items, total): JsonObject {
    const included = items.flatMap((item) => person(call.world, memberOf(item)));
    return {
      ...(included.length > 0 && { included }),
      ...(call.operation.key === 'v2.GetTeamMemberships' && openPage(call, total)),
    };
  },
  badId: badUuid,
  notFound: ({ operation, params, world }, id) =>
    operation.method === 'DELETE' && world.find(TEAMS, params.team_id ?? '')
      ? textFailure(404, `User ${id} is not a member of Team ${params.team_id} not found`)
      : textFailure(404, `User for ID ${id} not found`),
};

/** Memberships are named by the team and the number of the user, which stands for its place among all. */
function membershipId(item: Item, world: World): string {
  const place = [...world.collection(USERS).keys()].indexOf(memberOf(item));
  const team = textOf(at(item, 'relationships', 'team', 'data', 'id'));
  return `TeamMembership-${team}-${world.user.numericId + Math.max(place, 0)}`;
}

function listUserMemberships({ world, params }: Call): Answer {
  const id = params.user_uuid ?? '';
  if (!world.find(USERS, id)) return textFailure(404, `User for ID ${id} not found`);
  const data = [...world.collection(TEAMS).keys()].flatMap((team) => {
    const membership = world.find(membersPath(team), id);
    return membership ? [{ ...membership, id: membershipId(membership, world) }] : [];
  });
  return ok({ data, ...(data.length > 0 && { included: person(world, id) }) });
}

/** What a team lets others do, and to whom it may be given. */
const SETTINGS: Readonly<
  Record<string, { readonly title: string; readonly value: string; readonly options: string[] }>
> = {
  manage_membership: {
    title: 'Add and Remove Members',
    value: 'organization',
    options: ['user_access_manage', 'admins', 'members', 'organization'],
  },
  edit: { title: 'Edit Team Details', value: 'members', options: ['teams_manage', 'admins', 'members'] },
};

function setting(world: World, team: string, action: string): JsonObject {
  const { title, value, options } = SETTINGS[action]!;
  const kept = objectOf(world.documents.get(settingsPath(team)));
  return {
    type: 'team_permission_settings',
    id: `TeamPermission-${team}-${action}`,
    attributes: { action, value: kept[action] ?? value, title, editable: true, options },
  };
}

function withTeam(call: Call, run: (team: string) => Answer): Answer {
  const id = call.params.team_id ?? '';
  return badUuid(call, id) ?? (call.world.find(TEAMS, id) ? run(id) : noTeam(id));
}

const listSettings = (call: Call): Answer =>
  withTeam(call, (team) => ok({ data: Object.keys(SETTINGS).map((action) => setting(call.world, team, action)) }));

const updateSetting = (call: Call): Answer =>
  withTeam(call, (team) => {
    const { world, params, body } = call;
    const action = params.action ?? '';
    if (!Object.hasOwn(SETTINGS, action)) {
      const valid = Object.keys(SETTINGS).join(', ');
      return textFailure(404, `Invalid action type "${action}". Valid actions: ${valid} not found`);
    }
    const value = textOf(at(body, 'data', 'attributes', 'value'));
    const known = ['admins', 'members', 'organization', 'user_access_manage', 'teams_manage'];
    if (!known.includes(value)) return textFailure(400, `Invalid value "${value}"`);
    world.documents.set(settingsPath(team), { ...objectOf(world.documents.get(settingsPath(team))), [action]: value });
    const { title: _title, editable: _editable, ...attributes } = objectOf(setting(world, team, action).attributes);
    return ok({ data: { ...setting(world, team, action), attributes: { ...attributes, options: known } } });
  });

const rules: CollectionRule = {
  update: 'replace',
  check({ world, params }, given, before) {
    if (!before && world.collection(`${TEAMS}/${params.team_id}/notification-rules`).size > 0)
      return conflict('notification rule already exists for this team');
    return before && given.id !== undefined && given.id !== before.id
      ? conflict("rule id does not match with team's rule id")
      : undefined;
  },
  finish: (item, _call, _before, given) => ({
    type: 'team_notification_rules',
    id: item.id ?? '',
    attributes: present(objectOf(given.attributes)),
  }),
  beside: (call, _items, total): JsonObject => (isList(call) ? { meta: { page: pageCounts(call, total) } } : {}),
  notFound({ operation, params }, id) {
    if (operation.method === 'PUT') return conflict("rule id does not match with team's rule id");
    return operation.method === 'DELETE'
      ? errorFailure(404, { status: '404', detail: `rule ID ${id} was not found in team ID ${params.team_id}` })
      : errorFailure(404, { status: '404', title: 'Not Found', detail: 'rule not found' });
  },
};

const present = (fields: Readonly<Record<string, Json>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isObject(value) || Object.keys(value).length > 0));

export const teamFamily: Family = {
  name: 'teams',
  collections: { [TEAMS]: teams, [LINKS]: links, [MEMBERS]: members, [RULES]: rules },
  handlers: {
    'v2.GetUserMemberships': listUserMemberships,
    'v2.GetTeamPermissionSettings': listSettings,
    'v2.UpdateTeamPermissionSetting': updateSetting,
  },
};
