// What a recorded change touched, told from the recording alone: URL patterns and where the id stands, kept by hand and apart
// from the catalogue, so that the one can be held against the other.
import type { RecordedInteraction } from './corpus.ts';

export interface ExpectedResource {
  readonly family: string;
  readonly kind: string;
  readonly ids: readonly string[];
  /** The id is a secret: only the kind, and that the id is hidden, can be compared. */
  readonly secret: boolean;
}

type Json = Record<string, unknown>;
/** Tells the ids out of the URL's captures, its query, and the bodies of request and response. */
type Ids = (
  captures: readonly string[],
  request: unknown,
  response: unknown,
  query: URLSearchParams,
) => readonly unknown[];

interface Rule {
  readonly family: string;
  readonly kind: string;
  readonly methods: readonly string[];
  readonly url: RegExp;
  readonly ids: Ids;
  readonly secret?: boolean;
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((here, name) => (here as Json | undefined)?.[name], value);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const inUrl: Ids = (captures) => [captures[0]];
const answered =
  (path: string): Ids =>
  (_captures, _request, response) => [at(response, path)];
const asked =
  (path: string): Ids =>
  (_captures, request) => [at(request, path)];
const askedEach =
  (path: string, field: string): Ids =>
  (_captures, request) =>
    list(at(request, path)).map((item) => at(item, field));
const theOne: Ids = () => ['-'];

const rules: Rule[] = [];
const rule = (family: string, kind: string, methods: string, url: string, ids: Ids, secret = false): void =>
  void rules.push({ family, kind, methods: methods.split(' '), url: new RegExp(`^${url}$`), ids, secret });

/** A plain collection: POST creates and answers with the id, PUT, PATCH and DELETE name it in the URL, parts below it too. */
function collection(family: string, kind: string, path: string, created: string, below = ''): void {
  rule(family, kind, 'POST', path, answered(created));
  rule(family, kind, 'PUT PATCH DELETE', `${path}/([^/]+)`, inUrl);
  if (below !== '') rule(family, kind, 'POST PUT PATCH DELETE', `${path}/([^/]+)/(?:${below})`, inUrl);
}

rule('dashboards', 'dashboard', 'DELETE PATCH', '/api/v1/dashboard', askedEach('data', 'id'));
rule('dashboards', 'shared-dashboard', 'POST', '/api/v1/dashboard/public', answered('token'), true);
rule('dashboards', 'shared-dashboard', 'PUT DELETE', '/api/v1/dashboard/public/([^/]+)', inUrl, true);
rule('dashboards', 'shared-dashboard', 'POST DELETE', '/api/v1/dashboard/public/([^/]+)/invitation', inUrl, true);
collection('dashboards', 'powerpack', '/api/v2/powerpacks', 'data.id');
rule(
  'dashboard lists',
  'dashboard-list',
  'POST PUT DELETE',
  '/api/v2/dashboard/lists/manual/([^/]+)/dashboards',
  inUrl,
);
collection('dashboard lists', 'dashboard-list', '/api/v1/dashboard/lists/manual', 'id');
collection('dashboards', 'dashboard', '/api/v1/dashboard', 'id');
collection('monitors', 'monitor', '/api/v1/monitor', 'id');
collection('monitors', 'monitor-notification-rule', '/api/v2/monitor/notification_rule', 'data.id');
collection('monitors', 'monitor-policy', '/api/v2/monitor/policy', 'data.id');
collection('monitors', 'monitor-template', '/api/v2/monitor/template', 'data.id');
rule('downtimes', 'downtime', 'POST', '/api/v1/downtime/cancel/by_scope', (_c, _q, response) =>
  list(at(response, 'cancelled_ids')),
);
collection('downtimes', 'downtime', '/api/v1/downtime', 'id');
collection('downtimes', 'downtime', '/api/v2/downtime', 'data.id');
collection('SLO corrections', 'slo-correction', '/api/v1/slo/correction', 'data.id');
rule('SLOs', 'slo', 'POST', '/api/v1/slo/bulk_delete', (_c, request) => Object.keys(request as Json));
collection('SLOs', 'slo', '/api/v1/slo', 'data.0.id');
collection('notebooks', 'notebook', '/api/v1/notebooks', 'data.id');
rule('synthetics', 'synthetics-test', 'POST', '/api/v1/synthetics/tests/delete', (_c, request) =>
  list(at(request, 'public_ids')),
);
rule('synthetics', 'synthetics-test', 'POST', '/api/v2/synthetics/tests/bulk-delete', (_c, request) =>
  list(at(request, 'data.attributes.public_ids')),
);
rule('synthetics', 'synthetics-suite', 'POST', '/api/v2/synthetics/suites/bulk-delete', (_c, request) =>
  list(at(request, 'data.attributes.public_ids')),
);
rule('synthetics', 'synthetics-test', 'POST', '/api/v1/synthetics/tests/(?:api|browser|mobile)', answered('public_id'));
rule('synthetics', 'synthetics-test', 'PUT', '/api/v1/synthetics/tests/(?:api|browser|mobile)/([^/]+)', inUrl);
rule('synthetics', 'synthetics-test', 'PATCH PUT', '/api/v1/synthetics/tests/([^/]+)(?:/status)?', inUrl);
rule(
  'synthetics',
  'synthetics-test',
  'POST',
  '/api/v1/synthetics/tests/trigger(?:/ci)?',
  askedEach('tests', 'public_id'),
);
collection('synthetics', 'synthetics-test', '/api/v2/synthetics/tests/network', 'data.id');
collection('synthetics', 'synthetics-suite', '/api/v2/synthetics/suites', 'data.id');
collection('synthetics', 'synthetics-variable', '/api/v1/synthetics/variables', 'id');
collection('synthetics', 'synthetics-private-location', '/api/v1/synthetics/private-locations', 'private_location.id');
rule('synthetics', 'synthetics-settings', 'POST', '/api/v2/synthetics/settings/on_demand_concurrency_cap', theOne);
collection('log pipelines', 'logs-pipeline', '/api/v1/logs/config/pipelines', 'id');
rule('log pipelines', 'logs-pipeline-order', 'PUT', '/api/v1/logs/config/pipeline-order', theOne);
rule('log indexes', 'logs-index', 'POST', '/api/v1/logs/config/indexes', asked('name'));
rule('log indexes', 'logs-index', 'PUT DELETE', '/api/v1/logs/config/indexes/([^/]+)', inUrl);
rule('log indexes', 'logs-index-order', 'PUT', '/api/v1/logs/config/index-order', theOne);
rule('log archives', 'logs-archive-order', 'PUT', '/api/v2/logs/config/archive-order', theOne);
collection('log archives', 'logs-archive', '/api/v2/logs/config/archives', 'data.id', 'readers');
collection('log metrics', 'logs-metric', '/api/v2/logs/config/metrics', 'data.id');
collection('custom destinations', 'logs-custom-destination', '/api/v2/logs/config/custom-destinations', 'data.id');
collection('roles', 'logs-restriction-query', '/api/v2/logs/config/restriction_queries', 'data.id', 'roles');
rule('metric tags', 'metric', 'POST PATCH DELETE', '/api/v2/metrics/([^/]+)/tags', inUrl);
rule('metric tags', 'metric', 'POST DELETE', '/api/v2/metrics/config/bulk-tags', asked('data.id'));
rule('service definitions', 'service-definition', 'POST', '/api/v2/services/definitions', (_c, request, response) => [
  at(request, 'dd-service') ?? at(response, 'data.0.attributes.schema.dd-service'),
]);
rule('service definitions', 'service-definition', 'DELETE', '/api/v2/services/definitions/([^/]+)', inUrl);
collection('catalog entities', 'catalog-entity', '/api/v2/catalog/entity', 'data.0.id');
collection('incidents', 'incident-type', '/api/v2/incidents/config/types', 'data.id');
collection('incidents', 'incident-notification-rule', '/api/v2/incidents/config/notification-rules', 'data.id');
collection('incidents', 'incident-notification-template', '/api/v2/incidents/config/notification-templates', 'data.id');
rule('incidents', 'incident', 'POST', '/api/v2/incidents/import', answered('data.id'));
for (const [kind, part] of [
  ['incident-attachment', 'attachments'],
  ['incident-impact', 'impacts'],
  ['incident-integration', 'relationships/integrations'],
  ['incident-todo', 'relationships/todos'],
] as const) {
  collection('incidents', kind, `/api/v2/incidents/[^/]+/${part}`, 'data.id');
}
collection('incidents', 'incident', '/api/v2/incidents', 'data.id');
rule('security rules', 'security-rule', 'POST', '/api/v2/security_monitoring/rules', answered('id'));
rule('security rules', 'security-rule', 'PUT DELETE', '/api/v2/security_monitoring/rules/([^/]+)', inUrl);
rule('security rules', 'security-rule', 'POST', '/api/v2/security_monitoring/rules/([^/]+)/restore/\\d+', inUrl);
collection('suppressions', 'security-suppression', '/api/v2/security_monitoring/configuration/suppressions', 'data.id');
collection(
  'security rules',
  'security-filter',
  '/api/v2/security_monitoring/configuration/security_filters',
  'data.id',
);
collection(
  'security rules',
  'security-critical-asset',
  '/api/v2/security_monitoring/configuration/critical_assets',
  'data.id',
);
for (const from of ['signals', 'vulnerabilities']) {
  collection('security rules', 'security-notification-rule', `/api/v2/security/${from}/notification_rules`, 'data.id');
}
rule('users', 'user', 'POST', '/api/v1/user', asked('handle'));
rule('users', 'user', 'PUT DELETE', '/api/v1/user/([^/]+)', inUrl);
collection('users', 'user', '/api/v2/users', 'data.id');
rule('users', 'user-invitation', 'POST', '/api/v2/user_invitations', (_c, _q, response) =>
  list(at(response, 'data')).map((item) => at(item, 'id')),
);
collection('users', 'service-account', '/api/v2/service_accounts', 'data.id');
collection('roles', 'role', '/api/v2/roles', 'data.id', 'users|permissions');
rule('roles', 'role', 'POST', '/api/v2/roles/([^/]+)/clone', (captures, _q, response) => [
  captures[0],
  at(response, 'data.id'),
]);
rule('roles', 'restriction-policy', 'POST DELETE', '/api/v2/restriction_policy/([^/]+)', inUrl);
collection('roles', 'authn-mapping', '/api/v2/authn_mappings', 'data.id');
collection('teams', 'team-hierarchy-link', '/api/v2/team-hierarchy-links', 'data.id');
rule('teams', 'team-connection', 'POST', '/api/v2/team/connections', (_c, _q, response) =>
  list(at(response, 'data')).map((item) => at(item, 'id')),
);
rule('teams', 'team-connection', 'DELETE', '/api/v2/team/connections', askedEach('data', 'id'));
rule('teams', 'team-sync', 'POST', '/api/v2/team/sync', theOne);
rule('teams', 'team-membership', 'POST', '/api/v2/team/[^/]+/memberships', asked('data.relationships.user.data.id'));
rule('teams', 'team-membership', 'PATCH DELETE', '/api/v2/team/[^/]+/memberships/([^/]+)', inUrl);
collection('teams', 'team-link', '/api/v2/team/[^/]+/links', 'data.id');
collection('teams', 'team-notification-rule', '/api/v2/team/[^/]+/notification-rules', 'data.id');
rule('teams', 'team-permission-setting', 'PUT', '/api/v2/team/[^/]+/permission-settings/([^/]+)', inUrl);
collection('teams', 'team', '/api/v2/team', 'data.id');
collection('keys', 'api-key', '/api/v2/api_keys', 'data.id');
rule('keys', 'api-key', 'POST', '/api/v1/api_key', answered('api_key.key'), true);
rule('keys', 'application-key', 'POST', '/api/v1/application_key', answered('application_key.hash'), true);
rule('keys', 'api-key', 'PUT DELETE', '/api/v1/api_key/([^/]+)', inUrl, true);
rule('keys', 'application-key', 'PUT DELETE', '/api/v1/application_key/([^/]+)', inUrl, true);
collection('keys', 'application-key', '/api/v2/application_keys', 'data.id');
collection('keys', 'application-key', '/api/v2/current_user/application_keys', 'data.id');
collection('keys', 'application-key', '/api/v2/service_accounts/[^/]+/application_keys', 'data.id');
collection('keys', 'service-account-token', '/api/v2/service_accounts/[^/]+/access_tokens', 'data.id');
collection('keys', 'personal-access-token', '/api/v2/personal_access_tokens', 'data.id');
for (const [kind, path] of [
  ['webhook', 'webhooks'],
  ['webhook-variable', 'custom-variables'],
] as const) {
  const url = `/api/v1/integration/webhooks/configuration/${path}`;
  rule('webhooks', kind, 'POST', url, asked('name'));
  rule('webhooks', kind, 'PUT DELETE', `${url}/([^/]+)`, inUrl);
}
rule('integrations', 'aws-account', 'POST DELETE', '/api/v1/integration/aws', asked('account_id'));
rule('integrations', 'aws-account', 'PUT', '/api/v1/integration/aws', (_c, _q, _r, query) => [query.get('account_id')]);
rule('integrations', 'azure-account', 'POST PUT DELETE', '/api/v1/integration/azure', asked('tenant_name'));
rule('integrations', 'gcp-account', 'POST PUT DELETE', '/api/v1/integration/gcp', asked('project_id'));
rule(
  'integrations',
  'aws-cost-config',
  'POST PATCH DELETE',
  '/api/v2/integration/aws/accounts/([^/]+)/ccm_config',
  inUrl,
);
rule(
  'integrations',
  'aws-external-id',
  'POST',
  '/api/v2/integration/aws/generate_new_external_id',
  answered('data.id'),
);
collection('integrations', 'aws-account', '/api/v2/integration/aws/accounts', 'data.id');
collection('integrations', 'gcp-account', '/api/v2/integration/gcp/accounts', 'data.id');
rule('integrations', 'gcp-delegate', 'POST', '/api/v2/integration/gcp/sts_delegate', answered('data.id'));
collection('integrations', 'opsgenie-service', '/api/v2/integration/opsgenie/services', 'data.id');
collection(
  'integrations',
  'ms-teams-webhook',
  '/api/v2/integration/ms-teams/configuration/workflows-webhook-handles',
  'data.id',
);
collection(
  'integrations',
  'google-chat-handle',
  '/api/v2/integration/google-chat/organizations/[^/]+/organization-handles',
  'data.id',
);
collection(
  'integrations',
  'confluent-resource',
  '/api/v2/integrations/confluent-cloud/accounts/[^/]+/resources',
  'data.id',
);
collection('integrations', 'confluent-account', '/api/v2/integrations/confluent-cloud/accounts', 'data.id');
for (const name of ['cloudflare', 'fastly', 'okta']) {
  collection('integrations', `${name}-account`, `/api/v2/integrations/${name}/accounts`, 'data.id');
}
collection('workflows', 'workflow-instance', '/api/v2/workflows/[^/]+/instances', 'data.id');
rule('workflows', 'workflow-instance', 'PUT', '/api/v2/workflows/[^/]+/instances/([^/]+)/cancel', inUrl);
collection('workflows', 'workflow', '/api/v2/workflows', 'data.id');
collection('workflows', 'action-connection', '/api/v2/actions/connections', 'data.id');
rule('app builder', 'app', 'DELETE', '/api/v2/app-builder/apps', askedEach('data', 'id'));
collection(
  'app builder',
  'app',
  '/api/v2/app-builder/apps',
  'data.id',
  'deployment|version-name|favorite|protection-level|self-service|tags|revert',
);
collection('app builder', 'datastore', '/api/v2/actions-datastores', 'data.id', 'items|items/bulk');
for (const [kind, path] of [
  ['on-call-escalation-policy', 'escalation-policies'],
  ['on-call-schedule', 'schedules'],
  ['on-call-notification-channel', 'users/[^/]+/notification-channels'],
  ['on-call-notification-rule', 'users/[^/]+/notification-rules'],
] as const) {
  collection('on-call', kind, `/api/v2/on-call/${path}`, 'data.id');
}
rule('on-call', 'on-call-team', 'PUT', '/api/v2/on-call/teams/([^/]+)/routing-rules', inUrl);
collection(
  'RUM retention filters',
  'rum-retention-filter',
  '/api/v2/rum/applications/[^/]+/retention_filters',
  'data.id',
);
rule(
  'RUM retention filters',
  'rum-retention-filter-order',
  'PATCH',
  '/api/v2/rum/applications/([^/]+)/relationships/retention_filters',
  inUrl,
);
rule('RUM retention filters', 'rum-application', 'PATCH DELETE', '/api/v2/rum/applications/([^/]+)', inUrl);
rule('RUM retention filters', 'rum-application', 'POST', '/api/v2/rum/applications', answered('data.id'));
collection('APM retention filters', 'apm-retention-filter', '/api/v2/apm/config/retention-filters', 'data.id');
rule(
  'APM retention filters',
  'apm-retention-filter-order',
  'PUT',
  '/api/v2/apm/config/retention-filters-execution-order',
  theOne,
);
rule('sensitive data scanner', 'sds-group-order', 'PATCH', '/api/v2/sensitive-data-scanner/config', theOne);
collection('sensitive data scanner', 'sds-group', '/api/v2/sensitive-data-scanner/config/groups', 'data.id');
collection('sensitive data scanner', 'sds-rule', '/api/v2/sensitive-data-scanner/config/rules', 'data.id');

/** Requests that change nothing though they are no GET: what they look for stands in their body. */
const LOOKING = /\/(?:validate|search|aggregate|can_delete|preview|convert|test|bulk_export)\b|\/tests\/uptimes$/;

/** What a successful change of one of the families touched; undefined for reads, failures and other families. */
export function expectedResource(recorded: RecordedInteraction): ExpectedResource | undefined {
  const { method, status } = recorded;
  if (method === 'GET' || status < 200 || status > 299) return undefined;
  const url = new URL(recorded.url);
  if (LOOKING.test(url.pathname)) return undefined;
  const body = (bytes: Buffer): unknown => {
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch {
      return undefined;
    }
  };
  for (const { family, kind, methods, url: pattern, ids, secret } of rules) {
    const match = methods.includes(method) ? pattern.exec(url.pathname) : null;
    if (match === null) continue;
    const captures = match.slice(1).map((capture) => decodeURIComponent(capture));
    const found = ids(captures, body(recorded.requestBody), body(recorded.responseBody), url.searchParams);
    return { family, kind, ids: found.map(String), secret: secret ?? false };
  }
  return undefined;
}
