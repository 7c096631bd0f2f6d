// Detection rules and what bends them as files: Terraform's language, and zips of many.
import { type Answer, type Call, type Handler, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { refuseBody } from '../generic.ts';
import { arrayOf, at, type JsonObject, objectOf, textOf } from '../json.ts';
import type { Item, World } from '../world.ts';
import { zipOf } from '../zip.ts';
import { ASSETS, FILTERS, SUPPRESSIONS } from './security-config.ts';
import { wholeRule } from './security-rule.ts';
import { noRule, RULES, withRule } from './security-rules.ts';
import { invalidField, notFound } from './security-words.ts';
import { terraformResource } from './terraform-text.ts';

/** A rule in Terraform's language, its fields in the order of its kind. */
function ruleText(rule: Item): string {
  const { evaluationWindow, keepAlive, maxSignalDuration, detectionMethod, ...more } = objectOf(rule.options);
  const name = textOf(rule.name);
  return terraformResource(
    'datadog_security_monitoring_rule',
    name.replaceAll(/\W/g, '_'),
    {
      name,
      enabled: rule.isEnabled ?? true,
      query: arrayOf(rule.queries).map((each) => {
        const { query, ...rest } = objectOf(each);
        return { ...(query !== undefined && { query }), ...inOrder(rest, QUERY_ORDER) };
      }),
      options: {
        keepAlive: keepAlive ?? 0,
        maxSignalDuration: maxSignalDuration ?? 0,
        detectionMethod: detectionMethod ?? '',
        evaluationWindow: evaluationWindow ?? 0,
        ...more,
      },
      case: arrayOf(rule.cases).map((each) =>
        inOrder(objectOf(each), ['name', 'status', 'notifications', 'condition']),
      ),
      message: rule.message ?? '',
      tags: rule.tags ?? [],
      hasExtendedTitle: rule.hasExtendedTitle ?? false,
      type: rule.type ?? '',
    },
    '\t',
  );
}

const QUERY_ORDER = [
  'groupByFields',
  'hasOptionalGroupByFields',
  'distinctFields',
  'aggregation',
  'name',
  'dataSource',
];

/** An object with the fields named first in their order, then the rest. */
function inOrder(fields: JsonObject, order: readonly string[]): JsonObject {
  const first = order.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]] as const]));
  return { ...Object.fromEntries(first), ...fields };
}

/** The resources of the configuration that the exports know by `resource_type`, and what Terraform calls them. */
const EXPORTED: Readonly<Record<string, { readonly at: string; readonly name: string }>> = {
  suppressions: { at: SUPPRESSIONS, name: 'datadog_security_monitoring_suppression' },
  critical_assets: { at: ASSETS, name: 'datadog_security_monitoring_critical_asset' },
  security_filters: { at: FILTERS, name: 'datadog_security_monitoring_filter' },
  rules: { at: RULES, name: 'datadog_security_monitoring_rule' },
};

/** Fields that Datadog keeps of a resource, and that nobody writes into a configuration. */
const KEPT_BY_DATADOG = /^(creat|updat|version$|editable$|is_builtin$)/;

/** A resource as text. What is empty is not told, as Terraform has it. */
function textOfResource(type: string, id: string, { attributes, ...flat }: Item): string {
  if (type === 'rules') return ruleText(flat);
  const told = Object.entries(objectOf(attributes))
    .filter(([name, value]) => !KEPT_BY_DATADOG.test(name) && value !== null && value !== '')
    .filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return terraformResource(EXPORTED[type]!.name, id, Object.fromEntries(told), '  ');
}

function formatted(type: string, id: string, item: Item): Answer {
  const type_name = EXPORTED[type]!.name;
  const attributes = { output: textOfResource(type, id, item), resource_id: id, type_name };
  return ok({ data: { id: `${type_name}|${id}`, type: 'format_resource', attributes } });
}

function exportOne({ world, params }: Call): Answer {
  const { resource_id: id = '', resource_type: type = '' } = params;
  const found = EXPORTED[type] && world.find(EXPORTED[type].at, id);
  return found ? formatted(type, id, found) : notFound(`Resource with ID ${id} not found`);
}

function convertOne({ body, params }: Call): Answer {
  const sent = objectOf(at(body, 'data', 'attributes', 'resource_json'));
  const { resource_type: type = '' } = params;
  if (at(body, 'data', 'attributes', 'resource_json') === undefined)
    return invalidField('data.attributes.resource_json', 'resource_json is required');
  if (!EXPORTED[type]) return notFound(`Resource type ${type} not found`);
  return formatted(type, textOf(at(body, 'data', 'id')), type === 'rules' ? sent : { attributes: sent });
}

const archive = (bytes: Buffer): Answer => ({ status: 200, type: 'application/zip', bytes });

/** Of many resources, each a file; none of them when one is not there. */
function zipped(
  world: World,
  { path, ids, missing }: { path: string; ids: readonly string[]; missing: (id: string) => Answer },
  fileOf: (item: Item, id: string) => { name: string; text: string },
): Answer {
  const unknown = ids.find((id) => !world.find(path, id));
  return unknown !== undefined ? missing(unknown) : archive(zipOf(ids.map((id) => fileOf(world.find(path, id)!, id))));
}

const rulesAsked =
  (ending: string, write: (rule: Item) => string): Handler =>
  (call) => {
    const refused = refuseBody(call);
    if (refused) return refused;
    const ids = arrayOf(at(call.body, 'data', 'attributes', 'ruleIds')).map(textOf);
    return zipped(call.world, { path: RULES, ids, missing: noRule }, (rule) => ({
      name: `${textOf(rule.name).replaceAll(/[^\w.-]+/g, '_')}.${ending}`,
      text: write(rule),
    }));
  };

function exportMany(call: Call): Answer {
  const refused = refuseBody(call);
  if (refused) return refused;
  const { resource_type: type = '' } = call.params;
  const path = EXPORTED[type]?.at ?? '';
  const ids = arrayOf(at(call.body, 'data', 'attributes', 'resource_ids')).map(textOf);
  const missing = (id: string): Answer => notFound(`Resource with ID ${id} not found`);
  return zipped(call.world, { path, ids, missing }, (item, id) => ({
    name: `${type.replace(/s$/, '')}_${id}.tf`,
    text: textOfResource(type, id, item),
  }));
}

export const securityExportFamily: Family = {
  name: 'security exports',
  handlers: {
    'v2.ConvertExistingSecurityMonitoringRule': (call) =>
      withRule(call, (rule) => ok({ terraformContent: ruleText(rule) })),
    'v2.ConvertSecurityMonitoringRuleFromJSONToTerraform': ({ world, body }) =>
      ok({ terraformContent: ruleText(wholeRule(objectOf(body), world, undefined)) }),
    'v2.BulkExportSecurityMonitoringRules': rulesAsked('json', (rule) => JSON.stringify(rule)),
    'v2.BulkConvertExistingSecurityMonitoringRules': rulesAsked('tf', ruleText),
    'v2.ExportSecurityMonitoringTerraformResource': exportOne,
    'v2.ConvertSecurityMonitoringTerraformResource': convertOne,
    'v2.BulkExportSecurityMonitoringTerraformResources': exportMany,
  },
};
