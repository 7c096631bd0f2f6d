// Status pages and their components, in groups or alone.
import { type Answer, type Call, noContent } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { caller, genericError, relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

export const PAGES = '/api/v2/statuspages';
const COMPONENTS = `${PAGES}/{page_id}/components`;

export const componentsPath = (page: string): string => COMPONENTS.replace('{page_id}', page);

export const pageNotFound = (): Answer => genericError(404, 'status page not found');

/** Who made something on a page, and the page. */
export const ofPage = (world: World, page: string): JsonObject => ({
  created_by_user: caller(world),
  last_modified_by_user: caller(world),
  status_page: relation('status_pages', page),
});

const groupOf = (item: Item): string => textOf(at(item, 'relationships', 'group', 'data', 'id'));

/** What a component is on its page or in its group. */
function briefly(item: Item, world: World, page: string): JsonObject {
  const { name = '', type = 'component', position = 0, status } = objectOf(item.attributes);
  const brief: JsonObject = { id: item.id ?? '', name, type, position };
  if (type === 'group') brief.components = within(world, page, textOf(item.id));
  else brief.status = status ?? 'operational';
  return brief;
}

/** The components in a group, or those in none, in their order. */
function within(world: World, page: string, group: string): JsonObject[] {
  return [...world.collection(componentsPath(page)).values()]
    .filter((item) => groupOf(item) === group)
    .map((item) => briefly(item, world, page))
    .sort((a, b) => Number(a.position) - Number(b.position));
}

/** Puts a component, and those in it, onto a page. */
function addComponent(world: World, page: string, given: JsonObject, group: string | null, position: number): Item {
  const id = world.ids.uuid();
  const now = isoZulu(world.now());
  const type = textOf(given.type) || 'component';
  const item: Item = {
    id,
    type: 'components',
    attributes: {
      created_at: now,
      modified_at: now,
      name: given.name ?? '',
      position: given.position ?? position,
      type,
      ...(type !== 'group' && { status: 'operational' }),
    },
    relationships: { ...ofPage(world, page), group: relation('components', group) },
  };
  world.collection(componentsPath(page)).set(id, item);
  for (const [i, inner] of arrayOf(given.components).entries()) addComponent(world, page, objectOf(inner), id, i);
  return item;
}

const pages: CollectionRule = {
  finish(item, { world }, before, given) {
    const id = textOf(item.id);
    const attributes = objectOf(item.attributes);
    const now = isoZulu(world.now());
    if (!before) {
      const wanted = arrayOf(at(given, 'attributes', 'components'));
      for (const [i, each] of wanted.entries()) addComponent(world, id, objectOf(each), null, i);
    }
    return {
      id,
      type: 'status_pages',
      attributes: {
        name: attributes.name ?? '',
        type: attributes.type ?? 'internal',
        domain_prefix: attributes.domain_prefix ?? '',
        visualization_type: attributes.visualization_type ?? 'bars_and_uptime_percentage',
        company_logo: attributes.company_logo ?? null,
        email_header_image: attributes.email_header_image ?? null,
        favicon: attributes.favicon ?? null,
        custom_domain: null,
        custom_domain_enabled: false,
        subscriptions_enabled: attributes.subscriptions_enabled ?? false,
        enabled: at(before, 'attributes', 'enabled') ?? false,
        page_url: `https://app.${world.site}/status-pages/${id}/view`,
        created_at: at(before, 'attributes', 'created_at') ?? now,
        modified_at: now,
      },
      relationships: { created_by_user: caller(world), last_modified_by_user: caller(world) },
    };
  },
  view: (item, { world }) => ({
    ...item,
    attributes: { ...objectOf(item.attributes), components: within(world, textOf(item.id), '') },
  }),
  notFound: pageNotFound,
};

const components: CollectionRule = {
  finish(item, { world, params }, before, given) {
    const page = params.page_id ?? '';
    if (!before) {
      const group = textOf(at(given, 'relationships', 'group', 'data', 'id'));
      const made = addComponent(world, page, objectOf(given.attributes), group === '' ? null : group, 0);
      // The engine keeps it under the id that it had given.
      world.collection(componentsPath(page)).delete(textOf(made.id));
      for (const inner of world.collection(componentsPath(page)).values()) {
        if (groupOf(inner) === made.id) objectOf(inner.relationships).group = relation('components', item.id);
      }
      return { ...made, id: item.id ?? '' };
    }
    return { ...item, attributes: { ...objectOf(item.attributes), modified_at: isoZulu(world.now()) } };
  },
  matches: (item, { operation }) => operation.id !== 'ListComponents' || groupOf(item) === '',
  view(item, { world, params }) {
    if (at(item, 'attributes', 'type') !== 'group') return item;
    const inner: Json = within(world, params.page_id ?? '', textOf(item.id));
    return { ...item, attributes: { ...objectOf(item.attributes), components: inner } };
  },
  onDelete({ world, params }, item) {
    const all = world.collection(componentsPath(params.page_id ?? ''));
    for (const [id, inner] of all) if (groupOf(inner) === item.id) all.delete(id);
  },
  notFound: () => genericError(404, 'component not found'),
};

/** Shows a page to its readers, or takes it from them. */
const publish =
  (enabled: boolean) =>
  ({ world, params }: Call): Answer => {
    const page = world.find(PAGES, params.page_id ?? '');
    if (!page) return pageNotFound();
    objectOf(page.attributes).enabled = enabled;
    return noContent;
  };

export const statusPageFamily: Family = {
  name: 'status pages',
  collections: { [PAGES]: pages, [COMPONENTS]: components },
  handlers: { 'v2.PublishStatusPage': publish(true), 'v2.UnpublishStatusPage': publish(false) },
};
