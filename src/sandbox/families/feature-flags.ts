// Feature flags: variants, environments, and who gets what in each.
import { type Answer, type Call, created, failure, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const FLAGS = '/api/v2/feature-flags';
const ENVIRONMENTS = `${FLAGS}/environments`;
const allocationsPath = (flag: string, environment: string): string =>
  `${FLAGS}/${flag}/environments/${environment}/allocations`;

const times = (world: World): JsonObject => {
  const now = isoZulu(world.now());
  return { created_at: now, updated_at: now };
};

const variant = (world: World, given: JsonObject): JsonObject => ({
  id: world.ids.uuid(),
  key: given.key ?? '',
  name: given.name ?? '',
  value: given.value ?? '',
  ...times(world),
});

/** How a flag stands in an environment before anything was decided there. */
function inEnvironment(world: World, environment: Item, variantId: Json): JsonObject {
  const {
    name = '',
    queries = [],
    is_production = false,
    require_feature_flag_approval = false,
  } = objectOf(environment.attributes);
  const suffix = world.ids.hex(12);
  return {
    environment_id: environment.id ?? '',
    environment_name: name,
    environment_queries: queries,
    status: 'DISABLED',
    default_variant_id: variantId,
    override_variant_id: null,
    default_allocation_key: `allocation-default-${suffix}`,
    override_allocation_key: `allocation-override-${suffix}`,
    allocations: null,
    is_production,
    require_feature_flag_approval,
    pending_suggestion_id: null,
  };
}

const flags: CollectionRule = {
  update: 'merge',
  finish(item, { world }, before) {
    const given = objectOf(item.attributes);
    const now = isoZulu(world.now());
    if (before) {
      return { ...item, attributes: { ...given, last_updated_by: world.user.id, updated_at: now } };
    }
    const variants = arrayOf(given.variants).map((each) => variant(world, objectOf(each)));
    const chosen = variants.find((each) => each.key === given.default_variant_key) ?? variants[0];
    const environments = [...world.collection(ENVIRONMENTS).values()];
    return {
      id: item.id ?? '',
      type: 'feature-flags',
      attributes: {
        archived_at: null,
        ...times(world),
        created_by: world.user.id,
        description: given.description ?? '',
        distribution_channel: given.distribution_channel || 'ALL',
        feature_flag_environments: environments.map((each) => inEnvironment(world, each, chosen?.id ?? null)),
        ...(given.json_schema && { json_schema: given.json_schema }),
        key: given.key ?? '',
        last_updated_by: world.user.id,
        name: given.name ?? '',
        require_approval: false,
        staleness_status: 'ACTIVE',
        tags: given.tags ?? [],
        value_type: given.value_type ?? 'BOOLEAN',
        variants,
      },
    };
  },
};

const environments: CollectionRule = {
  update: 'merge',
  finish(item) {
    const given = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'environments',
      attributes: {
        is_production: given.is_production ?? false,
        name: given.name ?? '',
        queries: given.queries ?? [],
        require_feature_flag_approval: given.require_feature_flag_approval ?? false,
      },
    };
  },
};

/** Runs with the flag that the path names. */
const withFlag =
  (run: (call: Call, flag: Item, attributes: JsonObject) => Answer) =>
  (call: Call): Answer => {
    const flag = call.world.find(FLAGS, call.params.feature_flag_id ?? '');
    return flag ? run(call, flag, objectOf(flag.attributes)) : failure(call, 404);
  };

const archive = (archived: boolean): ((call: Call) => Answer) =>
  withFlag(({ world }, flag, attributes) => {
    const now = isoZulu(world.now());
    attributes.archived_at = archived ? now : null;
    attributes.updated_at = now;
    return ok({ data: flag });
  });

const enable = (status: string): ((call: Call) => Answer) =>
  withFlag((call, flag, attributes) => {
    const all = arrayOf(attributes.feature_flag_environments).map(objectOf);
    const place = all.find((each) => each.environment_id === call.params.environment_id);
    if (!place) return failure(call, 404);
    place.status = status;
    return { status: Number(Object.keys(call.operation.responses)[0] ?? 200), body: { data: flag } };
  });

/** The steps by which a variant reaches more and more. */
function schedule(world: World, given: JsonObject, allocation: string): JsonObject {
  const id = world.ids.uuid();
  const options = objectOf(given.rollout_options);
  const steps = arrayOf(given.rollout_steps).map(objectOf);
  return {
    id,
    allocation_id: allocation,
    control_variant_id: given.control_variant_id ?? null,
    absolute_start_time: given.absolute_start_time ?? null,
    rollout_options: options,
    rollout_steps: steps.map((step, i) => ({
      id: world.ids.uuid(),
      allocation_exposure_schedule_id: id,
      order_position: i,
      exposure_ratio: step.exposure_ratio ?? 0,
      // The last step stays; the others last as long as the options say, when they do not say it themselves.
      interval_ms: step.interval_ms ?? (i < steps.length - 1 ? (options.selection_interval_ms ?? null) : null),
      is_pause_record: step.is_pause_record ?? false,
      grouped_step_index: step.grouped_step_index ?? i,
      ...times(world),
    })),
    guardrail_triggers: [],
    guardrail_triggered_action: null,
    ...times(world),
  };
}

function allocation({ world, params }: Call, attributes: JsonObject, given: JsonObject, position: number): Item {
  const id = textOf(given.id) || world.ids.uuid();
  const variants = arrayOf(attributes.variants).map(objectOf);
  const weights = arrayOf(given.variant_weights).map(objectOf);
  return {
    id,
    type: 'allocations',
    attributes: {
      ...times(world),
      environment_ids: [params.environment_id ?? ''],
      experiment_id: given.experiment_id ?? null,
      ...(given.exposure_schedule && { exposure_schedule: schedule(world, objectOf(given.exposure_schedule), id) }),
      guardrail_metrics: given.guardrail_metrics ?? [],
      key: given.key ?? '',
      name: given.name ?? '',
      order_position: position,
      targeting_rules: given.targeting_rules ?? [],
      type: given.type ?? 'FEATURE_GATE',
      variant_weights: weights.map(({ value = 0, variant_id = null, variant_key }) => {
        const of = variants.find((each) => each.id === variant_id || each.key === variant_key);
        return {
          id: world.ids.uuid(),
          ...times(world),
          value,
          variant_id: of?.id ?? variant_id,
          variant: of ?? null,
        };
      }),
    },
  };
}

const keep = (call: Call, item: Item): void => {
  const { feature_flag_id = '', environment_id = '' } = call.params;
  call.world.collection(allocationsPath(feature_flag_id, environment_id)).set(textOf(item.id), item);
};

const addAllocation = withFlag((call, _flag, attributes) => {
  const { feature_flag_id = '', environment_id = '' } = call.params;
  if (!call.world.find(ENVIRONMENTS, environment_id)) return failure(call, 404);
  const position = call.world.collection(allocationsPath(feature_flag_id, environment_id)).size;
  const item = allocation(call, attributes, objectOf(at(call.body, 'data', 'attributes')), position);
  keep(call, item);
  return created({ data: item });
});

const setAllocations = withFlag((call, _flag, attributes) => {
  const { feature_flag_id = '', environment_id = '' } = call.params;
  if (!call.world.find(ENVIRONMENTS, environment_id)) return failure(call, 404);
  call.world.collection(allocationsPath(feature_flag_id, environment_id)).clear();
  const items = arrayOf(at(call.body, 'data')).map((each, i) =>
    allocation(call, attributes, objectOf(at(each, 'attributes')), i),
  );
  for (const item of items) keep(call, item);
  return ok({ data: items });
});

/** The environments that an organisation begins with. */
const FIRST = ['Production', 'Staging', 'Development'];

export const featureFlagFamily: Family = {
  name: 'feature flags',
  collections: { [FLAGS]: flags, [ENVIRONMENTS]: environments },
  handlers: {
    'v2.ArchiveFeatureFlag': archive(true),
    'v2.UnarchiveFeatureFlag': archive(false),
    'v2.EnableFeatureFlagEnvironment': enable('ENABLED'),
    'v2.DisableFeatureFlagEnvironment': enable('DISABLED'),
    'v2.CreateAllocationsForFeatureFlagInEnvironment': addAllocation,
    'v2.UpdateAllocationsForFeatureFlagInEnvironment': setAllocations,
  },
  seed(world) {
    for (const [i, name] of FIRST.entries()) {
      const id = `5f0c2d1e-7a34-4b65-9c1d-0000000000a${i}`;
      const queries = [name.toLowerCase(), name === 'Production' ? 'prod' : name.toLowerCase().slice(0, 3)];
      world.collection(ENVIRONMENTS).set(id, {
        id,
        type: 'environments',
        attributes: {
          is_production: name === 'Production',
          name,
          queries,
          require_feature_flag_approval: false,
        },
      });
    }
  },
};
