// Which tags of metrics are indexed: rules by the metrics' names, in an order.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, type JsonObject, merge, objectOf, textOf } from '../json.ts';
import { isUuid } from '../people.ts';
import { isoZulu } from '../times.ts';

const TAG_RULES = '/api/v2/metrics/tag-indexing-rules';
const NAME = /^[A-Za-z][\w.]*$/;

const LONGEST_WINDOW = 7_776_000;

function refuseRule(given: JsonObject): Answer | undefined {
  const attributes = objectOf(given.attributes);
  const options = objectOf(attributes.options);
  const refuse = (why: string): Answer => textFailure(400, `Invalid request body: ${why}`);
  if (options.version !== undefined && options.version !== 1) return refuse('options version must be 1');
  const dynamic = objectOf(objectOf(options.data).dynamic_tags);
  const byUsage =
    dynamic.exclude_not_queried_window_seconds !== undefined || dynamic.exclude_not_used_in_assets === true;
  if (byUsage && attributes.exclude_tags_mode !== true)
    return refuse(
      'exclude_not_queried_window_seconds/exclude_not_used_in_assets cannot be set when exclude_tags_mode is false — "by tag usage" is Exclude-mode only',
    );
  for (const window of ['exclude_not_queried_window_seconds', 'queried_tags_window_seconds'])
    if (Number(dynamic[window] ?? 0) > LONGEST_WINDOW)
      return refuse(`dynamic_tags.${window} cannot exceed ${LONGEST_WINDOW} seconds (90 days)`);
  return undefined;
}

const RULE_OPTIONS = { version: 1, data: { override_previous_rules: false, manage_preexisting_metrics: true } };

const tagRules: CollectionRule = {
  strict: false,
  badId: (_call, id) => (isUuid(id) ? undefined : textFailure(400, 'Invalid tag indexing rule ID format')),
  notFound: () => textFailure(404, 'Tag indexing rule not found'),
  check: (_call, given) => refuseRule(given),
  finish(item, { world }, before) {
    const attributes = objectOf(item.attributes);
    const options = objectOf(merge(RULE_OPTIONS, objectOf(attributes.options)));
    const now = isoZulu(world.now());
    return {
      ...item,
      attributes: {
        exclude_tags_mode: false,
        ...attributes,
        options,
        created_at: objectOf(before?.attributes).created_at ?? now,
        modified_at: now,
        created_by_handle: world.user.id,
        modified_by_handle: world.user.id,
        rule_order:
          (before && attributes.rule_order) ||
          objectOf(before?.attributes).rule_order ||
          world.collection(TAG_RULES).size + 1,
      },
    };
  },
  beside(call, items, total) {
    if (call.operation.method !== 'GET' || call.params.id !== undefined) return {};
    const self = `https://api.${call.world.site}${TAG_RULES}`;
    return {
      data: [...items],
      meta: { total },
      links: { self, first: `${self}?page%5Blimit%5D=100&page%5Boffset%5D=0` },
    };
  },
};

function orderRules(call: Call): Answer {
  const ids = arrayOf(objectOf(objectOf(objectOf(call.body).data).attributes).rule_ids).map(textOf);
  if (ids.length === 0) return textFailure(400, 'rule_ids must not be empty');
  const rules = call.world.collection(TAG_RULES);
  if (ids.some((id) => !rules.has(id))) return textFailure(404, 'One or more tag indexing rule IDs not found');
  for (const [i, id] of ids.entries()) {
    const rule = rules.get(id)!;
    rules.set(id, { ...rule, attributes: { ...objectOf(rule.attributes), rule_order: i + 1 } });
  }
  return noContent;
}

const MATCHER = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );

function rulesOfMetric(call: Call): Answer {
  const name = call.params.metric_name ?? '';
  if (!NAME.test(name))
    return textFailure(
      400,
      'Invalid metric name: metric name must start with a letter and only contain letters, numbers, dots, and underscores',
    );
  const data = [...call.world.collection(TAG_RULES).values()].filter((rule) =>
    arrayOf(objectOf(rule.attributes).metric_name_matches).some((pattern) => MATCHER(textOf(pattern)).test(name)),
  );
  return ok({ data, meta: { total: data.length } });
}

export const tagIndexingFamily: Family = {
  name: 'tag indexing rules',
  collections: { [TAG_RULES]: tagRules },
  handlers: {
    'v2.ReorderTagIndexingRules': orderRules,
    'v2.ListTagIndexingRulesForMetric': rulesOfMetric,
  },
};
