// What changes costs before they are shown: allocation rules, and rulesets that add tags.
import { type Answer, errorFailure, type Handler, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { World } from '../world.ts';

const RULES = '/api/v2/cost/arbitrary_rule';
const RULESETS = '/api/v2/tags/enrichment';

const notFound = (): Answer => errorFailure(404, { status: '404', title: 'Not Found' });

/** A filter's list of values is null when it has none. */
function filters(value: Json | undefined): Json {
  if (!Array.isArray(value)) return value ?? null;
  return value.map((each) => {
    const filter = objectOf(each);
    return { ...filter, value: filter.value ?? '', values: arrayOf(filter.values).length > 0 ? filter.values! : null };
  });
}

function strategy(value: Json | undefined): JsonObject {
  const result: JsonObject = { ...objectOf(value) };
  for (const field of ['based_on_costs', 'allocated_by_filters', 'evaluate_grouped_by_filters'])
    if (result[field] !== undefined) result[field] = filters(result[field]);
  if (Array.isArray(result.allocated_by))
    result.allocated_by = result.allocated_by.map((each) => ({ ...objectOf(each) }));
  return result;
}

const inOrder = (world: World, path: string, field: string): JsonObject[] =>
  [...world.collection(path).values()].sort(
    (a, b) => Number(objectOf(a.attributes)[field]) - Number(objectOf(b.attributes)[field]),
  );

const rules: CollectionRule = {
  newId: (ids) => String(ids.integer(100)),
  notFound,
  finish(item, { world }, before, given) {
    const sent = objectOf(given.attributes);
    const was = objectOf(before?.attributes);
    const now = isoZulu(world.now());
    const rejected = sent.rejected === undefined ? {} : { rejected: sent.rejected };
    return {
      id: before?.id ?? item.id ?? '',
      type: 'arbitrary_rule',
      attributes: {
        ...rejected,
        costs_to_allocate: filters(sent.costs_to_allocate),
        created: was.created ?? now,
        updated: now,
        enabled: sent.enabled ?? true,
        last_modified_user_uuid: world.user.id,
        order_id: sent.order_id ?? was.order_id ?? world.collection(RULES).size + 1,
        provider: sent.provider ?? [],
        rule_name: sent.rule_name ?? '',
        strategy: strategy(sent.strategy),
        type: sent.type ?? 'shared',
        version: Number(was.version ?? 0) + 1,
      },
    };
  },
  view: (item, { operation }) =>
    operation.method === 'GET'
      ? { ...item, attributes: { ...objectOf(item.attributes), processing_status: 'done' } }
      : item,
};

const reorder =
  (path: string, field: string): Handler =>
  ({ body, world }) => {
    const ids = arrayOf(objectOf(body).data).map((each) => textOf(objectOf(each).id));
    const all = world.collection(path);
    if (ids.some((id) => !all.has(id))) return notFound();
    for (const [i, id] of ids.entries()) {
      const item = all.get(id)!;
      all.set(id, { ...item, attributes: { ...objectOf(item.attributes), [field]: i + 1 } });
    }
    return noContent;
  };

const protoTime = (now: number): JsonObject => ({ seconds: Math.floor(now / 1000), nanos: (now % 1000) * 1_000_000 });

const rulesets: CollectionRule = {
  newId: (ids) => ids.uuid(),
  notFound,
  finish(item, { world, body }, before, given) {
    const sent = objectOf(given.attributes);
    const was = objectOf(before?.attributes);
    const now = protoTime(world.now());
    // Versions of all rulesets are counted together.
    const version = world.ids.integer(1_000_000);
    return {
      // The id that is sent is the ruleset's name.
      id: before?.id ?? world.ids.uuid(),
      type: 'ruleset',
      attributes: {
        created: was.created ?? now,
        modified: now,
        enabled: sent.enabled ?? true,
        last_modified_user_uuid: world.user.id,
        name: textOf(objectOf(objectOf(body).data).id) || (was.name ?? textOf(item.id)),
        position: was.position ?? world.collection(RULESETS).size + 1,
        rules: arrayOf(sent.rules).map((rule) => ({
          query: null,
          mapping: null,
          reference_table: null,
          metadata: null,
          ...objectOf(rule),
        })),
        version,
      },
    };
  },
  view: (item, { operation }) =>
    operation.method === 'GET'
      ? { ...item, attributes: { ...objectOf(item.attributes), processing_status: 'done' } }
      : item,
};

const validateQuery: Handler = ({ body, world }) => {
  const { Query = '' } = objectOf(objectOf(objectOf(body).data).attributes);
  return ok({ data: { id: world.ids.uuid(), type: 'validate_response', attributes: { Canonical: Query } } });
};

const seen = (item: JsonObject): JsonObject => ({
  ...item,
  attributes: { ...objectOf(item.attributes), processing_status: 'done' },
});

const statuses =
  (path: string, type: string): Handler =>
  ({ world }) =>
    ok({
      data: [...world.collection(path).keys()].map((id) => ({
        id,
        type,
        attributes: { id, processing_status: 'done' },
      })),
    });

export const costRuleFamily: Family = {
  name: 'cost allocation and tags',
  collections: { [RULES]: rules, [RULESETS]: rulesets },
  handlers: {
    'v2.ListCustomAllocationRules': ({ world }) => {
      const data = inOrder(world, RULES, 'order_id').map(seen);
      return ok({ data, meta: { total_count: data.length } });
    },
    'v2.ListTagPipelinesRulesets': ({ world }) => ok({ data: inOrder(world, RULESETS, 'position').map(seen) }),
    'v2.ListCustomAllocationRulesStatus': statuses(RULES, 'arbitrary_rule_status'),
    'v2.ListTagPipelinesRulesetsStatus': statuses(RULESETS, 'ruleset_status'),
    'v2.ReorderCustomAllocationRules': reorder(RULES, 'order_id'),
    'v2.ReorderTagPipelinesRulesets': reorder(RULESETS, 'position'),
    'v2.ValidateQuery': validateQuery,
  },
};
