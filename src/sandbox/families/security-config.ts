// What bends detection: suppressions, security filters and critical assets, each with its version.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, copy, type JsonObject, objectOf, textOf } from '../json.ts';
import { pageOf } from '../listing.ts';
import type { Item, World } from '../world.ts';
import { refuseRule, wholeRule } from './security-rule.ts';
import { RULES } from './security-rules.ts';
import { author, badShortId, invalidField, notFound } from './security-words.ts';

const CONFIGURATION = '/api/v2/security_monitoring/configuration';
export const SUPPRESSIONS = `${CONFIGURATION}/suppressions`;
export const FILTERS = `${CONFIGURATION}/security_filters`;
export const ASSETS = `${CONFIGURATION}/critical_assets`;
const versionsPath = (id: string): string => `${SUPPRESSIONS}/${id}/versions`;

/** The refusal of a change that was made to another version than the present one. */
function outdated(given: JsonObject, before: Item | undefined): Answer | undefined {
  const sent = at(given, 'attributes', 'version');
  return before && sent !== undefined && sent !== at(before, 'attributes', 'version')
    ? textFailure(409, 'conflict(The resource was changed since the version that was sent)')
    : undefined;
}

const nextVersion = (before: Item | undefined): number => Number(at(before, 'attributes', 'version') ?? 0) + 1;

/** Whether a search of rules could be one: every bracket and quote is closed. */
const balanced = (query: string): boolean =>
  [
    ['(', ')'],
    ['[', ']'],
  ].every(([open, close]) => query.split(open!).length === query.split(close!).length) &&
  query.split('"').length % 2 === 1;

function refuseSuppression(given: JsonObject, before?: Item): Answer | undefined {
  const all = { ...objectOf(before?.attributes), ...objectOf(given.attributes) };
  if (textOf(all.name) === '') return invalidField('data.attributes.name', 'name cannot be empty');
  const rule = textOf(all.rule_query);
  if (rule === '' || !balanced(rule)) return invalidField('data.attributes.rule_query', 'rule query is invalid');
  if (textOf(all.suppression_query) === '' && textOf(all.data_exclusion_query) === '') {
    return invalidField('data.attributes', 'a suppression query or a data exclusion query is required');
  }
  return undefined;
}

const suppressions: CollectionRule = {
  newId: (ids) => ids.short(),
  check: (_call, given, before) => refuseSuppression(given, before) ?? outdated(given, before),
  finish(item, { world }, before) {
    const given = objectOf(item.attributes);
    const made: Item = {
      id: item.id ?? '',
      type: 'suppressions',
      attributes: {
        creation_date: at(before, 'attributes', 'creation_date') ?? world.now(),
        creator: at(before, 'attributes', 'creator') ?? author(world),
        data_exclusion_query: given.data_exclusion_query ?? '',
        description: given.description ?? '',
        editable: true,
        enabled: given.enabled ?? true,
        ...(given.expiration_date && { expiration_date: given.expiration_date }),
        ...(given.start_date && { start_date: given.start_date }),
        name: given.name ?? '',
        rule_query: given.rule_query ?? '',
        suppression_query: given.suppression_query ?? '',
        tags: arrayOf(given.tags).map(textOf).sort(),
        update_date: world.now(),
        updater: author(world),
        version: nextVersion(before),
      },
    };
    const { attributes } = made;
    world.collection(versionsPath(textOf(item.id))).set(String(nextVersion(before)), copy({ attributes: attributes! }));
    return made;
  },
  badId: badShortId,
  notFound: (_call, id) => notFound(`Suppression with ID ${id} not found`),
};

/** The newest first; `query` names some of them by `id:…` terms, or by a part of the name. */
function listSuppressions(call: Call): Answer {
  const { world, query } = call;
  const asked = query.get('query') ?? '';
  const ids = [...asked.matchAll(/\bid:([\w-]+)/g)].map(([, id]) => id!);
  const all = [...world.collection(SUPPRESSIONS).values()]
    .reverse()
    .filter(({ id, attributes }) =>
      ids.length > 0 ? ids.includes(textOf(id)) : textOf(at(attributes, 'name')).includes(asked),
    );
  const { offset, limit } = pageOf(call);
  const size = Number(query.get('page[size]') ?? 0) || limit;
  const page = { totalCount: all.length, pageSize: size, pageNumber: Number(query.get('page[number]') ?? 0) };
  return ok({ data: all.slice(offset, offset + limit), meta: { page } });
}

function suppressionHistory({ world, params }: Call): Answer {
  const id = params.suppression_id ?? '';
  if (!world.find(SUPPRESSIONS, id)) return notFound(`Suppression with ID ${id} not found`);
  const all = [...world.collection(versionsPath(id))];
  const data = Object.fromEntries(
    all.map(([version, { attributes }], i) => {
      const before = objectOf(all[i - 1]?.[1].attributes);
      const changes = Object.entries(objectOf(attributes)).flatMap(([field, value]) =>
        i === 0 || /^(version|update_date)$/.test(field) || JSON.stringify(before[field]) === JSON.stringify(value)
          ? []
          : [{ type: 'update', field, change: `${JSON.stringify(before[field] ?? null)} → ${JSON.stringify(value)}` }],
      );
      return [version, { suppression: { id, ...objectOf(attributes) }, changes }];
    }),
  );
  return ok({ data: { id, type: 'suppression_version_history', attributes: { count: all.length, data } } });
}

/** What a search of rules asks of a rule: `type:`, `ruleId:`, or a tag of it. */
function concerns(search: string, rule: Item): boolean {
  const alternatives = search.replaceAll(/[()]/g, ' ').split(/\s+OR\s+/);
  return alternatives.some((each) =>
    each
      .trim()
      .split(/\s+/)
      .every((term) => {
        const [key, value] = term.split(/:(.*)/s);
        if (key === 'type') return value === rule.type;
        if (key === 'ruleId') return value === rule.id;
        return arrayOf(rule.tags).includes(term);
      }),
  );
}

const affecting = (world: World, path: string, rule: Item): Answer =>
  ok({
    data: [...world.collection(path).values()].filter((each) =>
      concerns(textOf(at(each, 'attributes', 'rule_query')), rule),
    ),
  });

function suppressionsOf({ world, params }: Call): Answer {
  const id = params.rule_id ?? '';
  const rule = world.find(RULES, id);
  return rule ? affecting(world, SUPPRESSIONS, rule) : notFound(`Threat detection rule not found: ${id}`);
}

function suppressionsOfFuture({ world, body }: Call): Answer {
  const given = objectOf(body);
  if (given.name === undefined || given.options === undefined || refuseRule(given))
    return textFailure(400, 'invalid_argument(Invalid rule configuration)');
  return affecting(world, SUPPRESSIONS, wholeRule(given, world, undefined));
}

const filters: CollectionRule = {
  newId: (ids) => ids.short(),
  check: (_call, given, before) => outdated(given, before),
  finish(item, _call, before) {
    const given = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'security_filters',
      attributes: {
        version: nextVersion(before),
        name: given.name ?? '',
        query: given.query ?? '',
        is_enabled: given.is_enabled ?? true,
        exclusion_filters: given.exclusion_filters ?? [],
        filtered_data_type: given.filtered_data_type ?? 'logs',
        is_builtin: at(before, 'attributes', 'is_builtin') ?? false,
      },
    };
  },
  badId: badShortId,
  notFound: (_call, id) => notFound(`Security filter with id '${id}' not found`),
  mayDelete: (_call, item) =>
    at(item, 'attributes', 'is_builtin') === true
      ? textFailure(400, 'input_validation_error(A builtin security filter cannot be deleted)')
      : undefined,
};

const assets: CollectionRule = {
  strict: false,
  newId: (ids) => ids.uuid(),
  check(_call, given, before) {
    const { severity, query, rule_query: rule } = { ...objectOf(before?.attributes), ...objectOf(given.attributes) };
    const severities = ['info', 'low', 'medium', 'high', 'critical', 'increase', 'decrease', 'no-op'];
    if (!severities.includes(textOf(severity))) return invalidField('data.attributes.severity', 'unknown severity');
    if (textOf(query) === '') return invalidField('data.attributes.query', 'query cannot be empty');
    return textOf(rule) === ''
      ? invalidField('data.attributes.rule_query', 'rule query is invalid')
      : outdated(given, before);
  },
  finish(item, { world }, before) {
    const given = objectOf(item.attributes);
    const { user } = world;
    return {
      id: item.id ?? '',
      type: 'critical_assets',
      attributes: {
        creation_author_id: user.numericId,
        creation_date: at(before, 'attributes', 'creation_date') ?? world.now(),
        creator: at(before, 'attributes', 'creator') ?? author(world),
        editable: true,
        enabled: given.enabled ?? true,
        query: given.query ?? '',
        rule_query: given.rule_query ?? '',
        severity: given.severity ?? '',
        tags: given.tags ?? [],
        update_author_id: user.numericId,
        update_date: world.now(),
        updater: author(world),
        version: nextVersion(before),
      },
    };
  },
  defaults: () => ({ attributes: { enabled: true } }),
  notFound: (_call, id) => notFound(`Critical asset with ID ${id} not found`),
};

function seed(world: World): void {
  const id = world.ids.short();
  const attributes = {
    version: 1,
    name: 'all ingested logs',
    query: '*',
    is_enabled: true,
    exclusion_filters: [],
    filtered_data_type: 'logs',
    is_builtin: true,
  };
  world.collection(FILTERS).set(id, { id, type: 'security_filters', attributes });
}

export const securityConfigFamily: Family = {
  name: 'security configuration',
  collections: { [SUPPRESSIONS]: suppressions, [FILTERS]: filters, [ASSETS]: assets },
  handlers: {
    'v2.ListSecurityMonitoringSuppressions': listSuppressions,
    'v2.GetSuppressionVersionHistory': suppressionHistory,
    'v2.GetSuppressionsAffectingRule': suppressionsOf,
    'v2.GetSuppressionsAffectingFutureRule': suppressionsOfFuture,
    'v2.ValidateSecurityMonitoringSuppression': ({ body }) =>
      refuseSuppression(objectOf(at(body, 'data'))) ?? noContent,
    'v2.GetCriticalAssetsAffectingRule': ({ world, params }) => {
      const rule = world.find(RULES, params.rule_id ?? '');
      return rule ? affecting(world, ASSETS, rule) : ok({ data: [] });
    },
  },
  seed,
};
