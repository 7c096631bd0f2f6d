// Agentless scanning: what is scanned of which cloud account, and scans on demand.
import { type Answer, type Call, created, errorFailure, noContent, ok } from '../call.ts';
import type { CollectionRule, Family } from '../family.ts';
import { at, type JsonObject, objectOf, textOf } from '../json.ts';
import { genericError, isUuid } from '../people.ts';
import { isoZulu } from '../times.ts';
import type { Item } from '../world.ts';

const ACCOUNTS = '/api/v2/agentless_scanning/accounts';
const TASKS = '/api/v2/agentless_scanning/ondemand/aws';

interface Cloud {
  readonly name: 'aws' | 'azure' | 'gcp';
  /** What an account is called there. */
  readonly account: string;
  /** Why an id is none, by what is to be done; undefined when it is one. */
  readonly badId: (id: string, method: string) => string | undefined;
  /** What is scanned when it is not told. */
  readonly options: JsonObject;
}

const CLOUDS: readonly Cloud[] = [
  {
    name: 'aws',
    account: 'account',
    badId(id, method) {
      if (/^\d{12}$/.test(id)) return undefined;
      if (method === 'POST') return 'the provided Aws account id is not valid';
      return method === 'GET'
        ? "missing or invalid url parameter 'accountId', expected 12 digit format '123456789012'"
        : 'invalid AWS account ID';
    },
    options: { compliance_host: false, lambda: false, sensitive_data: false },
  },
  {
    name: 'azure',
    account: 'subscription',
    badId: (id) =>
      isUuid(id)
        ? undefined
        : "missing or invalid url parameter 'subscriptionId', expected uuid format '12345678-90ab-cdef-1234-567890abcdef'",
    options: { compliance_host: false, function: false },
  },
  {
    name: 'gcp',
    account: 'project',
    badId(id, method) {
      if (id.length >= 6 && id.length <= 30) return undefined;
      return method === 'GET' && id.length < 6
        ? `project_id '${id}' is too short: must be at least 6 characters (current: ${id.length})`
        : `project id must be 6-30 characters, got ${id.length}`;
    },
    options: { cloud_function: false, compliance_host: false },
  },
];

function accounts({ name, account, badId, options }: Cloud): CollectionRule {
  const path = `${ACCOUNTS}/${name}`;
  return {
    strict: false,
    update: 'merge',
    check({ world, params }, given, before) {
      const id = textOf(given.id);
      if (before) {
        const own = Object.values(params)[0];
        return id === own ? undefined : genericError(400, 'data id must be equal to the id provided in the url path');
      }
      const bad = badId(id, 'POST');
      if (bad !== undefined) return genericError(400, bad);
      return world.find(path, id)
        ? errorFailure(409, { status: '409', detail: `${name} scan options already exist for ${account} ${id}` })
        : undefined;
    },
    finish: (item, _call, before, given) => ({
      id: item.id ?? '',
      type: `${name}_scan_options`,
      attributes: { ...options, ...objectOf(before?.attributes), ...objectOf(given.attributes) },
    }),
    badId({ operation, body, params }, id) {
      const sent = at(body, 'data', 'id');
      // A body of another account is told before whether there is one.
      if (
        operation.method === 'PATCH' &&
        sent !== undefined &&
        sent !== Object.values(params)[0] &&
        badId(id, 'PATCH') === undefined
      )
        return genericError(400, 'data id must be equal to the id provided in the url path');
      const bad = badId(id, operation.method);
      return bad === undefined ? undefined : genericError(400, bad);
    },
    notFound: (_call, id) =>
      errorFailure(404, { status: '404', detail: `no ${name} scan options found for ${account} ${id}` }),
    deleted: () => (name === 'gcp' ? noContent : { status: 200 }),
  };
}

const ARN = /^arn:aws[\w-]*:(ec2|lambda|s3|ecr|ecs):[\w-]*:(\d{12})?:.+$/;

const tasks: CollectionRule = {
  badId: (_call, id) =>
    isUuid(id)
      ? undefined
      : genericError(
          400,
          "missing or invalid url parameter 'taskId', expected uuid format '6d09294c-9ad9-42fd-a759-a0c1599b4843'",
        ),
  notFound: (_call, id) => errorFailure(404, { status: '404', detail: `no task found with id '${id}'` }),
};

function createTask({ world, body }: Call): Answer {
  const arn = textOf(at(body, 'data', 'attributes', 'arn'));
  if (!ARN.test(arn)) return genericError(400, 'invalid aws arn');
  const id = world.ids.uuid();
  const attributes = { arn, created_at: isoZulu(world.now()), status: 'QUEUED' };
  const task: Item = { id, type: 'aws_resource', attributes };
  world.collection(TASKS).set(id, task);
  return created({ data: task });
}

export const agentlessFamily: Family = {
  name: 'agentless scanning',
  collections: {
    ...Object.fromEntries(CLOUDS.map((cloud) => [`${ACCOUNTS}/${cloud.name}`, accounts(cloud)])),
    [TASKS]: tasks,
  },
  handlers: {
    'v2.CreateAwsOnDemandTask': createTask,
    'v2.ListAwsOnDemandTasks': ({ world }) => ok({ data: [...world.collection(TASKS).values()].reverse() }),
  },
};
