// Synthetic suites, network tests, bulk deletion, and how many tests may run on demand at once.
import { type Call, errorFailure, type Handler, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, filledIn, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoMicroseconds } from '../times.ts';
import type { World } from '../world.ts';

const SUITES = '/api/v2/synthetics/suites';
const NETWORK = '/api/v2/synthetics/tests/network';
const TESTS = '/api/v1/synthetics/tests';
const CAP = '/api/v2/synthetics/settings/on_demand_concurrency_cap';
const FIRST_CAP = 20;

const person = ({ user }: World): JsonObject => ({ name: user.name, email: user.email, handle: user.handle });

const suites: CollectionRule = {
  newId: (ids) => ids.short(),
  strict: false,
  finish(item, { world }, before) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(before?.attributes);
    const now = isoMicroseconds(world.now());
    return {
      id: item.id ?? '',
      type: 'suites',
      attributes: {
        ...filledIn(attributes, { message: '', tags: [], options: {}, tests: [], type: 'suite' }),
        public_id: item.id ?? '',
        monitor_id: was.monitor_id ?? world.ids.integer(150_000_000),
        org_id: world.user.orgId,
        created_at: was.created_at ?? now,
        created_by: was.created_by ?? person(world),
        modified_at: now,
        modified_by: person(world),
      },
    };
  },
};

const networkTests: CollectionRule = {
  newId: (ids) => ids.short(),
  strict: false,
  finish(item, { world }, before) {
    const attributes = objectOf(item.attributes);
    const was = objectOf(before?.attributes);
    return {
      id: item.id ?? '',
      type: 'network_test',
      attributes: {
        ...filledIn(attributes, { status: 'live', message: '', tags: [] }),
        public_id: item.id ?? '',
        monitor_id: was.monitor_id ?? world.ids.integer(150_000_000),
      },
    };
  },
};

const bulkDelete =
  (type: string, collections: readonly string[], time: (now: number) => string): Handler =>
  (call: Call) => {
    const ids = arrayOf(objectOf(objectOf(objectOf(call.body).data).attributes).public_ids).map(textOf);
    const { world } = call;
    const there = ids.map((id) => [id, collections.find((path) => world.find(path, id))] as const);
    const missing = there.filter(([, path]) => path === undefined).map(([id]) => id);
    if (missing.length > 0)
      return errorFailure(404, { status: '404', title: 'Not Found', detail: `Not found: ${missing.join(', ')}` });
    const deleted_at = time(world.now());
    for (const [id, path] of there) world.remove(path!, id);
    return ok({ data: ids.map((id) => ({ type, id, attributes: { public_id: id, deleted_at } })) });
  };

const cap = (value: number): JsonObject => ({
  data: { type: 'on_demand_concurrency_cap', attributes: { on_demand_concurrency_cap: value } },
});

const setCap: Handler = ({ world, body }) => {
  const value = objectOf(body).on_demand_concurrency_cap;
  if (typeof value !== 'number' || value < 0)
    return errorFailure(400, {
      status: '400',
      title: 'Bad Request',
      detail: 'on_demand_concurrency_cap must be a number',
    });
  world.documents.set(CAP, value);
  return ok(cap(value));
};

/** What searches of suites can be narrowed by, and how many have each value. */
function facets(items: readonly JsonObject[]): JsonObject[] {
  const tally = (name: string, values: readonly string[]): JsonObject => ({
    name,
    values: [...Map.groupBy(values, (value) => value)].map(([value, all]) => ({ name: value, count: all.length })),
  });
  const attributes = items.map((item) => objectOf(item.attributes));
  const tagged = (key: string): string[] =>
    attributes.flatMap(({ tags }) =>
      arrayOf(tags).flatMap((tag) => (textOf(tag).startsWith(`${key}:`) ? [textOf(tag).slice(key.length + 1)] : [])),
    );
  return [
    tally(
      'test_count',
      attributes.map(({ tests }) => String(arrayOf(tests).length)),
    ),
    tally('team', tagged('team')),
    tally('env', tagged('env')),
    tally(
      'type',
      attributes.map(() => 'suite'),
    ),
    tally(
      'creator',
      attributes.map(({ created_by }) => textOf(objectOf(created_by).handle)),
    ),
  ];
}

const searchSuites: Handler = ({ world, query }) => {
  const text = (query.get('query') ?? '').toLowerCase();
  const found = [...world.collection(SUITES).values()].filter((item) =>
    textOf(objectOf(item.attributes).name).toLowerCase().includes(text),
  );
  const start = Number(query.get('start')) || 0;
  const shown = found.slice(start, start + (Number(query.get('count')) || 50)).map((item) => objectOf(item.attributes));
  const attributes = { suites: shown, total: found.length, facets: facets(found) };
  return ok({ data: { id: world.ids.uuid(), type: 'suites_search', attributes } });
};

export const suiteFamily: Family = {
  name: 'synthetic suites and network tests',
  collections: { [SUITES]: suites, [NETWORK]: networkTests },
  handlers: {
    'v2.DeleteSyntheticsSuites': bulkDelete('suites', [SUITES], (now) =>
      new Date(now).toISOString().replace('T', ' ').replace('Z', '000'),
    ),
    'v2.DeleteSyntheticsTests': bulkDelete('delete_tests', [TESTS, NETWORK], isoMicroseconds),
    'v2.SearchSuites': searchSuites,
    'v2.GetOnDemandConcurrencyCap': ({ world }) => ok(cap(Number(world.documents.get(CAP) ?? FIRST_CAP))),
    'v2.SetOnDemandConcurrencyCap': setCap,
  },
};
