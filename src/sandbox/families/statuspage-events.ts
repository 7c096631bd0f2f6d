// What happens to the components of status pages: degradations and maintenances, with their updates.
import { type Answer, type Call, created, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { componentsPath, ofPage, PAGES, pageNotFound } from './statuspages.ts';

const DEGRADATIONS = `${PAGES}/{page_id}/degradations`;
const MAINTENANCES = `${PAGES}/{page_id}/maintenances`;

/** The components that are affected, by name, and marked as such on the page. */
function affected(given: Json | undefined, world: World, page: string, mark: boolean): Json[] {
  return arrayOf(given).map((each) => {
    const { id = '', status = 'operational' } = objectOf(each);
    const attributes = objectOf(world.find(componentsPath(page), textOf(id))?.attributes);
    if (mark) attributes.status = status;
    return { id, name: attributes.name ?? '', status };
  });
}

function update(world: World, status: Json, description: Json, components: Json, started?: Json): JsonObject {
  const now = isoZulu(world.now());
  return {
    id: world.ids.uuid(),
    created_at: now,
    modified_at: now,
    started_at: started ?? now,
    status,
    description,
    components_affected: components,
  };
}

const degradations: CollectionRule = {
  finish(item, { world, params }, before, given) {
    const page = params.page_id ?? '';
    const { title = '', description = '', status = 'investigating', components_affected } = objectOf(item.attributes);
    const now = isoZulu(world.now());
    const components = affected(components_affected, world, page, true);
    const told = objectOf(given.attributes);
    const tells =
      !before || told.status !== undefined || told.description !== undefined || told.components_affected !== undefined;
    const updates = arrayOf(at(before, 'attributes', 'updates'));
    return {
      id: item.id ?? '',
      type: 'degradations',
      attributes: {
        title,
        description,
        status,
        components_affected: components,
        created_at: at(before, 'attributes', 'created_at') ?? now,
        modified_at: now,
        updates: tells ? [update(world, status, description, components), ...updates] : updates,
      },
      relationships: ofPage(world, page),
    };
  },
  notFound: () => genericError(404, 'degradation not found'),
};

/** What is told of a maintenance in each of its states. */
const TELLING: Readonly<Record<string, string>> = {
  scheduled: 'scheduled_description',
  in_progress: 'in_progress_description',
  completed: 'completed_description',
  canceled: 'canceled_description',
};

const maintenances: CollectionRule = {
  finish(item, { world, params }, before) {
    const page = params.page_id ?? '';
    const given = objectOf(item.attributes);
    const now = isoZulu(world.now());
    const status = textOf(given.status) || 'scheduled';
    const components = affected(given.components_affected, world, page, status === 'in_progress');
    const updates = arrayOf(at(before, 'attributes', 'updates'));
    const news = !before || at(before, 'attributes', 'status') !== status;
    const told = given[TELLING[status] ?? ''] ?? '';
    return {
      id: item.id ?? '',
      type: 'maintenances',
      attributes: {
        title: given.title ?? '',
        status,
        start_date: given.start_date ?? null,
        completed_date: given.completed_date ?? null,
        scheduled_description: given.scheduled_description ?? '',
        in_progress_description: given.in_progress_description ?? '',
        completed_description: given.completed_description ?? '',
        components_affected: components,
        published_date: at(before, 'attributes', 'published_date') ?? now,
        modified_at: now,
        updates: news
          ? [{ ...update(world, status, told, components), manual_transition: before !== undefined }, ...updates]
          : updates,
      },
      relationships: ofPage(world, page),
    };
  },
  notFound: () => genericError(404, 'maintenance not found'),
};

/** All of a kind, of every page, with the page of the list. */
const listAll =
  (kind: string) =>
  ({ world, query }: Call): Answer => {
    const all = [...world.collection(PAGES).keys()].flatMap((page) => [
      ...world.collection(`${PAGES}/${page}/${kind}`).values(),
    ]);
    const offset = Number(query.get('page[offset]') ?? 0);
    const limit = Number(query.get('page[limit]') ?? 50);
    const shown = all.slice(offset, offset + limit);
    const page = {
      type: 'offset_limit',
      offset,
      limit,
      total: all.length,
      first_offset: 0,
      prev_offset: offset > 0 ? Math.max(0, offset - limit) : null,
      next_offset: offset + limit < all.length ? offset + limit : null,
      last_offset: Math.max(0, Math.floor((all.length - 1) / limit) * limit),
    };
    return ok({ data: shown, meta: { page } });
  };

/** Enters what happened in the past, update by update. */
function backfill(kind: 'degradations' | 'maintenances', call: Call): Answer {
  const { world, params, body } = call;
  const page = params.page_id ?? '';
  if (!world.find(PAGES, page)) return pageNotFound();
  const given = objectOf(at(body, 'data', 'attributes'));
  const told = arrayOf(given.updates).map(objectOf);
  if (told.length === 0) return genericError(400, 'updates are required', 'Bad Request');
  const updates = told.map((each) => ({
    ...update(
      world,
      each.status ?? '',
      each.description ?? '',
      affected(each.components_affected, world, page, false),
      each.started_at,
    ),
    ...(kind === 'maintenances' && { manual_transition: false }),
  }));
  const [first, last] = [objectOf(updates[0]), objectOf(updates.at(-1))];
  const said = (status: string): Json => told.find((each) => each.status === status)?.description ?? '';
  const common = {
    title: given.title ?? '',
    status: last.status ?? '',
    components_affected: last.components_affected ?? [],
    modified_at: isoZulu(world.now()),
    updates,
  };
  const attributes: JsonObject =
    kind === 'degradations'
      ? { ...common, description: last.description ?? '', created_at: first.started_at ?? null }
      : {
          ...common,
          start_date: first.started_at ?? null,
          completed_date: last.started_at ?? null,
          published_date: first.started_at ?? null,
          scheduled_description: said('scheduled'),
          in_progress_description: said('in_progress'),
          completed_description: said('completed'),
        };
  const item: Item = { id: world.ids.uuid(), type: kind, attributes, relationships: ofPage(world, page) };
  world.collection(`${PAGES}/${page}/${kind}`).set(textOf(item.id), item);
  return created({ data: item });
}

export const statusPageEventFamily: Family = {
  name: 'status page events',
  collections: { [DEGRADATIONS]: degradations, [MAINTENANCES]: maintenances },
  handlers: {
    'v2.ListDegradations': listAll('degradations'),
    'v2.ListMaintenances': listAll('maintenances'),
    'v2.CreateBackfilledDegradation': (call) => backfill('degradations', call),
    'v2.CreateBackfilledMaintenance': (call) => backfill('maintenances', call),
  },
};
