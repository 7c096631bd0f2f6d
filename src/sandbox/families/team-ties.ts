// How teams stand to each other and to teams elsewhere: hierarchy, connections to GitHub's teams, and their synchronisation.
import { type Answer, type Call, created, errorFailure, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type JsonObject, objectOf, textOf } from '../json.ts';
import { isList, pageCounts, pageLinks } from '../paging.ts';
import { relation } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';
import { TEAMS } from './teams.ts';

const TIES = '/api/v2/team-hierarchy-links';
const CONNECTIONS = '/api/v2/team/connections';
const SYNC = '/api/v2/team/sync';

const end = (tie: Item, side: 'parent_team' | 'sub_team'): string =>
  textOf(at(tie, 'relationships', side, 'data', 'id'));

/** A team as an answer about hierarchies includes it. */
function brief(world: World, id: string): Item[] {
  const team = world.find(TEAMS, id);
  if (!team) return [];
  const { avatar, banner, handle, name, summary } = objectOf(team.attributes);
  return [
    {
      id,
      type: 'team',
      attributes: {
        avatar: avatar ?? null,
        banner: banner ?? null,
        handle: handle ?? '',
        is_managed: false,
        is_open_membership: true,
        link_count: world.collection(`${TEAMS}/${id}/links`).size,
        name: name ?? '',
        summary: summary ?? null,
        user_count: world.collection(`${TEAMS}/${id}/memberships`).size,
      },
    },
  ];
}

/** Whether a team stands somewhere above another. */
function isAbove(world: World, above: string, below: string): boolean {
  const seen = new Set<string>();
  const queue = [below];
  for (let team = queue.pop(); team !== undefined; team = queue.pop()) {
    if (team === above) return true;
    if (seen.has(team)) continue;
    seen.add(team);
    for (const tie of world.collection(TIES).values())
      if (end(tie, 'sub_team') === team) queue.push(end(tie, 'parent_team'));
  }
  return false;
}

const ties: CollectionRule = {
  check({ world }, given) {
    const [parent, sub] = [end(given, 'parent_team'), end(given, 'sub_team')];
    const unknown = [parent, sub].find((id) => !world.find(TEAMS, id));
    if (unknown !== undefined) return textFailure(404, `Not Found: team with id ${unknown} not found`);
    const org = world.user.orgId;
    const could = `Conflict: could not add team ${sub} as a member team of team ${parent} in org ${org}`;
    if (
      [...world.collection(TIES).values()].some(
        (tie) => end(tie, 'parent_team') === parent && end(tie, 'sub_team') === sub,
      )
    ) {
      const exists = `team hierarchy link between super team ${parent} and member team ${sub} already exists in org ${org}`;
      return textFailure(409, `${could}: ${exists}`);
    }
    return isAbove(world, sub, parent) ? textFailure(409, `${could}: the teams would form a cycle`) : undefined;
  },
  finish: (item, { world }) => ({
    id: item.id ?? '',
    type: 'team_hierarchy_links',
    attributes: { created_at: isoZulu(world.now()), provisioned_by: '' },
    relationships: {
      parent_team: relation('team', end(item, 'parent_team')),
      sub_team: relation('team', end(item, 'sub_team')),
    },
  }),
  matches(item, { query }) {
    const [parent, sub] = [query.get('filter[parent_team]'), query.get('filter[sub_team]')];
    return (!parent || end(item, 'parent_team') === parent) && (!sub || end(item, 'sub_team') === sub);
  },
  beside(call, items, total): JsonObject {
    const ids = new Set(items.flatMap((tie) => [end(tie, 'parent_team'), end(tie, 'sub_team')]));
    const listed = [...ids].flatMap((id) => brief(call.world, id));
    const { method } = call.operation;
    // Made, a link shows the parent first; read, the teams stand in order of their names.
    const included = method === 'POST' ? listed.map(closed) : listed.sort(byName);
    const counts = pageCounts(call, total, { numbered: true });
    return isList(call)
      ? { meta: { page: counts }, links: pageLinks(call, counts), included }
      : {
          included,
          ...(method === 'GET' && { links: { self: `https://api.${call.world.site}${TIES}/${call.params.link_id}` } }),
        };
  },
  notFound: ({ operation }, id) =>
    operation.method === 'GET'
      ? textFailure(404, `Not Found: team hierarchy link not found (linkId=${id})`)
      : textFailure(404, `Not Found: link with id ${id} not found`),
};

const closed = (team: Item): Item => ({
  ...team,
  attributes: { ...objectOf(team.attributes), is_open_membership: false },
});

const byName = (one: Item, other: Item): number =>
  textOf(at(one, 'attributes', 'name')).localeCompare(textOf(at(other, 'attributes', 'name')), 'en');

const bad = (detail: string): Answer => errorFailure(400, { status: '400', title: 'Bad Request', detail });

function createConnections({ world, body }: Call): Answer {
  const asked = arrayOf(at(body, 'data')).filter(isObject);
  if (asked.length === 0) return bad('attribute "data" at least one team connection must be provided');
  const here = world.collection(CONNECTIONS);
  const teamOf = (each: JsonObject): string => textOf(at(each, 'relationships', 'team', 'data', 'id'));
  const sourceOf = (each: JsonObject): string => textOf(at(each, 'attributes', 'source'));
  const taken = asked.some((each) =>
    [...here.values()].some((other) => teamOf(other) === teamOf(each) && sourceOf(other) === sourceOf(each)),
  );
  if (taken) {
    const detail = 'failed to add team connections: one or more team attributes already exist';
    return errorFailure(409, { status: '409', title: 'Conflict', detail });
  }
  const data = asked.map((each) => {
    const id = world.ids.uuid();
    const connection: Item = {
      id,
      type: 'team_connection',
      attributes: { managed_by: 'datadog', ...objectOf(each.attributes) },
      relationships: objectOf(each.relationships),
    };
    here.set(id, connection);
    return connection;
  });
  return created({ data });
}

function deleteConnections({ world, body }: Call): Answer {
  const ids = arrayOf(at(body, 'data')).map((each) => textOf(at(each, 'id')));
  const here = world.collection(CONNECTIONS);
  if (ids.length === 0 || ids.some((id) => id === ''))
    return bad('attribute "id" one or more team connection ids are not present');
  for (const id of ids) here.delete(id);
  return noContent;
}

const connections: CollectionRule = {
  matches(item, { query }) {
    const asked = (name: string): string[] => query.get(name)?.split(',') ?? [];
    const [sources, teams] = [asked('filter[sources]'), asked('filter[team_ids]')];
    return (
      (sources.length === 0 || sources.includes(textOf(at(item, 'attributes', 'source')))) &&
      (teams.length === 0 || teams.includes(textOf(at(item, 'relationships', 'team', 'data', 'id'))))
    );
  },
  beside: (call, _items, total) => ({ meta: { page: pageCounts(call, total, { numbered: true }) } }),
};

/** Starts, or changes, how the teams of a source follow it. */
function sync({ world, body }: Call): Answer {
  const given = objectOf(at(body, 'data', 'attributes'));
  const source = textOf(given.source);
  if (source !== 'github') return bad(`source "${source}" is not supported`);
  const states = arrayOf(given.selection_state).map((state) => ({
    operation: 'include',
    scope: 'subtree',
    ...objectOf(state),
  }));
  world.collection(SYNC).set(source, {
    id: world.ids.uuid(),
    type: 'team_sync_bulk',
    attributes: { frequency: 'once', sync_membership: false, ...given, selection_state: states },
  });
  return noContent;
}

function showSync({ world, query }: Call): Answer {
  const source = query.get('filter[source]') ?? '';
  const found = world.find(SYNC, source);
  return found ? ok({ data: [found] }) : textFailure(404, `Team sync configuration for ${source} not found`);
}

export const teamTieFamily: Family = {
  name: 'team ties',
  collections: { [TIES]: ties, [CONNECTIONS]: connections },
  handlers: {
    'v2.CreateTeamConnections': createConnections,
    'v2.DeleteTeamConnections': deleteConnections,
    'v2.SyncTeams': sync,
    'v2.GetTeamSync': showSync,
  },
};
