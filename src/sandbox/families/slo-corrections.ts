// Corrections: times that do not count against service level objectives.
import { type Answer, type Call, errorFailure, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { seconds } from '../times.ts';
import type { World } from '../world.ts';
import { CORRECTIONS, SLOS } from './slos.ts';

const person = (world: World): JsonObject => {
  const { user } = world;
  return {
    data: {
      type: 'users',
      id: user.id,
      attributes: { uuid: user.id, handle: user.handle, email: user.email, name: user.name, icon: user.icon },
    },
  };
};

const corrections: CollectionRule = {
  check({ world }, given, before) {
    if (before) return undefined;
    const id = textOf(at(given, 'attributes', 'slo_id'));
    // Which objectives it is for may also be told by a search over them.
    if (id === '' && textOf(at(given, 'attributes', 'slo_query')) !== '') return undefined;
    return world.find(SLOS, id) ? undefined : textFailure(404, `SLO not found: ${id} not found`);
  },
  finish(item, { world }, before) {
    const sent = objectOf(item.attributes);
    return {
      type: 'correction',
      id: item.id ?? '',
      attributes: {
        slo_id: sent.slo_id ?? null,
        ...(sent.slo_query !== undefined && { slo_query: sent.slo_query }),
        start: sent.start ?? seconds(world.now()),
        end: sent.end || null,
        description: sent.description ?? '',
        category: sent.category ?? 'Other',
        timezone: sent.timezone ?? 'UTC',
        created_at: before ? (at(before, 'attributes', 'created_at') ?? null) : seconds(world.now()),
        modified_at: seconds(world.now()),
        rrule: sent.rrule ?? null,
        duration: sent.duration || null,
        creator: at(before, 'attributes', 'creator') ?? person(world),
        modifier: before ? person(world) : null,
      },
    };
  },
  // The answer to a creation is older than the times that are kept of it.
  view: (item, { operation }) =>
    operation.method === 'POST'
      ? { ...item, attributes: { ...objectOf(item.attributes), created_at: null, modified_at: null } }
      : item,
  notFound: (_call, id) => errorOf(404, `SLO correction ${id} not found`),
};

const errorOf = (status: number, detail: string): Answer =>
  errorFailure(status, { title: 'Not Found', detail, status: String(status) });

function correctionsOf({ world, params }: Call): Answer {
  const id = params.slo_id ?? '';
  const all = [...world.collection(CORRECTIONS).values()].filter((each) => at(each, 'attributes', 'slo_id') === id);
  const self = `https://api.${world.site}${SLOS}/${id}/corrections`;
  return ok({
    data: all,
    meta: {
      pagination: {
        type: 'offset_limit',
        offset: 0,
        limit: 10,
        total: all.length,
        first_offset: 0,
        last_offset: 0,
        next_offset: 10,
        prev_offset: 0,
      },
    },
    links: { self, first: self, last: null, next: `${self}?page[offset]=10&page[limit]=10`, prev: null },
  });
}

export const sloCorrectionFamily: Family = {
  name: 'corrections of service level objectives',
  collections: { [CORRECTIONS]: corrections },
  handlers: { 'v1.GetSLOCorrections': correctionsOf },
};
