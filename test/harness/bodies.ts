// Bodies that Datadog takes, where the least that a model wants is not enough. Keys are operations.
import type { Json } from '../../src/sandbox/json.ts';

const data = (type: string, attributes: Json, more: Record<string, Json> = {}): Json => ({
  data: { type, attributes, ...more },
});
const query = { query: '*' };
const request = { method: 'GET', url: 'https://example.com' };

export const BODIES: Readonly<Record<string, Json>> = {
  'v1.CreateAWSAccount': { account_id: '123456789012', role_name: 'reader' },
  'v1.CreateDowntime': { scope: ['env:test'], message: 'quiet' },
  'v1.CreateAPIKey': { name: 'key' },
  'v1.CreateApplicationKey': { name: 'key' },
  'v1.CreateUser': { handle: 'older@example.com', name: 'Older' },
  'v1.CreateHostTags': { tags: ['env:test'] },
  'v1.CreateSLO': {
    type: 'metric',
    name: 'Objective',
    thresholds: [{ timeframe: '7d', target: 99 }],
    query: { numerator: 'sum:good{*}.as_count()', denominator: 'sum:all{*}.as_count()' },
  },
  'v1.CreateGlobalVariable': {
    name: 'VARIABLE',
    description: '',
    tags: [],
    value: { value: 'v', secure: false },
  },
  'v1.CreateSyntheticsAPITest': {
    name: 'api',
    type: 'api',
    subtype: 'http',
    message: '',
    locations: ['aws:eu-central-1'],
    options: { tick_every: 60 },
    config: { request, assertions: [{ type: 'statusCode', operator: 'is', target: 200 }] },
  },
  'v1.CreateSyntheticsBrowserTest': {
    name: 'browser',
    type: 'browser',
    message: '',
    locations: ['aws:eu-central-1'],
    options: { tick_every: 900, device_ids: ['laptop_large'] },
    config: { request, assertions: [] },
    steps: [{ name: 'look', type: 'assertCurrentUrl', params: { check: 'contains', value: 'example' } }],
  },
  'v1.CreateMonitor': {
    name: 'Monitor',
    type: 'query alert',
    query: 'avg(last_5m):avg:system.load.1{*} > 4',
    message: '',
    options: { thresholds: { critical: 4 } },
  },
  'v2.CreateApmRetentionFilter': data('apm_retention_filter', {
    name: 'filter',
    rate: 1,
    enabled: true,
    filter: query,
    filter_type: 'spans-sampling-processor',
  }),
  'v2.CreateDowntime': data('downtime', {
    scope: 'env:test',
    monitor_identifier: { monitor_tags: ['team:a'] },
    schedule: { start: null },
  }),
  'v2.CreateLogsCustomDestination': data('custom_destination', {
    name: 'destination',
    query: '*',
    forwarder_destination: {
      type: 'http',
      endpoint: 'https://example.com',
      auth: { type: 'basic', username: 'u', password: 'p' },
    },
  }),
  'v2.CreateLogsArchive': data('archives', {
    name: 'archive',
    query: '*',
    destination: { type: 's3', bucket: 'b', path: '/', integration: { account_id: '123456789012', role_name: 'r' } },
  }),
  'v2.CreateRestrictionQuery': data('logs_restriction_queries', { restriction_query: 'env:test' }),
  'v2.CreatePowerpack': data('powerpack', {
    name: 'pack',
    group_widget: {
      definition: { type: 'group', layout_type: 'ordered', widgets: [{ definition: { type: 'note', content: 'c' } }] },
    },
  }),
  'v2.CreateSecurityMonitoringRule': {
    name: 'rule',
    type: 'log_detection',
    message: 'm',
    isEnabled: true,
    queries: [{ query: '@usr.id:root' }],
    cases: [{ status: 'high', condition: 'a > 0' }],
    options: { evaluationWindow: 900, keepAlive: 3600, maxSignalDuration: 86_400 },
  },
  'v2.CreateSecurityMonitoringSuppression': data('suppressions', {
    name: 'suppression',
    enabled: true,
    rule_query: 'type:log_detection',
    suppression_query: 'env:test',
  }),
  'v2.CreateCSMThreatsAgentRule': data('agent_rule', { name: 'my_rule', expression: 'exec.file.name == "x"' }),
  'v2.CreateCustomAllocationRule': data('upsert_arbitrary_rule', {
    rule_name: 'rule',
    enabled: true,
    order_id: 1,
    provider: ['aws'],
    type: 'shared',
    costs_to_allocate: [{ tag: 'account', condition: 'is', value: 'x' }],
    strategy: { method: 'even', allocated_by_tag_keys: ['team'] },
  }),
  'v2.CreateTagPipelinesRuleset': data(
    'create_ruleset',
    {
      rules: [
        {
          name: 'rule',
          enabled: true,
          mapping: { destination_key: 'team', if_not_exists: true, source_keys: ['owner'] },
        },
      ],
    },
    { id: 'ruleset' },
  ),
  'v2.CreateCostGCPUsageCostConfig': data('gcp_uc_config_post_request', {
    billing_account_id: '1_2_3',
    bucket_name: 'b',
    export_dataset_name: 'd',
    export_prefix: 'e',
    export_project_name: 'p',
    service_account: 'reader@project.iam.gserviceaccount.com',
  }),
  'v2.CreateCostAWSCURConfig': data('aws_cur_config_post_request', {
    account_id: '123456789012',
    bucket_name: 'b',
    report_name: 'r',
    report_prefix: 'p',
  }),
  'v2.CreateGCPSTSAccount': data('gcp_service_account', { client_email: 'reader@project.iam.gserviceaccount.com' }),
  'v2.CreateScanningGroup': {
    ...(data('sensitive_data_scanner_group', { name: 'group', is_enabled: false, product_list: ['logs'] }) as object),
    meta: {},
  },
  'v2.CreateReferenceTable': data('reference_table', {
    table_name: 'table',
    source: 'LOCAL_FILE',
    schema: { primary_keys: ['id'], fields: [{ name: 'id', type: 'STRING' }] },
    file_metadata: { upload_id: '3f6a3c0e-0000-4000-8000-0000000000aa' },
  }),
  'v2.CreateStatusPage': data('status_pages', {
    name: 'page',
    type: 'internal',
    domain_prefix: 'page',
    visualization_type: 'bars_and_uptime_percentage',
    enabled: true,
  }),
  'v2.CreateUser': data('users', { email: 'person@example.com', name: 'Person' }),
};
