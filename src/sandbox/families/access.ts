// What users may do: the permissions that there are, the roles that grant them, and the users that have those.
import { type Answer, type Call, ok } from '../call.ts';
import { uuidOf } from '../ids.ts';
import { arrayOf, at, type JsonObject, textOf } from '../json.ts';
import { pageOf } from '../listing.ts';
import type { Item, World } from '../world.ts';
import { PERMISSION_LIST } from './permission-list.ts';

export const ROLES = '/api/v2/roles';
export const USERS = '/api/v2/users';
const PAGE = 10;

export const rolesOf = (user: Item): string[] =>
  arrayOf(at(user, 'relationships', 'roles', 'data')).map((each) => textOf(at(each, 'id')));

/** Permissions that every role has. */
const EVERY_ROLE = new Set([
  'dashboards_read',
  'monitors_read',
  'apm_read',
  'incident_read',
  'rum_apps_read',
  'notebooks_read',
  'slos_read',
  'ci_visibility_read',
  'cd_visibility_read',
  'appsec_vm_read',
]);

export const PERMISSIONS: ReadonlyMap<string, Item> = new Map(
  PERMISSION_LIST.split('\n').map((line) => {
    const [name = '', display_name = '', group_name = '', display_type = '', day = '', description = ''] =
      line.split('|');
    const id = uuidOf(`permission ${name}`);
    const attributes = {
      created: `${day}T00:00:00.000000+00:00`,
      description,
      display_name,
      display_type,
      group_name,
      name,
      name_aliases: [],
      restricted: EVERY_ROLE.has(name),
    };
    return [id, { id, type: 'permissions', attributes }];
  }),
);

const permissionId = (name: string): string => uuidOf(`permission ${name}`);
const everyRole = new Set([...EVERY_ROLE].map(permissionId));
export const nameOf = (permission: Item): string => textOf(at(permission, 'attributes', 'name'));

export const permissionsOf = (role: Item | undefined): string[] =>
  arrayOf(at(role, 'relationships', 'permissions', 'data')).map((each) => textOf(at(each, 'id')));

/** Full permissions of ids, in the product's order. */
export const permissionItems = (ids: ReadonlySet<string>): Item[] =>
  [...PERMISSIONS].flatMap(([id, permission]) => (ids.has(id) ? [permission] : []));

/** References to permissions; those that every role has are added, and the standard ones to an administrator's. */
export function granted(ids: Iterable<string>): JsonObject {
  const all = new Set([...ids, ...everyRole]);
  if (all.has(permissionId('admin'))) all.add(permissionId('standard'));
  return { permissions: { data: permissionItems(all).map(({ id }) => ({ type: 'permissions', id: id! })) } };
}

/** Roles and their permissions as an answer about users includes them. */
export function includedRoles(world: World, ids: Iterable<string>): Item[] {
  const found = [...new Set(ids)].map((id) => world.find(ROLES, id)).filter((role) => role !== undefined);
  return [...found, ...permissionItems(new Set(found.flatMap(permissionsOf)))];
}

/** A page of some users, with their roles. */
export function userPage(call: Call, all: readonly Item[]): Answer {
  const { offset, limit } = pageOf(call, PAGE);
  const page = all.slice(offset, offset + limit);
  return ok({
    data: page,
    included: includedRoles(call.world, page.flatMap(rolesOf)),
    meta: { page: { total_count: all.length, total_filtered_count: all.length } },
  });
}
