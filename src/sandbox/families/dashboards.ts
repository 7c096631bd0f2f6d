// Dashboards, their sharing, and the lists they stand in.
import { type Answer, type Call, created, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoMicroseconds } from '../times.ts';
import type { Item, World } from '../world.ts';

const DASHBOARDS = '/api/v1/dashboard';
const DELETED = '/api/v1/dashboard?deleted';
const SHARED = '/api/v1/dashboard/public';
const LISTS = '/api/v1/dashboard/lists/manual';
const itemsPath = (list: string): string => `${LISTS}/${list}/dashboards`;

const SLUG = 80;

/** The last segment of a dashboard's address. */
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9\s-]/g, '')
    .replaceAll(/[\s-]+/g, '-')
    .slice(0, SLUG);

/** Every widget has a number, also those within groups; those that were sent stay. */
export function numbered(widgets: Json | undefined, world: World): Json[] {
  return arrayOf(widgets).map((widget) => {
    if (!isObject(widget)) return widget;
    const definition = objectOf(widget.definition);
    const inner = Array.isArray(definition.widgets)
      ? { ...definition, widgets: numbered(definition.widgets, world) }
      : definition;
    return { ...widget, definition: inner, id: widget.id ?? world.ids.integer(1_000_000_000_000) };
  });
}

/** Only `team:` tags are taken, at most five. */
function refuseTags(given: JsonObject): Answer | undefined {
  const tags = arrayOf(given.tags);
  if (tags.some((tag) => !/^team:./.test(textOf(tag)))) {
    return textFailure(400, 'Invalid tag format. Valid tag keys are: team.');
  }
  return tags.length > 5 ? textFailure(400, 'A dashboard can have at most 5 tags.') : undefined;
}

const dashboards: CollectionRule = {
  newId: (ids) => ids.short(),
  defaults: () => ({
    description: null,
    is_read_only: false,
    template_variables: null,
    notify_list: null,
    restricted_roles: [],
  }),
  check: (_call, given) => refuseTags(given),
  update: 'replace',
  finish(item, { world }, before) {
    const { user } = world;
    const now = isoMicroseconds(world.now());
    return {
      ...item,
      widgets: numbered(item.widgets, world),
      url: `/dashboard/${item.id}/${slug(textOf(item.title))}`,
      author_handle: before?.author_handle ?? user.handle,
      author_name: before?.author_name ?? user.name,
      created_at: before?.created_at ?? now,
      modified_at: now,
    };
  },
  notFound: (_call, id) => textFailure(404, `Dashboard with ID ${id} not found`),
  onDelete({ world }, item) {
    world.collection(DELETED).set(textOf(item.id), item);
    for (const [path, items] of world.collections) if (path.startsWith(`${LISTS}/`)) items.delete(textOf(item.id));
    for (const [token, share] of world.collection(SHARED)) {
      if (share.dashboard_id === item.id) world.remove(SHARED, token);
    }
  },
  view: (item) => item,
};

/** A dashboard as a list of all shows it. */
const brief = (item: Item): Item => ({
  created_at: item.created_at ?? null,
  is_read_only: item.is_read_only ?? false,
  description: item.description ?? null,
  title: item.title ?? '',
  url: item.url ?? '',
  layout_type: item.layout_type ?? 'ordered',
  modified_at: item.modified_at ?? null,
  author_handle: item.author_handle ?? null,
  id: item.id ?? '',
  deleted_at: item.deleted_at ?? null,
});

function listDashboards({ world, query }: Call): Answer {
  const from = query.get('filter[deleted]') === 'true' ? DELETED : DASHBOARDS;
  const shared = query.get('filter[shared]') === 'true';
  const start = Number(query.get('start') ?? 0);
  const count = Number(query.get('count') ?? 100);
  const shownIds = new Set([...world.collection(SHARED).values()].map((share) => share.dashboard_id));
  const all = [...world.collection(from).values()].filter((item) => !shared || shownIds.has(item.id ?? null));
  return ok({ dashboards: all.slice(start, start + count).map(brief) });
}

const idsOf = (body: Json | undefined): string[] => arrayOf(at(body, 'data')).map((each) => textOf(at(each, 'id')));

function removeMany(call: Call): Answer {
  const ids = idsOf(call.body);
  const unknown = ids.find((id) => !call.world.find(DASHBOARDS, id));
  if (ids.length === 0) return textFailure(400, 'data is required');
  if (unknown !== undefined) return textFailure(404, `Dashboard with ID ${unknown} not found`);
  for (const id of ids) {
    const item = call.world.find(DASHBOARDS, id)!;
    call.world.remove(DASHBOARDS, id);
    dashboards.onDelete?.(call, item);
  }
  return noContent;
}

function restoreMany({ world, body }: Call): Answer {
  const ids = idsOf(body);
  if (ids.length === 0) return textFailure(400, 'data is required');
  const unknown = ids.find((id) => !world.find(DELETED, id));
  if (unknown !== undefined) return textFailure(404, `Dashboard with ID ${unknown} not found`);
  for (const id of ids) {
    world.collection(DASHBOARDS).set(id, world.find(DELETED, id)!);
    world.collection(DELETED).delete(id);
  }
  return noContent;
}

const shares: CollectionRule = {
  idField: 'token',
  newId: (ids) => `${ids.letters(16)}-${ids.hex(32)}`,
  check({ world }, given, before) {
    if (before || world.find(DASHBOARDS, textOf(given.dashboard_id))) return undefined;
    return textFailure(404, `${textOf(given.dashboard_type)} ${textOf(given.dashboard_id)} not found`);
  },
  update: 'merge',
  defaults: () => ({
    expiration: null,
    last_accessed: null,
    global_time: { live_span: '1h' },
    global_time_selectable_enabled: false,
    selectable_template_vars: null,
    share_list: null,
    embeddable_domains: [],
    status: 'active',
    viewing_preferences: {},
  }),
  finish(item, { world }, before) {
    const { user } = world;
    const invite = item.share_type === 'invite';
    const emails = arrayOf(item.share_list);
    return {
      ...item,
      author: { handle: user.handle, name: user.name },
      title: world.find(DASHBOARDS, textOf(item.dashboard_id))?.title ?? '',
      public_url: `https://p.${world.site}/sb/${textOf(item.token)}`,
      created: before?.created ?? isoMicroseconds(world.now()),
      session_duration_in_days: invite ? (item.session_duration_in_days ?? 30) : null,
      invitees:
        invite && emails.length > 0
          ? emails.map((email) => ({
              email,
              access_expiration: null,
              last_accessed: null,
              created_at: isoMicroseconds(world.now()),
            }))
          : arrayOf(item.invitees),
    };
  },
  notFound: (_call, token) => textFailure(404, `Shared dashboard ${token} not found`),
  deleted: (_call, item) => ok({ deleted_public_dashboard_token: item.token ?? '' }),
};

function withShare(call: Call, run: (share: Item, token: string) => Answer): Answer {
  const token = call.params.token ?? '';
  const share = call.world.find(SHARED, token);
  return share ? run(share, token) : textFailure(404, `Shared dashboard ${token} not found`);
}

const invitationsPath = (token: string): string => `${SHARED}/${token}/invitation`;

function sendInvitation(call: Call): Answer {
  return withShare(call, (_share, token) => {
    const email = textOf(at(call.body, 'data', 'attributes', 'email'));
    if (!email.includes('@')) return textFailure(400, 'A valid email is required');
    const { world } = call;
    const invitation: Item = {
      type: 'public_dashboard_invitation',
      attributes: {
        email,
        share_token: token,
        created_at: isoMicroseconds(world.now()),
        invitation_expiry: isoMicroseconds(world.now() + 3_600_000),
        has_session: false,
        session_expiry: null,
      },
    };
    world.collection(invitationsPath(token)).set(email, invitation);
    return created({ data: invitation });
  });
}

const listInvitations = (call: Call): Answer =>
  withShare(call, (_share, token) => {
    const all = [...call.world.collection(invitationsPath(token)).values()];
    return ok({ data: all, meta: { page: { total_count: all.length } } });
  });

const dropInvitation = (call: Call): Answer =>
  withShare(call, (_share, token) => {
    const email = textOf(at(call.body, 'data', 'attributes', 'email'));
    if (email === '') call.world.collection(invitationsPath(token)).clear();
    else call.world.collection(invitationsPath(token)).delete(email);
    return noContent;
  });

const lists: CollectionRule = {
  newId: (ids) => ids.integer(300_000),
  defaults: () => ({ is_favorite: false, dashboard_count: 0, dashboards: null, type: 'manual_dashboard_list' }),
  update: 'merge',
  finish(item, { world }, before) {
    const { user } = world;
    const now = isoMicroseconds(world.now());
    return {
      ...item,
      author: before?.author ?? { handle: user.handle, name: user.name },
      created: before?.created ?? now,
      modified: now,
    };
  },
  view: (item) => item,
  notFound: (_call, id) => textFailure(404, `Manual Dashboard List with id ${id} not found`),
};

/** Runs with the list that the path names. */
function withList(call: Call, run: (list: Item, id: string) => Answer): Answer {
  const id = call.params.dashboard_list_id ?? '';
  const list = call.world.find(LISTS, id);
  return list ? run(list, id) : textFailure(404, `Manual Dashboard List with id ${id} not found`);
}

function recount(world: World, list: Item, id: string): void {
  list.dashboard_count = world.collection(itemsPath(id)).size;
}

const references = (body: Json | undefined): JsonObject[] =>
  arrayOf(at(body, 'dashboards')).flatMap((each) =>
    isObject(each) ? [{ type: each.type ?? 'custom_timeboard', id: each.id ?? '' }] : [],
  );

function addToList(call: Call): Answer {
  return withList(call, (list, id) => {
    const items = call.world.collection(itemsPath(id));
    const added = references(call.body).filter((each) => !items.has(textOf(each.id)));
    for (const each of added) items.set(textOf(each.id), each);
    recount(call.world, list, id);
    return ok({ added_dashboards_to_list: added });
  });
}

function dropFromList(call: Call): Answer {
  return withList(call, (list, id) => {
    const items = call.world.collection(itemsPath(id));
    const dropped = references(call.body).filter((each) => items.delete(textOf(each.id)));
    recount(call.world, list, id);
    return ok({ deleted_dashboards_from_list: dropped });
  });
}

function replaceList(call: Call): Answer {
  return withList(call, (list, id) => {
    const items = call.world.collection(itemsPath(id));
    items.clear();
    const now = references(call.body);
    for (const each of now) items.set(textOf(each.id), each);
    recount(call.world, list, id);
    return ok({ dashboards: now });
  });
}

function showList(call: Call): Answer {
  return withList(call, (_list, id) => {
    const items = [...call.world.collection(itemsPath(id)).values()];
    return ok({ dashboards: items.map((each) => listed(each, call.world)), total: items.length });
  });
}

/** A dashboard as it stands in a list. */
function listed({ id, type }: JsonObject, world: World): JsonObject {
  const dashboard = world.find(DASHBOARDS, textOf(id));
  return {
    id: id ?? '',
    type: type ?? 'custom_timeboard',
    title: dashboard?.title ?? '',
    url: dashboard?.url ?? '',
    author: { handle: dashboard?.author_handle ?? null, name: dashboard?.author_name ?? null },
    created: dashboard?.created_at ?? null,
    modified: dashboard?.modified_at ?? null,
    icon: null,
    integration_id: null,
    is_favorite: false,
    is_read_only: dashboard?.is_read_only ?? false,
    is_shared: [...world.collection(SHARED).values()].some((share) => share.dashboard_id === id),
    popularity: 0,
    tags: [],
  };
}

export const dashboardFamily: Family = {
  name: 'dashboards',
  collections: { [DASHBOARDS]: dashboards, [SHARED]: shares, [LISTS]: lists },
  handlers: {
    'v1.ListDashboards': listDashboards,
    'v1.DeleteDashboards': removeMany,
    'v1.RestoreDashboards': restoreMany,
    'v1.SendPublicDashboardInvitation': sendInvitation,
    'v1.GetPublicDashboardInvitations': listInvitations,
    'v1.DeletePublicDashboardInvitation': dropInvitation,
    'v2.CreateDashboardListItems': addToList,
    'v2.DeleteDashboardListItems': dropFromList,
    'v2.UpdateDashboardListItems': replaceList,
    'v2.GetDashboardListItems': showList,
  },
};
