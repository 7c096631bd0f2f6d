// Roles and permissions: what a role may do, and who has it.
import { type Answer, type Call, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { uuidOf } from '../ids.ts';
import { at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import {
  granted,
  includedRoles,
  nameOf,
  PERMISSIONS,
  permissionItems,
  permissionsOf,
  ROLES,
  rolesOf,
  USERS,
  userPage,
} from './access.ts';

const PAGE = 10;

const usersWith = (world: World, role: string): Item[] =>
  [...world.collection(USERS).values()].filter((user) => rolesOf(user).includes(role));

/** A role with what it counts. */
const counted = (role: Item, world: World): Item => ({
  ...role,
  attributes: { ...objectOf(role.attributes), user_count: usersWith(world, textOf(role.id)).length, team_count: 0 },
});

const missing = (id: string): Answer => textFailure(404, `${id} not found`);
const sameName = (world: World, name: string, id: Json | undefined): boolean =>
  [...world.collection(ROLES).values()].some((role) => role.id !== id && at(role, 'attributes', 'name') === name);

function refuse({ world, params }: Call, given: JsonObject, before: Item | undefined): Answer | undefined {
  if (before && given.id !== undefined && given.id !== params.role_id) {
    return textFailure(422, 'The id attribute in the request body does not match the role_id in the URL');
  }
  const name = at(given, 'attributes', 'name');
  if (name !== undefined && textOf(name).trim() === '') return textFailure(400, 'Role names cannot be only whitespace');
  if (name !== undefined && sameName(world, textOf(name), before?.id))
    return textFailure(409, 'A role with the same name already exists');
  if (permissionsOf(given).some((id) => !PERMISSIONS.has(id))) return textFailure(400, 'Invalid input ');
  return undefined;
}

const roles: CollectionRule = {
  check: refuse,
  update: 'merge',
  pageSize: PAGE,
  finish(item, { world }, before, given) {
    const now = isoMicroseconds(world.now());
    const sent = at(given, 'relationships', 'permissions', 'data');
    return {
      type: 'roles',
      id: item.id ?? '',
      attributes: {
        name: at(item, 'attributes', 'name') ?? '',
        created_at: at(before, 'attributes', 'created_at') ?? now,
        modified_at: now,
      },
      relationships: granted(sent === undefined ? permissionsOf(before) : permissionsOf(given)),
    };
  },
  view: (item, { world }) => counted(item, world),
  matches(item, { query }) {
    const id = query.get('filter[id]');
    const text = (query.get('filter') ?? '').toLowerCase();
    return (
      (!id || item.id === id) &&
      textOf(at(item, 'attributes', 'name'))
        .toLowerCase()
        .includes(text)
    );
  },
  beside: ({ operation, world }, _items, total): JsonObject =>
    operation.key === 'v2.ListRoles'
      ? { meta: { page: { total_filtered_count: total, total_count: world.collection(ROLES).size } } }
      : {},
  notFound: (_call, id) => missing(id),
  onDelete({ world }, role) {
    for (const user of usersWith(world, textOf(role.id)))
      setRoles(
        user,
        rolesOf(user).filter((id) => id !== role.id),
      );
  },
};

function setRoles(user: Item, ids: readonly string[]): void {
  user.relationships = {
    ...objectOf(user.relationships),
    roles: { data: ids.map((id) => ({ type: 'roles', id })) },
  };
}

/** Runs with the role that the path names. */
function withRole(call: Call, run: (role: Item, id: string) => Answer): Answer {
  const id = call.params.role_id ?? '';
  const role = call.world.find(ROLES, id);
  return role ? run(role, id) : missing(id);
}

function cloneRole(call: Call): Answer {
  return withRole(call, (role) => {
    const { world, body } = call;
    const refused = refuse(call, objectOf(at(body, 'data')), undefined);
    if (refused) return refused;
    const id = world.ids.uuid();
    const now = isoMicroseconds(world.now());
    const clone: Item = {
      type: 'roles',
      id,
      attributes: { name: textOf(at(body, 'data', 'attributes', 'name')), created_at: now, modified_at: now },
      relationships: granted(permissionsOf(role)),
    };
    world.collection(ROLES).set(id, clone);
    return ok({ data: counted(clone, world) });
  });
}

const shown = (role: Item): Answer => ok({ data: permissionItems(new Set(permissionsOf(role))) });

function changePermissions(call: Call, change: (ids: Set<string>, id: string) => void): Answer {
  return withRole(call, (role) => {
    const id = textOf(at(call.body, 'data', 'id'));
    if (at(call.body, 'data', 'type') !== 'permissions' || !PERMISSIONS.has(id))
      return textFailure(400, '400 BAD REQUEST');
    const ids = new Set(permissionsOf(role));
    change(ids, id);
    role.relationships = granted(ids);
    return shown(role);
  });
}

function listRoleUsers(call: Call): Answer {
  return withRole(call, (_role, id) => userPage(call, usersWith(call.world, id)));
}

function changeUsers(call: Call, change: (ids: string[], role: string) => string[]): Answer {
  return withRole(call, (_role, id) => {
    const { world } = call;
    const user = world.find(USERS, textOf(at(call.body, 'data', 'id')));
    if (at(call.body, 'data', 'type') !== 'users') return textFailure(400, '400 BAD REQUEST');
    if (!user) return missing(textOf(at(call.body, 'data', 'id')));
    setRoles(user, change(rolesOf(user), id));
    const all = usersWith(world, id);
    return ok({ data: all, meta: { page: { total_count: all.length } } });
  });
}

/** The roles that Datadog makes: administrators', everybody's, and the one that only reads. */
function seed(world: World): void {
  const all = [...PERMISSIONS.values()];
  const admin = /^(admin|.*user_access_manage|org_management|billing_.*|usage_edit|api_keys_.*|org_app_keys_.*)$/;
  const managed: readonly (readonly [name: string, has: (permission: Item) => boolean])[] = [
    ['Datadog Admin Role', () => true],
    ['Datadog Standard Role', (permission) => !admin.test(nameOf(permission))],
    ['Datadog Read Only Role', (permission) => at(permission, 'attributes', 'display_type') === 'read'],
  ];
  for (const [name, has] of managed) {
    const id = uuidOf(`role ${name}`);
    const created = '2019-08-13T19:50:19.022791+00:00';
    world.collection(ROLES).set(id, {
      type: 'roles',
      id,
      attributes: { name, created_at: created, modified_at: created },
      relationships: granted(all.filter(has).map((permission) => textOf(permission.id))),
    });
  }
  const caller = world.find(USERS, world.user.id);
  if (caller) setRoles(caller, [uuidOf('role Datadog Admin Role')]);
}

/** Permissions of all the roles that a user has. */
function listUserPermissions({ world, params }: Call): Answer {
  const user = world.find(USERS, params.user_id ?? '');
  if (!user) return missing(params.user_id ?? '');
  return ok({ data: permissionItems(new Set(rolesOf(user).flatMap((id) => permissionsOf(world.find(ROLES, id))))) });
}

export const roleFamily: Family = {
  name: 'roles',
  collections: { [ROLES]: roles },
  handlers: {
    'v2.ListPermissions': () => ok({ data: [...PERMISSIONS.values()] }),
    'v2.CloneRole': cloneRole,
    'v2.ListRolePermissions': (call) => withRole(call, shown),
    'v2.AddPermissionToRole': (call) => changePermissions(call, (ids, id) => ids.add(id)),
    'v2.RemovePermissionFromRole': (call) => changePermissions(call, (ids, id) => ids.delete(id)),
    'v2.ListRoleUsers': listRoleUsers,
    'v2.AddUserToRole': (call) => changeUsers(call, (ids, role) => [...new Set([...ids, role])]),
    'v2.RemoveUserFromRole': (call) => changeUsers(call, (ids, role) => ids.filter((id) => id !== role)),
    'v2.ListUserPermissions': listUserPermissions,
    'v2.ListUserOrganizations': ({ world, params }) => {
      const user = world.find(USERS, params.user_id ?? '');
      return user ? ok({ data: user, included: includedRoles(world, rolesOf(user)) }) : missing(params.user_id ?? '');
    },
  },
  seed,
};
