// The application firewall: custom rules, exclusion filters and policies, and the remote configuration of browsers.
import { type Answer, type Call, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item, World } from '../world.ts';
import { author } from './security-words.ts';

const WAF = '/api/v2/remote_config/products/asm/waf';
const CUSTOM_RULES = `${WAF}/custom_rules`;
const EXCLUSIONS = `${WAF}/exclusion_filters`;
const POLICIES = `${WAF}/policies`;

const refused = (status: number, title: string): Answer => ({
  status,
  body: { errors: [{ title, code: String(status) }] },
});
const noId = (): Answer => refused(404, 'id not found');

/** Who did something when: `added` or `modified`. */
function stamp(world: World, what: 'added' | 'modified'): JsonObject {
  const { handle, name } = author(world);
  const at = `${new Date(world.now()).toISOString().slice(0, 19)}Z`;
  return { [`${what}_at`]: at, [`${what}_by`]: handle!, [`${what}_by_name`]: name! };
}

function isRegex(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

/** Every condition's parameters have options, if empty ones. */
const condition = (each: Json): Json =>
  isObject(each) ? { ...each, parameters: { options: {}, ...objectOf(each.parameters) } } : each;

const customRules: CollectionRule = {
  check(_call, given) {
    const bad = arrayOf(at(given, 'attributes', 'conditions')).some((each) => {
      const regex = at(each, 'parameters', 'regex');
      return regex !== undefined && !isRegex(textOf(regex));
    });
    return bad ? refused(400, 'failed to decode request') : undefined;
  },
  finish(item, { world }, before) {
    const { metadata: _old, conditions, ...attributes } = objectOf(item.attributes);
    return {
      id: item.id ?? '',
      type: 'custom_rule',
      attributes: {
        ...attributes,
        conditions: arrayOf(conditions).map(condition),
        metadata: stamp(world, before ? 'modified' : 'added'),
      },
    };
  },
  notFound: noId,
};

const value = (text: string): string => (/^[\w.]+$/.test(text) ? text : `"${text}"`);
const PLACES = ['server.request.query', 'server.request.body', 'server.request.path_params'];
const MATCHES = '@appsec.triggers.rule_matches.parameters';

/** The search that finds what a filter leaves out. */
function searchOf({ ip_list, scope, path_glob, parameters, rules_target }: JsonObject): string {
  if (arrayOf(ip_list).length > 0) {
    const all = arrayOf(ip_list).map((ip) => `@http.client_ip:${textOf(ip)}`);
    return all.length > 1 ? `(${all.join(' OR ')})` : all[0]!;
  }
  const either = (parts: readonly string[]): string => (parts.length > 1 ? `(${parts.join(' OR ')})` : parts.join(''));
  const parts: string[] = [];
  const scopes = arrayOf(scope).map((each) => {
    const { env, service } = objectOf(each);
    const terms = [env && `env:${value(textOf(env))}`, service && `service:${value(textOf(service))}`].filter(Boolean);
    return `(${terms.join(' AND ')})`;
  });
  if (scopes.length > 0) parts.push(either(scopes));
  const path = textOf(path_glob);
  if (path !== '' && path !== '*') {
    const escaped = path.replaceAll('/', '\\/');
    parts.push(`(@http.url_details.path:${escaped} OR @rpc.grpc.full_method:${escaped})`);
  }
  const keys = arrayOf(parameters).map(textOf);
  if (keys.length > 0) {
    const places = PLACES.flatMap((place) =>
      keys.map((key) => `(${MATCHES}.address:${place} AND (${MATCHES}.key:${key} OR ${MATCHES}.params.key:${key}))`),
    );
    parts.push(`(${places.join(' OR ')})`);
  }
  const targets = arrayOf(rules_target).map((each) => {
    const { rule_id, tags } = objectOf(each);
    const { category, type } = objectOf(tags);
    if (rule_id) return `@appsec.rule_id:${textOf(rule_id)}`;
    const terms = [category && `@appsec.category:${textOf(category)}`, type && `@appsec.type:${textOf(type)}`].filter(
      Boolean,
    );
    return `(${terms.join(' AND ')})`;
  });
  if (targets.length > 0) parts.push(either(targets));
  return parts.join(' AND ');
}

const exclusions: CollectionRule = {
  update: 'replace',
  check(_call, given) {
    const { event_query, on_match, parameters, path_glob, rules_target, scope } = objectOf(given.attributes);
    if (event_query) return refused(400, 'legacy exclusion filters cannot be created anymore');
    const more = [parameters, path_glob, rules_target, scope].some((each) => each !== undefined);
    return on_match === 'monitor' && more
      ? refused(400, 'only IPs are supported for monitored exclusion filters')
      : undefined;
  },
  finish(item, { world }, before, given) {
    const attributes = objectOf(given.attributes);
    const { added_by_name: _name, ...added } = objectOf(at(before, 'attributes', 'metadata'));
    return {
      id: item.id ?? '',
      type: 'exclusion_filter',
      attributes: {
        ...attributes,
        metadata: before ? { ...added, ...stamp(world, 'modified') } : stamp(world, 'added'),
        search_query: searchOf(attributes),
      },
    };
  },
  notFound: noId,
};

const MANAGED: readonly (readonly [id: string, name: string, description: string, presets: readonly string[]])[] = [
  ['recommended', 'Managed - Monitoring-only', 'Monitor security scanners and application attacks.', []],
  [
    'recommended-blocking',
    'Managed - Block attack tools & application attacks',
    'Block known attack tools and application attacks, by rules that seldom stop what is legitimate.',
    ['all-confidence-one'],
  ],
  ['block-attack-tools', 'Managed - Block attack tools', 'Block known attack tools.', ['attack-tools']],
];

const policies: CollectionRule = {
  check({ world }, given, before) {
    const base = at(given, 'attributes', 'basedOn');
    return before || base === undefined || world.find(POLICIES, textOf(base))
      ? undefined
      : refused(400, 'unknown base policy');
  },
  finish(item, { world }, before, given) {
    const { basedOn: _base, ...attributes } = objectOf(item.attributes);
    const meta = objectOf(before?.meta);
    return {
      id: item.id ?? '',
      type: 'policy',
      attributes: {
        description: attributes.description ?? '',
        isDefault: attributes.isDefault ?? false,
        name: attributes.name ?? '',
        ...(arrayOf(attributes.protectionPresets).length > 0 && { protectionPresets: attributes.protectionPresets! }),
        rules: attributes.rules ?? [],
        rulesets: attributes.rulesets ?? [],
        scope: attributes.scope ?? [],
        version:
          at(given, 'attributes', 'version') ?? (before ? Number(at(before, 'attributes', 'version') ?? 0) + 1 : -1),
      },
      meta: { ...meta, ...stamp(world, before ? 'modified' : 'added') },
    };
  },
  notFound: noId,
  mayDelete: (_call, item) =>
    MANAGED.some(([id]) => id === item.id) ? refused(400, 'managed policies cannot be deleted') : undefined,
};

function seed(world: World): void {
  for (const [id, name, description, presets] of MANAGED) {
    const attributes = {
      description,
      isDefault: id === 'recommended',
      name,
      ...(presets.length > 0 && { protectionPresets: [...presets] }),
      rules: [],
      rulesets: [],
      scope: [],
      version: 0,
    };
    world.collection(POLICIES).set(id, { id, type: 'policy', attributes, meta: {} });
  }
}

/** Configurations of browsers stand with their application; those of others' are nobody's business. */
function browserConfig({ world, operation, params, body }: Call): Answer {
  const id = params.config_id ?? '';
  const path = '/api/v2/remote_config/products/rum/configs';
  const kept: Item | undefined = world.find(path, id);
  if (!kept) return { status: 403, body: { errors: [{ title: 'Forbidden' }] } };
  if (operation.method === 'GET') return ok({ data: kept });
  const item: Item = { id, type: 'rum_sdk_config', attributes: objectOf(at(body, 'data', 'attributes')) };
  world.collection(path).set(id, item);
  return ok({ data: item });
}

export const wafFamily: Family = {
  name: 'application firewall',
  collections: { [CUSTOM_RULES]: customRules, [EXCLUSIONS]: exclusions, [POLICIES]: policies },
  handlers: { 'v2.GetRumSdkConfig': browserConfig, 'v2.UpdateRumSdkConfig': browserConfig },
  seed,
};
