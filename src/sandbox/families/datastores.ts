// Datastores of actions, and the items in them.
import { type Answer, type Call, errorFailure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isUuid } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const STORES = '/api/v2/actions-datastores';
const itemsPath = (store: string): string => `${STORES}/${store}/items`;

/** Errors of datastores carry an id of their own. */
function problem({ world }: Call, status: number, title: string, more: JsonObject = {}): Answer {
  return errorFailure(status, { status: String(status), id: world.ids.uuid(), title, ...more });
}

const noStore = (call: Call): Answer => problem(call, 404, 'datastore not found');

function refuseId(call: Call, id: string): Answer | undefined {
  if (isUuid(id)) return undefined;
  return problem(call, 400, 'invalid path parameter', {
    detail: 'invalid datastoreId format in path',
    source: { parameter: 'datastoreId' },
  });
}

const stores: CollectionRule = {
  check(call, given, before) {
    const column = textOf(at(given, 'attributes', 'primary_column_name'));
    if (before || /^[A-Za-z_]/.test(column)) return undefined;
    return problem(call, 400, 'datastore configuration invalid', {
      detail: `column name '${column}' does not start with a letter or an underscore`,
    });
  },
  finish(item, { world }, before) {
    const given = objectOf(item.attributes);
    const now = isoZulu(world.now());
    return {
      id: item.id ?? '',
      type: 'datastores',
      attributes: {
        created_at: at(before, 'attributes', 'created_at') ?? now,
        creator_user_id: world.user.numericId,
        creator_user_uuid: world.user.id,
        description: given.description ?? '',
        modified_at: now,
        name: given.name ?? '',
        org_id: world.user.orgId,
        primary_column_name: given.primary_column_name ?? 'id',
        primary_key_generation_strategy: given.primary_key_generation_strategy ?? 'none',
      },
    };
  },
  view: (item, { operation }) =>
    operation.id === 'CreateDatastore' ? { id: item.id ?? '', type: 'datastores' } : item,
  badId: refuseId,
  notFound: noStore,
};

/** Deleting what is not there is no error, and says nothing. */
function deleteStore(call: Call): Answer {
  const id = call.params.datastore_id ?? '';
  const bad = refuseId(call, id);
  if (bad) return bad;
  return call.world.remove(STORES, id) ? ok({ data: { id, type: 'datastores' } }) : { status: 200 };
}

/** Runs with a datastore that is there. */
const withStore =
  (run: (call: Call, store: string, column: string) => Answer) =>
  (call: Call): Answer => {
    const id = call.params.datastore_id ?? '';
    const bad = refuseId(call, id);
    if (bad) return bad;
    const store = call.world.find(STORES, id);
    return store ? run(call, id, textOf(at(store, 'attributes', 'primary_column_name'))) : noStore(call);
  };

function makeItem(world: World, store: string, column: string, value: JsonObject, before?: Item): Item {
  const now = isoZulu(world.now());
  return {
    id: before?.id ?? world.ids.uuid(),
    type: 'items',
    attributes: {
      created_at: at(before, 'attributes', 'created_at') ?? now,
      modified_at: now,
      org_id: world.user.orgId,
      primary_column_name: column,
      signature: '',
      store_id: store,
      value,
    },
  };
}

const reference = (item: Item): JsonObject => ({ id: item.id ?? '', type: 'items' });

const writeMany = withStore((call, store, column) => {
  const { world, body } = call;
  const values = arrayOf(at(body, 'data', 'attributes', 'values')).map(objectOf);
  const overwrite = at(body, 'data', 'attributes', 'conflict_mode') === 'overwrite_on_conflict';
  const kept = world.collection(itemsPath(store));
  if (values.some((value) => textOf(value[column]) === ''))
    return problem(call, 400, 'item key missing or invalid', { detail: `primary column "${column}" is missing` });
  const taken = values.find((value) => kept.has(textOf(value[column])));
  if (taken && !overwrite)
    return problem(call, 400, 'item already exists', { detail: `item key "${textOf(taken[column])}" already exists` });
  const items = values.map((value) => {
    const key = textOf(value[column]);
    const item = makeItem(world, store, column, value, kept.get(key));
    kept.set(key, item);
    return item;
  });
  return ok({ data: items.map(reference) });
});

/** The type of a column, by what stands in it. */
const columnType = (name: string, column: string): JsonObject => ({ name, type: name === column ? 'STRING' : 'JSON' });

const listAll = withStore(({ world, query }, store, column) => {
  const all = [...world.collection(itemsPath(store)).values()];
  const key = query.get('item_key');
  const found = key === null ? all : all.filter((item) => at(item, 'attributes', 'value', column) === key);
  const offset = Number(query.get('page[offset]') ?? 0);
  const limit = Number(query.get('page[limit]') ?? 100);
  const names = new Set([column, ...found.flatMap((item) => Object.keys(objectOf(at(item, 'attributes', 'value'))))]);
  return ok({
    data: found.slice(offset, offset + limit),
    meta: {
      page: { totalCount: all.length, totalFilteredCount: found.length, hasMore: offset + limit < found.length },
      schema: { primary_key: column, fields: [...names].map((name) => columnType(name, column)) },
    },
  });
});

const keyOf = (body: Json | undefined): string => textOf(at(body, 'data', 'attributes', 'item_key'));

const updateOne = withStore((call, store, column) => {
  const { world, body } = call;
  const before = world.find(itemsPath(store), keyOf(body));
  if (!before) return problem(call, 404, 'item not found');
  const set = at(body, 'data', 'attributes', 'item_changes', 'ops_set');
  const value = { ...objectOf(at(before, 'attributes', 'value')), ...(isObject(set) && set) };
  const item = makeItem(world, store, column, value, before);
  world.collection(itemsPath(store)).set(keyOf(body), item);
  return ok({ data: item });
});

const deleteOne = withStore((call, store) => {
  const item = call.world.find(itemsPath(store), keyOf(call.body));
  if (!item) return problem(call, 404, 'item not found');
  call.world.remove(itemsPath(store), keyOf(call.body));
  return ok({ data: reference(item) });
});

const deleteMany = withStore((call, store) => {
  const kept = call.world.collection(itemsPath(store));
  const keys = arrayOf(at(call.body, 'data', 'attributes', 'item_keys')).map(textOf);
  if (keys.length === 0)
    return problem(call, 400, 'missing required field', { detail: 'at least one item key is required' });
  const gone = keys.map((key) => kept.get(key)).filter((item) => item !== undefined);
  for (const key of keys) kept.delete(key);
  return ok({ data: gone.map(reference) });
});

export const datastoreFamily: Family = {
  name: 'datastores',
  collections: { [STORES]: stores },
  handlers: {
    'v2.DeleteDatastore': deleteStore,
    'v2.BulkWriteDatastoreItems': writeMany,
    'v2.ListDatastoreItems': listAll,
    'v2.UpdateDatastoreItem': updateOne,
    'v2.DeleteDatastoreItem': deleteOne,
    'v2.BulkDeleteDatastoreItems': deleteMany,
  },
};
