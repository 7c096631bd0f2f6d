// App Builder: apps with their versions and deployments, and the small switches on them.
import { type Answer, type Call, created, errorFailure, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const APPS = '/api/v2/app-builder/apps';
const versionsPath = (app: string): string => `${APPS}/${app}/versions`;
const NO_VERSION = '00000000-0000-0000-0000-000000000000';

/** The first endpoints say it shortly, the later ones at length. */
const appNotFound = (): Answer => errorFailure(404, { title: 'app not found' });
const notFoundAtLength = ({ world }: Call, kind: string, id: string): Answer =>
  errorFailure(404, {
    status: '404',
    id: world.ids.uuid(),
    title: `${kind} not found`,
    detail: `${kind} with id ${id} not found`,
  });

const person = ({ user }: World): JsonObject => ({
  user_id: user.numericId,
  user_uuid: user.id,
  user_name: user.handle,
});

const REQUIRED = ['name', 'rootInstanceName'];

function refuse(given: JsonObject, before: Item | undefined): Answer | undefined {
  const attributes = objectOf(given.attributes);
  const missing = REQUIRED.find((name) => (before ? attributes[name] === '' : textOf(attributes[name]) === ''));
  if (missing === undefined) return undefined;
  return errorFailure(400, { title: 'missing required field', source: { pointer: `/data/attributes/${missing}` } });
}

/** Every save of an app is a version of it. */
function addVersion(world: World, app: string): void {
  const versions = world.collection(versionsPath(app));
  const id = world.ids.uuid();
  const now = isoZulu(world.now());
  versions.set(id, {
    id,
    type: 'appVersions',
    attributes: {
      app_id: app,
      created_at: now,
      updated_at: now,
      has_ever_been_published: false,
      user_id: world.user.numericId,
      user_name: world.user.name ?? '',
      user_uuid: world.user.id,
      version: versions.size + 1,
    },
  });
}

const latest = (world: World, app: string): Item | undefined =>
  [...world.collection(versionsPath(app)).values()].at(-1);

const apps: CollectionRule = {
  strict: false,
  check: (_call, given, before) => refuse(given, before),
  finish(item, { world }, before) {
    const id = textOf(item.id);
    const given = objectOf(item.attributes);
    addVersion(world, id);
    return {
      id,
      type: 'appDefinitions',
      attributes: {
        ...given,
        components: given.components ?? [],
        description: given.description ?? '',
        favorite: at(before, 'attributes', 'favorite') ?? false,
        queries: given.queries ?? [],
        selfService: at(before, 'attributes', 'selfService') ?? false,
        tags: at(before, 'attributes', 'tags') ?? given.tags ?? [],
      },
      meta: {
        ...objectOf(before?.meta),
        org_id: world.user.orgId,
        ...person(world),
        version: Number(at(latest(world, id), 'attributes', 'version') ?? 1),
        updated_since_deployment: false,
        created_at: at(before, 'meta', 'created_at') ?? isoZulu(world.now()),
        updated_at: isoZulu(world.now()),
        deleted_at: '0001-01-01T00:00:00Z',
      },
    };
  },
  view({ id = '', type = '', attributes = {} }, { operation }) {
    return operation.id === 'CreateApp' ? { id, type } : { id, type, attributes };
  },
  deleted: (_call, { id = '', type = '' }) => ok({ data: { id, type } }),
  notFound: appNotFound,
};

function getApp(call: Call): Answer {
  const { world, params, query } = call;
  const id = params.app_id ?? '';
  const app = world.find(APPS, id);
  if (!app) return appNotFound();
  const version = query.get('version') ?? 'latest';
  const known = [...world.collection(versionsPath(id)).values()].map((each) =>
    String(at(each, 'attributes', 'version')),
  );
  return version === 'latest' || version === 'deployed' || known.includes(version)
    ? ok({ data: apps.view!(app, call) })
    : errorFailure(410, { title: 'app version not found' });
}

function listApps({ world, query }: Call): Answer {
  const all = [...world.collection(APPS).values()];
  const name = (query.get('filter[name]') ?? query.get('filter[query]') ?? '').toLowerCase();
  const found = all.filter((app) =>
    textOf(at(app, 'attributes', 'name'))
      .toLowerCase()
      .includes(name),
  );
  const limit = Number(query.get('limit') ?? 50);
  const page = Number(query.get('page') ?? 0);
  return ok({
    data: found.slice(page * limit, (page + 1) * limit).map(({ id = '', type = '', attributes, meta = {} }) => {
      const {
        description = '',
        favorite = false,
        name: title = '',
        selfService = false,
        tags = [],
      } = objectOf(attributes);
      return { id, type, attributes: { description, favorite, name: title, selfService, tags }, meta };
    }),
    meta: { page: { totalCount: all.length, totalFilteredCount: found.length } },
  });
}

function deleteApps({ world, body }: Call): Answer {
  const wanted = arrayOf(at(body, 'data')).map((each) => textOf(at(each, 'id')));
  if (wanted.length === 0 || wanted.some((id) => !world.find(APPS, id)))
    return errorFailure(404, { title: 'one or more apps not found' });
  for (const id of wanted) world.remove(APPS, id);
  return ok({ data: wanted.map((id) => ({ id, type: 'appDefinitions' })) });
}

function deployment(world: World, version: Json): JsonObject {
  return {
    id: world.ids.uuid(),
    type: 'deployment',
    attributes: { app_version_id: version },
    meta: { created_at: isoZulu(world.now()), ...person(world) },
  };
}

function publish({ world, params }: Call): Answer {
  const id = params.app_id ?? '';
  if (!world.find(APPS, id)) return appNotFound();
  const version = latest(world, id);
  objectOf(version?.attributes).has_ever_been_published = true;
  return created({ data: deployment(world, version?.id ?? NO_VERSION) });
}

function unpublish({ world, params }: Call): Answer {
  return world.find(APPS, params.app_id ?? '') ? ok({ data: deployment(world, NO_VERSION) }) : appNotFound();
}

/** A later endpoint: the app is there, or it is said at length that it is not. */
const withApp =
  (run: (app: Item, call: Call) => Answer) =>
  (call: Call): Answer => {
    const id = call.params.app_id ?? '';
    const app = call.world.find(APPS, id);
    return app ? run(app, call) : notFoundAtLength(call, 'app', id);
  };

/** Sets one attribute of an app to what was sent of that name. */
const setting = (name: string): ((call: Call) => Answer) =>
  withApp((app, { body }) => {
    objectOf(app.attributes)[name] = at(body, 'data', 'attributes', name) ?? null;
    return noContent;
  });

const protect = withApp((app, call) => {
  objectOf(app.attributes).protectionLevel = at(call.body, 'data', 'attributes', 'protectionLevel') ?? null;
  return ok({ data: apps.view!(app, call) });
});

const listVersions = withApp((app, { world }) => {
  const all = [...world.collection(versionsPath(textOf(app.id))).values()].reverse();
  return ok({ data: all, meta: { page: { totalCount: all.length, totalFilteredCount: 0 } } });
});

const nameVersion = withApp((app, { world, body }) => {
  const version = objectOf(latest(world, textOf(app.id))?.attributes);
  version.name = at(body, 'data', 'attributes', 'name') ?? '';
  return noContent;
});

const revert = withApp((app, call) => ok({ data: apps.view!(app, call) }));
const requestPublication = withApp((app, { world }) => {
  return created({ data: deployment(world, latest(world, textOf(app.id))?.id ?? NO_VERSION) });
});

const none = (): Answer => ok({ data: [] });

export const appFamily: Family = {
  name: 'app builder',
  collections: { [APPS]: apps },
  handlers: {
    'v2.GetApp': getApp,
    'v2.ListApps': listApps,
    'v2.DeleteApps': deleteApps,
    'v2.PublishApp': publish,
    'v2.UnpublishApp': unpublish,
    'v2.UpdateAppFavorite': setting('favorite'),
    'v2.UpdateAppSelfService': setting('selfService'),
    'v2.UpdateAppTags': setting('tags'),
    'v2.UpdateProtectionLevel': protect,
    'v2.ListAppVersions': listVersions,
    'v2.UpdateAppVersionName': nameVersion,
    'v2.RevertApp': revert,
    'v2.CreatePublishRequest': requestPublication,
    'v2.GetBlueprint': (call) => notFoundAtLength(call, 'blueprint', call.params.blueprint_id ?? ''),
    'v2.GetBlueprintsByIntegrationId': none,
    'v2.GetBlueprintsBySlugs': none,
    'v2.ListTags': none,
  },
};
