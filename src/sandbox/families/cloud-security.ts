// Cloud security: frameworks of one's own, filters of resources, what is covered, and indicators of compromise.
import { type Answer, type Call, created, errorFailure, ok } from '../call.ts';
import type { Family } from '../family.ts';
import { arrayOf, at, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const FRAMEWORKS = '/api/v2/cloud_security_management/custom_frameworks';
const RESOURCE_FILTERS = '/api/v2/cloud_security_management/resource_filters';
const TRIAGE = '/api/v2/security/siem/ioc-explorer/triage';

const bad = (detail?: string): Answer =>
  errorFailure(400, { status: '400', title: 'Bad Request', ...(detail !== undefined && { detail }) });

/** Every field that may not be empty and is, innermost first; undefined when there is none. */
function emptyFields(attributes: JsonObject, all: readonly string[]): string | undefined {
  const requirements = arrayOf(attributes.requirements);
  const controls = requirements.flatMap((each) => arrayOf(at(each, 'controls')));
  const nameless = (items: readonly Json[]): boolean => items.some((each) => textOf(at(each, 'name')) === '');
  const empty = [
    ...(nameless(requirements) ? ['requirements.name'] : []),
    ...(nameless(controls) ? ['controls.name'] : []),
    ...all.filter((field) => textOf(attributes[field]) === ''),
  ];
  const says = (field: string): string =>
    `input_validation_error(Field 'data.attributes.${field}' is invalid: field '${field}' must not be empty)`;
  return empty.length > 0 ? empty.map(says).join(', ') : undefined;
}

const frameworkKey = (handle: Json | undefined, version: Json | undefined): string =>
  `${textOf(handle)}-${textOf(version)}`;

const framework = (key: string, attributes: JsonObject): Answer =>
  ok({ data: { id: key, type: 'custom_framework', attributes } });

function createFramework({ world, body }: Call): Answer {
  const attributes = objectOf(at(body, 'data', 'attributes'));
  const empty = emptyFields(attributes, ['handle', 'name', 'version']);
  if (empty !== undefined) return bad(empty);
  const { handle, version } = attributes;
  const key = frameworkKey(handle, version);
  if (world.find(FRAMEWORKS, key)) {
    const detail = `already_exists(Framework '${textOf(handle)}' already existed)`;
    return errorFailure(409, { status: '409', title: 'Status Conflict', detail });
  }
  const made = { created_at: world.now(), created_by: world.user.handle, modified_at: world.now() };
  world.collection(FRAMEWORKS).set(key, { ...attributes, ...made });
  return framework(key, { handle: handle!, version: version! });
}

/** Runs with the framework that the path names. */
function withFramework(call: Call, run: (found: Item, key: string) => Answer): Answer {
  const key = frameworkKey(call.params.handle, call.params.version);
  const found = call.world.find(FRAMEWORKS, key);
  return found ? run(found, key) : bad();
}

function updateFramework(call: Call): Answer {
  const attributes = objectOf(at(call.body, 'data', 'attributes'));
  const empty = emptyFields(attributes, ['name']);
  if (empty !== undefined) return bad(empty);
  return withFramework(call, (before, key) => {
    const { handle, version } = before;
    const kept = { ...before, ...attributes, modified_at: call.world.now() };
    call.world.collection(FRAMEWORKS).set(key, { ...kept, handle: handle!, version: version! });
    return framework(key, { handle: handle!, version: version! });
  });
}

const deleteFramework = (call: Call): Answer =>
  withFramework(call, ({ requirements: _inner, ...attributes }, key) => {
    call.world.remove(FRAMEWORKS, key);
    return framework(key, { description: '', org_id: call.world.user.orgId, ...attributes });
  });

const PROVIDERS = ['aws', 'gcp', 'azure'];

function getResourceFilters({ world, query }: Call): Answer {
  const [provider, account] = [query.get('cloud_provider'), query.get('account_id')];
  if (account !== null && provider === null)
    return bad("Field 'account_id' is invalid: account_id provided without specifying the cloud provider");
  const all = objectOf(world.documents.get(RESOURCE_FILTERS));
  const own = at(all, provider ?? '');
  const ofProvider = provider === null ? all : own === undefined ? {} : { [provider]: own };
  const tags = account === null ? undefined : at(ofProvider, provider ?? '', account);
  const shown = account === null ? ofProvider : tags === undefined ? {} : { [provider!]: { [account]: tags } };
  return ok({ data: { id: world.ids.uuid(), type: 'csm_resource_filter', attributes: { cloud_provider: shown } } });
}

function putResourceFilters({ world, body }: Call): Answer {
  const given = objectOf(at(body, 'data', 'attributes', 'cloud_provider'));
  const unknown = Object.keys(given).find((provider) => !PROVIDERS.includes(provider));
  if (unknown !== undefined) return bad(`Invalid cloud provider ${unknown}`);
  world.documents.set(RESOURCE_FILTERS, given);
  const attributes = { cloud_provider: given, uuid: world.user.id };
  return created({ data: { id: 'csm_resource_filter', type: 'csm_resource_filter', attributes } });
}

/** Nothing of a kind is there to be covered. */
const UNCOVERED = { partially_configured_resources_count: 0, configured_resources_count: 0, total_resources_count: 0 };

const coverage =
  (what: string, parts: readonly string[]) =>
  ({ world }: Call): Answer => {
    const attributes: JsonObject = { org_id: world.user.orgId, total_coverage: UNCOVERED };
    for (const part of parts) attributes[`${part}_coverage`] = UNCOVERED;
    return ok({
      data: { id: world.user.orgUuid, type: `get_${what}_coverage_analysis_response_public_v0`, attributes },
    });
  };

function listAgents({ query }: Call): Answer {
  const number = (name: string, fallback: number): number => Number(query.get(name) ?? fallback) || fallback;
  return ok({ data: [], meta: { total_filtered: 0, page_index: number('page', 0), page_size: number('size', 10) } });
}

const listFindings = ({ world }: Call): Answer =>
  ok({ data: [], meta: { page: { total_filtered_count: 0 }, snapshot_timestamp: world.now() } });

/** An indicator of which all that is known is what somebody made of it. */
function indicator(value: string, world: World): JsonObject {
  const triage = objectOf(world.find(TRIAGE, value));
  return {
    id: value,
    indicator: value,
    indicator_type: /^[\d.]+$|:/.test(value) ? 'IP Address' : 'Domain',
    score: 0,
    as_type: '',
    malicious_sources: null,
    suspicious_sources: null,
    benign_sources: null,
    categories: [],
    tags: [],
    signal_matches: 0,
    log_matches: 0,
    signal_tier: 0,
    max_trust_score: 'NO_EFFECT',
    m_sources: 'NO_EFFECT',
    m_persistence: 'NO_EFFECT',
    m_signal: 'NO_EFFECT',
    m_as_type: 'NO_EFFECT',
    ...triage,
  };
}

function listIndicators({ world, query }: Call): Answer {
  const asked = query.get('query') ?? '';
  if (/::|^:|:$/.test(asked)) return genericError(400, `invalid query: invalid query: syntax error in '${asked}'`);
  const limit = Number(query.get('limit') ?? 50);
  const offset = Number(query.get('offset') ?? 0);
  const all = [...world.collection(TRIAGE).keys()].filter((value) => value.includes(asked));
  const data = all.slice(offset, offset + limit).map((value) => indicator(value, world));
  const attributes = { data, metadata: { count: all.length }, paging: { offset: offset + data.length } };
  return ok({ data: { id: world.ids.uuid(), type: 'ioc_explorer_response', attributes } });
}

function getIndicator({ world, query }: Call): Answer {
  const value = query.get('indicator') ?? '';
  const triage = world.find(TRIAGE, value);
  if (!triage) return genericError(404, 'indicator not found');
  const none = { log_sources: [], services: [], signal_severity: [], users: {}, critical_assets: [], hosts: [] };
  const history = query.get('include_triage_history') === 'true' ? { triage_history: [triage] } : {};
  const data = { ...indicator(value, world), ...none, additional_data: {}, ...history };
  return ok({ data: { id: world.ids.uuid(), type: 'get_indicator_response', attributes: { data } } });
}

function triageIndicator({ world, body }: Call): Answer {
  const { indicator: value, triage_state } = objectOf(at(body, 'data', 'attributes'));
  if (!['reviewed', 'not_reviewed'].includes(textOf(triage_state))) return genericError(400, 'invalid triage_state');
  const now = isoZulu(world.now());
  const triage = { triage_state: triage_state!, triaged_at: now, triaged_by: world.user.id };
  world.collection(TRIAGE).set(textOf(value), triage);
  const attributes = { created_at: now, indicator: value ?? '', ...triage };
  return created({ data: { id: world.ids.uuid(), type: 'ioc_triage_state', attributes } });
}

/** No asset has been scanned. */
function getSbom({ params, query }: Call): Answer {
  const [type, name] = [params.asset_type ?? '', query.get('filter[asset_name]') ?? ''];
  const detail = `asset_type: '${type}' with asset_name: '${name}' not found`;
  return errorFailure(404, { status: '404', title: 'Asset not found', detail });
}

export const cloudSecurityFamily: Family = {
  name: 'cloud security',
  handlers: {
    'v2.CreateCustomFramework': createFramework,
    'v2.GetCustomFramework': (call) => withFramework(call, (found, key) => framework(key, found)),
    'v2.UpdateCustomFramework': updateFramework,
    'v2.DeleteCustomFramework': deleteFramework,
    'v2.GetResourceEvaluationFilters': getResourceFilters,
    'v2.UpdateResourceEvaluationFilters': putResourceFilters,
    'v2.GetCSMCloudAccountsCoverageAnalysis': coverage('cloud_accounts', ['aws', 'azure', 'gcp']),
    'v2.GetCSMHostsAndContainersCoverageAnalysis': coverage('hosts_and_containers', ['cspm', 'cws', 'vm']),
    'v2.GetCSMServerlessCoverageAnalysis': coverage('serverless', ['cws']),
    'v2.ListAllCSMAgents': listAgents,
    'v2.ListAllCSMServerlessAgents': listAgents,
    'v2.ListFindings': listFindings,
    'v2.ListIndicatorsOfCompromise': listIndicators,
    'v2.GetIndicatorOfCompromise': getIndicator,
    'v2.CreateIoCTriageState': triageIndicator,
    'v2.GetSBOM': getSbom,
  },
};
