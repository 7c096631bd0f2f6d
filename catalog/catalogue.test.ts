// The catalogue as committed: fresh, complete, and sound in every operation.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type Operation, operationByKey, operations } from '../src/datadog/catalogue.ts';
import { readCatalogueFile } from '../src/datadog/catalogue-file.ts';
import { ACTIONS, RISK_LEVELS, RISK_TAGS } from '../src/exchange/operation.ts';
import { type Models, readModels } from './client.ts';
import { placeExists } from './derive.ts';
import { generate } from './generate.ts';
import { pathSteps } from './shapes.ts';

let models: Record<Operation['version'], Models>;
before(() => {
  models = { v1: readModels('v1'), v2: readModels('v2') };
});

test('the committed files are what the generator makes of the installed client and the rules', () => {
  const fresh = generate();
  for (const name of ['operations.json', 'models.json'] as const) {
    assert.ok(readFileSync(join(import.meta.dirname, name), 'utf8') === fresh[name], `run npm run catalog: ${name}`);
  }
});

interface ReferenceOperation {
  readonly v: string;
  readonly op: string;
  readonly m: string;
  readonly path: string;
}
const reference = join(import.meta.dirname, '../../shared/datadog/operations.json');

test('every operation of the reference list is there, with its method and path', {
  skip: existsSync(reference) ? false : 'no ../shared/datadog/operations.json',
}, () => {
  const listed = JSON.parse(readFileSync(reference, 'utf8')) as ReferenceOperation[];
  assert.equal(listed.length, 1758);
  for (const { v, op, m, path } of listed) {
    const found = operationByKey(`${v}.${op[0]!.toUpperCase()}${op.slice(1)}`);
    assert.deepEqual([found?.method, found?.path], [m, path], `${v}.${op}`);
  }
});

test('keys are unique, and so are method and path', () => {
  const all = operations();
  const place = (operation: Operation): string => `${operation.method} ${operation.path.replace(/\{\w+\}/g, '{}')}`;
  assert.equal(new Set(all.map(({ key }) => key)).size, all.length);
  assert.equal(new Set(all.map(place)).size, all.length);
});

test('every operation has an action, a kind, a risk and known tags', () => {
  for (const { key, action, resource, risk, tags } of operations()) {
    assert.ok(ACTIONS.includes(action), key);
    assert.match(resource.kind, /^[a-z][a-z0-9-]*$/, key);
    assert.ok(RISK_LEVELS.includes(risk), key);
    assert.ok(
      tags.every((tag) => RISK_TAGS.includes(tag)),
      key,
    );
  }
});

test('a GET reads; a DELETE deletes, but for the one that takes a case from a finding', () => {
  for (const { key, method, action } of operations()) {
    if (method === 'GET') assert.equal(action, 'read', key);
    if (method === 'DELETE') assert.equal(action, key === 'v2.DetachCase' ? 'update' : 'delete', key);
    if (method === 'PUT' || method === 'PATCH') assert.notEqual(action, 'read', key);
  }
});

test('a deletion is at least of medium risk, what changes access at least high', () => {
  for (const { key, action, resource, risk } of operations()) {
    const level = RISK_LEVELS.indexOf(risk);
    if (action === 'delete') assert.ok(level >= RISK_LEVELS.indexOf('medium'), key);
    if (action !== 'read' && /^(?:role|api-key|application-key|saml-configuration|ip-allowlist)$/.test(resource.kind)) {
      assert.ok(level >= RISK_LEVELS.indexOf('high'), key);
    }
  }
});

test('every place of an id or an asked-for term exists as a parameter or a field', () => {
  for (const operation of operations()) {
    const { resource, within, also, asked } = operation;
    const places = [resource.ids, within?.ids, also?.flatMap(({ ids }) => ids), asked?.metrics, asked?.queries].flatMap(
      (list) => list ?? [],
    );
    for (const place of places) {
      const unknownShape = place.startsWith('response:') && Object.values(operation.responses).includes('any');
      const known = place === 'one' || unknownShape || placeExists(operation, models[operation.version], place);
      assert.ok(known, `${operation.key} ${place}`);
    }
  }
});

test('every change but these tells what it touched', () => {
  const silent = operations().filter(({ action, resource }) => action !== 'read' && resource.ids.length === 0);
  assert.deepEqual(
    silent.map(({ key }) => key),
    [
      'v1.SubmitLog',
      'v1.SubmitDistributionPoints',
      'v1.SubmitMetrics',
      'v1.SubmitServiceCheck',
      'v2.CreateCIAppPipelineEvent',
      'v2.PatchDORADeploymentByVersion',
      'v2.DeleteGlobalIncidentHandle',
      'v2.SubmitLog',
      'v2.SubmitMetrics',
      'v2.SubmitProductAnalyticsEvent',
      'v2.CreateTeamsOwnershipMappingsBatch',
      'v2.UpdateScorecardOutcomes',
      'v2.ImportSecurityVulnerabilities',
    ],
  );
});

/** Reviewed: each of these only looks, whatever its method says. */
const READING_POSTS = `
  v1.CheckAWSLogsLambdaAsync v1.CheckAWSLogsServicesAsync v1.ListLogs v1.ValidateExistingMonitor v1.ValidateMonitor
  v1.FetchUptimes v2.PreviewAWSMetricNameFilter v2.ValidateAWSCCMConfig v2.AggregateLLMObsExperimentation
  v2.SearchLLMObsExperimentation v2.SearchLLMObsSpans v2.SimpleSearchLLMObsExperimentation v2.SearchAuditLogs
  v2.AggregateCIAppPipelineEvents v2.SearchCIAppPipelineEvents v2.AggregateCIAppTestEvents v2.SearchCIAppTestEvents
  v2.AggregateCases v2.SearchCostRecommendations v2.ValidateBudget v2.ValidateCsvBudget v2.ValidateQuery
  v2.GetCodeCoverageBranchSummary v2.GetCodeCoverageCommitSummary v2.GetCodeCoverageFiles v2.GetCodeCoveragePRSummary
  v2.ExecuteDdsqlTabularQuery v2.FetchDdsqlTabularQuery v2.BatchGetJourneysByTestSuiteIDs v2.ListDORADeployments
  v2.ListDORAFailures v2.SearchIssues v2.SearchEvents v2.AggregateLogs v2.ListLogs v2.QueryScalarData
  v2.QueryTimeseriesData v2.ValidateExistingMonitorUserTemplate v2.ValidateMonitorUserTemplate v2.ValidatePipeline
  v2.QueryProductAnalyticsJourneyFunnel v2.QueryProductAnalyticsJourneyList v2.QueryProductAnalyticsJourneyScalar
  v2.QueryProductAnalyticsJourneyTimeseries v2.QueryProductAnalyticsList v2.QueryProductAnalyticsRetentionGrid
  v2.QueryProductAnalyticsRetentionList v2.QueryProductAnalyticsRetentionScalar
  v2.QueryProductAnalyticsRetentionTimeseries v2.QueryProductAnalyticsSankey v2.QueryProductAnalyticsScalar
  v2.QueryProductAnalyticsTimeseries v2.AggregateRUMEvents v2.GetServiceRepositoryInfo v2.SearchRUMEvents
  v2.QueryAggregatedLongTasks v2.QueryAggregatedSignalsProblems v2.QueryAggregatedWaterfall v2.BatchRowsQuery
  v2.GetAccountFacetInfo v2.GetUserFacetInfo v2.QueryAccounts v2.QueryEventFilteredUsers v2.QueryUsers
  v2.BatchGetSecurityMonitoringDatasetDependencies v2.BulkConvertExistingSecurityMonitoringRules
  v2.BulkExportSecurityMonitoringRules v2.BulkExportSecurityMonitoringTerraformResources
  v2.ConvertSecurityMonitoringRuleFromJSONToTerraform v2.ConvertSecurityMonitoringTerraformResource
  v2.CreateStaticAnalysisAst v2.CreateStaticAnalysisServerAnalysis v2.GetSuppressionsAffectingFutureRule
  v2.ListMultipleRulesets v2.SearchSecurityFindings v2.SearchSecurityMonitoringHistsignals
  v2.SearchSecurityMonitoringSignals v2.TestExistingSecurityMonitoringRule v2.TestSecurityMonitoringRule
  v2.ValidateSecurityMonitoringIntegrationConfig v2.ValidateSecurityMonitoringIntegrationCredentials
  v2.ValidateSecurityMonitoringRule v2.ValidateSecurityMonitoringSuppression v2.PreviewCatalogEntities
  v2.AggregateSpans v2.ListSpans v2.CreateSCAResolveVulnerableSymbols v2.GetStegadographyWidgets
  v2.GetTestFileDownloadUrl v2.GetFlakyTestsManagementPolicies v2.GetTestOptimizationServiceSettings
  v2.SearchFlakyTests
`;

test('the operations that read by another method than GET are the reviewed ones', () => {
  const reading = operations().filter(({ action, method }) => action === 'read' && method !== 'GET');
  assert.deepEqual(
    reading.map(({ key }) => key),
    READING_POSTS.trim().split(/\s+/),
  );
});

test('whatever carries a secret is tagged so, and no secret path is empty or ends in a container', () => {
  for (const { key, secrets, tags } of operations()) {
    if (secrets === undefined) continue;
    assert.ok(tags.includes('secrets'), key);
    for (const path of [...(secrets.request ?? []), ...(secrets.response ?? [])]) {
      const steps = pathSteps(path.split(':')[0]!);
      assert.ok(steps.length > 0 && !['[]', '**'].includes(steps.at(-1)!), `${key} ${path}`);
    }
  }
});

test('the secrets that matter most are known', () => {
  const secrets = (key: string) => operationByKey(key)?.secrets ?? {};
  assert.deepEqual(secrets('v2.CreateAPIKey').response, ['data.attributes.key']);
  assert.deepEqual(secrets('v2.CreateServiceAccountAccessToken').response, ['data.attributes.key']);
  assert.deepEqual(secrets('v1.GetAPIKey'), { response: ['api_key.key'], pathParams: ['key'] });
  assert.deepEqual(secrets('v1.ListApplicationKeys').response, ['application_keys[].hash']);
  assert.deepEqual(secrets('v1.CreateWebhooksIntegration').request, ['custom_headers', 'url:origin']);
  assert.deepEqual(secrets('v1.CreatePagerDutyIntegrationService').request, ['service_key']);
  assert.deepEqual(secrets('v1.CreateGlobalVariable').request, ['value.value']);
  assert.deepEqual(secrets('v1.CreateGCPIntegration').request, ['private_key']);
  assert.deepEqual(secrets('v2.CreateAWSAccount').request, ['data.attributes.auth_config.secret_access_key']);
  assert.ok(secrets('v1.CreateSyntheticsAPITest').request?.includes('config.steps[].request.basicAuth.password'));
  assert.ok(
    secrets('v2.CreateActionConnection').request?.includes('data.attributes.integration.credentials.tokens[].value'),
  );
  assert.equal(secrets('v2.CreatePipeline').request, undefined);
  assert.deepEqual(secrets('v1.CreateMonitor'), {});
});

test('the families that people change most are judged as they should be', () => {
  const judged = (key: string) => {
    const { action, resource, risk, tags } = operationByKey(key)!;
    return [action, resource.kind, resource.ids.join(' '), risk, tags.join(' ')];
  };
  const table: Record<string, string[]> = {
    'v1.UpdateMonitor': ['update', 'monitor', 'path:monitor_id', 'high', 'blindness'],
    'v1.DeleteMonitor': ['delete', 'monitor', 'path:monitor_id', 'high', 'blindness'],
    'v1.CreateDashboard': ['create', 'dashboard', 'response:id', 'medium', ''],
    'v1.DeleteDashboards': ['delete', 'dashboard', 'body:data[].id', 'high', ''],
    'v1.UpdateDashboardList': ['update', 'dashboard-list', 'path:list_id', 'medium', ''],
    'v2.CreateDowntime': ['create', 'downtime', 'response:data.id', 'high', 'blindness'],
    'v1.CancelDowntime': ['delete', 'downtime', 'path:downtime_id', 'high', 'blindness'],
    'v1.CreateSLO': ['create', 'slo', 'response:data[].id', 'medium', ''],
    'v1.UpdateLogsIndex': ['update', 'logs-index', 'path:name', 'high', 'cost blindness'],
    'v1.UpdateLogsIndexOrder': ['update', 'logs-index-order', 'one', 'high', 'blindness'],
    'v1.DeleteLogsPipeline': ['delete', 'logs-pipeline', 'path:pipeline_id', 'high', 'blindness'],
    'v2.DeleteLogsArchive': ['delete', 'logs-archive', 'path:archive_id', 'critical', 'blindness'],
    'v1.DeleteTests': ['delete', 'synthetics-test', 'body:public_ids[]', 'high', 'blindness'],
    'v2.DeleteSecurityMonitoringRule': ['delete', 'security-rule', 'path:rule_id', 'critical', 'blindness'],
    'v2.CreateSecurityMonitoringSuppression': [
      'create',
      'security-suppression',
      'response:data.id',
      'high',
      'blindness',
    ],
    'v2.AddPermissionToRole': ['update', 'role', 'path:role_id', 'critical', ''],
    'v2.CreateAPIKey': ['create', 'api-key', 'response:data.id', 'critical', 'secrets'],
    'v2.DeleteAPIKey': ['delete', 'api-key', 'path:api_key_id', 'critical', 'blindness secrets'],
    'v2.UpdateTagConfiguration': ['update', 'metric', 'path:metric_name', 'high', 'cost blindness'],
    'v2.UpdateRetentionFilter': ['update', 'rum-retention-filter', 'path:rf_id', 'high', 'cost blindness'],
    'v2.AggregateLogs': ['read', 'log', '', 'medium', 'sensitive-read'],
    'v1.QueryMetrics': ['read', 'metric', '', 'low', ''],
    'v2.CreateWorkflowInstance': ['execute', 'workflow-instance', 'response:data.id', 'high', 'cost secrets'],
    'v2.CreateDataDeletionRequest': ['delete', 'data-deletion', 'response:data.id', 'critical', 'blindness'],
  };
  for (const [key, expected] of Object.entries(table)) assert.deepEqual(judged(key), expected, key);
});

test('the models are committed with required fields and enums', () => {
  const file = readCatalogueFile<{
    v1: { objects: Record<string, Record<string, string>>; enums: Record<string, string[]> };
  }>('models.json');
  assert.equal(file.v1.objects.Monitor?.query, 'string!');
  assert.equal(file.v1.objects.Monitor?.id, 'number(int64)');
  assert.ok(file.v1.enums.MonitorType?.includes('metric alert'));
});
