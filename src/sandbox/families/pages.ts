// What people put together beside dashboards: powerpacks, notebooks, and how much dashboards are used.
import { type Answer, type Handler, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, filledIn, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { pageCounts, pageLinks } from '../paging.ts';
import { caller, isUuid } from '../people.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';
import { numbered } from './dashboards.ts';

const NOTEBOOKS = '/api/v1/notebooks';
const DASHBOARDS = '/api/v1/dashboard';

// Powerpacks

function refusePowerpack(given: JsonObject): Answer | undefined {
  const attributes = objectOf(given.attributes);
  const missing = ['group_widget', 'name'].find((field) => attributes[field] === undefined);
  if (missing !== undefined)
    return textFailure(400, `API input validation failed: {'${missing}': ['Missing data for required field.']}`);
  const type = objectOf(objectOf(attributes.group_widget).definition).type;
  return type === 'group'
    ? undefined
    : textFailure(
        400,
        `Invalid group widget for powerpack. Error: '${textOf(type)}' is not one of ['group']\n\nFailed validating 'enum' in schema['properties']['type']:\n    {'enum': ['group']}\n\nOn instance['type']:\n    '${textOf(type)}'.`,
      );
}

const powerpacks: CollectionRule = {
  strict: false,
  check: (_call, given, before) =>
    before && objectOf(given.attributes).group_widget === undefined ? undefined : refusePowerpack(given),
  notFound: (_call, id) =>
    textFailure(404, isUuid(id) ? `Powerpack with ID ${id} not found` : `Powerpack has invalid UUID ${id} not found`),
  finish(item, { world }) {
    const attributes = objectOf(item.attributes);
    const group = objectOf(attributes.group_widget);
    const definition = objectOf(group.definition);
    const widgets = numbered(definition.widgets, world);
    return {
      ...item,
      attributes: {
        ...filledIn(attributes, { description: '', template_variables: [], tags: [] }),
        group_widget: { ...group, definition: { ...definition, widgets } },
      },
      relationships: { author: caller(world) },
    };
  },
  beside: ({ world: { user } }, items) =>
    items.length === 0
      ? {}
      : { included: [{ type: 'users', id: user.id, attributes: { name: user.name, email: user.email } }] },
};

// Notebooks

function author({ user }: World): JsonObject {
  const { name, handle, email, icon } = user;
  const created_at = '2020-01-01T00:00:00.000000+00:00';
  return { name, handle, email, icon, created_at, title: null, verified: true, disabled: false, status: 'Active' };
}

const notebooks: CollectionRule = {
  newId: (ids) => ids.integer(2_400_000),
  update: 'merge',
  notFound: () => textFailure(404, 'Notebook not found'),
  badId: (_call, id) => (/^\d+$/.test(id) ? undefined : textFailure(400, 'Notebook id must be an integer')),
  finish(item, { world }, before) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(before?.attributes);
    const now = isoMicroseconds(world.now());
    const cells = arrayOf(attributes.cells).map(
      (cell): Json =>
        isObject(cell) ? { ...cell, type: 'notebook_cells', id: cell.id || world.ids.letters(8) } : cell,
    );
    return {
      ...item,
      attributes: {
        ...attributes,
        cells,
        status: attributes.status ?? 'published',
        template_variables: attributes.template_variables ?? [],
        tags: attributes.tags ?? null,
        metadata: {
          is_template: false,
          take_snapshots: false,
          is_favorite: false,
          type: null,
          ...objectOf(attributes.metadata),
        },
        author: was.author ?? author(world),
        created: was.created ?? now,
        modified: now,
        deleted: null,
      },
    };
  },
  matches(item, { query }) {
    const { name, author: by } = objectOf(item.attributes);
    const text = query.get('query');
    const handle = query.get('author_handle');
    return (
      (text === null || textOf(name).toLowerCase().includes(text.toLowerCase())) &&
      (handle === null || objectOf(by).handle === handle) &&
      query.get('exclude_author_handle') !== textOf(objectOf(by).handle)
    );
  },
};

// How much dashboards are used

function widgetTypes(widgets: Json | undefined): string[] {
  return arrayOf(widgets).flatMap((widget) => {
    const definition = objectOf(objectOf(widget).definition);
    return [textOf(definition.type), ...widgetTypes(definition.widgets)];
  });
}

function usage(item: Item, { user }: World): JsonObject {
  const types = widgetTypes(item.widgets);
  const counts = Object.fromEntries([...Map.groupBy(types, (type) => type)].map(([type, all]) => [type, all.length]));
  const time = (value: Json | undefined): string => textOf(value).replace('+00:00', 'Z');
  return {
    id: item.id ?? '',
    type: 'dashboards-usages',
    attributes: {
      org_id: user.orgId,
      title: item.title ?? '',
      teams: arrayOf(item.tags).flatMap((tag) => (textOf(tag).startsWith('team:') ? [textOf(tag).slice(5)] : [])),
      created_at: time(item.created_at),
      edited_at: time(item.modified_at),
      author: { id: String(user.numericId), name: user.name, handle: user.handle, is_disabled: false },
      viewer: null,
      viewed_at: null,
      total_views: 0,
      total_views_by_type: null,
      widget_count: types.length,
      widget_count_by_type: counts,
      dashboard_quality_score: null,
    },
  };
}

const usageOfOne: Handler = ({ world, params }) => {
  const id = params.dashboard_id ?? '';
  const item = world.find(DASHBOARDS, id);
  return item
    ? ok({ data: usage(item, world) })
    : textFailure(404, `Dashboard not found for dashboard_id=${id} in org_id=${world.user.orgId} not found`);
};

const MOST_USAGES = 500;

const usageOfAll: Handler = (call) => {
  const { world, query } = call;
  const limit = Number(query.get('page[limit]') ?? 250);
  const offset = Number(query.get('page[offset]') ?? 0);
  if (limit > MOST_USAGES) return textFailure(400, `Input should be less than or equal to ${MOST_USAGES}`);
  if (!(limit > 0 && offset >= 0)) return textFailure(400, 'Input should be greater than 0');
  const before = query.get('filter[edited_before]');
  const all = [...world.collection(DASHBOARDS).values()].filter(
    (item) => before === null || Date.parse(textOf(item.modified_at)) < Date.parse(before),
  );
  const data = all.slice(offset, offset + limit).map((item) => usage(item, world));
  const page = pageCounts(call, all.length, { size: 250 });
  return ok({ data, meta: { page }, links: pageLinks(call, page, ['prev', 'next', 'last']) });
};

export const pageFamily: Family = {
  name: 'powerpacks, notebooks and the use of dashboards',
  collections: { '/api/v2/powerpacks': powerpacks, [NOTEBOOKS]: notebooks },
  handlers: { 'v2.GetDashboardUsage': usageOfOne, 'v2.ListDashboardsUsage': usageOfAll },
};
