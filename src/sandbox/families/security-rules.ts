// Detection rules: their versions, tests and validation.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, copy, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { pageOf } from '../listing.ts';
import type { Item, World } from '../world.ts';
import { refuseRule, wholeRule } from './security-rule.ts';
import { badShortId, coded } from './security-words.ts';

export const RULES = '/api/v2/security_monitoring/rules';
const PAGE = 10;
const versionsPath = (id: string): string => `${RULES}/${id}/versions`;

export const noRule = (id: string): Answer => textFailure(404, `Threat detection rule not found: ${id}`);

const rules: CollectionRule = {
  strict: false,
  check: (_call, given, before) => refuseRule(given, before && textOf(before.type)),
  notFound: (_call, id) => noRule(id),
  badId: badShortId,
  mayDelete: (_call, item) =>
    item.isDefault === true ? textFailure(400, 'Default rules cannot be deleted') : undefined,
};

function keep(world: World, rule: Item): Answer {
  const id = textOf(rule.id);
  world.collection(RULES).set(id, rule);
  world.collection(versionsPath(id)).set(String(rule.version), copy(rule));
  return ok(rule);
}

function createRule({ world, body }: Call): Answer {
  const given = objectOf(body);
  if (textOf(given.name) === '') return textFailure(400, 'Invalid rule configuration', 'Name cannot be empty');
  return refuseRule(given) ?? keep(world, wholeRule(given, world, undefined));
}

/** Runs with the rule that the path names. */
export function withRule(call: Call, run: (rule: Item, id: string) => Answer): Answer {
  const id = call.params.rule_id ?? '';
  const rule = call.world.find(RULES, id);
  return badShortId(call, id) ?? (rule ? run(rule, id) : noRule(id));
}

const updateRule = (call: Call): Answer =>
  withRule(call, (rule) => {
    const given = objectOf(call.body);
    if (given.version !== undefined && given.version !== rule.version)
      return textFailure(409, 'The rule was changed since the version that was sent');
    return refuseRule(given, textOf(rule.type)) ?? keep(call.world, wholeRule(given, call.world, rule));
  });

function listRules(call: Call): Answer {
  const { world, query } = call;
  const text = (query.get('query') ?? '').toLowerCase();
  const all = [...world.collection(RULES).values()].filter((rule) => textOf(rule.name).toLowerCase().includes(text));
  const { offset, limit } = pageOf(call, PAGE);
  const page = { total_count: all.length, total_filtered_count: all.length };
  return ok({ data: all.slice(offset, offset + limit), meta: { page } });
}

function restoreRule(call: Call): Answer {
  return withRule(call, (rule, id) => {
    const { world, params } = call;
    const version = params.version ?? '';
    if (version === String(rule.version))
      return coded(409, 'AlreadyExists', 'Cannot restore: target version is the current version.');
    const past = world.find(versionsPath(id), version);
    if (!past) return coded(404, 'NotFound', `Threat detection rule not found: ${id}, version=${version}`);
    return keep(world, wholeRule(past, world, rule));
  });
}

/** Fields whose change tells nothing: they change with every version. */
const UNTOLD = new Set(['version', 'updatedAt', 'updateAuthorId', 'updater']);

function changesOf(rule: Item, before: Item | undefined): Json[] {
  if (!before) return [];
  return Object.entries(rule).flatMap(([field, value]) => {
    const old = before[field];
    if (UNTOLD.has(field) || JSON.stringify(old) === JSON.stringify(value)) return [];
    const type = old === undefined ? 'create' : 'update';
    return [{ type, field, change: `${JSON.stringify(old ?? null)} → ${JSON.stringify(value)}` }];
  });
}

const versionHistory = (call: Call): Answer =>
  withRule(call, (_rule, id) => {
    const all = [...call.world.collection(versionsPath(id))];
    const data = Object.fromEntries(
      all.map(([version, rule], i) => {
        const unnamed = { creator: { handle: '', name: '' }, updater: { handle: '', name: '' } };
        return [version, { rule: { ...rule, ...unnamed }, changes: changesOf(rule, all[i - 1]?.[1]) }];
      }),
    );
    return ok({ data: { id, type: 'GetRuleVersionHistoryResponse', attributes: { count: all.length, data } } });
  });

/** Whether a text is as a pattern in which `*` stands for anything; in time that grows with both and no more. */
function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > text.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}

/** Whether an event matches a search of `key:value` terms, which may be negated or hold `*`. */
function matchesSearch(search: string, event: JsonObject): boolean {
  const tags = textOf(event.ddtags).split(',');
  const known: JsonObject = {
    source: event.ddsource ?? null,
    host: event.hostname ?? null,
    service: event.service ?? null,
    status: event.status ?? null,
  };
  const terms = search.match(/-?(?:[^\s"]+:)?(?:"[^"]*"|[^\s"]+)/g) ?? [];
  return terms.every((term) => {
    if (/^(AND|OR|NOT)$/.test(term)) return true;
    const negated = term.startsWith('-');
    const [, key, wanted = ''] = /^(?:([^:"]+):)?(.*)$/.exec(negated ? term.slice(1) : term) ?? [];
    const value = wanted.replaceAll('"', '').toLowerCase();
    const like = (text: string): boolean => isLike(text.toLowerCase(), value);
    const found =
      key === undefined
        ? textOf(event.message).toLowerCase().includes(value.replaceAll('*', ''))
        : key.startsWith('@')
          ? like(textOf(at(event, ...key.slice(1).split('.'))))
          : like(textOf(at(known, key))) ||
            tags.some((tag) => like(tag.slice(key.length + 1)) && tag.startsWith(`${key}:`));
    return found !== negated;
  });
}

function testAgainst(rule: JsonObject, body: Json | undefined): Answer {
  const results = arrayOf(at(body, 'ruleQueryPayloads')).map((each) => {
    const asked = arrayOf(rule.queries)[Number(at(each, 'index') ?? 0)];
    const hit = asked !== undefined && matchesSearch(textOf(at(asked, 'query')), objectOf(at(each, 'payload')));
    return hit === (at(each, 'expectedResult') ?? true);
  });
  return ok({ results });
}

export const securityRuleFamily: Family = {
  name: 'security rules',
  collections: { [RULES]: rules },
  handlers: {
    'v2.CreateSecurityMonitoringRule': createRule,
    'v2.UpdateSecurityMonitoringRule': updateRule,
    'v2.ListSecurityMonitoringRules': listRules,
    'v2.RestoreSecurityMonitoringRule': restoreRule,
    'v2.GetRuleVersionHistory': versionHistory,
    'v2.ValidateSecurityMonitoringRule': ({ body }) => refuseRule(objectOf(body)) ?? noContent,
    'v2.TestSecurityMonitoringRule': ({ body }) => testAgainst(objectOf(at(body, 'rule')), body),
    'v2.TestExistingSecurityMonitoringRule': (call) => withRule(call, (rule) => testAgainst(rule, call.body)),
  },
};
