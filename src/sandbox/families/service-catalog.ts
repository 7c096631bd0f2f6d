// The software catalog: entities of any kind as JSON or YAML, the relations that follow from them.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { readBody } from '../yaml-body.ts';

const ENTITIES = '/api/v2/catalog/entity';
const KINDS = '/api/v2/catalog/kind';
const MOST_PAGE = 1000;

/** Without what is empty, below the names given. */
function compact(value: Json): Json {
  if (Array.isArray(value)) return value.map(compact);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, each]) => !(Array.isArray(each) && each.length === 0));
  return Object.fromEntries(kept.map(([name, each]) => [name, compact(each)]));
}

const NAMED = { name: '', query: '' };

/** An entity's schema as it is kept. */
function schemaOf(given: JsonObject, times: JsonObject): JsonObject {
  const { id: _id, ...metadata } = objectOf(given.metadata);
  const datadog = objectOf(given.datadog);
  const named = (list: Json | undefined): Json => arrayOf(list).map((each) => ({ ...NAMED, ...objectOf(each) }));
  return {
    ...given,
    metadata: {
      namespace: 'default',
      ...objectOf(compact(metadata)),
      managed: { origin: { origin: 'unknown' }, ingestionSource: 'api', ...times },
    },
    ...(given.datadog !== undefined && {
      datadog: {
        ...datadog,
        ...(datadog.events !== undefined && { events: named(datadog.events) }),
        ...(datadog.logs !== undefined && { logs: named(datadog.logs) }),
        ...(datadog.codeLocations !== undefined && { codeLocations: compact(datadog.codeLocations) }),
      },
    }),
    ...(given.spec !== undefined && { spec: compact(given.spec) }),
  };
}

const reference = (item: Item): string => {
  const { kind = '', namespace = '', name = '' } = objectOf(item.attributes);
  return `${textOf(kind)}:${textOf(namespace)}/${textOf(name)}`;
};

const find = (world: World, id: string): Item | undefined =>
  world.find(ENTITIES, id) ?? [...world.collection(ENTITIES).values()].find((item) => reference(item) === id);

function upsertEntity(call: Call): Answer {
  const { world } = call;
  const given = readBody(call);
  const name = textOf(at(given, 'metadata', 'name'));
  const kind = textOf(at(given, 'kind'));
  if (!isObject(given) || name === '' || kind === '')
    return textFailure(400, 'invalid entity definition: kind and metadata.name are required');
  const metadata = objectOf(given.metadata);
  const namespace = textOf(metadata.namespace) || 'default';
  const before = find(world, `${kind}:${namespace}/${name}`);
  const now = isoZulu(world.now());
  const times = { createdAt: at(before, 'meta', 'createdAt') ?? now, modifiedAt: now };
  const schema = schemaOf(given, times);
  const schemaId = world.ids.uuid();
  const { displayName, description, owner, tags } = metadata;
  const item: Item = {
    id: before?.id ?? world.ids.uuid(),
    type: 'entity',
    attributes: {
      apiVersion: given.apiVersion ?? 'v3',
      ...(displayName !== undefined && { displayName }),
      ...(description !== undefined && { description }),
      kind,
      name,
      namespace,
      ...(owner !== undefined && { owner }),
      tags: arrayOf(tags),
    },
    relationships: { schema: { data: { id: schemaId, type: 'schema' } } },
    meta: { ...times, ingestionSource: 'api', origin: 'unknown' },
  };
  world.collection(ENTITIES).set(textOf(item.id), item);
  const kept: Item = { id: schemaId, type: 'schema', attributes: { schema } };
  world.collection(`${ENTITIES}/${textOf(item.id)}/schema`).set(schemaId, kept);
  return { status: 202, body: { data: [item], meta: { count: 1, includeCount: 1 }, included: [kept] } };
}

/** One page of a list, with its counts and the links to its neighbours. */
function page({ query, operation }: Call, all: readonly JsonObject[], included: readonly JsonObject[] = []): Answer {
  const asked = Number(query.get('page[limit]') ?? 100);
  const limit = asked > 0 ? Math.min(asked, MOST_PAGE) : 100;
  const offset = Math.max(0, Number(query.get('page[offset]') ?? 0) || 0);
  const link = (to: number): string => `${operation.path}?page%5Blimit%5D=${limit}&page%5Boffset%5D=${to}`;
  const data: Json = all.slice(offset, offset + limit);
  return ok({
    data,
    meta: { count: data.length, includeCount: included.length },
    links: {
      self: link(offset),
      ...(offset + limit < all.length && { next: link(offset + limit) }),
      ...(offset > 0 && { previous: link(Math.max(0, offset - limit)) }),
    },
    ...(included.length > 0 && { included: [...included] }),
  });
}

const schemaFor = (world: World, item: Item): Item | undefined =>
  [...world.collection(`${ENTITIES}/${textOf(item.id)}/schema`).values()].at(-1);

function listEntities(call: Call): Answer {
  const { world, query } = call;
  const wanted = (name: string, value: Json | undefined): boolean => {
    const given = query.get(`filter[${name}]`);
    return given === null || given === textOf(value);
  };
  const found = [...world.collection(ENTITIES).values()].filter((item) => {
    const of = objectOf(item.attributes);
    return (
      wanted('id', item.id) &&
      wanted('ref', reference(item)) &&
      wanted('name', of.name) &&
      wanted('kind', of.kind) &&
      wanted('owner', of.owner)
    );
  });
  const schemas = (query.get('include') ?? '').split(',').includes('schema');
  return page(
    call,
    found,
    schemas ? found.map((item) => schemaFor(world, item)).filter((each) => each !== undefined) : [],
  );
}

function deleteEntity({ world, params }: Call): Answer {
  const item = find(world, params.entity_id ?? '');
  if (!item) return textFailure(404, 'Not Found');
  world.remove(ENTITIES, textOf(item.id));
  return noContent;
}

/** What an entity says of others, and what follows for them. */
const TIES: readonly (readonly [of: readonly string[], says: string, follows: string])[] = [
  [['spec', 'dependsOn'], 'RelationTypeDependsOn', 'RelationTypeDependencyOf'],
  [['spec', 'components'], 'RelationTypeHasPart', 'RelationTypePartsOf'],
  [['spec', 'componentOf'], 'RelationTypePartsOf', 'RelationTypeHasPart'],
];

/** `service:default/name`, `service:name` or a bare name. */
function parseReference(text: string, kind: string): JsonObject {
  const match = /^(?:([\w-]+):)?(?:([^/]+)\/)?(.+)$/.exec(text);
  return { kind: match?.[1] ?? kind, namespace: match?.[2] ?? 'default', name: match?.[3] ?? text };
}

const written = ({ kind, namespace, name }: JsonObject): string =>
  `${textOf(kind)}:${textOf(namespace)}/${textOf(name)}`;

function relationsOf(world: World, item: Item): JsonObject[] {
  const { kind = '', namespace = '', name = '', owner } = objectOf(item.attributes);
  const self = { kind, namespace, name };
  const { createdAt = '', modifiedAt = '' } = objectOf(item.meta);
  const meta = { createdAt, modifiedAt, source: 'schema', definedBy: written(self) };
  const tie = (from: JsonObject, type: string, to: JsonObject): JsonObject => ({
    id: `${written(from)}:${type}:${written(to)}`,
    type: 'relation',
    attributes: { from, to, type },
    meta,
  });
  const both = (to: JsonObject, says: string, follows: string): JsonObject[] => [
    tie(self, says, to),
    tie(to, follows, self),
  ];
  const schema = at(schemaFor(world, item), 'attributes', 'schema');
  const team =
    textOf(owner) === '' ? [] : both(parseReference(textOf(owner), 'team'), 'RelationTypeOwnedBy', 'RelationTypeOwns');
  return [
    ...team,
    ...TIES.flatMap(([path, says, follows]) =>
      arrayOf(at(schema, ...path)).flatMap((each) => both(parseReference(textOf(each), 'service'), says, follows)),
    ),
  ];
}

function listRelations(call: Call): Answer {
  const { world, query } = call;
  const [type, from, to] = ['filter[type]', 'filter[from_ref]', 'filter[to_ref]'].map((name) => query.get(name));
  const all = [...world.collection(ENTITIES).values()].flatMap((item) => relationsOf(world, item));
  return page(
    call,
    all.filter(({ attributes }) => {
      const of = objectOf(attributes);
      return (
        (!type || of.type === type) &&
        (!from || written(objectOf(of.from)) === from) &&
        (!to || written(objectOf(of.to)) === to)
      );
    }),
  );
}

function kindItem(world: World, name: string, given: JsonObject, before?: Item): Item {
  const now = isoZulu(world.now());
  const { description = '', displayName = '' } = given;
  return {
    id: before?.id ?? world.ids.uuid(),
    type: 'kind',
    attributes: { name, displayName, description },
    meta: { createdAt: at(before, 'meta', 'createdAt') ?? now, modifiedAt: now },
  };
}

function upsertKind(call: Call): Answer {
  const given = readBody(call);
  const name = textOf(at(given, 'kind'));
  if (name === '') return textFailure(400, 'invalid kind definition: kind is required');
  const all = call.world.collection(KINDS);
  const item = kindItem(call.world, name, objectOf(given), all.get(name));
  all.set(name, item);
  return { status: 202, body: { data: [item], meta: { count: 1 } } };
}

function deleteKind({ world, params }: Call): Answer {
  const id = params.kind_id ?? '';
  const name = [...world.collection(KINDS)].find(([key, item]) => key === id || item.id === id)?.[0];
  if (name === undefined) return textFailure(404, 'Not Found');
  world.remove(KINDS, name);
  return noContent;
}

/** The kinds that are known without being defined. */
const FIRST_KINDS = ['service', 'datastore', 'queue', 'system', 'api', 'frontend', 'library'];

export const serviceCatalogFamily: Family = {
  name: 'software catalog',
  handlers: {
    'v2.UpsertCatalogEntity': upsertEntity,
    'v2.ListCatalogEntity': listEntities,
    'v2.DeleteCatalogEntity': deleteEntity,
    'v2.ListCatalogRelation': listRelations,
    'v2.UpsertCatalogKind': upsertKind,
    'v2.ListCatalogKind': (call) => page(call, [...call.world.collection(KINDS).values()]),
    'v2.DeleteCatalogKind': deleteKind,
  },
  seed(world) {
    for (const name of FIRST_KINDS) world.collection(KINDS).set(name, kindItem(world, name, {}));
  },
};
