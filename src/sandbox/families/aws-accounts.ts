// AWS accounts of the integration, their cloud-cost configurations, and what can be integrated.
import { type Answer, type Call, errorFailure, type Handler, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { isObject, type JsonObject, merge, objectOf, textOf } from '../json.ts';
import { isoZulu } from '../times.ts';
import type { Item, World } from '../world.ts';

const ACCOUNTS = '/api/v2/integration/aws/accounts';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PARTITIONS = new Set(['aws', 'aws-cn', 'aws-us-gov']);
/** Namespaces that are left out unless one says which are wanted. */
const EXCLUDED = ['AWS/SQS', 'AWS/ElasticMapReduce'];

const generic = (status: number, detail: string): Answer => errorFailure(status, { title: 'Generic Error', detail });
const missing = (): Answer =>
  errorFailure(404, {
    status: '404',
    title: 'Account not found',
    detail: 'AWS account with provided id is not integrated',
  });

function badId(_call: Call, id: string): Answer | undefined {
  if (UUID.test(id)) return undefined;
  return errorFailure(400, {
    status: '400',
    title: 'Invalid Parameter',
    detail: 'invalid parameter "aws_account_config_id" in "path"; expected type "uuid"',
  });
}

const isRole = (auth: JsonObject): boolean => auth.role_name !== undefined;

function check({ world }: Call, given: JsonObject, before: Item | undefined): Answer | undefined {
  const attributes = objectOf(given.attributes);
  const partition = attributes.aws_partition ?? objectOf(before?.attributes).aws_partition;
  if (!PARTITIONS.has(textOf(partition))) {
    const detail = `invalid partition: ${textOf(partition)}`;
    return errorFailure(400, { status: '400', title: 'Bad Request', detail, meta: { aws_partition: detail } });
  }
  const auth = objectOf(attributes.auth_config);
  if (before) {
    const switched =
      attributes.auth_config !== undefined &&
      isRole(auth) !== isRole(objectOf(objectOf(before.attributes).auth_config));
    return switched ? generic(400, 'cannot switch between role and key based auth') : undefined;
  }
  const same = (item: Item): boolean => {
    const other = objectOf(item.attributes);
    return (
      other.aws_account_id === attributes.aws_account_id && objectOf(other.auth_config).role_name === auth.role_name
    );
  };
  return [...world.collection(ACCOUNTS).values()].some(same)
    ? errorFailure(409, {
        status: '409',
        title: 'Account already exists',
        detail: 'AWS account with provided id already exists',
      })
    : undefined;
}

/** What Datadog fills in where an account was made without saying. */
function filled(attributes: JsonObject, world: World): JsonObject {
  const auth = objectOf(attributes.auth_config);
  const metrics = objectOf(attributes.metrics_config);
  const forwarder = objectOf(objectOf(attributes.logs_config).lambda_forwarder);
  const includes = objectOf(objectOf(attributes.traces_config).xray_services);
  return {
    account_tags: [],
    ...attributes,
    auth_config: { ...(isRole(auth) ? { external_id: world.ids.hex(32) } : {}), ...withoutSecret(auth) },
    aws_regions: attributes.aws_regions ?? { include_all: true },
    logs_config: { lambda_forwarder: { lambdas: [], sources: [], ...forwarder } },
    metrics_config: {
      enabled: true,
      automute_enabled: true,
      collect_custom_metrics: false,
      collect_cloudwatch_alarms: false,
      tag_filters: [],
      ...metrics,
      namespace_filters: metrics.namespace_filters ?? { exclude_only: EXCLUDED },
    },
    resources_config: {
      cloud_security_posture_management_collection: false,
      extended_collection: true,
      ...objectOf(attributes.resources_config),
    },
    traces_config: { xray_services: Object.keys(includes).length > 0 ? includes : { include_only: [] } },
  };
}

export function withoutSecret({ secret_access_key: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

const accounts: CollectionRule = {
  strict: false,
  badId,
  notFound: missing,
  check,
  newId: (ids) => ids.uuid(),
  finish(item, { world }, before, given) {
    const now = isoZulu(world.now());
    const attributes = objectOf(given.attributes);
    const was = objectOf(before?.attributes);
    const changed = before
      ? objectOf(merge(was, { ...attributes, auth_config: withoutSecret(objectOf(attributes.auth_config)) }))
      : filled(attributes, world);
    return {
      ...item,
      id: before?.id ?? world.ids.uuid(),
      attributes: { ...changed, created_at: was.created_at ?? now, modified_at: now },
    };
  },
  matches: (item, { query }) =>
    !query.has('aws_account_id') || objectOf(item.attributes).aws_account_id === query.get('aws_account_id'),
};

// The cloud-cost configuration of an account

function withAccount(run: (call: Call, id: string, path: string) => Answer): Handler {
  return (call) => {
    const id = call.params.aws_account_config_id ?? '';
    const bad = badId(call, id);
    if (bad) return bad;
    return call.world.find(ACCOUNTS, id) ? run(call, id, `${ACCOUNTS}/${id}/ccm_config`) : missing();
  };
}

const noConfig = (): Answer =>
  errorFailure(404, { status: '404', title: 'Not Found', detail: 'CCM config not found for this account' });

const put = (making: boolean): Handler =>
  withAccount(({ world, body }, id, path) => {
    const config = objectOf(objectOf(objectOf(body).data).attributes).ccm_config;
    if (!isObject(config))
      return errorFailure(400, { status: '400', title: 'Bad Request', detail: 'attribute "ccm_config" is required' });
    if (making && world.documents.has(path))
      return errorFailure(409, {
        status: '409',
        title: 'Account already exists',
        detail: 'CCM config already exists for this account',
      });
    if (!making && !world.documents.has(path)) return noConfig();
    const data: JsonObject = { id, type: 'ccm_config', attributes: config };
    world.documents.set(path, data);
    return ok({ data });
  });

const configOf = withAccount(({ world }, _id, path) => {
  const data = world.documents.get(path);
  return data === undefined ? noConfig() : ok({ data });
});

const dropConfig = withAccount(({ world }, _id, path) => (world.documents.delete(path) ? noContent : noConfig()));

// What can be integrated

// biome-ignore format: a list
export const NAMESPACES = [
  'ApiGateway', 'AppRunner', 'AppStream', 'AppSync', 'ApplicationELB', 'Athena', 'AutoScaling', 'Backup', 'Bedrock', 'Billing',
  'Budgeting', 'CertificateManager', 'ELB', 'CloudFront', 'CloudHSM', 'CloudSearch', 'Logs', 'CodeBuild', 'CodeWhisperer', 'Cognito',
  'Config', 'Connect', 'DMS', 'DX', 'DocDB', 'DynamoDB', 'DAX', 'EC2', 'EC2/API', 'EC2/InfrastructurePerformance', 'EC2Spot',
  'ElasticMapReduce', 'ElastiCache', 'ElasticBeanstalk', 'EBS', 'ECR', 'ECS', 'EFS', 'ElasticInference', 'ElasticTranscoder',
  'MediaConnect', 'MediaConvert', 'MediaLive', 'MediaPackage', 'MediaStore', 'MediaTailor', 'Events', 'EventBridge/Pipes',
  'Scheduler', 'FSx', 'GameLift', 'GlobalAccelerator', 'Inspector', 'IoT', 'KMS', 'Cassandra', 'Kinesis', 'KinesisAnalytics',
  'Firehose', 'Lambda', 'Lex', 'AmazonMQ', 'ML', 'Kafka', 'MemoryDB', 'NATGateway', 'Neptune', 'NetworkFirewall', 'NetworkELB',
  'ES', 'OpsWorks', 'RDS', 'Redshift', 'Route53', 'S3', 'SageMaker', 'SNS', 'SQS', 'States', 'StorageGateway', 'WAFV2', 'X-Ray',
].map((name) => `AWS/${name}`);
export const LOG_SERVICES = [
  'apigw-access-logs',
  'apigw-execution-logs',
  'cloudfront',
  'elb',
  'elbv2',
  'lambda',
  'redshift',
  's3',
  'states',
  'waf',
];
// biome-ignore format: a list
const PERMISSIONS = [
  'account:GetAccountInformation', 'airflow:GetEnvironment', 'airflow:ListEnvironments', 'apigateway:GET', 'appsync:ListGraphqlApis',
  'autoscaling:Describe*', 'backup:List*', 'batch:DescribeJobDefinitions', 'cloudfront:GetDistributionConfig',
  'cloudfront:ListDistributions', 'cloudtrail:DescribeTrails', 'cloudtrail:GetTrailStatus', 'cloudtrail:LookupEvents',
  'cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*', 'ec2:Describe*', 'ecs:Describe*', 'ecs:List*',
  'elasticloadbalancing:Describe*', 'lambda:List*', 'logs:DescribeLogGroups', 'rds:Describe*', 's3:ListAllMyBuckets', 'tag:GetResources',
];

const named =
  (type: string, attributes: (call: Call) => JsonObject, id = type): Handler =>
  (call) =>
    ok({ data: { id, type, attributes: attributes(call) } });
const permissions = named('permissions', () => ({ permissions: PERMISSIONS }));

export const awsFamily: Family = {
  name: 'AWS accounts',
  collections: { [ACCOUNTS]: accounts },
  handlers: {
    'v2.CreateAWSAccountCCMConfig': put(true),
    'v2.UpdateAWSAccountCCMConfig': put(false),
    'v2.GetAWSAccountCCMConfig': configOf,
    'v2.DeleteAWSAccountCCMConfig': dropConfig,
    'v2.CreateNewAWSExternalID': named('external_id', ({ world }) => ({ external_id: world.ids.hex(32) })),
    'v2.ListAWSNamespaces': named('namespaces', () => ({ namespaces: NAMESPACES })),
    'v2.ListAWSLogsServices': named('logs_services', () => ({ logs_services: LOG_SERVICES })),
    'v2.GetAWSIntegrationIAMPermissions': permissions,
    'v2.GetAWSIntegrationIAMPermissionsStandard': permissions,
    'v2.GetAWSIntegrationIAMPermissionsResourceCollection': permissions,
  },
};
