// API keys, application keys, and the tokens of people and service accounts. A secret is shown when it is made, not after.
import { type Answer, type Call, created, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { pageOf } from '../listing.ts';
import { isList } from '../paging.ts';
import { relation } from '../people.ts';
import { isoMicroseconds, isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { includedRoles, rolesOf, USERS } from './access.ts';

const API_KEYS = '/api/v2/api_keys';
const APP_KEYS = '/api/v2/application_keys';
const TOKENS = '/api/v2/personal_access_tokens';
const SERVICE_TOKENS = '/api/v2/service_accounts/{service_account_id}/access_tokens';
const PAGE = 10;
const USED_SAYS = 'Timestamp of when this key was last used in the past ninety (90) days, null if no recent usage';

const apiKeys: CollectionRule = {
  pageSize: PAGE,
  check: (_call, given) =>
    textOf(at(given, 'attributes', 'name')).trim() === '' ? textFailure(400, 'API key name is required') : undefined,
  finish(item, { world }, before) {
    const { user } = world;
    const now = isoMicroseconds(world.now());
    const key = textOf(at(before, 'attributes', 'key')) || world.ids.hex(32);
    const { name, category, remote_config_read_enabled } = objectOf(item.attributes);
    return {
      type: 'api_keys',
      id: item.id ?? '',
      attributes: {
        created_at: at(before, 'attributes', 'created_at') ?? now,
        key,
        last4: key.slice(-4),
        modified_at: now,
        remote_config_read_enabled: remote_config_read_enabled === null ? true : (remote_config_read_enabled ?? true),
        category: category || 'default',
        name: name ?? '',
        date_last_used: null,
        used_in_last_24_hours: false,
        last_used_date: { timestamp: null, description: USED_SAYS },
      },
      relationships: {
        created_by: at(before, 'relationships', 'created_by') ?? relation('users', user.id),
        modified_by: relation('users', user.id),
        leak_information: { data: null },
      },
    };
  },
  defaults: () => ({ attributes: { remote_config_read_enabled: true, category: 'default' } }),
  matches: (item, { query }) => textOf(at(item, 'attributes', 'name')).includes(query.get('filter') ?? ''),
  view: (item, { operation }) => (operation.key === 'v2.ListAPIKeys' ? without(item, 'key') : item),
  beside: ({ operation }, _items, total): JsonObject =>
    operation.key === 'v2.ListAPIKeys' ? { meta: { page: { total_filtered_count: total }, max_allowed: 200 } } : {},
  notFound: () => textFailure(404, 'API key not found'),
};

/** A resource without an attribute. */
function without(item: Item, field: string): Item {
  const { [field]: _hidden, ...attributes } = objectOf(item.attributes);
  return { ...item, attributes };
}

const owner = (item: Item): string => textOf(at(item, 'relationships', 'owned_by', 'data', 'id'));
const noKey = textFailure(404, 'Application key not found');

/** Whose application keys an operation is about; undefined for everybody's. */
function whose({ operation, params, world }: Call): string | undefined {
  if (operation.path.startsWith('/api/v2/current_user')) return world.user.id;
  return operation.path.startsWith('/api/v2/service_accounts') ? (params.service_account_id ?? '') : undefined;
}

function accountMissing({ params, world }: Call): Answer | undefined {
  const id = params.service_account_id;
  return id === undefined || world.find(USERS, id) ? undefined : textFailure(404, `${id} not found`);
}

function createAppKey(call: Call): Answer {
  const { world, body } = call;
  const lost = accountMissing(call);
  if (lost) return lost;
  const { name, scopes } = objectOf(at(body, 'data', 'attributes'));
  if (textOf(name).trim() === '') return textFailure(400, 'Application key name is required');
  const id = world.ids.uuid();
  const key = world.ids.hex(40);
  const item: Item = {
    type: 'application_keys',
    id,
    attributes: {
      name: name ?? '',
      created_at: isoMicroseconds(world.now()),
      last4: key.slice(-4),
      key,
      scopes: scopes ?? null,
      last_used_at: null,
    },
    relationships: { owned_by: relation('users', whose(call) ?? world.user.id), leak_information: { data: null } },
  };
  world.collection(APP_KEYS).set(id, item);
  return created({ data: item });
}

/** Its owner sees a key whole; who manages the organisation's, without the secret. */
function servedKey(call: Call, item: Item): Item {
  return whose(call) === call.world.user.id ? item : without(item, 'key');
}

function withAppKey(call: Call, run: (item: Item, id: string) => Answer): Answer {
  const id = call.params.app_key_id ?? '';
  const item = call.world.find(APP_KEYS, id);
  const by = whose(call);
  return item && (by === undefined || owner(item) === by) ? run(item, id) : noKey;
}

function getAppKey(call: Call): Answer {
  return withAppKey(call, (item) => {
    const user = call.world.find(USERS, owner(item));
    const all = user && (whose(call) !== undefined || call.query.get('include') === 'owned_by');
    const included = all ? [user, ...includedRoles(call.world, rolesOf(user))] : [];
    return ok({ data: servedKey(call, item), ...(included.length > 0 && { included }) });
  });
}

function updateAppKey(call: Call): Answer {
  return withAppKey(call, (item, id) => {
    const given = objectOf(at(call.body, 'data'));
    if (given.id !== undefined && given.id !== id)
      return textFailure(422, 'Ids in the URL and request body do not match');
    const { name, scopes } = objectOf(given.attributes);
    const attributes = objectOf(item.attributes);
    if (name !== undefined) attributes.name = name;
    if (scopes !== undefined) attributes.scopes = scopes;
    return ok({ data: servedKey(call, item) });
  });
}

function listAppKeys(call: Call): Answer {
  const lost = accountMissing(call);
  if (lost) return lost;
  const by = whose(call);
  const text = call.query.get('filter') ?? '';
  const all = [...call.world.collection(APP_KEYS).values()].filter(
    (item) => (by === undefined || owner(item) === by) && textOf(at(item, 'attributes', 'name')).includes(text),
  );
  const { offset, limit } = pageOf(call, PAGE);
  return ok({
    data: all.slice(offset, offset + limit).map((item) => without(item, 'key')),
    meta: { page: { total_filtered_count: all.length }, max_allowed_per_user: 1000 },
  });
}

const deleteAppKey = (call: Call): Answer =>
  withAppKey(call, (_item, id) => {
    call.world.remove(APP_KEYS, id);
    return noContent;
  });

/** The rule of tokens: `type` of the resource, of its owner, and the prefix of a token's open part. */
function tokens(type: string, ownerType: string, prefix: string, ownerId: (call: Call) => string): CollectionRule {
  return {
    pageSize: 100,
    update: 'merge',
    finish(item, call, before) {
      const { world } = call;
      const had = objectOf(before?.attributes);
      const { name, scopes, expires_at } = objectOf(item.attributes);
      const open = had.public_portion ?? `${prefix}${world.ids.hash()}`;
      return {
        type,
        id: item.id ?? '',
        attributes: {
          created_at: had.created_at ?? isoZulu(world.now()),
          expires_at: expires_at ?? null,
          last_used_at: null,
          ...(before && { modified_at: isoZulu(world.now()) }),
          key: had.key ?? `${prefix || 'ddpat_'}${world.ids.hash()}_${world.ids.hex(32)}`,
          name: name ?? '',
          public_portion: open,
          scopes: scopes ?? [],
        },
        relationships: { owned_by: at(before, 'relationships', 'owned_by') ?? relation(ownerType, ownerId(call)) },
      };
    },
    view: (item, { operation }) => (operation.method === 'POST' ? without(item, 'last_used_at') : without(item, 'key')),
    beside: (call, _items, total): JsonObject =>
      isList(call) ? { meta: { page: { total_filtered_count: total } } } : {},
    notFound: (_call, id) => textFailure(404, `Token ${id} not found`),
  };
}

/** An API key in the words of version 1. */
const olderApiKey = (item: Item, world: World): JsonObject => ({
  created_by: world.user.handle,
  name: at(item, 'attributes', 'name') ?? '',
  key: at(item, 'attributes', 'key') ?? '',
  created: textOf(at(item, 'attributes', 'created_at'))
    .slice(0, 19)
    .replace('T', ' '),
});

const olderAppKey = (item: Item, world: World): JsonObject => ({
  owner: textOf(at(world.find(USERS, owner(item)), 'attributes', 'handle')),
  hash: at(item, 'attributes', 'key') ?? '',
  name: at(item, 'attributes', 'name') ?? '',
});

interface OlderKeys {
  readonly at: string;
  /** The field of one in an answer; a list has it with an s. */
  readonly field: string;
  readonly show: (item: Item, world: World) => JsonObject;
  readonly make: (call: Call) => Answer;
}

function olderKeys({
  at: path,
  field,
  show,
  make,
}: OlderKeys): Record<'make' | 'get' | 'list' | 'update' | 'drop', (call: Call) => Answer> {
  const withKey = (call: Call, run: (item: Item) => Answer): Answer => {
    const key = call.params.key ?? '';
    const item = [...call.world.collection(path).values()].find((each) => at(each, 'attributes', 'key') === key);
    return item ? run(item) : textFailure(404, 'Key not found');
  };
  const named = (call: Call): Call => ({
    ...call,
    body: { data: { attributes: { name: at(call.body, 'name') ?? '' } } },
  });
  return {
    make: (call) => {
      const answer = make(named(call));
      const item = at(answer.body, 'data');
      return item === undefined ? answer : ok({ [field]: show(objectOf(item), call.world) });
    },
    get: (call) => withKey(call, (item) => ok({ [field]: show(item, call.world) })),
    list: ({ world }) => ok({ [`${field}s`]: [...world.collection(path).values()].map((item) => show(item, world)) }),
    update: (call) =>
      withKey(call, (item) => {
        objectOf(item.attributes).name = at(call.body, 'name') ?? '';
        return ok({ [field]: show(item, call.world) });
      }),
    drop: (call) =>
      withKey(call, (item) => {
        call.world.remove(path, textOf(item.id));
        return ok({ [field]: show(item, call.world) });
      }),
  };
}

function createApiKey(call: Call): Answer {
  const id = call.world.ids.uuid();
  const given = objectOf(at(call.body, 'data'));
  const refused = apiKeys.check?.(call, given, undefined);
  if (refused) return refused;
  const item = apiKeys.finish!({ id, ...given }, call, undefined, given);
  call.world.collection(API_KEYS).set(id, item);
  return ok({ data: item });
}

const v1Api = olderKeys({ at: API_KEYS, field: 'api_key', show: olderApiKey, make: createApiKey });
const v1App = olderKeys({ at: APP_KEYS, field: 'application_key', show: olderAppKey, make: createAppKey });

export const keyFamily: Family = {
  name: 'keys',
  collections: {
    [API_KEYS]: apiKeys,
    [TOKENS]: tokens('personal_access_tokens', 'users', '', ({ world }) => world.user.id),
    [SERVICE_TOKENS]: tokens(
      'service_access_tokens',
      'service_account',
      'ddsat_',
      ({ params }) => params.service_account_id ?? '',
    ),
  },
  handlers: {
    'v2.CreateCurrentUserApplicationKey': createAppKey,
    'v2.CreateServiceAccountApplicationKey': createAppKey,
    ...Object.fromEntries(
      ['', 'CurrentUser', 'ServiceAccount'].flatMap((kind) => [
        [`v2.Get${kind}ApplicationKey`, getAppKey],
        [`v2.List${kind}ApplicationKeys`, listAppKeys],
        [`v2.Update${kind}ApplicationKey`, updateAppKey],
        [`v2.Delete${kind}ApplicationKey`, deleteAppKey],
      ]),
    ),
    'v1.CreateAPIKey': v1Api.make,
    'v1.GetAPIKey': v1Api.get,
    'v1.ListAPIKeys': v1Api.list,
    'v1.UpdateAPIKey': v1Api.update,
    'v1.DeleteAPIKey': v1Api.drop,
    'v1.CreateApplicationKey': v1App.make,
    'v1.GetApplicationKey': v1App.get,
    'v1.ListApplicationKeys': v1App.list,
    'v1.UpdateApplicationKey': v1App.update,
    'v1.DeleteApplicationKey': v1App.drop,
    'v1.Validate': () => ok({ valid: true }),
  },
};
