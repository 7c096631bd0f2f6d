// Sensitive Data Scanner: groups in their order, the rules in them, and the version that every change moves on.
import { type Answer, type Call, created, errorFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { uuidOf } from '../ids.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, relation } from '../people.ts';
import type { Item, World } from '../world.ts';

const CONFIG = '/api/v2/sensitive-data-scanner/config';
const GROUPS = `${CONFIG}/groups`;
const RULES = `${CONFIG}/rules`;
const GROUP = 'sensitive_data_scanner_group';
const RULE = 'sensitive_data_scanner_rule';
const CONFIGURATION = 'sensitive_data_scanner_configuration';
const GROUP_LIMIT = 20;
const RULE_LIMIT = 500;

const FIRST_VERSION = 1000;

/** The id of the organisation's configuration: always the same one. */
const configId = ({ user }: World): string => user.orgUuid.replaceAll('-', '').repeat(2);

const version = (world: World): number => Number(world.documents.get(CONFIG) ?? FIRST_VERSION);

function nextVersion(world: World): JsonObject {
  world.documents.set(CONFIG, version(world) + 1);
  return { version: version(world) };
}

const limits = (world: World): JsonObject => ({
  count_limit: RULE_LIMIT,
  group_count_limit: GROUP_LIMIT,
  has_cascading_enabled: false,
  has_highlight_enabled: true,
  has_multi_pass_enabled: true,
  is_configuration_superseded: false,
  is_float_sampling_rate_enabled: false,
  is_pci_compliant: false,
  min_sampling_rate: 10,
  rule_count_limit: RULE_LIMIT,
  version: version(world),
});

const missing = (kind: string): Answer =>
  errorFailure(404, {
    status: '404',
    code: 'Not Found',
    title: 'Not Found',
    detail: `scanning ${kind} could not be found`,
  });

const groupOf = (rule: Item): string => textOf(at(rule, 'relationships', 'group', 'data', 'id'));

function shownGroup(group: Item, world: World): Item {
  const rules = [...world.collection(RULES).values()].filter((rule) => groupOf(rule) === group.id);
  return {
    ...group,
    relationships: {
      configuration: relation(CONFIGURATION, configId(world)),
      rules: { data: rules.map(({ id }) => ({ id: id!, type: RULE })) },
    },
  };
}

function getConfig({ world }: Call): Answer {
  const groups = [...world.collection(GROUPS).values()];
  return ok({
    data: {
      id: configId(world),
      type: CONFIGURATION,
      attributes: {},
      relationships: { groups: { data: groups.map(({ id }) => ({ id: id!, type: GROUP })) } },
    },
    included: [...groups.map((group) => shownGroup(group, world)), ...world.collection(RULES).values()],
    meta: limits(world),
  });
}

function reorderGroups({ world, body }: Call): Answer {
  const groups = world.collection(GROUPS);
  const ids = arrayOf(at(body, 'data', 'relationships', 'groups', 'data')).map((each) => textOf(at(each, 'id')));
  if (ids.length !== groups.size || ids.some((id) => !groups.has(id))) {
    return errorFailure(400, {
      status: '400',
      title: 'Invalid input',
      detail: 'The number of groups in the request should be the same as the number of groups in the configuration',
    });
  }
  const all = new Map(groups);
  groups.clear();
  for (const id of ids) groups.set(id, all.get(id)!);
  nextVersion(world);
  return ok({ meta: limits(world) });
}

/** The refusal of a resource of another type. */
const refuseType = (resource: JsonObject, type: string): Answer | undefined =>
  resource.type === type
    ? undefined
    : errorFailure(400, {
        status: '400',
        title: 'Bad Request',
        detail: `got type "${textOf(resource.type)}" expected one of "${type}"`,
      });

const group = (id: string, attributes: JsonObject): Item => ({
  id,
  type: GROUP,
  attributes: {
    description: '',
    filter: { query: '*' },
    is_enabled: false,
    product_list: [],
    samplings: [],
    ...attributes,
  },
});

function createGroup({ world, body }: Call): Answer {
  const given = objectOf(at(body, 'data'));
  const bad = refuseType(given, GROUP);
  if (bad) return bad;
  if (textOf(at(given, 'attributes', 'name')) === '') return genericError(400, 'group name should not be blank');
  const groups = world.collection(GROUPS);
  if (groups.size >= GROUP_LIMIT) return genericError(400, 'too many scanning groups');
  const id = world.ids.uuid();
  const made = group(id, objectOf(given.attributes));
  groups.set(id, made);
  nextVersion(world);
  return created({ data: shownGroup(made, world), meta: limits(world) });
}

/** Runs with the group or rule that the path names. */
function withOne(call: Call, path: string, kind: string, run: (item: Item, id: string) => Answer): Answer {
  const id = call.params[`${kind}_id`] ?? '';
  const item = call.world.find(path, id);
  return item ? run(item, id) : missing(kind);
}

const updateGroup = (call: Call): Answer =>
  withOne(call, GROUPS, 'group', (before, id) => {
    const given = objectOf(at(call.body, 'data'));
    const bad = refuseType(given, GROUP);
    if (bad) return bad;
    const attributes = { ...objectOf(before.attributes), ...objectOf(given.attributes) };
    call.world.collection(GROUPS).set(id, group(id, attributes));
    return ok({ meta: nextVersion(call.world) });
  });

const deleteGroup = (call: Call): Answer =>
  withOne(call, GROUPS, 'group', (_group, id) => {
    const { world } = call;
    for (const [rule, item] of world.collection(RULES)) if (groupOf(item) === id) world.remove(RULES, rule);
    world.remove(GROUPS, id);
    return ok({ meta: nextVersion(world) });
  });

function ruleAttributes(attributes: JsonObject): JsonObject {
  return {
    is_enabled: true,
    labels: [],
    namespaces: [],
    excluded_namespaces: [],
    priority: 5,
    tags: [],
    ...attributes,
  };
}

function refuseRule(given: JsonObject, before: Item | undefined): Answer | undefined {
  const bad = refuseType(given, RULE);
  if (bad) return bad;
  const name = at(given, 'attributes', 'name') ?? at(before, 'attributes', 'name');
  return textOf(name).trim() === '' ? genericError(400, 'rule name should not be blank') : undefined;
}

function createRule({ world, body }: Call): Answer {
  const given = objectOf(at(body, 'data'));
  const bad = refuseRule(given, undefined);
  if (bad) return bad;
  const owner: Json | undefined = at(given, 'relationships', 'group', 'data', 'id');
  if (!world.find(GROUPS, textOf(owner))) return missing('group');
  const id = world.ids.uuid();
  const rule: Item = {
    id,
    type: RULE,
    attributes: ruleAttributes(objectOf(given.attributes)),
    relationships: { ...objectOf(given.relationships), group: relation(GROUP, owner) },
  };
  world.collection(RULES).set(id, rule);
  return created({ data: rule, meta: nextVersion(world) });
}

const updateRule = (call: Call): Answer =>
  withOne(call, RULES, 'rule', (before) => {
    const given = objectOf(at(call.body, 'data'));
    const bad = refuseRule(given, before);
    if (bad) return bad;
    before.attributes = { ...objectOf(before.attributes), ...objectOf(given.attributes) };
    before.relationships = { ...objectOf(before.relationships), ...objectOf(given.relationships) };
    return ok({ meta: nextVersion(call.world) });
  });

const deleteRule = (call: Call): Answer =>
  withOne(call, RULES, 'rule', (_rule, id) => {
    call.world.remove(RULES, id);
    return ok({ meta: nextVersion(call.world) });
  });

/** Patterns of Datadog's own that rules may take: name, pattern, tag, and words that stand near a match. */
const STANDARD: readonly (readonly [name: string, pattern: string, tag: string, near: readonly string[]])[] = [
  [
    'AWS Access Key ID Scanner',
    '\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
    'aws_access_key_id',
    ['aws_access_key', 'aws_access'],
  ],
  ['IPv4 Address Scanner', '\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b', 'ipv4_address', []],
  ['JSON Web Token Scanner', '\\beyJ[\\w-]+\\.eyJ[\\w-]+\\.[\\w-]+\\b', 'json_web_token', []],
  ['Standard Email Address Scanner', '\\b[\\w.%+-]+@[\\w.-]+\\.[A-Za-z]{2,}\\b', 'email', ['email', 'mail']],
  ['US Social Security Number Scanner', '\\b\\d{3}-\\d{2}-\\d{4}\\b', 'us_ssn', ['social security', 'ssn']],
  ['Visa Card Scanner (4x4 digits)', '\\b4\\d{3}(?:[ -]?\\d{4}){3}\\b', 'credit_card', ['visa', 'card']],
];

const standardPatterns = (): Answer =>
  ok({
    data: STANDARD.map(([name, pattern, tag, near], i) => ({
      id: uuidOf(`standard pattern ${name}`),
      type: 'sensitive_data_scanner_standard_pattern',
      attributes: {
        name,
        description: name,
        pattern,
        tags: [`sensitive_data:${tag}`],
        included_keywords: [...near],
        priority: (i % 5) + 1,
      },
    })),
  });

export const dataScannerFamily: Family = {
  name: 'sensitive data scanner',
  handlers: {
    'v2.ListScanningGroups': getConfig,
    'v2.ListStandardPatterns': standardPatterns,
    'v2.ReorderScanningGroups': reorderGroups,
    'v2.CreateScanningGroup': createGroup,
    'v2.UpdateScanningGroup': updateGroup,
    'v2.DeleteScanningGroup': deleteGroup,
    'v2.CreateScanningRule': createRule,
    'v2.UpdateScanningRule': updateRule,
    'v2.DeleteScanningRule': deleteRule,
  },
};
