// An organisation's own settings: who signs in how, what is shared with other organisations, and who may see which data.
import { type Answer, type Call, noContent, ok, textFailure } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { uuidOf } from '../ids.ts';
import { arrayOf, at, isObject, type Json, type JsonObject, objectOf, textOf } from '../json.ts';
import { isList } from '../paging.ts';
import { isUuid, relation } from '../people.ts';
import { isoMicroseconds } from '../times.ts';
import { type Item, ORGANISATION, type World } from '../world.ts';
import { ROLES } from './access.ts';
import { TEAMS } from './teams.ts';

const MAPPINGS = '/api/v2/authn_mappings';
const CONNECTIONS = '/api/v2/org_connections';
const CONFIGS = '/api/v2/org_configs';
const POLICIES = '/api/v2/restriction_policy';
const DATASETS = '/api/v2/datasets';
const IP_LIST = '/api/v2/ip_allowlist';
const DOMAINS = '/api/v2/domain_allowlist';
const SAML = '/api/v2/saml_configurations';

/** The role or team that a mapping grants. */
function grants(item: JsonObject): readonly [kind: 'role' | 'team', id: string] {
  const team = at(item, 'relationships', 'team', 'data', 'id');
  return team === undefined
    ? ['role', textOf(at(item, 'relationships', 'role', 'data', 'id'))]
    : ['team', textOf(team)];
}

const mappings: CollectionRule = {
  update: 'merge',
  check({ world, params }, given, before) {
    if (before && given.id !== undefined && given.id !== params.authn_mapping_id)
      return textFailure(422, 'The id attribute in the request body does not match the id in the URL');
    const [kind, id] = grants(given);
    if (id !== '' && !world.find(kind === 'role' ? ROLES : TEAMS, id)) return textFailure(404, `${id} not found`);
    return !before && id === '' ? textFailure(400, 'A role or a team is required') : undefined;
  },
  finish(item, { world }, before) {
    const now = isoMicroseconds(world.now());
    const { attribute_key, attribute_value } = objectOf(item.attributes);
    const [kind, id] = grants(item);
    return {
      type: 'authn_mappings',
      id: item.id ?? '',
      attributes: {
        attribute_key: attribute_key ?? '',
        attribute_value: attribute_value ?? '',
        created_at: at(before, 'attributes', 'created_at') ?? now,
        modified_at: now,
      },
      relationships: { [kind]: relation(kind === 'role' ? 'roles' : 'team', id) },
    };
  },
  beside(call, items, total): JsonObject {
    const included = items.flatMap((item) => {
      const [kind, id] = grants(item);
      return call.world.find(kind === 'role' ? ROLES : TEAMS, id) ?? [];
    });
    return {
      included,
      ...(isList(call) && { meta: { page: { total_count: total, total_filtered_count: total } } }),
    };
  },
  notFound: (_call, id) => textFailure(404, `Mapping with id ${id} not found`),
};

const organisation = (id: string, name: string): JsonObject => ({ data: { type: 'orgs', id, name } });

const repeated = (types: Json[]): boolean => new Set(types.map(textOf)).size < types.length;

const connections: CollectionRule = {
  strict: false,
  check({ world }, given, before) {
    const types = arrayOf(at(given, 'attributes', 'connection_types'));
    if (before)
      return repeated(types) || types.length === 0 ? textFailure(400, 'Validation failed for input.') : undefined;
    const sink = textOf(at(given, 'relationships', 'sink_org', 'data', 'id'));
    if (!isUuid(sink)) return textFailure(404, 'Not found');
    const between = `connection between orgs ${world.user.orgUuid} and ${sink}`;
    if (types.length === 0 || repeated(types) || sink === world.user.orgUuid)
      return textFailure(400, `${between} is not allowed`);
    const taken = [...world.collection(CONNECTIONS).values()].some(
      (each) => at(each, 'relationships', 'sink_org', 'data', 'id') === sink,
    );
    return taken ? textFailure(409, `${between} already exists`) : undefined;
  },
  update: 'merge',
  finish(item, { world }, before) {
    const sink = textOf(at(before ?? item, 'relationships', 'sink_org', 'data', 'id'));
    const { user } = world;
    return {
      type: 'org_connection',
      id: item.id ?? '',
      attributes: {
        created_at: at(before, 'attributes', 'created_at') ?? isoMicroseconds(world.now()),
        connection_types: at(item, 'attributes', 'connection_types') ?? [],
      },
      relationships: {
        source_org: organisation(user.orgUuid, ORGANISATION.name),
        sink_org: organisation(sink, `Organization ${sink.slice(0, 8)}`),
        created_by: { data: { type: 'users', id: user.id, name: user.name } },
      },
    };
  },
  beside: (call, _items, total): JsonObject =>
    isList(call) ? { meta: { page: { total_count: total, total_filtered_count: total } } } : {},
  badId: (_call, id) => (isUuid(id) ? undefined : textFailure(400, 'connection id must be a valid uuid')),
  notFound: ({ operation }, id) =>
    textFailure(404, `${operation.method === 'PATCH' ? 'Org' : 'org'} connection with id:${id} not found not found`),
  deleted: () => ok({}),
};

/** An organisation's switches: name, what it is for, type of the value, and the value at first. */
const SWITCHES: readonly (readonly [name: string, description: string, type: string, value: Json])[] = [
  ['domain_allowlist', 'domain allowlist for emails to be sent', 'email_domain_list', []],
  ['enable_domain_allowlist', 'domain allowlist enablement for emails to be sent', 'bool', false],
  ['restrict_export_to_csv', 'Keeps users from exporting logs to CSV.', 'bool', false],
  ['custom_roles', 'Enables the custom roles (RBAC) UI.', 'bool', false],
  ['admin_only_invites', 'Restrict user invites to only admins', 'bool', false],
  ['security_contacts', 'Emails for notifications of security events', 'security_contacts_list', []],
  ['teams_manage_membership', 'Controls who can manage membership for teams', 'enum', 'organization'],
  ['teams_edit_details', 'Controls who can edit team details', 'enum', 'members'],
  ['teams_provisioning_sources', 'Determines how users can be added to teams', 'enum', 'manually'],
  ['monitor_timezone', 'Sets the time zone used for monitoring alerts', 'enum', 'UTC'],
];

function fits(type: string, value: Json | undefined): boolean {
  if (type === 'bool') return typeof value === 'boolean';
  return type === 'enum' ? typeof value === 'string' && value !== '' : Array.isArray(value);
}

function updateSwitch({ world, params, body }: Call): Answer {
  const name = params.org_config_name ?? '';
  const found = world.find(CONFIGS, name);
  if (!found) return textFailure(404, `OrgConfig: ${name} not found`);
  const value = at(body, 'data', 'attributes', 'value');
  const attributes = objectOf(found.attributes);
  if (!fits(textOf(attributes.value_type), value))
    return textFailure(400, `The value provided for parameter 'OrgConfig: ${textOf(value)}' is invalid`);
  attributes.value = value!;
  attributes.modified_at = isoMicroseconds(world.now());
  return ok({ data: found });
}

/** `dashboard:abc-def-ghi` */
const isResource = (id: string): boolean => /^[a-z0-9-]+:.+$/.test(id);
const badResource = (id: string): Answer => textFailure(400, `Invalid resource: '${id}' is not in a valid format`);

/** The policy of a resource: that of one without is empty. */
function restrictionPolicy({ world, params, operation, body }: Call): Answer {
  const id = params.resource_id ?? '';
  if (!isResource(id)) return badResource(id);
  if (operation.method === 'DELETE') {
    world.collection(POLICIES).delete(id);
    return noContent;
  }
  if (operation.method === 'POST') {
    const bindings = at(body, 'data', 'attributes', 'bindings');
    if (!Array.isArray(bindings)) return textFailure(400, 'bindings are required');
    world.collection(POLICIES).set(id, { type: 'restriction_policy', id, attributes: { bindings } });
  }
  return ok({ data: world.find(POLICIES, id) ?? { type: 'restriction_policy', id, attributes: { bindings: [] } } });
}

const datasets: CollectionRule = {
  badBody: () => textFailure(400, 'Invalid request: Request body contains invalid json'),
  check({ world }, given, before) {
    const name = textOf(at(given, 'attributes', 'name'));
    const taken = [...world.collection(DATASETS).values()].some(
      (each) => each.id !== before?.id && at(each, 'attributes', 'name') === name,
    );
    return taken
      ? textFailure(409, `Invalid request: [DatasetNameConflict] dataset with name "${name}" already exists`)
      : undefined;
  },
  finish: (item, { world }, before) => ({
    type: 'dataset',
    id: item.id ?? '',
    attributes: {
      ...objectOf(item.attributes),
      created_by: at(before, 'attributes', 'created_by') ?? world.user.id,
      created_at: at(before, 'attributes', 'created_at') ?? isoMicroseconds(world.now()),
    },
  }),
  badId({ operation, body }, id) {
    if (isUuid(id)) return undefined;
    if (operation.method === 'PUT' && !isObject(body))
      return textFailure(400, 'Invalid request: Request body contains invalid json');
    const why = `invalid UUID length: ${id.length}`;
    return textFailure(400, `Invalid request: [UUIDInvalidValue] "${id}" is not a valid UUID: ${why}`);
  },
  notFound: (_call, id) => textFailure(404, `Invalid request: [DatasetNotFound] dataset "${id}" not found`),
};

/** An address or a range as a range. */
const range = (text: string): string => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);

function ipAllowlist({ world, operation, body }: Call): Answer {
  const kept = objectOf(world.documents.get(IP_LIST));
  let attributes: JsonObject = { enabled: kept.enabled ?? false, entries: kept.entries ?? [] };
  if (operation.method === 'PATCH') {
    const given = objectOf(at(body, 'data', 'attributes'));
    const entries = arrayOf(given.entries ?? attributes.entries);
    if (given.enabled === true && entries.length === 0) {
      const why = 'Cannot enable or keep enabled an IP Allowlist without the current IP address in it';
      return textFailure(400, why);
    }
    attributes = {
      enabled: given.enabled ?? attributes.enabled!,
      entries: entries.map((each) => entry(each, kept, world)),
    };
    world.documents.set(IP_LIST, attributes);
  }
  return ok({ data: { type: 'ip_allowlist', id: world.user.orgUuid, attributes } });
}

function entry(each: Json, kept: JsonObject, world: World): Json {
  const { note, cidr_block } = objectOf(at(each, 'data', 'attributes'));
  const cidr = range(textOf(cidr_block));
  const before = arrayOf(kept.entries).find((other) => at(other, 'data', 'attributes', 'cidr_block') === cidr);
  const now = isoMicroseconds(world.now());
  const created_at = at(before, 'data', 'attributes', 'created_at') ?? now;
  return {
    data: {
      attributes: { note: note ?? null, created_at, modified_at: now, cidr_block: cidr },
      type: 'ip_allowlist_entry',
      id: at(before, 'data', 'id') ?? world.ids.uuid(),
    },
  };
}

function domainAllowlist({ world, operation, body }: Call): Answer {
  const kept = objectOf(world.documents.get(DOMAINS));
  const given = operation.method === 'PATCH' ? objectOf(at(body, 'data', 'attributes')) : {};
  const attributes = { enabled: given.enabled ?? kept.enabled ?? false, domains: given.domains ?? kept.domains ?? [] };
  if (operation.method === 'PATCH') world.documents.set(DOMAINS, attributes);
  return ok({ data: { type: 'domain_allowlist', attributes } });
}

/** Takes in an identity provider's metadata, which have to be a SAML 2.0 description of an entity. */
function uploadMetadata({ world, raw }: Call): Answer {
  const text = raw.toString('utf8');
  if (!/<(\w+:)?EntityDescriptor[\s>]/.test(text) || !/<\/(\w+:)?EntityDescriptor>/.test(text))
    return textFailure(400, 'Invalid metadata');
  const id = uuidOf(`saml ${world.user.orgUuid}`);
  const now = isoMicroseconds(world.now());
  const app = `https://app.${world.site}/account/saml`;
  const before = world.find(SAML, id);
  const configuration: Item = {
    type: 'saml_configurations',
    id,
    attributes: {
      entity_id: `${app}/metadata.xml`,
      assertion_consumer_service: [`${app}/assertion`],
      created_at: at(before, 'attributes', 'created_at') ?? now,
      idp_initiated: false,
      jit_domains: [],
      sso_url: null,
      modified_at: now,
    },
  };
  world.collection(SAML).set(id, configuration);
  return ok({ data: configuration });
}

function seed(world: World): void {
  for (const [name, description, value_type, value] of SWITCHES) {
    const attributes = { name, description, value_type, value, modified_at: null };
    world.collection(CONFIGS).set(name, { type: 'org_configs', id: uuidOf(`config ${name}`), attributes });
  }
}

export const organisationFamily: Family = {
  name: 'organisation',
  collections: {
    [MAPPINGS]: mappings,
    [CONNECTIONS]: connections,
    [CONFIGS]: { notFound: (_call, id) => textFailure(404, `OrgConfig: ${id} not found`) },
    [DATASETS]: datasets,
  },
  handlers: {
    'v2.UpdateOrgConfig': updateSwitch,
    'v2.GetRestrictionPolicy': restrictionPolicy,
    'v2.UpdateRestrictionPolicy': restrictionPolicy,
    'v2.DeleteRestrictionPolicy': restrictionPolicy,
    'v2.GetIPAllowlist': ipAllowlist,
    'v2.UpdateIPAllowlist': ipAllowlist,
    'v2.GetDomainAllowlist': domainAllowlist,
    'v2.PatchDomainAllowlist': domainAllowlist,
    'v2.UploadIdPMetadata': uploadMetadata,
  },
  seed,
};
