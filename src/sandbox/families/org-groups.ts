// Groups of organisations: every organisation stands in one, and many are moved at once; one is there from the first day.
import { type Answer, type Call, jsonApiFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, objectOf, textOf } from '../json.ts';
import { type Item, ORGANISATION } from '../world.ts';

const GROUPS = '/api/v2/org_groups';
const MEMBERSHIPS = '/api/v2/org_group_memberships';
const SINCE = '2019-09-26T17:28:28+00:00';
/** The group in which an organisation stands that was never moved: its id is the organisation's own. */
const FIRST_GROUP = ORGANISATION.uuid;

const groupOf = (membership: Item): string => textOf(at(membership, 'relationships', 'org_group', 'data', 'id'));

/** The membership in another group, as of now. */
function moved(membership: Item, target: string, now: number): Item {
  return {
    ...membership,
    attributes: { ...objectOf(membership.attributes), modified_at: new Date(now).toISOString() },
    relationships: { org_group: { data: { id: target, type: 'org_groups' } } },
  };
}

/** Moves the organisations that stand in the source group; all of them or none. */
function moveMany({ world, body }: Call): Answer {
  const [source, target] = ['source_org_group', 'target_org_group'].map((name) =>
    textOf(at(body, 'data', 'relationships', name, 'data', 'id')),
  );
  for (const id of [source!, target!])
    if (!world.find(GROUPS, id)) return jsonApiFailure(404, `organization group ${id} not found`);
  const all = [...world.collection(MEMBERSHIPS)];
  const asked = arrayOf(at(body, 'data', 'attributes', 'orgs')).map((org) => textOf(at(org, 'org_uuid')));
  const chosen = asked.map((uuid) =>
    all.find(([, item]) => at(item, 'attributes', 'org_uuid') === uuid && groupOf(item) === source),
  );
  const missing = chosen.indexOf(undefined);
  if (missing >= 0) return jsonApiFailure(404, `organization ${asked[missing]} is not in group ${source}`);
  const data = chosen.map((entry) => {
    const [id, item] = entry!;
    const now = moved(item, target!, world.now());
    world.collection(MEMBERSHIPS).set(id, now);
    return now;
  });
  return ok({ data });
}

export const orgGroupFamily: Family = {
  name: 'organisation groups',
  handlers: { 'v2.BulkUpdateOrgGroupMemberships': moveMany },
  seed: (world) => {
    const times = { created_at: SINCE, modified_at: SINCE };
    world.collection(GROUPS).set(FIRST_GROUP, {
      id: FIRST_GROUP,
      type: 'org_groups',
      attributes: { ...times, name: ORGANISATION.name, owner_org_site: world.site, owner_org_uuid: ORGANISATION.uuid },
    });
    world.collection(MEMBERSHIPS).set(ORGANISATION.uuid, {
      id: ORGANISATION.uuid,
      type: 'org_group_memberships',
      attributes: { ...times, org_name: ORGANISATION.name, org_site: world.site, org_uuid: ORGANISATION.uuid },
      relationships: { org_group: { data: { id: FIRST_GROUP, type: 'org_groups' } } },
    });
  },
};
