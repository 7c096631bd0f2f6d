// Workload Protection: agent rules, the policies that hold them, and the older paths to both.
import { type Answer, type Call, noContent, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item, World } from '../world.ts';
import { zipOf } from '../zip.ts';
import { author, badShortId, invalidField, notFound } from './security-words.ts';

const RULES = '/api/v2/remote_config/products/cws/agent_rules';
const POLICIES = '/api/v2/remote_config/products/cws/policy';
const OLDER = '/api/v2/security_monitoring/cloud_workload_security/agent_rules';

/** Rules of Datadog's own that a new policy starts with, before it is told which. */
const STARTING = { disabledRulesCount: 1, monitoringRulesCount: 7, ruleCount: 8 };

const titled = (status: number, title: string): Answer => ({ status, body: { errors: [{ title }] } });

/** What an event is about, by the first event type that an expression names. */
function categoryOf(expression: string): string {
  const event =
    /\b(exec|exit|fork|signal|open|chmod|chown|rename|unlink|mkdir|rmdir|link|utimes|dns|bind|connect|accept|load_module|bpf|mmap|ptrace|setuid|setgid|capset)\b/.exec(
      expression,
    )?.[1];
  if (event === undefined || /^(exec|exit|fork|signal|setuid|setgid|capset)$/.test(event)) return 'Process Activity';
  if (/^(dns|bind|connect|accept)$/.test(event)) return 'Network Activity';
  return /^(load_module|bpf|mmap|ptrace)$/.test(event) ? 'Kernel Activity' : 'File Activity';
}

/** A rule's expression has to say yes or no: a field alone does not. */
function refuseExpression(given: JsonObject, before: Item | undefined): Answer | undefined {
  const attributes = objectOf(given.attributes);
  const { expression } = attributes;
  if (expression === undefined && before) return undefined;
  const text = textOf(expression).trim();
  if (/[=<>!~]|\bin\b|\bnot\b/.test(text)) return undefined;
  const name = textOf(attributes.name ?? at(before, 'attributes', 'name'));
  const why = text === '' ? 'expression is empty' : `bool expected: 1:1: ${text}\n^`;
  return invalidField('expression', `rule \`${name}\` error: rule syntax error: ${why}`);
}

function sameId({ params }: Call, given: JsonObject, before: Item | undefined): Answer | undefined {
  return before && given.id !== undefined && given.id !== params.agent_rule_id
    ? textFailure(400, 'failed to update rule: mismatch between path and request body ID')
    : undefined;
}

const actionOf = (action: Json): Json =>
  isObject(action) ? { ...action, disabled: action.disabled ?? false } : action;

function finishRule(item: Item, { world }: Call, before: Item | undefined, sent: JsonObject): Item {
  const given = objectOf(item.attributes);
  const { policy_id, ...asked } = objectOf(sent.attributes);
  const policy = policy_id ?? arrayOf(at(before, 'attributes', 'monitoring'))[0];
  const blocking = asked.blocking ?? at(before, 'attributes', 'blocking');
  const monitoring = asked.monitoring ?? (policy && blocking === undefined ? [policy] : undefined);
  const expression = textOf(given.expression);
  return {
    id: item.id ?? '',
    type: 'agent_rule',
    attributes: {
      ...(arrayOf(given.actions).length > 0 && { actions: arrayOf(given.actions).map(actionOf) }),
      ...(given.agent_version && { agent_version: given.agent_version }),
      category: categoryOf(expression),
      creationAuthorUuId: world.user.id,
      creationDate: at(before, 'attributes', 'creationDate') ?? world.now(),
      creator: author(world),
      defaultRule: false,
      description: given.description ?? '',
      enabled: given.enabled ?? true,
      expression,
      filters: arrayOf(given.filters).length > 0 ? given.filters! : ['os == "linux"'],
      ...(monitoring !== undefined && { monitoring }),
      ...(blocking !== undefined && { blocking }),
      name: given.name ?? '',
      product_tags: given.product_tags ?? [],
      ...(given.silent !== undefined && { silent: given.silent }),
      updateAuthorUuId: world.user.id,
      updateDate: world.now(),
      updater: author(world),
      version: Number(at(before, 'attributes', 'version') ?? 0) + 1,
    },
  };
}

/** What is said when there is no rule or policy of an id, by what was to be done with it. */
const failedTo =
  (kind: string) =>
  ({ operation }: Call): Answer => {
    const done: Readonly<Record<string, string>> = { GET: 'get', DELETE: 'delete', PATCH: 'update' };
    return titled(404, `failed to ${done[operation.method] ?? 'get'} ${kind}`);
  };

const rules: CollectionRule = {
  newId: (ids) => ids.short(),
  update: 'merge',
  check: (call, given, before) => sameId(call, given, before) ?? refuseExpression(given, before),
  finish: finishRule,
  view(item) {
    const {
      version: _version,
      creationAuthorUuId: _by,
      updateAuthorUuId: _lastBy,
      ...shown
    } = objectOf(item.attributes);
    return { ...item, attributes: shown };
  },
  matches(item, { query }) {
    const policy = query.get('policy_id');
    return !policy || arrayOf(at(item, 'attributes', 'monitoring')).includes(policy);
  },
  notFound: failedTo('rule'),
};

const olderRules: CollectionRule = {
  at: RULES,
  newId: (ids) => ids.short(),
  update: 'merge',
  check: (call, given, before) => sameId(call, given, before) ?? refuseExpression(given, before),
  finish: finishRule,
  view: (item) => ({
    ...item,
    attributes: { actions: [], agentConstraint: '', ...objectOf(item.attributes) },
  }),
  badId: badShortId,
  notFound: (_call, id) => notFound(`Agent rule not found: agentRuleId=${id}`),
};

const rulesIn = (world: World, policy: string): Item[] =>
  [...world.collection(RULES).values()].filter((rule) =>
    ['monitoring', 'blocking'].some((field) => arrayOf(at(rule, 'attributes', field)).includes(policy)),
  );

const policies: CollectionRule = {
  newId: (ids) => ids.short(),
  strict: false,
  update: 'merge',
  check(_call, given) {
    const { hostTags, hostTagsLists } = objectOf(given.attributes);
    return hostTags !== undefined && hostTagsLists !== undefined
      ? invalidField('tags', 'cannot have both the new and the legacy field populated')
      : undefined;
  },
  finish(item, { world }, before, given) {
    const attributes = objectOf(item.attributes);
    const { hostTags, hostTagsLists } = objectOf(given.attributes);
    const tags = hostTags ? [hostTags] : (hostTagsLists ?? attributes.hostTagsLists ?? []);
    return {
      id: item.id ?? '',
      type: 'policy',
      attributes: {
        datadogManaged: false,
        description: attributes.description ?? '',
        enabled: attributes.enabled ?? false,
        ...(hostTags && { hostTags }),
        hostTagsLists: tags,
        name: attributes.name ?? '',
        pinned: false,
        policyVersion: String(Number(at(before, 'attributes', 'policyVersion') ?? 0) + 1),
        updateDate: world.now(),
        updater: author(world),
      },
    };
  },
  view(item, { world, operation }) {
    const held = rulesIn(world, textOf(item.id));
    const blocking = held.filter((rule) => arrayOf(at(rule, 'attributes', 'blocking')).includes(item.id ?? ''));
    const off = held.filter((rule) => at(rule, 'attributes', 'enabled') === false);
    const counts = {
      disabledRulesCount: off.length,
      monitoringRulesCount: held.length - off.length - blocking.length,
      ruleCount: held.length,
    };
    return {
      ...item,
      attributes: {
        ...objectOf(item.attributes),
        blockingRulesCount: blocking.length,
        ...(operation.method === 'POST' ? STARTING : counts),
      },
    };
  },
  notFound: (call, id) =>
    call.operation.method === 'DELETE'
      ? titled(404, 'failed to delete policy')
      : (badPolicy(call, id) ?? titled(404, 'failed to get policy')),
  onDelete({ world }, item) {
    for (const rule of rulesIn(world, textOf(item.id))) world.remove(RULES, textOf(rule.id));
  },
  deleted: () => noContent,
};

/** A policy that could not be is not looked for. */
const badPolicy = (call: Call, id: string): Answer | undefined =>
  badShortId(call, id) ? titled(404, 'Not Found') : undefined;

/** The rules as the file that agents read: YAML, in which JSON's strings are strings too. */
function policyText({ world }: Call): string {
  const rules = [...world.collection(RULES).values()].flatMap(({ attributes }) => {
    const { name, expression, description, filters, enabled } = objectOf(attributes);
    if (enabled === false) return [];
    return [
      `- id: ${textOf(name)}`,
      `  description: ${JSON.stringify(textOf(description))}`,
      `  expression: ${JSON.stringify(textOf(expression))}`,
      '  filters:',
      ...arrayOf(filters).map((filter) => `  - ${JSON.stringify(textOf(filter))}`),
    ];
  });
  return [`version: '${world.now()}'`, rules.length > 0 ? 'rules:' : 'rules: []', ...rules, ''].join('\n');
}

export const workloadRuleFamily: Family = {
  name: 'workload rules',
  collections: { [RULES]: rules, [POLICIES]: policies, [OLDER]: olderRules },
  handlers: {
    'v2.DownloadCloudWorkloadPolicyFile': (call) => ({ status: 200, type: 'application/yaml', body: policyText(call) }),
    'v2.DownloadCSMThreatsPolicy': (call) => ({
      status: 200,
      type: 'application/zip',
      bytes: zipOf([{ name: 'custom.policy', text: policyText(call) }]),
    }),
  },
};
