// Users and service accounts of both versions, and the invitations sent to them. Nobody is ever deleted, only disabled.
import { createHash } from 'node:crypto';
import { type Answer, type Call, created, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { relation } from '../people.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { includedRoles, rolesOf, USERS } from './access.ts';

const ACCOUNTS = '/api/v2/service_accounts';
const INVITATIONS = '/api/v2/user_invitations';
const PAGE = 10;
const INVITATION_MS = 48 * 3_600_000;

const icon = (email: string): string =>
  `https://secure.gravatar.com/avatar/${createHash('md5').update(email).digest('hex')}?s=48&d=retro`;

const missing = (id: string): Answer => textFailure(404, `${id} not found`);

const byHandle = (world: World, handle: string): Item | undefined =>
  [...world.collection(USERS).values()].find((user) => at(user, 'attributes', 'handle') === handle);

function finish(item: Item, { world, operation }: Pick<Call, 'world' | 'operation'>, before: Item | undefined): Item {
  const given = objectOf(item.attributes);
  const had = objectOf(before?.attributes);
  const now = isoMicroseconds(world.now());
  const email = textOf(given.email).toLowerCase();
  const account = before ? had.service_account === true : operation.path === ACCOUNTS;
  const disabled = given.disabled === true;
  const verified = before ? had.verified === true : account;
  return {
    type: 'users',
    id: item.id ?? '',
    attributes: {
      uuid: item.id ?? '',
      name: given.name ?? null,
      handle: had.handle ?? (account ? (item.id ?? '') : email),
      created_at: had.created_at ?? now,
      modified_at: now,
      email,
      icon: icon(email),
      title: given.title ?? null,
      verified,
      service_account: account,
      disabled,
      allowed_login_methods: had.allowed_login_methods ?? [],
      status: disabled ? 'Disabled' : verified ? 'Active' : 'Pending',
      mfa_enabled: false,
      last_login_time: had.last_login_time ?? null,
    },
    relationships: {
      roles: { data: arrayOf(at(item, 'relationships', 'roles', 'data')) },
      org: relation('orgs', world.user.orgUuid),
    },
  };
}

const users: CollectionRule = {
  at: USERS,
  pageSize: PAGE,
  update: 'merge',
  check({ world, params }, given, before) {
    if (before && given.id !== undefined && given.id !== params.user_id)
      return textFailure(422, "UUID's in the URL and request body do not match");
    const email = at(given, 'attributes', 'email');
    if ((!before || email !== undefined) && !textOf(email).includes('@'))
      return textFailure(400, 'Invalid email address');
    const account = at(given, 'attributes', 'service_account') === true;
    if (!before && !account && byHandle(world, textOf(email).toLowerCase()))
      return textFailure(409, 'User already exists');
    return undefined;
  },
  finish: (item, call, before) => finish(item, call, before),
  matches(item, { query }) {
    const text = (query.get('filter') ?? '').toLowerCase();
    const status = query.get('filter[status]')?.toLowerCase().split(',');
    const { name, email, handle, status: is } = objectOf(item.attributes);
    return (
      [name, email, handle].some((each) => textOf(each).toLowerCase().includes(text)) &&
      (!status || status.includes(textOf(is).toLowerCase()))
    );
  },
  beside({ world, operation }, items, total): JsonObject {
    const included = includedRoles(world, items.flatMap(rolesOf));
    return {
      ...(included.length > 0 && { included }),
      ...(operation.key === 'v2.ListUsers' && {
        meta: { page: { total_count: world.collection(USERS).size, total_filtered_count: total } },
      }),
    };
  },
  notFound: (_call, id) => missing(id),
};

function setDisabled(user: Item, disabled: boolean, now: number): void {
  const attributes = objectOf(user.attributes);
  attributes.disabled = disabled;
  attributes.status = disabled ? 'Disabled' : attributes.verified === true ? 'Active' : 'Pending';
  attributes.modified_at = isoMicroseconds(now);
}

function disableUser({ world, params }: Call): Answer {
  const id = params.user_id ?? '';
  const user = world.find(USERS, id);
  if (!user || at(user, 'attributes', 'disabled') === true) return missing(id);
  setDisabled(user, true, world.now());
  return noContent;
}

function currentUser({ world, body, operation }: Call): Answer {
  const user = world.find(USERS, world.user.id)!;
  if (operation.method === 'PATCH') {
    const { name, title } = objectOf(at(body, 'data', 'attributes'));
    Object.assign(objectOf(user.attributes), {
      ...(name !== undefined && { name }),
      ...(title !== undefined && { title }),
    });
  }
  return ok({ data: user, included: includedRoles(world, rolesOf(user)) });
}

function sendInvitations({ world, body }: Call): Answer {
  const asked = arrayOf(at(body, 'data')).map((each) => textOf(at(each, 'relationships', 'user', 'data', 'id')));
  if (asked.length === 0) return textFailure(400, 'data is required');
  const unknown = asked.find((id) => !world.find(USERS, id));
  if (unknown !== undefined) return missing(unknown);
  const data = asked.map((user) => {
    const id = world.ids.uuid();
    const invitation: Item = {
      type: 'user_invitations',
      id,
      attributes: {
        uuid: id,
        login_method: null,
        invite_type: 'openid_invite',
        created_at: isoMicroseconds(world.now()),
        expires_at: isoMicroseconds(world.now() + INVITATION_MS),
      },
      relationships: { user: relation('users', user) },
    };
    world.collection(INVITATIONS).set(id, invitation);
    return invitation;
  });
  return created({ data });
}

function dropInvitations({ world, params }: Call): Answer {
  const id = params.user_id ?? '';
  if (!world.find(USERS, id)) return missing(id);
  const all = world.collection(INVITATIONS);
  for (const [key, each] of all) if (at(each, 'relationships', 'user', 'data', 'id') === id) all.delete(key);
  return ok({});
}

/** Takes from users what tells who they were. */
function anonymise({ world, body }: Call): Answer {
  const asked = arrayOf(at(body, 'data', 'attributes', 'user_ids')).map(textOf);
  const known = asked.filter((id) => world.find(USERS, id));
  for (const id of known) {
    const email = `${id}@anonymized.invalid`;
    Object.assign(objectOf(world.find(USERS, id)!.attributes), { name: null, email, handle: email, icon: icon(email) });
  }
  const anonymize_errors = asked
    .filter((id) => !known.includes(id))
    .map((user_id) => ({ user_id, error: `${user_id} not found` }));
  const attributes = { anonymized_user_ids: known, anonymize_errors };
  return ok({ data: { id: world.ids.uuid(), type: 'anonymize_users_response', attributes } });
}

/** A user in the words of version 1. */
function older(user: Item): JsonObject {
  const { handle, name, title, email, disabled, icon: picture, verified } = objectOf(user.attributes);
  return {
    handle: handle ?? '',
    name: name ?? null,
    role: null,
    title: title ?? null,
    email: email ?? '',
    disabled: disabled ?? false,
    access_role: null,
    is_admin: false,
    icon: picture ?? '',
    verified: verified ?? false,
  };
}

function createOlder({ world, operation, body }: Call): Answer {
  const { handle, name, email } = objectOf(body);
  if (!textOf(handle).includes('@')) return textFailure(400, `Invalid user handle: ${textOf(handle)}`);
  if (byHandle(world, textOf(handle).toLowerCase())) return textFailure(409, 'User already exists');
  const id = world.ids.uuid();
  const user = finish(
    { id, attributes: { name: name ?? null, email: email ?? handle ?? '' } },
    { world, operation },
    undefined,
  );
  world.collection(USERS).set(id, user);
  return ok({ user: older(user) });
}

/** Runs with the user whose handle the path has. */
function withHandle({ world, params }: Call, run: (user: Item, handle: string) => Answer): Answer {
  const handle = params.user_handle ?? '';
  const user = byHandle(world, handle);
  return user ? run(user, handle) : textFailure(404, `User ${handle} does not exist`);
}

const updateOlder = (call: Call): Answer =>
  withHandle(call, (user) => {
    const { name, email, disabled } = objectOf(call.body);
    const attributes = objectOf(user.attributes);
    if (name !== undefined) attributes.name = name;
    if (email !== undefined) attributes.email = email;
    if (typeof disabled === 'boolean') setDisabled(user, disabled, call.world.now());
    return ok({ user: older(user) });
  });

const disableOlder = (call: Call): Answer =>
  withHandle(call, (user, handle) => {
    if (at(user, 'attributes', 'disabled') === true) return textFailure(400, 'User is already disabled');
    setDisabled(user, true, call.world.now());
    return ok({ message: `User ${handle} disabled` });
  });

function seed(world: World): void {
  const { user } = world;
  const created_at = '2020-12-29T22:58:44.733921+00:00';
  const attributes: Record<string, Json> = {
    uuid: user.id,
    name: user.name,
    handle: user.handle,
    created_at,
    modified_at: created_at,
    email: user.email,
    icon: user.icon,
    title: null,
    verified: true,
    service_account: false,
    disabled: false,
    allowed_login_methods: [],
    status: 'Active',
    mfa_enabled: false,
    last_login_time: null,
  };
  const relationships = { roles: { data: [] }, org: relation('orgs', user.orgUuid) };
  world.collection(USERS).set(user.id, { type: 'users', id: user.id, attributes, relationships });
}

export const userFamily: Family = {
  name: 'users',
  collections: { [USERS]: users, [ACCOUNTS]: users },
  handlers: {
    'v2.DisableUser': disableUser,
    'v2.GetCurrentUser': currentUser,
    'v2.UpdateCurrentUser': currentUser,
    'v2.SendInvitations': sendInvitations,
    'v2.DeleteUserInvitations': dropInvitations,
    'v2.AnonymizeUsers': anonymise,
    'v1.CreateUser': createOlder,
    'v1.UpdateUser': updateOlder,
    'v1.DisableUser': disableOlder,
    'v1.GetUser': (call) => withHandle(call, (user) => ok({ user: older(user) })),
    'v1.ListUsers': ({ world }) => ok({ users: [...world.collection(USERS).values()].map(older) }),
  },
  seed,
};
